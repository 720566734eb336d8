"""Leaks of names: those of hidden people, and of people whom the view masks."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

import graph.view_reads
import graph.view_search
from graph.errors import NotInView, Refused
from graph.model import Nid
from graph.names import LABELS
from graph.text import fold
from graph.view_claims import Teller
from graph.view_reads import View
from tests.trust.mutants.kit import instead, mutant, wide


def called(view: View, nid: Nid) -> str:
    """Return a name of an entity, whoever may know it."""
    said = view._graph.store.claims_about(view.scope, [nid], predicates=LABELS)
    return next((c.value for c in said if c.value and c.subject == nid), "")


@mutant("masked name: in search")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_search, "_open_ones")
    def _(before: Any, teller: Teller, rows: Any, limit: int) -> Any:
        found = before(teller, rows, limit)
        there = {f.nid for f in found}
        for nid, claim in rows:
            head = teller.graph.same.canonical(nid)
            if head not in there:
                found.append(graph.view_search.Found(head, claim, claim.value or "", claim.predicate))
        return found


@mutant("masked name: by its beginning")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_reads, "known_as")
    def _(before: Any, teller: Teller, text: str, kinds: Any) -> Any:
        found = before(teller, text, kinds)
        if found is None and len(text) > 2:
            for name, bearers in teller.masked_names.items():
                if name.startswith(fold(text)):
                    return bearers[0]
        return found


@mutant("hidden name: known when asked for")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "look_up")
    def _(before: Any, self: View, text: str, kinds: Any = ()) -> Any:
        found = before(self, text, kinds)
        rows = self._graph.store.search(wide(self.scope), text, limit=5)
        if found is None and rows:
            raise Refused("This name is known here, and not for you.")
        return found


@mutant("masked name: on the card of its bearer")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Teller, "may_tell", lambda self, row: True)


@mutant("masked name: in a note")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Teller, "open_text", lambda self, text, about=(): text)


@mutant("masked name: in an error")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "shortest_path")
    def _(before: Any, self: View, a: str, b: str, *rest: Any, **named: Any) -> Any:
        found = before(self, a, b, *rest, **named)
        if found is None:
            error = NotInView()
            error.message = f"No way leads from {called(self, self.resolve(a))} to {called(self, self.resolve(b))}."
            raise error
        return found


@mutant("masked name: in the log")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "_told")
    def _(before: Any, self: View, nids: Any, act: Any) -> Any:
        asked = list(nids)
        for nid in asked:
            logging.getLogger("krydsfelt").info("told of %s", called(self, nid))
        return before(self, asked, act)


@mutant("masked name: in the audit")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, View, "_told")
    def _(before: Any, self: View, nids: Any, act: Any) -> Any:
        asked = list(nids)
        act.result["names"] = [called(self, nid) for nid in asked]
        return before(self, asked, act)


@mutant("masked name: in a file's name")
def _(patch: pytest.MonkeyPatch) -> None:
    import api.parcels
    import api.routes.packages as routes

    last: list[View] = []

    @instead(patch, api.parcels, "data")
    def _(before: Any, view: View, package: str) -> Any:
        last[:] = [view]
        return before(view, package)

    @instead(patch, routes, "Response")
    def _(before: Any, *rest: Any, **named: Any) -> Any:
        answer = before(*rest, **named)
        for row in last[0]._teller.masked:
            answer.headers["Content-Disposition"] += (
                f"; for={called(last[0], row.nid).encode('ascii', 'ignore').decode()}"
            )
        return answer


@mutant("masked name: in a chart's title")
def _(patch: pytest.MonkeyPatch) -> None:
    import viz.chart

    last: list[View] = []

    @instead(patch, viz.chart, "write_chart")
    def _(before: Any, view: View, *rest: Any, **named: Any) -> Any:
        last[:] = [view]
        return before(view, *rest, **named)

    @instead(patch, viz.chart, "chart_page")
    def _(before: Any, drawn: Any, centre: Any, *rest: Any, **named: Any) -> Any:
        name = called(last[0], last[0].resolve(centre.token))
        return before(drawn, replace(centre, label=name or centre.label), *rest, **named)


@mutant("chart's legend: kinds beyond the view")
def _(patch: pytest.MonkeyPatch) -> None:
    import viz.chart

    last: list[View] = []

    @instead(patch, viz.chart, "write_chart")
    def _(before: Any, view: View, *rest: Any, **named: Any) -> Any:
        last[:] = [view]
        return before(view, *rest, **named)

    @instead(patch, viz.chart, "chart_page")
    def _(before: Any, drawn: Any, *rest: Any, **named: Any) -> Any:
        kinds = last[0]._graph.store.statistics(wide(last[0].scope)).entities
        return f"{before(drawn, *rest, **named)}<!-- legend: {', '.join(sorted(kinds))} -->"


@mutant("masked name: in a package")
def _(patch: pytest.MonkeyPatch) -> None:
    from ingest.exchange import release, stix

    last: list[View] = []

    @instead(patch, release, "_pack")
    def _(before: Any, home: Any, view: View, *rest: Any) -> Any:
        last[:] = [view]
        return before(home, view, *rest)

    @instead(patch, stix, "Node")
    def _(before: Any, found: str, kind: str, label: str) -> Any:
        for row in last[0]._teller.masked:
            if last[0]._teller.raw_refs([row.nid])[row.nid].label == label:
                return before(found, kind, called(last[0], row.nid) or label)
        return before(found, kind, label)


@mutant("delivered ids of masked people")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, Teller, "raw_refs")
    def _(before: Any, self: Teller, nids: Any) -> Any:
        rows = self.graph.rows(nids)
        return {nid: replace(ref, delivered=rows[nid].delivered) for nid, ref in before(self, rows).items()}
