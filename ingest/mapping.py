"""Mappings: YAML that says what the rows of a table become. The shipped ones lie in `ingest/mappings/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import BadDelivery, KrydsfeltError
from graph.ontology import ontology
from ingest.template import columns_of


class Strict(BaseModel):
    """A shape that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ClaimRule(Strict):
    """One claim that each row makes; cells are templates (`ingest.template`).

    The claim is left out where its subject, object or value comes out empty, and where a `loose` value does not fit its
    predicate: such cells stay in the record and are counted. Rules are only ever added at the end: the place of a rule
    in its list is part of what identifies the claim.
    """

    subject: str = "{id}"
    subject_kind: str = "known"
    """A kind, or `known`: the kind under which an earlier table of the delivery gave the subject."""
    predicate: str
    object: str = ""
    object_kind: str = ""
    value: str = ""
    qualifiers: dict[str, str] = Field(default_factory=dict)
    valid: str = ""
    grade: str = ""
    category: str = ""
    source: str = ""
    marking: str = ""
    note: str = ""
    loose: bool = False
    when: dict[str, str] = Field(default_factory=dict)
    """Column to the value it must have."""


class TableRule(Strict):
    """What the rows of the tables that fit a name become."""

    row_key: tuple[str, ...] = ()
    claims: tuple[ClaimRule, ...] = ()
    ignore: bool = False


class RelationRule(Strict):
    """What an edge becomes whose relation this is; of several the first that the kinds at the ends admit."""

    predicate: str
    kind: str = ""
    role: str = ""
    reverse: bool = False
    """The edge points from what becomes the object."""


class NetworkRule(Strict):
    """How nodes and edges are read, on top of `network.yaml`."""

    kinds: dict[str, str] = Field(default_factory=dict)
    """Type of a node to kind; `*` for all others."""
    nodes: dict[str, tuple[ClaimRule, ...]] = Field(default_factory=dict)
    """Type of a node to the claims it makes; `*` for all others."""
    relations: dict[str, tuple[RelationRule, ...]] = Field(default_factory=dict)
    time: Literal["dates", "seconds"] = "dates"
    """What `start` and `end` of an edge are; seconds are kept as qualifiers."""
    kind_from: str = ""
    """Column of an edge that states the kind of the link."""


class MappingFile(Strict):
    """A mapping."""

    names: tuple[str, ...] = ()
    """Names, as READMEs give them, of the sets it is for."""
    network: NetworkRule | None = None
    tables: dict[str, TableRule] = Field(default_factory=dict)
    """File name, with `*` and `?`, to what its rows become; the first that fits counts."""
    maps: dict[str, dict[str, str]] = Field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    """Columns that state what is never collected as a field; they stay in the record and are counted."""


def read_mapping(text: str, name: str) -> MappingFile:
    """Read a mapping and hold it against the ontology.

    Raises
    ------
    BadDelivery
        It is not a mapping, or names a kind or predicate that there is not; the message names the place.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        mapping = MappingFile.model_validate(yaml.load(text, Loader=loader))
    except yaml.YAMLError as error:
        raise BadDelivery(f"The mapping {name} is not YAML: {error}", code="bad-mapping") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadDelivery(f"The mapping {name}, {where or 'top'}: {first['msg']}.", code="bad-mapping") from None
    _check_words(mapping, name)
    return mapping


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, tuple[str, MappingFile]]:
    """Return the mappings shipped with the product: name to text and content."""
    folder = resources.files("ingest").joinpath("mappings")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            text = entry.read_text(encoding="utf-8")
            found[entry.name.removesuffix(".yaml")] = (text, read_mapping(text, entry.name))
    return found


def find_mapping(mapping: Path | str | None, names: tuple[str, ...]) -> tuple[str, MappingFile] | None:
    """Return the mapping asked for, or the shipped one that is for a set of one of these names.

    Parameters
    ----------
    mapping : path or name
        A file, or the name of a shipped mapping.
    names : tuple of str
        As the README gives them.

    Raises
    ------
    BadDelivery
        The one asked for is not there.
    """
    if mapping is None:
        return next((each for each in shipped().values() if set(each[1].names) & set(names)), None)
    if str(mapping) in shipped():
        return shipped()[str(mapping)]
    path = Path(mapping)
    if not path.is_file():
        raise BadDelivery(
            f"There is no mapping {mapping}. Give a YAML file, or one of {', '.join(shipped())}.",
            code="missing-mapping",
        )
    text = path.read_text(encoding="utf-8")
    return text, read_mapping(text, path.name)


def network_rule(mapping: MappingFile | None) -> NetworkRule:
    """Return the built-in reading of networks, with what a mapping adds put before it."""
    base = shipped()["network"][1].network
    assert base is not None
    own = mapping.network if mapping is not None and mapping.network is not None else NetworkRule()
    return NetworkRule(
        kinds={**base.kinds, **own.kinds},
        nodes={**base.nodes, **own.nodes},
        relations={**base.relations, **own.relations},
        time=own.time,
        kind_from=own.kind_from or base.kind_from,
    )


def rule_columns(rule: ClaimRule) -> set[str]:
    """Return the columns that a rule names."""
    cells = (
        rule.subject, rule.object, rule.value, rule.valid, rule.grade, rule.category, rule.source, rule.marking,
        rule.note, *rule.qualifiers.values(),
    )  # fmt: skip
    return {name for cell in cells for name in columns_of(cell)} | set(rule.when)


def _check_words(mapping: MappingFile, name: str) -> None:
    words = ontology()
    rules = [(where, rule) for where, table in mapping.tables.items() for rule in table.claims]
    network = mapping.network
    if network is not None:
        rules += [(where, rule) for where, claims in network.nodes.items() for rule in claims]
    relations = network.relations if network is not None else {}
    asked: list[tuple[str, Callable[[str], object], str]] = [
        (where, words.predicate, rule.predicate) for where, rule in rules
    ]
    asked += [(where, words.predicate, link.predicate) for where, links in relations.items() for link in links]
    asked += [(where, words.kind, kind) for where, kind in (network.kinds if network is not None else {}).items()]
    kinds = [(where, kind) for where, rule in rules for kind in (rule.subject_kind, rule.object_kind)]
    asked += [(where, words.kind, kind) for where, kind in kinds if kind and kind != "known"]
    for where, ask, name_of in asked:
        _ask(ask, name_of, f"The mapping {name}, {where}")


def _ask(ask: Callable[[str], object], word: str, where: str) -> None:
    try:
        ask(word)
    except KrydsfeltError as error:
        raise BadDelivery(f"{where}: {error.message}", code="bad-mapping") from None


def literal_fits(predicate: str, kind: str, value: str) -> bool:
    """Say whether a kind may have a literal of a predicate, and the value fits its type."""
    from ingest.checks import value_fault

    words = ontology()
    return words.admits(predicate, kind, None) and value_fault(words, predicate, kind, value) is None
