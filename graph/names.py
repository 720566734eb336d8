"""How a view may name an entity. Names follow the legal basis.

Across cases: pseudonyms. In an open case: the parties that its lead entered are named, but no witness, victim or minor;
everybody else has a pseudonym until a grant names them to one user. Labels that a research or made-up set declares
public stay public, except in a case that masks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from graph.answers import LabelForm
from graph.errors import BadDate, BadValue
from graph.identifiers import normal_phone, normal_plate
from graph.interval import day_number, parse_interval, to_date
from graph.model import EntityRow
from graph.ontology import ontology
from graph.text import fold

Naming = Literal["public", "parties", "pseudonyms"]

ADULT_YEARS: Final = 18
NAMED_CATEGORIES: Final = frozenset({"a", "b"})
NAMED_ROLES: Final = frozenset({"subject", "suspect", "convicted", "contact"})
LABELS: Final = ("name", "title", "code", "number", "alias")
"""Predicates that give an entity its label, the first that it has."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a case as its lead entered it: delivered or random id, category, role, and the days it counts."""

    delivered: str
    category: str
    role: str
    first: int
    last: int
    eid: bytes = b""

    def may_be_named(self, day: int) -> bool:
        """Say whether entry alone names this party on a day; whether it is a minor is asked elsewhere."""
        if not self.first <= day <= self.last or self.role in ("victim", "witness", "informant"):
            return False
        return self.category in NAMED_CATEGORIES or (self.category in ("", "d") and self.role in NAMED_ROLES)


@dataclass(frozen=True, slots=True)
class NameRule:
    """The rule of one view.

    Parameters
    ----------
    cross_cutting : bool
        The basis looks across, or there is no case: no party is named.
    masked : bool
        The case masks labels that are public elsewhere.
    public : frozenset of str
        Namespaces with public labels.
    all_public : bool
        Every namespace of the home is one of them.
    parties : frozenset of int
        Entities named as parties, by number.
    entered : tuple of int
        All parties of the case that the view holds, named or not.
    granted : frozenset of int
        Entities that a grant names to this view's actor.
    """

    cross_cutting: bool
    masked: bool
    public: frozenset[str]
    all_public: bool
    parties: frozenset[int]
    entered: tuple[int, ...] = ()
    granted: frozenset[int] = frozenset()

    def form(self, row: EntityRow) -> LabelForm:
        """Say how an entity is named."""
        if row.kind not in ontology().identifying_kinds:
            return "plain"
        if not self.masked and row.namespace in self.public:
            return "public"
        if row.nid in self.parties and not self.cross_cutting:
            return "party"
        return "granted" if row.nid in self.granted else "pseudonym"

    @property
    def masks(self) -> bool:
        """Say whether anybody may have a pseudonym here at all."""
        return self.masked or not self.all_public

    @property
    def naming(self) -> Naming:
        """Say in a word how the view names people."""
        if self.public and not self.masked:
            return "public"
        return "pseudonyms" if self.cross_cutting else "parties"


def is_cross_cutting(basis: str) -> bool:
    """Say whether a basis looks across cases; an unknown one does."""
    bases = ontology().codes("legal_bases")
    return basis not in bases or bool(bases.get(basis).attributes.get("cross_cutting"))


def parties_of(case: Mapping[str, Any]) -> list[Party]:
    """Return the parties of a case, its `subjects` among them."""
    found = [party_from(entry) for entry in case.get("parties") or ()]
    known = {party.delivered for party in found}
    short = [str(each) for each in case.get("subjects") or ()]
    return found + [party_from({"entity": each, "role": "subject"}) for each in short if each not in known]


def party_from(entry: Mapping[str, Any] | str) -> Party:
    """Read a party as a case's entry states it; one whose days cannot be read counts on none."""
    if isinstance(entry, str):
        entry = {"entity": entry, "role": "subject"}
    begin, end = str(entry.get("from") or ".."), str(entry.get("to") or "..")
    try:
        first, last = (
            parse_interval(begin).valid_from if begin != ".." else -(2**31),
            (parse_interval(end).valid_to if end != ".." else 2**31),
        )
    except BadDate:
        first, last = 1, 0  # a party whose days cannot be read counts on none
    return Party(
        delivered=str(entry.get("entity") or ""),
        category=str(entry.get("category") or ""),
        role=str(entry.get("role") or ""),
        first=first,
        last=last,
    )


def may_be_younger(birth: str, years: int, today: date) -> bool:
    """Say whether somebody with this birth date (EDTF) may be under an age on a day. What cannot be read may be.

    Examples
    --------
    >>> may_be_younger("2008", 18, date(2026, 6, 1)), may_be_younger("2008-06-01", 18, date(2026, 6, 1))
    (True, False)
    """
    try:
        latest = to_date(parse_interval(birth).valid_to)
    except BadDate:
        return True
    if latest is None:
        return True
    try:
        birthday = latest.replace(year=latest.year + years)
    except ValueError:  # 29 February: of age the day after
        birthday = date(latest.year + years, 3, 1)
    return day_number(birthday) > day_number(today)


def spellings(text: str) -> list[str]:
    """Return the folded forms under which a name, phone number, plate or identifier may be known.

    Examples
    --------
    >>> spellings("+45 20 30 40 50")[-1] == spellings("20304050")[-1]
    True
    """
    forms = [fold(text)]
    readers: tuple[Callable[[str], str], ...] = (normal_plate, normal_phone)
    for read in readers:
        try:
            forms.append(fold(read(text)))
        except BadValue:
            continue
    return [form for form in dict.fromkeys(forms) if form]
