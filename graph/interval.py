"""When something held: intervals with uncertain ends, written as EDTF (ISO 8601-2).

An interval has outer bounds, the days on which it *may* hold, and inner bounds, the latest day it can have begun and
the earliest it can have ended. Days are whole numbers since 1970-01-01. What the spellings mean is in
`docs/encodings.md`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

from graph.errors import BadDate

NO_BEGINNING: Final = -(2**31) + 1
NO_END: Final = 2**31 - 1
"""Sentinels for ends that are open or unknown; both fit an int32."""

EPOCH: Final = date(1970, 1, 1).toordinal()

DANISH_MONTHS: Final = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)

_DATE = re.compile(
    r"""
    [?~%]?(?P<year>\d{4}|\d{3}X|\d{2}XX)[?~%]?
    (?:-[?~%]?(?P<month>\d{2}|XX)[?~%]?
       (?:-[?~%]?(?P<day>\d{2}|XX)[?~%]?
          (?P<time>T\d{2}(?::?\d{2}){0,2}(?:[.,]\d+)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?
       )?
    )?
    """,
    re.VERBOSE | re.ASCII,
)
_DOUBT = re.compile("[?~%]")
_DANISH_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
_DANISH_WORDS = re.compile(r"(?:(\d{1,2})\.?\s+)?([a-zæøå]+)\.?\s+(\d{4})", re.ASCII | re.IGNORECASE)


class _End(NamedTuple):
    """One date of an expression: the days it may be, and whether the writer doubted it."""

    first: int
    last: int
    doubted: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """When a claim held.

    Parameters
    ----------
    valid_from, valid_to : int
        Outer bounds: earliest possible first day, latest possible last day.
    certain_from, certain_to : int
        Inner bounds: latest possible first day, earliest possible last day. `certain_from > certain_to` means that no
        single day is certain.
    text : str
        As written.
    """

    valid_from: int
    valid_to: int
    certain_from: int
    certain_to: int
    text: str = ""

    @property
    def is_timeless(self) -> bool:
        """Nothing is said of when."""
        return self.valid_from == NO_BEGINNING and self.valid_to == NO_END

    @property
    def has_certain_day(self) -> bool:
        """At least one day is certain."""
        return self.certain_from <= self.certain_to


TIMELESS: Final = Interval(NO_BEGINNING, NO_END, NO_END, NO_BEGINNING, "")


def possible_overlap(a: Interval, b: Interval) -> bool:
    """Say whether the two may have shared a day.

    Examples
    --------
    >>> possible_overlap(parse_interval("2016-05"), parse_interval("2016-05-20/.."))
    True
    """
    return a.valid_from <= b.valid_to and b.valid_from <= a.valid_to


def certain_overlap(a: Interval, b: Interval) -> bool:
    """Say whether the two shared a day wherever their uncertain ends lie.

    Each must have begun, at the latest, by the earliest day the other can have ended. Some unknown day of May does
    certainly fall within a spell that is certain for all of May.

    Examples
    --------
    >>> certain_overlap(parse_interval("2016-05"), parse_interval("2016-05-20/.."))
    False
    >>> certain_overlap(parse_interval("2016-05"), parse_interval("2016-01-01/2016-12-31"))
    True
    """
    return a.certain_from <= b.certain_to and b.certain_from <= a.certain_to


@lru_cache(maxsize=1 << 16)
def parse_interval(text: str) -> Interval:
    """Read an EDTF date or interval.

    Parameters
    ----------
    text : str
        Such as `2016-05-03`, `2016-05`, `2016?`, `201X`, `2015/2016`, `2015-03-01/..`, `../2015`. Empty is timeless.

    Raises
    ------
    BadDate
        The text is none of these, names a day that no calendar has, or ends before it begins.

    Examples
    --------
    >>> parse_interval("2016-02-29") == parse_interval("2016-02-29/2016-02-29")
    False
    >>> format_day(parse_interval("2016-02").valid_to)
    '2016-02-29'
    """
    text = text.strip()
    if not text:
        return TIMELESS
    first, slash, second = text.partition("/")
    if not slash:
        return _single(_end(first, text), text)
    if "/" in second:
        _refuse(text, "an interval has one '/' between its first and last day")
    return _between(first.strip(), second.strip(), text)


def interval_bounds(text: str) -> tuple[int, int, int, int]:
    """Return outer and inner bounds of what `parse_interval` reads, many times faster for days written in full.

    Raises
    ------
    BadDate
        As `parse_interval` does.

    Examples
    --------
    >>> interval_bounds("1970-01-01/1970-01-03")
    (0, 2, 0, 2)
    """
    begin = _exact(text[:10])
    if begin is not None:
        rest = text[10:]
        if not rest:
            return begin, begin, begin, begin
        if rest == "/..":
            return begin, NO_END, begin, begin
        end = _exact(rest[1:]) if rest[0] == "/" else None
        if end is not None and begin <= end:
            return begin, end, begin, end
    held = parse_interval(text)
    return held.valid_from, held.valid_to, held.certain_from, held.certain_to


@lru_cache(maxsize=1 << 16)
def _exact(part: str) -> int | None:
    """Return the number of a day written in full, None for anything else."""
    if len(part) != 10 or part[4] != "-" or part[7] != "-":
        return None
    try:
        return date.fromisoformat(part).toordinal() - EPOCH
    except ValueError:
        return None


def _single(day: _End, text: str) -> Interval:
    if day.doubted:
        return Interval(day.first, day.last, NO_END, NO_BEGINNING, text)
    return Interval(day.first, day.last, day.last, day.first, text)


def _between(first: str, second: str, text: str) -> Interval:
    begin = _end(first, text) if first not in ("", "..") else None
    end = _end(second, text) if second not in ("", "..") else None
    if begin is None and end is None:
        return Interval(NO_BEGINNING, NO_END, NO_END, NO_BEGINNING, text)
    if (begin is not None and begin.doubted) or (end is not None and end.doubted):
        certain = (NO_END, NO_BEGINNING)
    elif begin is None:
        assert end is not None
        # open: it did hold up to the end; blank: nobody knows when it began, so only an exactly dated last day is
        # certain
        certain = (end.first if first == ".." else end.last, end.first)
    elif end is None:
        certain = (begin.last, begin.last if second == ".." else begin.first)
    else:
        certain = (begin.last, end.first)
    low = begin.first if begin is not None else NO_BEGINNING
    high = end.last if end is not None else NO_END
    if low > high:
        _refuse(text, "the last day held lies before the first; write the earlier date first", code="reversed-date")
    return Interval(low, high, *certain, text)


def _end(part: str, whole: str) -> _End:
    match = _DATE.fullmatch(part)
    if match is None:
        _refuse(
            whole, "write a date as 2016, 2016-05 or 2016-05-03, with X for an unknown digit and ?, ~ or % for doubt"
        )
    year, month, day = match["year"], match["month"], match["day"]
    doubted = _DOUBT.search(part) is not None
    low_year, high_year = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if high_year < 1:
        _refuse(whole, "years run from 0001 to 9999")
    low_year = max(low_year, 1)
    if month in (None, "XX") or "X" in year:
        if day not in (None, "XX") or (month not in (None, "XX") and "X" in year):
            _refuse(whole, "a known day needs a known month, and a known month a known year")
        return _End(_day(low_year, 1, 1, whole), _day(high_year, 12, 31, whole), doubted)
    number = int(month)
    if not 1 <= number <= 12:
        _refuse(whole, f"month {month} is not one of 01 to 12")
    if day in (None, "XX"):
        return _End(
            _day(low_year, number, 1, whole), _day(low_year, number, monthrange(low_year, number)[1], whole), doubted
        )
    exact = _day(low_year, number, int(day), whole)
    return _End(exact, exact, doubted)


def _day(year: int, month: int, day: int, whole: str) -> int:
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        _refuse(whole, f"no calendar has the day {year:04}-{month:02}-{day:02}", code="impossible-date")


def _refuse(text: str, expected: str, *, code: str | None = None) -> NoReturn:
    raise BadDate(f"Expected an EDTF date or interval, got {text[:80]!r}: {expected}.", code=code)


def day_number(day: date) -> int:
    """Days since 1970-01-01.

    Examples
    --------
    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - EPOCH


def to_date(day: int) -> date | None:
    """The calendar day of a day number; None for the sentinels.

    Raises
    ------
    BadDate
        The number lies outside the years 0001 to 9999 and is no sentinel.
    """
    if day in (NO_BEGINNING, NO_END):
        return None
    try:
        return date.fromordinal(day + EPOCH)
    except (ValueError, OverflowError):
        raise BadDate(f"Expected a day number between the years 0001 and 9999, got {day}.") from None


def format_day(day: int) -> str:
    """ISO 8601, or `..` for an end that is open or unknown.

    Examples
    --------
    >>> format_day(0), format_day(NO_END)
    ('1970-01-01', '..')
    """
    when = to_date(day)
    return when.isoformat() if when is not None else ".."


def format_bounds(first: int, last: int) -> str:
    """EDTF of exact bounds; reading it back gives the same outer bounds.

    Examples
    --------
    >>> format_bounds(0, NO_END)
    '1970-01-01/..'
    """
    if first == NO_BEGINNING and last == NO_END:
        return ""
    return format_day(first) if first == last else f"{format_day(first)}/{format_day(last)}"


def parse_danish_date(text: str) -> str:
    """Turn a date as Danes write it into EDTF.

    Parameters
    ----------
    text : str
        `23.11.2026`, `23-11-2026`, `23/11/2026`, `23. november 2026`, `23. nov. 2026`, `november 2026` or `2026`.

    Raises
    ------
    BadDate
        Not a Danish date, or a day that no calendar has. Years have four digits: nobody can say which century 26 means.

    Examples
    --------
    >>> parse_danish_date("23. nov. 2026")
    '2026-11-23'
    """
    written = text.strip()
    if re.fullmatch(r"\d{4}", written, re.ASCII):
        return parse_interval(written).text
    if match := _DANISH_NUMERIC.fullmatch(written):
        return parse_interval(f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}").text
    if match := _DANISH_WORDS.fullmatch(written):
        months = [
            n for n, name in enumerate(DANISH_MONTHS, 1) if len(match[2]) >= 3 and name.startswith(match[2].lower())
        ]
        if len(months) == 1:
            day = f"-{int(match[1]):02}" if match[1] else ""
            return parse_interval(f"{match[3]}-{months[0]:02}{day}").text
    raise BadDate(f"Expected a Danish date such as 23.11.2026 or 23. november 2026, got {text[:80]!r}.")


def format_danish_date(day: int) -> str:
    """Day, month and year with dots, as Danish pages write it.

    Examples
    --------
    >>> format_danish_date(day_number(date(2026, 11, 23)))
    '23.11.2026'
    """
    when = to_date(day)
    return f"{when.day}.{when.month}.{when.year}" if when is not None else ".."
