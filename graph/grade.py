"""Grades of sources and of what they say, kept for ever in the scheme they came in.

Reliability of the source and credibility of the information stay two codes: there is no number that joins them. A
cross-walk gives the codes of another scheme that a person may choose from, and never one that promises more than the
original.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graph.errors import BadGrade

Scheme = str

_Table = dict[str, str]

SCHEMES: Final[dict[Scheme, tuple[str, str, str]]] = {
    # reliability codes, credibility codes, handling codes that are part of the grade
    "4x4": ("ABCX", "1234", ""),
    "admiralty": ("ABCDEF", "123456", ""),
    "3x5x2": ("123", "ABCDE", "PC"),
}

# How far one may lean on a code, from 0; None: the writer could not judge. Only for comparing, never shown, never
# summed.
_RELIABILITY: Final[dict[Scheme, dict[str, int | None]]] = {
    "4x4": {"A": 5, "B": 3, "C": 0, "X": None},
    "admiralty": {"A": 5, "B": 4, "C": 3, "D": 1, "E": 0, "F": None},
    "3x5x2": {"1": 3, "2": None, "3": 0},
}
_CREDIBILITY: Final[dict[Scheme, dict[str, int | None]]] = {
    "4x4": {"1": 5, "2": 4, "3": 3, "4": None},
    "admiralty": {"1": 5, "2": 4, "3": 3, "4": 1, "5": 0, "6": None},
    "3x5x2": {"A": 4, "B": 3, "C": None, "D": None, "E": 0},
}

# Each string lists the admissible codes. Admiralty C lies between 4x4 B and C, so a person chooses; back again both
# give the lower end. 4x4 information says how near the source was and whether others confirm it, Admiralty how true it
# is: no function leads from one to the other, which is why most sets there have several codes.
_RELIABILITY_WALK: Final[dict[tuple[Scheme, Scheme], _Table]] = {
    ("admiralty", "4x4"): {"A": "A", "B": "B", "C": "BC", "D": "C", "E": "C", "F": "X"},
    ("admiralty", "3x5x2"): {"A": "1", "B": "1", "C": "13", "D": "3", "E": "3", "F": "2"},
    ("4x4", "admiralty"): {"A": "A", "B": "C", "C": "E", "X": "F"},
    ("4x4", "3x5x2"): {"A": "1", "B": "1", "C": "3", "X": "2"},
    ("3x5x2", "admiralty"): {"1": "C", "2": "F", "3": "E"},
    ("3x5x2", "4x4"): {"1": "B", "2": "X", "3": "C"},
}
_CREDIBILITY_WALK: Final[dict[tuple[Scheme, Scheme], _Table]] = {
    ("admiralty", "4x4"): {"1": "123", "2": "23", "3": "34", "4": "4", "5": "4", "6": "4"},
    ("admiralty", "3x5x2"): {"1": "AB", "2": "AB", "3": "BC", "4": "CDE", "5": "E", "6": "D"},
    ("4x4", "admiralty"): {"1": "12", "2": "23", "3": "3", "4": "6"},
    ("4x4", "3x5x2"): {"1": "A", "2": "A", "3": "B", "4": "CD"},
    ("3x5x2", "admiralty"): {"A": "23", "B": "3", "C": "6", "D": "6", "E": "5"},
    ("3x5x2", "4x4"): {"A": "2", "B": "3", "C": "4", "D": "4", "E": "4"},
}


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade in its own scheme.

    Parameters
    ----------
    scheme : str
        `4x4`, `admiralty` or `3x5x2`.
    reliability, credibility : str
        Code for the source, code for the information.
    handling : str or None
        `P` (may be shared) or `C` (with conditions), in `3x5x2` only. Europol's H0 to H3 belong to the marking.
    """

    scheme: Scheme
    reliability: str
    credibility: str
    handling: str | None = None

    @property
    def code(self) -> str:
        """The code without its scheme, as pages print it: `B2`."""
        return f"{self.reliability}{self.credibility}{self.handling or ''}"

    def __str__(self) -> str:
        return f"{self.scheme}:{self.code}"


@lru_cache(maxsize=512)
def parse_grade(text: str) -> Grade:
    """Read `4x4:B2`, `admiralty:C3` or `3x5x2:2CP`.

    Raises
    ------
    BadGrade
        Unknown scheme, or a code that the scheme does not have. A grade without its scheme is refused: B2 means
        different things.

    Examples
    --------
    >>> parse_grade("4x4:B2")
    Grade(scheme='4x4', reliability='B', credibility='2', handling=None)
    """
    scheme, colon, code = text.strip().partition(":")
    if not colon or scheme not in SCHEMES:
        raise BadGrade(f"Expected a grade with its scheme ({', '.join(SCHEMES)}), such as 4x4:B2; got {text[:40]!r}.")
    reliability, credibility, handling = SCHEMES[scheme]
    wanted = 3 if handling else 2
    if (
        len(code) != wanted
        or code[0] not in reliability
        or code[1] not in credibility
        or (handling and code[2] not in handling)
    ):
        shape = f"one of {reliability}, then one of {credibility}" + (f", then one of {handling}" if handling else "")
        raise BadGrade(f"Expected {scheme}: and {shape}; got {text[:40]!r}.")
    return Grade(scheme, code[0], code[1], code[2] if handling else None)


def cross_walk(grade: Grade, scheme: Scheme) -> frozenset[Grade]:
    """Give the codes of another scheme that a person may choose from.

    The original is kept; nothing here picks for the person. No code promises more than the original, however often a
    grade goes to and fro. Handling is never loosened: towards `3x5x2` it is always `C`.

    Parameters
    ----------
    grade : Grade
    scheme : str
        The scheme asked for; the grade's own gives the grade itself.

    Raises
    ------
    BadGrade
        Unknown scheme.

    Examples
    --------
    >>> sorted(map(str, cross_walk(parse_grade("admiralty:C1"), "3x5x2")))
    ['3x5x2:1AC', '3x5x2:1BC', '3x5x2:3AC', '3x5x2:3BC']
    """
    if scheme == grade.scheme:
        return frozenset({grade})
    if scheme not in SCHEMES:
        raise BadGrade(f"Expected one of {', '.join(SCHEMES)}, got {scheme[:40]!r}.")
    handling = "C" if SCHEMES[scheme][2] else None
    way = (grade.scheme, scheme)
    return frozenset(
        Grade(scheme, reliability, credibility, handling)
        for reliability in _RELIABILITY_WALK[way][grade.reliability]
        for credibility in _CREDIBILITY_WALK[way][grade.credibility]
    )


def strength(grade: Grade) -> tuple[int, int]:
    """Order key for finding the weakest of several grades: the source first, then the information.

    Smaller is weaker; what could not be judged comes last of all. Two separate ranks, comparable across schemes; only
    for ordering links by how well they are supported, never for showing, and never for people.

    Examples
    --------
    >>> strength(parse_grade("4x4:B2")) > strength(parse_grade("admiralty:C3"))
    True
    """
    reliability = _RELIABILITY[grade.scheme][grade.reliability]
    credibility = _CREDIBILITY[grade.scheme][grade.credibility]
    return (-1 if reliability is None else reliability, -1 if credibility is None else credibility)
