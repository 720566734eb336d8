"""The words of the record: which kinds and predicates there are, what may stand at their ends, and the code lists.

The words are data (`graph/kinds/*.yaml`); this module reads them once into the nouns of `graph.words` and answers
questions about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from graph.errors import UnknownKind, UnknownPredicate, UnknownTerm
from graph.words import Code, CodeList, Kind, Label, Predicate, nearest


@dataclass(frozen=True)
class Ontology:
    """All kinds, predicates and code lists; see :func:`ontology`."""

    kinds: Mapping[str, Kind]
    predicates: Mapping[str, Predicate]
    code_lists: Mapping[str, CodeList]

    def kind(self, name: str) -> Kind:
        """The kind of that name.

        Raises
        ------
        UnknownKind
            There is none; the message names the nearest ones.
        """
        found = self.kinds.get(name)
        if found is None:
            raise UnknownKind(f"There is no kind {name[:60]!r}.{nearest(name, self.kinds)}")
        return found

    def predicate(self, name: str) -> Predicate:
        """The predicate of that name.

        Raises
        ------
        UnknownPredicate
            There is none; the message names the nearest ones.
        """
        found = self.predicates.get(name)
        if found is None:
            raise UnknownPredicate(f"There is no predicate {name[:60]!r}.{nearest(name, self.predicates)}")
        return found

    def codes(self, name: str) -> CodeList:
        """The code list of that name.

        Raises
        ------
        UnknownTerm
            There is none.
        """
        found = self.code_lists.get(name)
        if found is None:
            raise UnknownTerm(f"There is no code list {name[:60]!r}.{nearest(name, self.code_lists)}")
        return found

    def ancestors(self, kind: str) -> tuple[str, ...]:
        """The kind itself, its parent, and so on to the root.

        Raises
        ------
        UnknownKind
        """
        self.kind(kind)
        return self._ancestors[kind]

    def is_a(self, kind: str, ancestor: str) -> bool:
        """Say whether one kind is another or lies under it.

        Raises
        ------
        UnknownKind
            Either is none.

        Examples
        --------
        >>> ontology().is_a("PrisonSection", "Setting"), ontology().is_a("Setting", "PrisonSection")
        (True, False)
        """
        self.kind(ancestor)
        return ancestor in self.ancestors(kind)

    def kinds_under(self, name: str) -> tuple[str, ...]:
        """Kinds that entities can have at or under one kind, in the order of the files.

        Raises
        ------
        UnknownKind

        Examples
        --------
        >>> ontology().kinds_under("Group"), "PrisonSection" in ontology().kinds_under("Setting")
        (('Group',), True)
        """
        self.kind(name)
        return tuple(kind for kind in self.kinds if name in self._ancestors[kind] and not self.kinds[kind].abstract)

    def admits(self, predicate: str, subject_kind: str, object_kind: str | None) -> bool:
        """Say whether a claim may have these ends; no object kind asks for a literal.

        Raises
        ------
        UnknownKind, UnknownPredicate

        Examples
        --------
        >>> ontology().admits("placed_in", "Person", "PrisonSection"), ontology().admits("placed_in", "Person", "Phone")
        (True, False)
        >>> ontology().admits("birth_date", "Person", None)
        True
        """
        said = self.predicate(predicate)
        above_subject = self.ancestors(subject_kind)
        if not _meets(above_subject, said.subjects):
            return False
        if object_kind is None:
            return said.is_literal
        above_object = self.ancestors(object_kind)
        if "same_kind" in said.flags and subject_kind not in above_object and object_kind not in above_subject:
            return False
        return _meets(above_object, said.objects)

    def code_list_of(self, predicate: str, subject_kind: str) -> CodeList | None:
        """The list that a literal's value is from, for a kind of subject; None where the value is free.

        Raises
        ------
        UnknownKind, UnknownPredicate
        """
        lists = self.predicate(predicate).codes
        for kind in self.ancestors(subject_kind):
            if kind in lists:
                return self.codes(lists[kind])
        return None

    @cached_property
    def identifying_kinds(self) -> frozenset[str]:
        """Kinds whose delivered ids name somebody."""
        return frozenset(name for name, kind in self.kinds.items() if kind.identifying)

    @cached_property
    def _ancestors(self) -> Mapping[str, tuple[str, ...]]:
        return {name: _chain(name, self.kinds) for name in self.kinds}


@lru_cache(maxsize=1)
def ontology() -> Ontology:
    """The words shipped with the product, read once.

    Raises
    ------
    ValueError
        The files contradict each other: a name defined twice, or an attribute nobody knows.
    """
    return read_ontology(
        entry.read_text(encoding="utf-8")
        for entry in sorted(resources.files("graph").joinpath("kinds").iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    )


def read_ontology(texts: Iterable[str]) -> Ontology:
    """Read an ontology from the texts of YAML files; sections of other names are left alone.

    Raises
    ------
    ValueError
        As :func:`ontology`.
    """
    sections: dict[str, dict[str, Any]] = {"kinds": {}, "predicates": {}, "codes": {}}
    for text in texts:
        document = yaml.load(text, Loader=_Loader)
        for name, section in sections.items():
            for key, body in document.get(name, {}).items():
                if key in section:
                    raise ValueError(f"{name}: {key} is defined twice")
                section[key] = body
    return Ontology(
        MappingProxyType({name: _kind(name, body) for name, body in sections["kinds"].items()}),
        MappingProxyType({name: _predicate(name, body) for name, body in sections["predicates"].items()}),
        MappingProxyType({name: _code_list(name, body) for name, body in sections["codes"].items()}),
    )


class _Loader(yaml.CSafeLoader):
    """YAML without surprises: a key may stand once, and `on`, `no` and numbers in keys stay text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [str(key.value) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} is defined twice")
        return dict(zip(keys, (self.construct_object(value, deep=True) for _, value in node.value), strict=True))


def _kind(name: str, body: dict[str, Any]) -> Kind:
    rest = dict(body)
    da, en = _pair(name, rest.pop("da")), _pair(name, rest.pop("en"))
    flags = frozenset(rest.pop("flags", ()))
    return Kind(
        name=name,
        label=Label(da[0], en[0]),
        plural=Label(da[1], en[1]),
        is_a=rest.pop("is_a", None),
        flags=flags,
        **_texts(name, rest),
    )


def _predicate(name: str, body: dict[str, Any]) -> Predicate:
    rest = dict(body)
    da, en = rest.pop("da"), rest.pop("en")
    forward, *backward = zip(da, en, strict=True)
    return Predicate(
        name=name,
        label=Label(*forward),
        inverse=Label(*backward[0]) if backward else None,
        subjects=tuple(rest.pop("subject")),
        objects=tuple(rest.pop("object", ())),
        codes=MappingProxyType(rest.pop("codes", {})),
        qualifiers=MappingProxyType(rest.pop("qualifiers", {})),
        needs=tuple(rest.pop("needs", ())),
        flags=frozenset(rest.pop("flags", ())),
        **_texts(name, rest),
    )


def _code_list(name: str, body: dict[str, Any]) -> CodeList:
    codes = {}
    for code, item in body["items"].items():
        rest = (
            dict(zip(("da", "en"), _pair(f"{name}/{code}", item), strict=True))
            if isinstance(item, list)
            else dict(item)
        )
        label = Label(rest.pop("da"), rest.pop("en"))
        codes[code] = Code(code, label, MappingProxyType(rest))
    return CodeList(name, body["closed"], MappingProxyType(codes))


def _pair(name: str, words: list[str]) -> tuple[str, str]:
    if len(words) != 2 or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{name}: expected two words or phrases, got {words!r}; quote what holds a comma")
    return words[0], words[1]


def _texts(name: str, rest: dict[str, Any]) -> dict[str, str]:
    known = {"family", "icon", "stix", "ftm", "pole", "value"}
    if unknown := rest.keys() - known:
        raise ValueError(f"{name}: unknown attribute {', '.join(sorted(unknown))}")
    return {key: str(value) for key, value in rest.items()}


def _chain(name: str, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    chain: list[str] = []
    at: str | None = name
    while at is not None:
        if at in chain:
            raise ValueError(f"{name} is under itself: {' > '.join([*chain, at])}")
        chain.append(at)
        at = kinds[at].is_a
    return tuple(chain)


def _meets(chain: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(kind in wanted for kind in chain)
