"""The links of a whole world in plain Neo4j, made once and kept: what paths and neighbours are compared with.

They go in by numbered parts, two at a time. Each part notes in its own transaction that it is there, so that a
preparation that was broken off goes on where it was.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import plain
from bench.kept import remove_stale
from bench.lab import SEED, Lab
from bench.tables import entities_between, last_numbers, links_between
from graph.home import Home

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

PART = 20_000
"""Entities or claims of one transaction."""
SESSIONS = 2
_COUNT = "MATCH (:Plain)-[r]->(:Plain) RETURN count(r)"
_PARTS = "MATCH (p:PlainPart) WHERE p.part STARTS WITH $sort RETURN collect(p.part), coalesce(sum(p.rows), 0)"
_DONE = "CREATE (:PlainPart {part: $part, rows: $rows})"
_ONCE = "CREATE CONSTRAINT plain_part IF NOT EXISTS FOR (p:PlainPart) REQUIRE p.part IS UNIQUE"

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one transaction carries: which rows, and how they are written."""

    name: str
    read: Callable[[], Rows]
    write: Callable[[ManagedTransaction, Rows], None]


def plain_world(lab: Lab, name: str) -> Driver:
    """Return a driver to a server that holds the links of a world and nothing else."""
    home = lab.home(name)
    stem = f"plain-{name}-{SEED}"
    place = lab.folder / f"{stem}-{lab.home_key(name)}"
    driver = lab.neo4j(Home.open(place) if place.exists() else Home.init(place))
    began = time.perf_counter()
    made = fill(driver, home, lab.tell)
    if made:
        seconds = time.perf_counter() - began
        lab.tell(f"{made:,} links of world {name} into plain Neo4j in {seconds:.0f} s (kept for later runs)")
    remove_stale(place, stem)
    return driver


def fill(driver: Driver, home: Home, tell: Callable[[str], None]) -> int:
    """Bring what is missing of a home's entities and links into plain Neo4j. Return how many links that were.

    Raises
    ------
    RuntimeError
        The graph holds another number of links than its parts say: somebody changed it by hand.
    """
    last_entity, last_claim = last_numbers(home)
    with driver.session(database="neo4j") as session:
        for statement in (plain.UNIQUE, _ONCE, "CALL db.awaitIndexes(600)"):
            session.run(statement).consume()
    _sort(driver, "entities", last_entity, tell, lambda low, high: entities_between(home, low, high), _nodes)
    made = _sort(driver, "links", last_claim, tell, lambda low, high: links_between(home, low, high), _links)
    with driver.session(database="neo4j") as session:
        held = session.run(_COUNT).single(strict=True)[0]
        noted = session.run(_PARTS, sort="links").single(strict=True)[1]
    if held != noted:
        raise RuntimeError(
            f"Plain Neo4j holds {held} links of {noted}; remove {home.path.parent}/plain-* and run again."
        )
    return made


def _sort(
    driver: Driver,
    sort: str,
    last: int,
    tell: Callable[[str], None],
    between: Callable[[int, int], Rows],
    write: Callable[[ManagedTransaction, Rows], None],
) -> int:
    """Write the parts of one sort that are not there yet; return how many rows."""
    with driver.session(database="neo4j") as session:
        there = set(session.run(_PARTS, sort=sort).single(strict=True)[0])
    missing = [
        Part(f"{sort} {low}", lambda low=low: between(low, low + PART), write)  # type: ignore[misc]
        for low in range(0, last, PART)
        if f"{sort} {low}" not in there
    ]
    rows = 0
    with ThreadPoolExecutor(SESSIONS) as pool:
        for number, count in enumerate(pool.map(lambda part: _write(driver, part), missing), 1):
            rows += count
            if number % 10 == 0:
                tell(f"  plain Neo4j, {sort}: part {number} of {len(missing)}")
    return rows


def _write(driver: Driver, part: Part) -> int:
    rows = part.read()

    def apply(transaction: ManagedTransaction) -> None:
        part.write(transaction, rows)
        transaction.run(_DONE, part=part.name, rows=len(rows)).consume()

    with driver.session(database="neo4j") as session:
        session.execute_write(apply)
    return len(rows)


def _nodes(transaction: ManagedTransaction, rows: Rows) -> None:
    transaction.run(plain.NODES, rows=[list(row) for row in rows]).consume()


def _links(transaction: ManagedTransaction, rows: Iterable[Sequence[Any]]) -> None:
    by_predicate: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for predicate, *rest in rows:
        by_predicate[predicate].append(rest)
    for predicate, links in sorted(by_predicate.items()):
        made = transaction.run(plain.links(predicate), rows=links).consume().counters.relationships_created
        if made != len(links):
            raise RuntimeError(f"Plain Neo4j took {made} of {len(links)} links of {predicate}.")
