"""Leaks through numbers and order: counts, degrees, ranks, lengths, caps, digests, times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import graph.view_open
import graph.view_reads
from graph import kept
from graph.columns import Columns
from graph.ledger import Ledger
from graph.model import Statistics
from graph.scope import Scope
from graph.sql_graph import SqlGraph
from graph.view_books import Books
from graph.view_claims import Teller
from graph.view_reads import View
from tests.trust.mutants.kit import EVERYTHING, instead, mutant, unscoped, wide


@mutant("count of claims")
def _(patch: pytest.MonkeyPatch) -> None:
    unscoped(patch, SqlGraph, "figures")


@mutant("facet: kinds that are there")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, SqlGraph, "figures")
    def _(before: Any, self: Any, scope: Scope) -> Statistics:
        own, all_ = before(self, scope), before(self, wide(scope))
        return Statistics({kind: own.entities.get(kind, 0) for kind in all_.entities}, own.claims)


@mutant("facet: predicates that are there")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, SqlGraph, "figures")
    def _(before: Any, self: Any, scope: Scope) -> Statistics:
        own, all_ = before(self, scope), before(self, wide(scope))
        return Statistics(own.entities, {predicate: own.claims.get(predicate, 0) for predicate in all_.claims})


@mutant("a claim of basis 115 counted under investigate")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "statistics")
    def _(before: Any, self: View) -> Statistics:
        more = {n for n, m in self._teller.books.markings.items() if m.legal_basis.startswith("rpl-115")}
        scope = Scope(self.scope.visible | more, self.scope.as_of, self.scope.window)
        return self._graph.store.statistics(scope)


@mutant("degree: how many links an entity has")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "neighbours")
    def _(before: Any, self: View, ref: str, *rest: Any, **named: Any) -> Any:
        answer = before(self, ref, *rest, **named)
        links = self._graph.store.neighbours(wide(self.scope), self.resolve(ref), limit=1_000)
        return replace(answer, more=max(answer.more, len(links) - len(answer.links)))


@mutant("rank: search hits by degree")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_reads, "free_hits")
    def _(before: Any, teller: Teller, *rest: Any) -> Any:
        store, everything = teller.graph.store, wide(teller.graph.scope)
        return sorted(before(teller, *rest), key=lambda f: -len(store.claims_about(everything, [f.nid])))


@mutant("rank: entities by the ledger's numbers")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "_subgraph")
    def _(before: Any, self: View, *rest: Any) -> Any:
        answer = before(self, *rest)
        return replace(answer, entities=tuple(sorted(answer.entities, key=lambda e: self.resolve(e.token))))


@mutant("path through a hidden link")
def _(patch: pytest.MonkeyPatch) -> None:
    for name in ("shortest_path", "time_path", "claims"):
        unscoped(patch, SqlGraph, name)


@mutant("path length: none where a hidden one is shorter")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, SqlGraph, "shortest_path")
    def _(before: Any, self: Any, scope: Scope, *rest: Any, **named: Any) -> Any:
        own = before(self, scope, *rest, **named)
        found = Columns.shortest_path(self.columns(scope), wide(scope), *rest, **named)
        return own if own and found and len(found[0]) == len(own.nodes) else None


@mutant("a path's sources counted beyond the view")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, Teller, "path")
    def _(before: Any, self: Teller, row: Any) -> Any:
        told = before(self, row)
        if told is None:
            return None
        claims = self.graph.store.claims_about(wide(self.graph.scope), row.nodes)
        return replace(told, sources=len({c.source for c in claims}))


@mutant("k-hop: reached over hidden links")
def _(patch: pytest.MonkeyPatch) -> None:
    unscoped(patch, SqlGraph, "k_hop")


@mutant("k-hop: how much the cap left out")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "k_hop")
    def _(before: Any, self: View, ref: str, hops: int, *rest: Any, **named: Any) -> Any:
        answer = before(self, ref, hops, *rest, **named)
        reached = self._graph.store.k_hop(wide(self.scope), self.resolve(ref), hops)
        return replace(answer, more=max(0, len(reached) - len(answer.entities)))


@mutant("card: claims beyond those listed")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "card")
    def _(before: Any, self: View, ref: str) -> Any:
        answer = before(self, ref)
        return replace(answer, more=len(self._graph.store.claims_about(wide(self.scope), [self.resolve(ref)])))


@mutant("search: that there are more hits")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "search")
    def _(before: Any, self: View, text: str, *rest: Any, **named: Any) -> Any:
        answer = before(self, text, *rest, **named)
        found = self._graph.store.search(wide(self.scope), text, limit=50)
        return replace(answer, more=len(found) > len(answer.hits))


@mutant("search: statistics over all names")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_reads, "free_hits")
    def _(before: Any, teller: Teller, text: str, *rest: Any) -> Any:
        named = teller.graph.store.scan(wide(teller.graph.scope), predicates=("name", "alias", "title")).num_rows
        return [replace(f, matched=f"{f.matched} ({1 / (1 + named):.4f})") for f in before(teller, text, *rest)]


@mutant("duplicate hint: a namesake somewhere")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "card")
    def _(before: Any, self: View, ref: str) -> Any:
        answer = before(self, ref)
        like = self._graph.store.search(wide(self.scope), answer.entity.label, limit=9)
        told = replace(answer.entity, label=f"{answer.entity.label} (seen elsewhere)")
        return replace(answer, entity=told) if len({nid for nid, _ in like}) > 1 else answer


@mutant("view digest and ETag over all markings")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_open, "view_digest")
    def _(before: Any, books: Books, scope: Scope, request: Any, *rest: Any) -> str:
        return str(before(books, Scope(EVERYTHING, scope.as_of, scope.window), request, *rest))


@mutant("band: the highest marking of the home")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "markings")
    def _(before: Any, self: View) -> Any:
        books = self._teller.books
        return tuple(books.markings[n] for n in sorted(books.markings, key=lambda n: books.contents[n][0]))


@mutant("last updated: of anything")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, Books, "time_of")
    def _(before: Any, self: Books, seq: int) -> Any:
        return self.commit_times[-1]


@mutant("sequence numbers as places")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, Teller, "_claim")
    def _(before: Any, self: Teller, row: Any, *rest: Any) -> Any:
        return replace(before(self, row, *rest), locator=str(row.seq - self.books.commit_seqs[0]))


@mutant("sequential ids of kept plans")
def _(patch: pytest.MonkeyPatch) -> None:
    import api.findings

    @instead(patch, api.findings, "keep")
    def _(before: Any, view: View, family: str, _id: str, *rest: Any) -> Any:
        with Ledger(view.home) as ledger, ledger.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM artefact").scalar()
        return before(view, family, f"{family}-{count}", *rest)


@mutant("as_of: later claims shown")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, Books, "seq_at")
    def _(before: Any, self: Books, time: Any) -> int:
        return self.head


@mutant("grade: the best that anybody gave")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, Teller, "_claim")
    def _(before: Any, self: Teller, row: Any, *rest: Any) -> Any:
        said = self.graph.store.claims_about(wide(self.graph.scope), [row.subject], predicates=[row.predicate])
        return replace(before(self, row, *rest), grade=min(c.grade for c in said))


@mutant("coverage and settings from hidden claims")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, SqlGraph, "scan")
    def _(before: Any, self: Any, scope: Scope, *, predicates: Any = ()) -> Any:
        return before(self, scope if predicates else wide(scope), predicates=predicates)


@mutant("manifest of a package: the case's claims counted")
def _(patch: pytest.MonkeyPatch) -> None:
    from ingest.exchange import package

    @instead(patch, package, "make")
    def _(before: Any, home: Any, to: Any, manifest: Any, *rest: Any, **named: Any) -> Any:
        with Ledger(home) as ledger, ledger.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM claim").scalar()
        return before(home, to, {**manifest, "claims": count}, *rest, **named)


@mutant("job list: how many wait before one")
def _(patch: pytest.MonkeyPatch) -> None:
    from api.jobs import Jobs

    @instead(patch, Jobs, "_work")
    def _(before: Any, self: Any, run: Any, *rest: Any) -> None:
        before(self, run, *rest)
        run.step = f"no. {len(self._runs)}"


@mutant("list of findings: of every case")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, Ledger, "artefacts")
    def _(before: Any, self: Ledger, family: str, case: str | None = None) -> Any:
        with self.read() as connection:
            ids = [r[0] for r in connection.exec_driver_sql("SELECT id FROM artefact ORDER BY created_at, id")]
        found = [self.artefact(one) for one in ids]
        return [a for a in found if a is not None and a.family == family]

    patch.setattr(kept, "_belongs", lambda view, artefact: True)


@mutant("a kept thing of another case read by its id")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kept, "_belongs", lambda view, artefact: True)


@mutant("audit: touched by what was not shown")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "_told")
    def _(before: Any, self: View, nids: Any, act: Any) -> Any:
        asked = list(nids)
        for claim in self._graph.store.claims_about(wide(self.scope), asked):
            act.touched.add(claim.cid)
        return before(self, asked, act)
