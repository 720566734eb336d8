"""The Neo4j engine: the whole contract in Cypher from a closed catalogue, on a projection of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from neo4j import READ_ACCESS, Driver, Query

from graph import cypher
from graph.columns import Columns
from graph.columns_build import CLAIM_NUMBERS, Array, texts
from graph.digest import ContentDigest
from graph.errors import EngineUnavailable
from graph.home import Home
from graph.model import ClaimRow, EntityRow, Nid, PathRow, Statistics
from graph.neo4j_paths import first_shortest
from graph.neo4j_projector import DATABASE, mark_of, neo4j_errors
from graph.scan import in_order, scan_table
from graph.scope import Scope
from graph.store import Overlap
from graph.text import fold

RANGE = 5_000
"""Entities whose claims are read in one answer, as columns."""
PATHS = 500
"""Shortest paths that are compared one by one; where there are more, the path is found another way."""
TIMEOUT_SECONDS = 60.0
HOPS, LONGEST = 4, 8
"""Neighbourhoods and paths that are planned ahead: as far as the pages ask."""
_NOWHERE: dict[str, Any] = {
    "nids": [], "eids": [], "cids": [], "delivered": "", "namespace": "", "nid": -1, "a": -1, "b": -1, "paths": 1,
    "kinds": None, "limit": 1, "words": "+nothing", "whole": "nothing", "null": cypher.NULL, "low": 0, "high": 0,
}  # fmt: skip
"""Values with which every statement is run and reads next to nothing."""
_SCANNED = (
    "subject", "predicate", "object", "value", "valid_from", "valid_to", "certain_from", "certain_to", "assertion",
    "source", "report", "marking", "cid",
)  # fmt: skip


class Neo4jGraph:
    """The graph contract on a Neo4j that holds the projection of a home.

    Parameters
    ----------
    home : Home
        Time-respecting paths and figures run on its columns.
    driver : Driver
        Closed by `close`.

    Raises
    ------
    EngineUnavailable
        The database holds no projection of this home.
    """

    name = "neo4j"

    def __init__(self, home: Home, driver: Driver) -> None:
        self._home = home
        self._driver = driver
        self._columns: Columns | None = None
        self.watermark()

    def watermark(self) -> int:
        with neo4j_errors(), self._driver.session(database=DATABASE, default_access_mode=READ_ACCESS) as session:
            mark = mark_of(session)
        if mark is None or mark.home != self._home.id or mark.state != "ready":
            raise EngineUnavailable(
                "Neo4j holds no projection of this home. "
                f"Make it: krydsfelt rebuild --engine neo4j --home {self._home.path}"
            )
        return mark.seq

    def warm(self) -> int:
        """Let Neo4j plan every statement that answers a request, as the first of its kind is slow. Return how many."""
        nobody = Scope(frozenset(), 0)
        values = _compiled(nobody) | _words(()) | _NOWHERE
        statements = cypher.readings(self._linking(), HOPS, LONGEST)
        for statement in statements:
            self._ask(statement, values)
        self.watermark()  # asked without parameters, so that its plan is one of its own
        return len(statements) + 1

    def entities(self, scope: Scope, nids: Sequence[Nid]) -> list[EntityRow]:
        return self._entities(scope, cypher.BY_NUMBER, {"nids": [int(n) for n in nids]})

    def resolve(self, scope: Scope, eids: Sequence[bytes]) -> list[EntityRow]:
        return self._entities(scope, cypher.BY_EID, {"eids": [eid.hex() for eid in eids]})

    def find(self, scope: Scope, delivered: str, namespace: str | None = None) -> list[EntityRow]:
        wanted = cypher.BY_DELIVERED if namespace is None else cypher.BY_DELIVERED_THERE
        return self._entities(scope, wanted, {"delivered": delivered, "namespace": namespace})

    def claims(self, scope: Scope, cids: Sequence[bytes]) -> list[ClaimRow]:
        values = _compiled(scope)
        statement = cypher.claims(self._linking())
        return _claims(self._rows(statement, values | {"cids": [cid.hex() for cid in cids]}))

    def claims_about(
        self, scope: Scope, nids: Sequence[Nid], *, predicates: Sequence[str] = (), limit: int = 10_000
    ) -> list[ClaimRow]:
        values = _compiled(scope)
        values |= _words(predicates) | {"nids": [int(n) for n in nids], "limit": limit}
        return _claims(self._rows(cypher.CLAIMS_ABOUT, values))[:limit]

    def neighbours(
        self,
        scope: Scope,
        nid: Nid,
        *,
        predicates: Sequence[str] = (),
        kinds: Sequence[str] = (),
        limit: int = 1_000,
    ) -> list[ClaimRow]:
        values = _compiled(scope)
        values |= _words(predicates) | {"nid": int(nid), "kinds": list(kinds) or None, "limit": limit}
        return _claims(self._rows(cypher.NEIGHBOURS, values))

    def k_hop(
        self, scope: Scope, nid: Nid, k: int, *, predicates: Sequence[str] = (), limit: int = 100_000
    ) -> Mapping[Nid, int]:
        if limit <= 0 or not self.entities(scope, [nid]):
            return {}
        values = _compiled(scope)
        found: dict[Nid, int] = {int(nid): 0}
        for hop in range(1, k + 1):
            rows = self._rows(cypher.within(hop), values | _words(predicates) | {"nid": int(nid)})
            level = sorted((eid, node) for node, eid in rows if node not in found)
            found |= {node: hop for _, node in level[: limit - len(found)]}
            if not level or len(found) >= limit:
                break
        return found

    def shortest_path(
        self, scope: Scope, a: Nid, b: Nid, *, predicates: Sequence[str] = (), max_hops: int = 8
    ) -> PathRow | None:
        if a == b:
            return self._standing(scope, a)
        values = _compiled(scope)
        values |= _words(predicates)
        found = self._ask(cypher.shortest_path(max_hops), values | {"a": int(a), "b": int(b), "paths": PATHS})
        if not found:
            return None
        count, nodes, claims = found[0][0]
        if count == PATHS:
            nodes, claims = first_shortest(self._rows, values, int(a), int(b), len(claims))
        return PathRow(tuple(nodes), tuple(_claim(row) for row in claims))

    def time_path(
        self,
        scope: Scope,
        a: Nid,
        b: Nid,
        *,
        predicates: Sequence[str] = (),
        overlap: Overlap = "possible",
        max_hops: int = 8,
    ) -> PathRow | None:
        if a == b:
            return self._standing(scope, a)
        found = self._columns_of(scope).time_path(
            scope, a, b, predicates=predicates, overlap=overlap, max_hops=max_hops
        )
        if found is None:
            return None
        by_cid = {claim.cid: claim for claim in self.claims(scope, found[1])}
        return PathRow(found[0], tuple(by_cid[cid] for cid in found[1]))

    def search(
        self, scope: Scope, text: str, *, kinds: Sequence[str] = (), limit: int = 20
    ) -> list[tuple[Nid, ClaimRow]]:
        whole = fold(text)
        if not whole or limit <= 0:
            return []
        values = _compiled(scope)
        values |= {
            "words": " ".join(f"+{word}*" for word in whole.split()),  # folded words hold letters and digits only
            "whole": whole,
            "kinds": list(kinds) or None,
            "limit": limit,
        }
        return [(row[2], _claim(row)) for row in self._rows(cypher.SEARCH, values)]

    def scan(self, scope: Scope, *, predicates: Sequence[str] = ()) -> pa.Table:
        values = _compiled(scope)
        values |= _words(predicates) | {"null": cypher.NULL}
        columns: list[list[Any]] = [[] for _ in _SCANNED]
        before = self.watermark()
        for bounds in self._ranges():
            for statement in (cypher.LINK_COLUMNS, cypher.LITERAL_COLUMNS):
                for column, part in zip(columns, self._ask(statement, values | bounds)[0], strict=True):
                    column.extend(part)
        if self.watermark() != before:  # the ranges are not one snapshot
            return self.scan(scope, predicates=predicates)
        return _table(dict(zip(_SCANNED, columns, strict=True)))

    def statistics(self, scope: Scope) -> Statistics:
        values = _compiled(scope)
        kinds = dict(sorted(self._rows(cypher.ENTITY_COUNTS, values)))
        claims: dict[str, int] = {}
        for word, count in self._rows(cypher.CLAIM_COUNTS, values):
            claims[word] = claims.get(word, 0) + count
        return Statistics(kinds, dict(sorted(claims.items())))

    def figures(self, scope: Scope) -> Statistics:
        return self._columns_of(scope).figures(scope)

    def _columns_of(self, scope: Scope) -> Columns:
        """Return columns that know as much as the scope."""
        if self._columns is None or self._columns.head < min(scope.as_of, self.watermark()):
            self._columns = Columns.open(self._home)
        return self._columns

    def digest(self) -> str:
        content = ContentDigest()
        for bounds in self._ranges():
            content.entities(self._rows(cypher.ENTITY_RANGE, bounds))
            content.claims(self._rows(cypher.LINK_RANGE, bounds))
            content.claims(self._rows(cypher.LITERAL_RANGE, bounds))
        last = self._ask(cypher.LAST_ENTITY, {})[0][0]
        content.claims(self._rows(cypher.STRAYS, {"last": last}))
        return content.hexdigest()

    def close(self) -> None:
        self._columns = None
        self._driver.close()

    def _standing(self, scope: Scope, nid: Nid) -> PathRow | None:
        return PathRow((nid,), ()) if self.entities(scope, [nid]) else None

    def _entities(self, scope: Scope, wanted: str, ids: dict[str, Any]) -> list[EntityRow]:
        values = _compiled(scope)
        rows = self._rows(cypher.entities(wanted), values | ids)
        return [EntityRow(r[0], bytes.fromhex(r[1]), *r[2:]) for r in rows]

    def _linking(self) -> tuple[str, ...]:
        """Return the predicates that have links; each has its own index."""
        names = self._rows(cypher.CONSTRAINT_NAMES, {})
        return tuple(sorted(name.removeprefix("link_") for name in names if name.startswith("link_")))

    def _ranges(self) -> Iterable[dict[str, int]]:
        last = int(self._ask(cypher.LAST_ENTITY, {})[0][0])
        return [{"low": low, "high": low + RANGE} for low in range(0, last + 1, RANGE)]

    def _rows(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        """Return the collected rows of all branches of a statement."""
        return [row for record in self._ask(statement, parameters) for row in record[0]]

    def _ask(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        with neo4j_errors(), self._driver.session(database=DATABASE, default_access_mode=READ_ACCESS) as session:
            query = Query(statement, timeout=TIMEOUT_SECONDS)
            return [record.values() for record in session.run(query, p=dict(parameters))]


def _compiled(scope: Scope) -> dict[str, Any]:
    """Return a scope as the parameters of `cypher.SHOWN`."""
    most, markings, listed = _marking_list(scope.visible)
    return {
        "most": most,
        "markings": markings,
        "listed": listed,
        "as_of": scope.as_of,
        "first": scope.window[0],
        "last": scope.window[1],
    }


@lru_cache(maxsize=256)
def _marking_list(visible: frozenset[int]) -> tuple[int, list[int], bool]:
    """Return the largest visible marking and the shorter of the visible (True) and the hidden list (False)."""
    most = max(visible, default=0)
    hidden = sorted(set(range(most + 1)) - visible)
    return (most, hidden, False) if len(hidden) < len(visible) else (most, sorted(visible), True)


def _words(predicates: Sequence[str]) -> dict[str, Any]:
    """Return the parameters that name predicates, of literals and as types of links."""
    return {"predicates": list(predicates) or None, "types": [p.upper() for p in predicates] or None}


def _claim(row: Sequence[Any]) -> ClaimRow:
    return ClaimRow._make((row[0], bytes.fromhex(row[1]), *row[2:-1]))


def _claims(rows: Iterable[Sequence[Any]]) -> list[ClaimRow]:
    return sorted((_claim(row) for row in rows), key=lambda claim: claim.cid)


def _table(columns: Mapping[str, list[Any]]) -> pa.Table:
    words = sorted(set(columns["predicate"]))
    place = {word: i for i, word in enumerate(words)}
    given = {**columns, "predicate": [place[word] for word in columns["predicate"]]}
    given["assertion"] = [int(word == "assessment") for word in columns["assertion"]]
    claims: dict[str, Array] = {
        name: np.array(given[name], CLAIM_NUMBERS[name]) for name in _SCANNED if name not in ("cid", "value")
    }
    claims["cid"] = np.frombuffer(bytes.fromhex("".join(columns["cid"])), np.uint8).reshape(-1, 16)
    value = texts([None if text == cypher.NULL else text.encode() for text in columns["value"]])
    ordered, value = in_order(claims, value)
    return scan_table(ordered, words, value)
