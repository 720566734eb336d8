"""Identifiers: the tripwire for personal numbers, and plain forms of phone numbers and plates for comparing.

The form received is what the claim keeps; the plain form is for matching only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final, Literal, NamedTuple

from graph.errors import BadValue

CprForm = Literal["hyphen", "bare"]

MADE_UP_FROM: Final = 2040
"""Nobody born from this year on (seventh digit 5 to 8, years 40 to 57) has a number yet: tokens are taken there."""

_DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"
_CPR: Final = re.compile(rf"(?<!\d)(\d{{6}})([{_DASHES}]?)(\d{{4}})(?!\d)")
_PHONE_NOISE: Final = re.compile(r"[\s().\-/\u2010-\u2014]+")
_DANISH_DIGITS: Final = 8


class CprSpan(NamedTuple):
    """Where a text holds what could be an assigned personal number; the digits themselves are never repeated."""

    start: int
    end: int
    form: CprForm


def cpr_like(text: str) -> tuple[CprSpan, ...]:
    """Find what could be assigned Danish personal numbers (CPR): `DDMMYY-SSSS` or ten bare digits, a possible date.

    The seventh digit tells the century; the check digit is not asked, because numbers that fail it are assigned too.
    Numbers whose birth year lies in 2040 to 2057 are nobody's yet and pass.

    Parameters
    ----------
    text : str

    Returns
    -------
    tuple of CprSpan
        `hyphen` spans refuse a load wherever they stand; `bare` ones only in an identifier (about one in thirty random
        ten-digit numbers looks like one).

    Examples
    --------
    >>> cpr_like("set 311299-0000 her")
    (CprSpan(start=4, end=15, form='hyphen'),)
    >>> cpr_like("320199-0000"), cpr_like("010145-5000")
    ((), ())
    """
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[CprSpan]:
    for match in _CPR.finditer(text):
        born = birth_date(match[1] + match[3])
        if born is not None and born.year < MADE_UP_FROM:
            yield CprSpan(match.start(), match.end(), "hyphen" if match[2] else "bare")


def birth_date(digits: str) -> date | None:
    """The birth date that ten digits would state as a personal number; None if no calendar has it.

    Examples
    --------
    >>> birth_date("2902004000"), birth_date("2902000000")
    (datetime.date(2000, 2, 29), None)
    """
    day, month, year, seventh = int(digits[:2]), int(digits[2:4]), int(digits[4:6]), int(digits[6])
    if seventh <= 3:
        century = 1900
    elif seventh in (4, 9):
        century = 2000 if year <= 36 else 1900
    else:
        century = 2000 if year <= 57 else 1800
    try:
        return date(century + year, month, day)
    except ValueError:
        return None


def normal_phone(text: str) -> str:
    """Give a phone number as `+` and digits (E.164); eight digits without a prefix are Danish.

    Raises
    ------
    BadValue
        Code `bad-phone`: not 7 to 15 digits after the prefix sign, or something else than digits and separators.

    Examples
    --------
    >>> normal_phone("12 34 56 78"), normal_phone("0045 12345678"), normal_phone("+46 (0)8-123 456 78")
    ('+4512345678', '+4512345678', '+46812345678')
    """
    digits = _PHONE_NOISE.sub("", unicodedata.normalize("NFKC", text).replace("(0)", ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif len(digits) == _DANISH_DIGITS and digits.isdecimal():
        digits = "+45" + digits
    elif not digits.startswith("+"):
        digits = "+" + digits  # a foreign number delivered without its sign; nothing else can be told from it
    if not re.fullmatch(r"\+\d{7,15}", digits, re.ASCII):
        raise BadValue(f"Expected a phone number of 7 to 15 digits, got {text[:40]!r}.", code="bad-phone")
    return digits


def normal_plate(text: str) -> str:
    """Give a number plate as capital letters and digits.

    Raises
    ------
    BadValue
        Code `bad-plate`: not 2 to 10 letters and digits.

    Examples
    --------
    >>> normal_plate(" ab 12.345 ")
    'AB12345'
    """
    plate = re.sub(r"[\s.\-·]+", "", unicodedata.normalize("NFKC", text)).upper()
    if not 2 <= len(plate) <= 10 or not plate.isalnum():
        raise BadValue(f"Expected a plate of 2 to 10 letters and digits, got {text[:40]!r}.", code="bad-plate")
    return plate
