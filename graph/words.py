"""The nouns of the ontology: labels, kinds, predicates, codes and code lists, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from graph.errors import UnknownTerm

KIND_FLAGS = frozenset({"abstract", "identifying"})
PREDICATE_FLAGS = frozenset({"identifying", "special", "assessment_only", "exposure", "symmetric", "same_kind"})
VALUE_TYPES = frozenset({"text", "name", "date", "number", "identifier", "code"})


@dataclass(frozen=True, slots=True)
class Label:
    """One word or phrase in both languages of the product."""

    da: str
    en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity.

    Parameters
    ----------
    name : str
    label, plural : Label
    is_a : str or None
        The parent; None for the root, `Entity`.
    family, icon : str
        Names in `viz/palette.json`: colour and shape, and the sign drawn on it.
    stix, ftm, pole : str
        STIX 2.1 object type, FollowTheMoney schema, POLE class; empty where nothing fits.
    flags : frozenset of str
        `abstract`: no entity is of this kind itself. `identifying`: its delivered ids name somebody.
    """

    name: str
    label: Label
    plural: Label
    is_a: str | None
    family: str
    icon: str
    stix: str = ""
    ftm: str = ""
    pole: str = ""
    flags: frozenset[str] = frozenset()

    @property
    def abstract(self) -> bool:
        return "abstract" in self.flags

    @property
    def identifying(self) -> bool:
        return "identifying" in self.flags


@dataclass(frozen=True, slots=True)
class Predicate:
    """What a claim may say.

    Parameters
    ----------
    name : str
    label : Label
        Read from the subject.
    inverse : Label or None
        Read from the object; None for a literal.
    subjects, objects : tuple of str
        Kinds that may stand at the ends, descendants included; no objects: a literal.
    value : str or None
        Type of the literal value (`text`, `name`, `date`, `number`, `identifier`, `code`); None: a link only.
    codes : mapping of str to str
        Code list of the value by kind of subject.
    qualifiers : mapping of str to str
        What may ride in the value of a link: name to code list or `text`, `number`, `date`.
    needs : tuple of str
        Qualifiers that a link must state.
    stix, ftm, pole : str
        STIX relationship or property, FollowTheMoney schema or property, POLE class.
    flags : frozenset of str
        `identifying`: hidden until unmasked, where the subject's kind is identifying. `special`: never collected (limit
        B2). `assessment_only`: never a fact. `exposure`: may carry influence in analytics. `symmetric`: both directions
        say the same. `same_kind`: both ends are of one kind or one is an ancestor of the other.
    """

    name: str
    label: Label
    inverse: Label | None
    subjects: tuple[str, ...]
    objects: tuple[str, ...] = ()
    value: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    qualifiers: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    stix: str = ""
    ftm: str = ""
    pole: str = ""
    flags: frozenset[str] = frozenset()

    @property
    def is_link(self) -> bool:
        return bool(self.objects)

    @property
    def is_literal(self) -> bool:
        return self.value is not None

    @property
    def identifying(self) -> bool:
        return "identifying" in self.flags

    @property
    def special(self) -> bool:
        return "special" in self.flags

    @property
    def assessment_only(self) -> bool:
        return "assessment_only" in self.flags

    @property
    def exposure(self) -> bool:
        return "exposure" in self.flags

    @property
    def symmetric(self) -> bool:
        return "symmetric" in self.flags


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list, with further attributes where the list has them."""

    code: str
    label: Label
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parent(self) -> str | None:
        """The code above: `C` for `C.gang`."""
        return self.code.rpartition(".")[0] or None


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list; a closed one refuses what it does not hold."""

    name: str
    closed: bool
    codes: Mapping[str, Code]

    def __contains__(self, code: object) -> bool:
        return code in self.codes

    def get(self, code: str) -> Code:
        """The code.

        Raises
        ------
        UnknownTerm
            The list does not hold it; the message names the nearest ones.
        """
        if code not in self.codes:
            raise UnknownTerm(f"The list {self.name} has no code {code[:60]!r}.{nearest(code, self.codes)}")
        return self.codes[code]


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known names are nearest to one that is not known; empty when none is near.

    Examples
    --------
    >>> nearest("persn", ["Person", "Phone"])
    ' Nearest: Person.'
    """
    by_lower = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f" Nearest: {', '.join(by_lower[each] for each in close)}." if close else ""
