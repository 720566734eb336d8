"""The decision table: what it answers of a cell, and how it reads on paper.

It knows nothing of Cedar and nothing of the values behind the words; `graph.policy.cells` gives those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from graph.policy.rules import shipped

TABLE_FILE = "table.yaml"
Cell = Mapping[str, str]
"""One word for every attribute."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a decision and its words, each with what it means."""

    name: str
    says: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One refusal: when all of `when` holds, unless all of `unless` does; `above` compares two numbered attributes."""

    id: str
    says: str
    when: Mapping[str, frozenset[str]]
    unless: Mapping[str, frozenset[str]]
    above: tuple[str, str] | None
    law: str

    def refuses(self, cell: Cell) -> bool:
        """Say whether the row refuses a cell."""
        if self.above is not None:
            high, low = cell[self.above[0]], cell[self.above[1]]
            return high.isdecimal() and int(high) > int(low)
        for name, words in self.when.items():
            if cell[name] not in words:
                return False
        return not self.unless or any(cell[name] not in words for name, words in self.unless.items())


@dataclass(frozen=True, slots=True)
class Table:
    """The whole table."""

    attributes: Mapping[str, Attribute]
    roles: Mapping[str, frozenset[str]]
    rows: tuple[Row, ...]

    def allows(self, cell: Cell) -> bool:
        """Answer one cell: some role allows the act, and no row refuses."""
        return cell["act"] in self.roles[cell["role"]] and not any(row.refuses(cell) for row in self.rows)

    def refusals(self, cell: Cell) -> list[Row]:
        """Return the rows that refuse a cell."""
        return [row for row in self.rows if row.refuses(cell)]


def parse(text: str) -> Table:
    """Read a table.

    Raises
    ------
    ValueError
        A row speaks of an attribute or word that the table does not define.
    """
    body: dict[str, Any] = yaml.safe_load(text)
    attributes = {
        name: Attribute(name, about["says"], {str(w): str(said) for w, said in about["words"].items()})
        for name, about in body["attributes"].items()
    }
    roles = {role: frozenset(acts or ()) for role, acts in body["roles"].items()}
    table = Table(attributes, roles, tuple(_row(each) for each in body["rows"]))
    for row in table.rows:
        for name, words in (*row.when.items(), *row.unless.items()):
            if name not in attributes or not words <= set(attributes[name].words):
                raise ValueError(f"Row {row.id} speaks of {name}: {', '.join(sorted(words))}, which the table lacks.")
    if set(roles) != set(attributes["role"].words) or not frozenset().union(*roles.values()) <= set(
        attributes["act"].words
    ):
        raise ValueError("The roles of the table are not those of its attribute `role`, or allow an act it lacks.")
    return table


def _row(body: Mapping[str, Any]) -> Row:
    unknown = set(body) - {"id", "says", "when", "unless", "above", "law"}
    if unknown:
        raise ValueError(f"A row has {', '.join(sorted(unknown))}, which mean nothing.")
    above = tuple(body["above"]) if "above" in body else None
    if above is None and not body.get("when"):
        raise ValueError(f"Row {body['id']} refuses everything.")
    return Row(
        id=body["id"],
        says=body["says"],
        when={name: frozenset(words) for name, words in body.get("when", {}).items()},
        unless={name: frozenset(words) for name, words in body.get("unless", {}).items()},
        above=(above[0], above[1]) if above else None,
        law=body["law"],
    )


@cache
def table() -> Table:
    """Return the product's own table."""
    return parse(shipped(TABLE_FILE))


_OPENING = (
    "Who may do what with a claim. Printed from `graph/policy/table.yaml`; the policy (`graph/policy/door.cedar`)",
    "is held against it cell by cell, and both are signed together by two reviewers (`krydsfelt policy sign`).",
    "",
    "**How to read it.** An act is allowed when a role of the reader allows it and no row refuses it. Rows do not",
    "depend on their order. Whatever is missing or unknown refuses. A person may have several roles: the acts add up,",
    "the rows stay.",
    "",
)


def printed(of: Table) -> str:
    """Return the table as a page (Markdown): who may, what is refused, and what the words mean."""
    acts = of.attributes["act"].words
    lines = [
        "# Decision table",
        "",
        *_OPENING,
        "## Which role allows which act",
        "",
        "| act | " + " | ".join(of.roles) + " |",
        "| --- |" + " --- |" * len(of.roles),
    ]
    for act, meaning in acts.items():
        cells = ("yes" if act in of.roles[role] else "" for role in of.roles)
        lines.append(f"| **{act}**: {meaning} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "## What is refused",
        "",
        "| row | refused | when | except when | law |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in of.rows:
        when = f"{row.above[0]} is above {row.above[1]}" if row.above else _said(of, row.when)
        lines.append(f"| `{row.id}` | {row.says} | {when} | {_said(of, row.unless)} | {row.law} |")
    lines += ["", "## What the words mean", "", "| attribute | word | meaning |", "| --- | --- | --- |"]
    for attribute in of.attributes.values():
        first = f"**{attribute.name}**: {attribute.says}"
        for word, meaning in attribute.words.items():
            lines.append(f"| {first} | {word} | {meaning} |")
            first = ""
    return "\n".join(lines) + "\n"


def _said(of: Table, conditions: Mapping[str, frozenset[str]]) -> str:
    parts = []
    for name, words in conditions.items():
        every = list(of.attributes[name].words)
        parts.append(f"{name}: {', '.join(w for w in every if w in words)}")
    return "; ".join(parts)
