"""The graph contract in plain Python over all rows: slow, short, and nothing shared with the engines but
`Scope.shows`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from graph.home import Home
from graph.model import ClaimRow, EntityRow
from graph.scope import Scope
from graph.text import fold

Key = list[tuple[bytes, bytes]]


class Oracle:
    """Everything in the ledger, read once."""

    def __init__(self, home: Home) -> None:
        with sqlite3.connect(home.ledger_path) as connection:
            terms = dict(connection.execute("SELECT nid, text FROM term"))
            spaces = dict(connection.execute("SELECT nid, name FROM namespace"))
            self.all_entities = {
                row[0]: EntityRow(row[0], row[1], terms[row[2]], spaces[row[3]], row[4])
                for row in connection.execute("SELECT nid, eid, kind, namespace, delivered FROM entity")
            }
            names = [d[1] for d in connection.execute("PRAGMA table_info(claim)")]
            self.rows = []
            self.gone = dict(connection.execute("SELECT claim, at FROM retraction"))
            for row in connection.execute("SELECT * FROM claim"):
                cells: dict[str, Any] = dict(zip(names, row, strict=True))
                for term in ("predicate", "valid", "grade"):
                    cells[term] = terms[cells[term]]
                cells["assertion"] = ("fact", "assessment")[cells["assertion"]]
                self.rows.append(ClaimRow(**cells))
            self.searched = {row[0] for row in connection.execute("SELECT rowid FROM name_text")}
            self.head = max((r[0] for r in connection.execute("SELECT last_seq FROM commit_time")), default=0)
        connection.close()

    def shown(self, scope: Scope, predicates: Sequence[str] = ()) -> list[ClaimRow]:
        found = [
            c
            for c in self.rows
            if scope.shows(c, self.gone.get(c.seq)) and (not predicates or c.predicate in predicates)
        ]
        return sorted(found, key=lambda c: c.cid)

    def there(self, scope: Scope) -> list[EntityRow]:
        nids = {end for c in self.shown(scope) for end in (c.subject, c.object) if end is not None}
        return sorted((self.all_entities[n] for n in nids), key=lambda e: e.eid)

    def about(self, scope: Scope, nids: Sequence[int], predicates: Sequence[str] = ()) -> list[ClaimRow]:
        return [c for c in self.shown(scope, predicates) if c.subject in nids or c.object in nids]

    def neighbours(self, scope: Scope, nid: int, predicates: Sequence[str], kinds: Sequence[str]) -> list[ClaimRow]:
        found = []
        for claim in self.about(scope, [nid], predicates):
            other = claim.object if claim.subject == nid else claim.subject
            if claim.object is not None and (not kinds or self.all_entities[other].kind in kinds):
                found.append(claim)
        return found

    def steps(self, scope: Scope, nid: int, predicates: Sequence[str] = ()) -> list[tuple[int, ClaimRow]]:
        links = [c for c in self.about(scope, [nid], predicates) if c.object is not None and c.object != c.subject]
        return [(c.object if c.subject == nid else c.subject, c) for c in links]

    def hops(self, scope: Scope, nid: int, k: int, predicates: Sequence[str] = ()) -> dict[int, int]:
        if nid not in {e.nid for e in self.there(scope)}:
            return {}
        found, front = {nid: 0}, [nid]
        for hop in range(1, k + 1):
            front = list({m for n in front for m, _ in self.steps(scope, n, predicates) if m not in found})
            found |= dict.fromkeys(front, hop)
        return found

    def shortest(
        self, scope: Scope, a: int, b: int, predicates: Sequence[str], most: int
    ) -> tuple[tuple[int, ...], tuple[bytes, ...]] | None:
        far = self.hops(scope, a, most, predicates)
        if b not in far:
            return None
        ways = [w for w in self._ways(scope, a, b, far[b], predicates) if len(w) == far[b]]
        best = min(ways, key=lambda way: [(self.all_entities[n].eid, c.cid) for n, c in way])
        return (a, *(n for n, _ in best)), tuple(c.cid for _, c in best)

    def first_there(
        self, scope: Scope, a: int, b: int, certain: bool, most: int
    ) -> tuple[tuple[int, ...], tuple[bytes, ...]] | None:
        timed = []
        for way in self._ways(scope, a, b, most):
            now = -(2**40)
            for _, claim in way:
                begin, end = (claim.certain_from, claim.certain_to) if certain else (claim.valid_from, claim.valid_to)
                now = max(now, begin)
                if now > end:
                    break
            else:
                timed.append((now, len(way), [(self.all_entities[n].eid, c.cid) for n, c in way], way))
        if not timed:
            return None
        best = min(timed, key=lambda item: item[:3])[3]
        return (a, *(n for n, _ in best)), tuple(c.cid for _, c in best)

    def _ways(
        self, scope: Scope, a: int, b: int, most: int, predicates: Sequence[str] = (), seen: tuple[int, ...] = ()
    ) -> Iterator[list[tuple[int, ClaimRow]]]:
        for node, claim in self.steps(scope, a, predicates):
            if node == b:
                yield [(node, claim)]
            elif most > 1 and node not in (*seen, a):
                for rest in self._ways(scope, node, b, most - 1, predicates, (*seen, a)):
                    yield [(node, claim), *rest]

    def search(self, scope: Scope, text: str, kinds: Sequence[str]) -> list[tuple[int, bytes]]:
        words, found = fold(text).split(), {}
        if not words:
            return []
        for claim in self.shown(scope):
            folded = fold(claim.value or "")
            if claim.seq not in self.searched or (kinds and self.all_entities[claim.subject].kind not in kinds):
                continue
            if all(any(token.startswith(word) for token in folded.split()) for word in words):
                eid = self.all_entities[claim.subject].eid
                rank = (folded != fold(text), len(folded), folded, eid, claim.cid)
                found[claim.subject] = min(found.get(claim.subject, rank), rank)
        return [(nid, found[nid][-1]) for nid in sorted(found, key=lambda n: found[n])]

    def counts(self, scope: Scope) -> tuple[dict[str, int], dict[str, int]]:
        return Counter(e.kind for e in self.there(scope)), Counter(c.predicate for c in self.shown(scope))

    def figures(self, scope: Scope) -> tuple[dict[str, int], dict[str, int]]:
        """Count without victims and other parties: their claims, and people known in no other capacity."""

        def about(claim: ClaimRow) -> int | None:
            return claim.subject if self.all_entities[claim.subject].kind == "Person" else claim.object

        shown = self.shown(scope)
        told = {about(c) for c in shown if c.category in ("c", "d")}
        acting = {about(c) for c in shown if c.category in ("a", "b")}
        gone = {n for n in told - acting if n is not None and self.all_entities[n].kind == "Person"}
        kept = [c for c in shown if c.category not in ("c", "d") and not gone & {c.subject, c.object}]
        ends = {end for c in kept for end in (c.subject, c.object) if end is not None}
        return Counter(self.all_entities[n].kind for n in ends), Counter(c.predicate for c in kept)
