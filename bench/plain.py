"""Plain Neo4j, as somebody would use it who keeps the same claims there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from graph.cypher import type_of

if TYPE_CHECKING:
    from neo4j import Driver

BATCH = 10_000
UNIQUE = "CREATE CONSTRAINT plain_id IF NOT EXISTS FOR (n:Plain) REQUIRE n.id IS UNIQUE"
NODES = "UNWIND $rows AS r CREATE (:Plain {id: r[0], kind: r[1]})"
LITERALS = (
    "UNWIND $rows AS r CREATE (:PlainLiteral {subject: r[0], predicate: r[1], value: r[2], valid: r[3], grade: r[4],"
    " marking: r[5], source: r[6]})"
)
WIPE = "MATCH (n) WHERE n:Plain OR n:PlainLiteral CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
EMPTY = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
NEIGHBOURS = (
    "MATCH (n:Plain {id: $id})-[r]-(m:Plain) RETURN m.id, m.kind, type(r), startNode(r) = n, r.value, r.valid, r.grade,"
    " r.marking, r.source"
)


def links(predicate: str) -> str:
    """Create links of one predicate; rows are subject, object, value, valid, grade, marking, source."""
    return (
        "UNWIND $rows AS r MATCH (a:Plain {id: r[0]}) MATCH (b:Plain {id: r[1]}) "
        f"CREATE (a)-[:{type_of(predicate)} {{value: r[2], valid: r[3], grade: r[4], marking: r[5],"
        " source: r[6]}]->(b)"
    )


def shortest(hops: int) -> str:
    """Return the statement for one shortest path."""
    return (
        "MATCH (a:Plain {id: $a}) MATCH (b:Plain {id: $b}) "
        f"MATCH p = SHORTEST 1 (a) (()-[]-()){{1,{hops}}} (b) RETURN [n IN nodes(p) | n.id]"
    )


def create(driver: Driver, claims: Iterable[Sequence[Any]]) -> int:
    """Create nodes, links and literals, a transaction for every 10,000 of a sort. Return how many claims.

    Parameters
    ----------
    driver : Driver
    claims : iterable of row
        Subject, its kind, predicate, object (or None), its kind, value, valid, grade, marking, source.
    """
    with driver.session(database="neo4j") as session:
        session.run(UNIQUE).consume()
        session.run("CALL db.awaitIndexes(600)").consume()
        nodes: dict[Any, str] = {}
        by_predicate: dict[str, list[list[Any]]] = {}
        literals: list[list[Any]] = []
        count = 0
        for subject, kind, predicate, target, target_kind, *rest in claims:
            count += 1
            nodes.setdefault(subject, kind)
            if target is None:
                literals.append([subject, predicate, *rest])
            else:
                nodes.setdefault(target, target_kind)
                by_predicate.setdefault(predicate, []).append([subject, target, *rest])
        _send(session, NODES, ([name, kind] for name, kind in nodes.items()))
        for predicate, rows in by_predicate.items():
            _send(session, links(predicate), rows)
        _send(session, LITERALS, literals)
    return count


def _send(session: Any, statement: str, rows: Iterable[list[Any]]) -> None:
    for batch in _batches(rows):
        session.execute_write(lambda tx, part: tx.run(statement, rows=part).consume(), batch)


def _batches(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch
