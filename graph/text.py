"""Text as it comes in and as it is compared: hostile characters refused, names folded to one form.

Search and the look-up of masked names share :func:`fold`, so both find the same spellings.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from graph.errors import HostileText

# Letters that do not come apart into a base letter and marks. Danish letters take their two-letter spelling, so that
# Soerensen and Sørensen are one; ayn and hamza fall away, as they do in most spellings of names that hold them.
_LATIN: Final = {
    "æ": "ae", "ø": "oe", "œ": "oe", "ð": "d", "þ": "th", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŋ": "n",
    "ə": "e", "ĸ": "k", "ŧ": "t", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",
}  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "є": "ye", "і": "i", "ґ": "g", "ј": "j", "љ": "lj", "њ": "nj", "ђ": "dj", "ћ": "c", "џ": "dz",
    "ѕ": "dz", "қ": "k", "ғ": "g", "ү": "u", "ұ": "u", "ө": "o", "ә": "a", "ң": "n", "һ": "h", "ҳ": "h",
    "ҷ": "j", "ӏ": "",
}  # fmt: skip
_ARABIC: Final = {
    "ا": "a", "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r",
    "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "", "غ": "gh", "ف": "f",
    "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "w", "ي": "y", "ى": "a", "ة": "a",
    "ء": "", "ٱ": "a", "ـ": "", "پ": "p", "چ": "ch", "ژ": "zh", "گ": "g", "ک": "k", "ی": "y", "ڤ": "v",
    "ۆ": "o", "ێ": "e", "ڕ": "r", "ڵ": "l", "ە": "e", "ھ": "h", "ہ": "h", "ے": "e", "ٹ": "t", "ڈ": "d",
    "ڑ": "r", "ں": "n", "ټ": "t", "ډ": "d", "ړ": "r", "ږ": "zh", "ښ": "sh", "ڼ": "n", "ې": "e", "ۍ": "y",
}  # fmt: skip
_APOSTROPHES: Final = "'`\u2018\u2019\u201b\u02bb\u02bc\u02bd\u02be\u02bf\u2032\u00b4\u02b9\u02ca\u02cb"
_TABLE: Final = str.maketrans({**_LATIN, **_CYRILLIC, **_ARABIC, **dict.fromkeys(_APOSTROPHES, "")})

_ASCII_WORD: Final = re.compile("[a-z0-9]+")
_ASCII_DROPPED: Final = str.maketrans("", "", "'`")

_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# control characters but tab, line feed and carriage return; invisible separators and joiners that no script needs;
# surrogates; private and non-characters stay: they are ugly, not dangerous
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u2028\u2029\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FORMULA: Final = re.compile(r"\s*[=@+-]")
_NUMBER: Final = re.compile(r"\s*[+-][\s().,/-]*\d[\d\s().,/-]*(?:[eE][+-]?\d+)?\s*|\s*[+-]\s*", re.ASCII)


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Fold text for comparison: one case, no marks, Latin letters, single blanks between runs of letters and digits.

    Danish `æ ø å` and their spellings `ae oe aa` are equal; Arabic and Cyrillic letters are written in Latin ones by a
    plain table; apostrophes vanish, other punctuation becomes a blank. Folding twice changes nothing.

    Examples
    --------
    >>> fold("  Søren  AAGAARD "), fold("Soeren Ågård")
    ('soeren aagaard', 'soeren aagaard')
    >>> fold("Иванов"), fold("محمد"), fold("Yıldız-Çelik"), fold("O’Brien")
    ('ivanov', 'mhmd', 'yildiz celik', 'obrien')
    """
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.translate(_ASCII_DROPPED).lower()))
    once = _fold(text)
    return once if once == text else _fold(once)  # a few letters only come apart once their case is gone


def _fold(text: str) -> str:
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    latin = unicodedata.normalize("NFKD", split.replace("a\u030a", "aa").translate(_TABLE))
    return " ".join("".join(_plain(letter) for letter in latin).split())


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter if letter.isalnum() else " "
    if unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf"):
        return ""
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    return letter if letter.isalnum() else " "


def clean_text(text: str) -> str:
    r"""Give the text in composed form (NFC), or refuse it.

    Raises
    ------
    HostileText
        Code `bidi-character` for characters that turn the reading direction, `control-character` for control characters
        and invisible separators (tab and line ends are allowed), `bad-encoding` for half a surrogate pair.

    Examples
    --------
    >>> clean_text("Sorø\n4180")
    'Sorø\n4180'
    """
    if text.isascii() and text.isprintable():
        return text
    for pattern, code, name in (
        (_BIDI, "bidi-character", "a character that turns the reading direction"),
        (_CONTROL, "control-character", "a control or invisible character"),
        (_SURROGATE, "bad-encoding", "half of a surrogate pair"),
    ):
        if match := pattern.search(text):
            raise HostileText(
                f"Expected plain text, got {name} (U+{ord(match[0]):04X}) at position {match.start() + 1}.",
                code=code,
                mend="Remove it at the source and deliver again.",
            )
    return unicodedata.normalize("NFC", text)


def refuse_formula(text: str) -> str:
    """Give the text back, or refuse a cell that a spreadsheet would run.

    Signed numbers and phone numbers (`-3,5`, `+45 12 34 56 78`) and a lone sign are no formulas.

    Raises
    ------
    HostileText
        Code `formula`: the text begins with `=` or `@`, or with a sign and something that is no number.

    Examples
    --------
    >>> refuse_formula("+45 12 34 56 78")
    '+45 12 34 56 78'
    """
    if not _FORMULA.match(text) or _NUMBER.fullmatch(text):
        return text
    raise HostileText(
        f"Expected text or a number, got something a spreadsheet would run: {text[:40]!r}.",
        code="formula",
        mend="Remove the first character at the source.",
    )


def several(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun, in the singular or the plural.

    Examples
    --------
    >>> several(1, "claim"), several(2, "claim"), several(0, "entity", "entities")
    ('1 claim', '2 claims', '0 entities')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"
