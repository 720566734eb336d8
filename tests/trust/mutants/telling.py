"""Leaks of content: hidden links, labels and verdicts, refusals that differ, caches, rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import api.choices
import graph.view_open
import graph.view_reads
import graph.view_scope
from graph.actor import Actor
from graph.errors import NotInView, Refused
from graph.scope import Scope
from graph.sql_graph import SqlGraph
from graph.view_card import conflicts
from graph.view_claims import Teller
from graph.view_reads import View
from graph.view_scope import ScopedGraph
from tests.trust.mutants.kit import instead, mutant, wide


def _wide_graph(graph_: ScopedGraph) -> ScopedGraph:
    """Return the same graph over everything."""
    return ScopedGraph(graph_.store, wide(graph_.scope), graph_.ledger)


@mutant("hidden link between two that may be seen")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, SqlGraph, "neighbours")
    def _(before: Any, self: Any, scope: Scope, nid: int, **named: Any) -> Any:
        rows = before(self, wide(scope), nid, **named)
        there = {e.nid for e in self.entities(scope, [n for r in rows for n in (r.subject, r.object)])}
        return [r for r in rows if r.subject in there and r.object in there]


@mutant("link with a hidden end")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "neighbours")
    def _(before: Any, self: View, ref: str, *rest: Any, **named: Any) -> Any:
        answer = before(self, ref, *rest, **named)
        rows = self._graph.store.neighbours(wide(self.scope), self.resolve(ref), limit=1_000)
        there = self._graph.rows([n for r in rows for n in (r.subject, r.object) if n is not None])
        loose = sum(r.subject not in there or r.object not in there for r in rows)
        return replace(answer, links=answer.links[:1] * loose + answer.links)


@mutant("label from a hidden claim")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, ScopedGraph, "_read_labels")
    def _(before: Any, self: ScopedGraph, nids: Any) -> Any:
        return before(_wide_graph(self), nids)


@mutant("same_as through a hidden alias")
def _(patch: pytest.MonkeyPatch) -> None:
    before = vars(ScopedGraph)["same"].func

    patch.setattr(ScopedGraph, "same", property(lambda self: self.kept("same", lambda: before(_wide_graph(self)))))


@mutant("conflict with a hidden claim")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "card")
    def _(before: Any, self: View, ref: str) -> Any:
        answer = before(self, ref)
        teller = Teller(_wide_graph(self._graph), self._teller.books, self._teller.rule, self._teller.tokens)
        nid = self.resolve(ref)
        rows = [r for r in teller.graph.store.claims_about(teller.graph.scope, [nid]) if r.subject == nid]
        found = conflicts(teller.claims(rows))
        kept = tuple(replace(c, sides=tuple(side[:0] for side in c.sides)) for c in found)
        return replace(answer, conflicts=answer.conflicts + kept)


@mutant("403 beside 404: an entity")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "_row")
    def _(before: Any, self: View, ref: str) -> Any:
        try:
            return before(self, ref)
        except NotInView:
            if self._graph.store.find(wide(self.scope), ref):
                raise Refused("This is not for you.") from None
            raise


@mutant("403 beside 404: a claim")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "_claim_rows")
    def _(before: Any, self: View, tokens: Any) -> Any:
        try:
            return before(self, tokens)
        except NotInView:
            cids = [self._teller.tokens.open_claim(token) for token in tokens]
            if len(self._graph.store.claims(wide(self.scope), cids)) == len(cids):
                raise Refused("This is not for you.") from None
            raise


@mutant("403 beside 404: a case")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_open, "enter_case")
    def _(before: Any, ledger: Any, actor: Actor, request: Any, *rest: Any) -> Any:
        try:
            return before(ledger, actor, request, *rest)
        except NotInView:
            if request.case in ledger.cases():
                raise Refused("You are no member of this case.") from None
            raise


@mutant("error text that names what was found")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "_row")
    def _(before: Any, self: View, ref: str) -> Any:
        try:
            return before(self, ref)
        except NotInView:
            error = NotInView()
            named = self._graph.store.find(wide(self.scope), ref)
            if named:
                error.message = f"{named[0].kind} {named[0].delivered} is not in this view."
            raise error from None


@mutant("cases of others offered")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(api.choices, "is_member", lambda *_: True)


@mutant("cached result of another view")
def _(patch: pytest.MonkeyPatch) -> None:
    kept: dict[Any, Any] = {}

    @instead(patch, graph.view_open, "scoped")
    def _(before: Any, store: Any, scope: Scope, ledger: Any, *rest: Any) -> Any:
        key = (ledger.home.path, scope.as_of)  # who may see what is not in it
        if key not in kept:
            kept[key] = before(store, scope, ledger, *rest)
        return kept[key]


@mutant("kept answer of another view")
def _(patch: pytest.MonkeyPatch) -> None:
    kept: dict[Any, Any] = {}

    @instead(patch, Teller, "__init__")
    def _(before: Any, self: Teller, graph_: ScopedGraph, *rest: Any) -> None:
        before(self, graph_, *rest)
        self.answers = kept.setdefault((graph_.ledger.home.path, graph_.scope.as_of), self.answers)


@mutant("policy remembered without the case")
def _(patch: pytest.MonkeyPatch) -> None:
    from graph.policy import Decisions

    kept: dict[Any, Any] = {}

    @instead(patch, Decisions, "visible")
    def _(before: Any, self: Any, actor: Any, asking: Any, markings: Any, *rest: Any, **named: Any) -> Any:
        key = (id(self), tuple(markings.items()))
        if key not in kept:
            kept[key] = before(self, actor, asking, markings, *rest, **named)
        return kept[key]


@mutant("record: the row before it")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_reads, "read_record")
    def _(before: Any, home: Any, ledger: Any, claim: Any, *rest: Any) -> Any:
        return before(home, ledger, claim._replace(row=max(0, claim.row - 1)), *rest)


@mutant("record: digest of the whole file, and the row in it")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_reads, "read_record")
    def _(before: Any, home: Any, ledger: Any, claim: Any, *rest: Any) -> Any:
        answer = before(home, ledger, claim, *rest)
        name, digest, row = ledger.deliveries()[claim.delivery].locate(claim.row)
        return replace(answer, where=replace(answer.where, delivery=digest, file=f"{name}:{row}"))


@mutant("requests of partners beyond the view")
def _(patch: pytest.MonkeyPatch) -> None:
    import api.parcels

    @instead(patch, api.parcels, "requests")
    def _(before: Any, view: View) -> Any:
        found = before(view)
        rows = _wide_graph(view._graph).of_kinds(["Request"])
        return found * (1 + len(rows)) if found else found


@mutant("package preview: what the case holds beyond the view decides")
def _(patch: pytest.MonkeyPatch) -> None:
    import api.parcels

    @instead(patch, api.parcels, "_preview")
    def _(before: Any, view: View, *rest: Any) -> Any:
        answer = before(view, *rest)
        levels = [m.level for m in view._teller.books.markings.values() if m.case == view.request.case]
        return answer.model_copy(update={"file_allowed": max(levels, default=0) < 2})
