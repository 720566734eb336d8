"""Search over names that are open to a view, and look-up of names that are not.

Open names: every word a prefix, folded across spellings and scripts; with too few hits, a second pass forgives typing
errors. Masked names answer nothing but a whole name, number or identifier, with at most one entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from graph.model import ClaimRow, Nid
from graph.names import spellings
from graph.ontology import ontology
from graph.text import fold
from graph.view_alike import OpenNames
from graph.view_claims import Teller

ENOUGH: Final = 3
"""Free hits from which on typing errors are not looked for."""

MOST_READ: Final = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """An entity with the claim by which it was found."""

    nid: Nid
    claim: ClaimRow | None
    matched: str
    predicate: str


def free_hits(teller: Teller, text: str, kinds: Sequence[str], limit: int) -> list[Found]:
    """Return entities whose open names match, best first, each joined group once."""
    read = limit + 20
    while True:
        rows = teller.graph.store.search(teller.graph.scope, text, kinds=kinds, limit=read)
        found = _open_ones(teller, rows, limit)
        if len(found) >= limit or len(rows) < read or read >= MOST_READ:
            return found
        read *= 8


def _open_ones(teller: Teller, rows: Sequence[tuple[Nid, ClaimRow]], limit: int) -> list[Found]:
    there = teller.graph.rows([nid for nid, _ in rows])
    found: dict[Nid, Found] = {}
    for nid, claim in rows:
        head = teller.graph.same.canonical(nid)
        if head in found or nid not in there or teller.form(there[nid]) == "pseudonym":
            continue
        if teller.told_value(claim) != claim.value:
            continue  # a text that is withheld is not found either
        found[head] = Found(head, claim, _excerpt(claim.value or ""), claim.predicate)
        if len(found) == limit:
            break
    return list(found.values())


def alike_hits(teller: Teller, names: OpenNames, text: str, limit: int) -> list[Found]:
    """Return entities whose open names are nearly what was written, nearest first."""
    found: dict[Nid, Found] = {}
    for written, nid in names.alike(text, 4 * limit):
        head = teller.graph.same.canonical(nid)
        found.setdefault(head, Found(head, None, written, "name"))
    return list(found.values())[:limit]


def near_names(names: OpenNames, text: str, limit: int = 3) -> tuple[str, ...]:
    """Return the open names most like what was written, nearest first."""
    return tuple(names.near(text, limit))


def open_names(teller: Teller, kinds: Sequence[str]) -> OpenNames:
    """Return the names and aliases that the view may show."""
    named = [p.name for p in ontology().predicates.values() if p.value == "name"]
    table = teller.graph.store.scan(teller.graph.scope, predicates=named).select(["subject", "value"])
    subjects, values = table.column("subject").to_pylist(), table.column("value").to_pylist()
    rows = teller.graph.rows(subjects)
    shown = {n for n, row in rows.items() if teller.form(row) != "pseudonym" and (not kinds or row.kind in kinds)}
    return OpenNames([(fold(v), v, s) for s, v in zip(subjects, values, strict=True) if v and s in shown])


def known_as(teller: Teller, text: str, kinds: Sequence[str]) -> Nid | None:
    """Return at most one masked entity that bears exactly this name, number or identifier."""
    for spelling in spellings(text):
        bearers = teller.masked_names.get(spelling, ())
        rows = teller.graph.rows(bearers)
        for nid in bearers:
            if nid in rows and (not kinds or rows[nid].kind in kinds):
                return teller.graph.same.canonical(nid)
    return None


def _excerpt(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."
