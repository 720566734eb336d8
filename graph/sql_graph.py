"""The embedded engine: claims, search and one hop from the ledger's own tables, k-hop, paths and scans from the
columns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import text as sql

from graph import statements
from graph.columns import Columns, Found
from graph.digest import ContentDigest
from graph.home import Home
from graph.model import ClaimRow, EntityRow, Nid, PathRow, Statistics
from graph.ontology import ontology
from graph.reading import Statements, batches, open_reader, reading
from graph.scope import Scope
from graph.store import Overlap
from graph.text import fold

CHUNK = 500
"""Numbers in one IN list; the rest follows in further statements."""
ASSERTIONS = ("fact", "assessment")


class SqlGraph:
    """The graph contract on the ledger's tables and the columns.

    Parameters
    ----------
    home : Home
        Its ledger must exist; it is only read.
    """

    name = "embedded"

    def __init__(self, home: Home) -> None:
        self._home = home
        self._engine = open_reader(home)
        self._statements = Statements(home)
        self._terms: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._namespaces: dict[int, str] = {}
        self._columns: Columns | None = None
        self._opening = threading.Lock()

    def watermark(self) -> int:
        return int(self._all(statements.HEAD, {})[0][0] or 0)

    def entities(self, scope: Scope, nids: Sequence[Nid]) -> list[EntityRow]:
        return self._entities(scope, "e.nid", [int(n) for n in nids])

    def resolve(self, scope: Scope, eids: Sequence[bytes]) -> list[EntityRow]:
        return self._entities(scope, "e.eid", list(eids))

    def find(self, scope: Scope, delivered: str, namespace: str | None = None) -> list[EntityRow]:
        wanted = "e.delivered = :delivered AND e.namespace IN (SELECT n.nid FROM namespace n"
        wanted += ")" if namespace is None else " WHERE n.name = :namespace)"
        statement = statements.entities(statements.in_scope(scope.visible, scope.window), wanted)
        return self._entity_rows(self._all(statement, _about(scope) | {"delivered": delivered, "namespace": namespace}))

    def claims(self, scope: Scope, cids: Sequence[bytes]) -> list[ClaimRow]:
        condition, found = statements.in_scope(scope.visible, scope.window), []
        for names, values in _chunks(sorted(set(cids))):
            found += self._all(statements.claims(condition, names), _about(scope) | values)
        return self._claim_rows(found)

    def claims_about(
        self, scope: Scope, nids: Sequence[Nid], *, predicates: Sequence[str] = (), limit: int = 10_000
    ) -> list[ClaimRow]:
        allowed = self._known(predicates)
        if predicates and not allowed:
            return []
        condition = statements.in_scope(scope.visible, scope.window)
        about = statements.literals_about if _never_link(predicates) else statements.claims_about
        found: dict[bytes, Any] = {}
        for names, values in _chunks(sorted(set(nids))):
            statement = about(condition, names, allowed)
            found |= {row[1]: row for row in self._all(statement, _about(scope) | values | {"limit": limit})}
        return self._claim_rows(found[cid] for cid in sorted(found)[:limit])

    def neighbours(
        self,
        scope: Scope,
        nid: Nid,
        *,
        predicates: Sequence[str] = (),
        kinds: Sequence[str] = (),
        limit: int = 1_000,
    ) -> list[ClaimRow]:
        allowed, of_kind = self._known(predicates), self._known(kinds)
        if (predicates and not allowed) or (kinds and not of_kind):
            return []
        statement = statements.neighbours(statements.in_scope(scope.visible, scope.window), allowed, of_kind)
        return self._claim_rows(self._all(statement, _about(scope) | {"nid": int(nid), "limit": limit}))

    def k_hop(
        self, scope: Scope, nid: Nid, k: int, *, predicates: Sequence[str] = (), limit: int = 100_000
    ) -> Mapping[Nid, int]:
        found = self.columns(scope).k_hop(scope, nid, k, predicates=predicates, limit=limit)
        return found if len(found) > 1 or self.entities(scope, [nid]) else {}

    def shortest_path(
        self, scope: Scope, a: Nid, b: Nid, *, predicates: Sequence[str] = (), max_hops: int = 8
    ) -> PathRow | None:
        if a == b:
            return self._standing(scope, a)
        found = self.columns(scope).shortest_path(scope, a, b, predicates=predicates, max_hops=max_hops)
        return self.spelled_out(scope, found)

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
        return self.spelled_out(
            scope, self.columns(scope).time_path(scope, a, b, predicates=predicates, overlap=overlap, max_hops=max_hops)
        )

    def search(
        self, scope: Scope, text: str, *, kinds: Sequence[str] = (), limit: int = 20
    ) -> list[tuple[Nid, ClaimRow]]:
        whole, of_kind = fold(text), self._known(kinds)
        if not whole or limit <= 0 or (kinds and not of_kind):
            return []
        words = " AND ".join(f'"{word}"*' for word in whole.split())
        statement = statements.search(statements.in_scope(scope.visible, scope.window), of_kind)
        best: dict[Nid, Any] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(sql(statement), _about(scope) | {"words": words, "whole": whole}):
                best.setdefault(row[2], row)
                if len(best) == limit:
                    break
        return [(claim.subject, claim) for claim in self._claim_rows(best.values())]

    def scan(self, scope: Scope, *, predicates: Sequence[str] = ()) -> pa.Table:
        return self.columns(scope).projection_arrays(scope, predicates)

    def statistics(self, scope: Scope) -> Statistics:
        return self.columns(scope).statistics(scope)

    def figures(self, scope: Scope) -> Statistics:
        return self.columns(scope).figures(scope)

    def digest(self) -> str:
        content = ContentDigest()
        self._learn_words()
        self._terms.update(self._all(statements.TERMS, {}))
        with reading(self._engine) as connection:
            for rows in batches(connection, statements.ALL_ENTITIES, ()):
                content.entities(
                    (e.nid, e.eid.hex(), e.kind, e.namespace, e.delivered) for e in self._entity_rows(rows)
                )
            for rows in batches(connection, statements.ALL_CLAIMS, ()):
                claims = zip(self._claim_rows(row[:-1] for row in rows), rows, strict=True)
                content.claims((claim.seq, claim.cid.hex(), *claim[2:], row[-1]) for claim, row in claims)
        return content.hexdigest()

    def columns(self, scope: Scope) -> Columns:
        """Return columns that know at least as much as the scope."""
        columns = self._columns
        if columns is None or columns.head < scope.as_of:
            with self._opening:
                columns = self._columns
                if columns is None or columns.head < min(scope.as_of, self.watermark()):
                    columns = self._columns = Columns.open(self._home)
        return columns

    def spelled_out(self, scope: Scope, found: Found | None) -> PathRow | None:
        """Give a path that the columns found its claims."""
        if found is None:
            return None
        by_cid = {claim.cid: claim for claim in self.claims(scope, found[1])}
        return PathRow(found[0], tuple(by_cid[cid] for cid in found[1]))

    def close(self) -> None:
        self._columns = None
        self._engine.dispose()
        self._statements.close()

    def _standing(self, scope: Scope, nid: Nid) -> PathRow | None:
        return PathRow((nid,), ()) if self.entities(scope, [nid]) else None

    def _entities(self, scope: Scope, column: str, ids: list[Any]) -> list[EntityRow]:
        condition, found = statements.in_scope(scope.visible, scope.window), []
        for names, values in _chunks(sorted(set(ids))):
            found += self._all(statements.entities(condition, f"{column} IN ({names})"), _about(scope) | values)
        return sorted(self._entity_rows(found), key=lambda e: e.eid)

    def _all(self, statement: str, parameters: dict[str, Any]) -> list[Any]:
        return self._statements.all(statement, parameters)

    def _known(self, words: Sequence[str]) -> tuple[int, ...]:
        """Return the numbers of predicates or kinds; a word the ledger never met has none."""
        if any(word not in self._numbers for word in words):
            self._learn_words()
        return tuple(sorted(self._numbers[word] for word in words if word in self._numbers))

    def _learn_words(self) -> None:
        """Read the words that are few: kinds, predicates, namespaces."""
        words = self._all(f"{statements.TERMS} WHERE family IN ('kind', 'predicate')", {})
        self._terms.update(words)
        self._numbers = {word: nid for nid, word in words}
        self._namespaces = dict(self._all(statements.NAMESPACES, {}))

    def _learn_terms(self, numbers: Iterable[int]) -> None:
        """Read terms by number: those of intervals are as many as there are distinct dates, so never all of them."""
        for names, values in _chunks(sorted(numbers)):
            self._terms.update(self._all(f"{statements.TERMS} WHERE nid IN ({names})", values))

    def _entity_rows(self, rows: Iterable[Any]) -> list[EntityRow]:
        rows = list(rows)
        if any(r[2] not in self._terms or r[3] not in self._namespaces for r in rows):
            self._learn_words()
        return [EntityRow(r[0], r[1], self._terms[r[2]], self._namespaces[r[3]], r[4]) for r in rows]

    def _claim_rows(self, rows: Iterable[Any]) -> list[ClaimRow]:
        terms = self._terms
        rows = list(rows)
        if missing := {n for r in rows for n in (r[3], r[6], r[11]) if n not in terms}:
            self._learn_terms(missing)
        return [
            ClaimRow._make(
                (*r[:3], terms[r[3]], r[4], r[5], terms[r[6]], *r[7:11], terms[r[11]], ASSERTIONS[r[12]], *r[13:])
            )
            for r in rows
        ]


def _never_link(predicates: Sequence[str]) -> bool:
    words = ontology().predicates
    return bool(predicates) and all(name in words and not words[name].is_link for name in predicates)


def _about(scope: Scope) -> dict[str, Any]:
    return {"as_of": scope.as_of, "first": scope.window[0], "last": scope.window[1]}


def _chunks(values: Sequence[Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield parameter names and values for IN lists of bounded length."""
    for begin in range(0, len(values), CHUNK):
        part = values[begin : begin + CHUNK]
        # lists of few lengths, so that few statements are prepared; what repeats does not matter in a list
        width = next(w for w in (1, 4, 16, 64, CHUNK) if len(part) <= w)
        padded = [*part, *[part[-1]] * (width - len(part))]
        yield ", ".join(f":v{i}" for i in range(width)), {f"v{i}": value for i, value in enumerate(padded)}
