"""The only door to data: a view is a graph, a scope and the audit, opened by an actor for a purpose, a case and a legal
basis.

Every method writes its intent durably before the answer leaves, and its outcome after. What is not there and what is
not for this view are one answer.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from graph.answers import Card, CaseView, ClaimView, EntityRef, Hit, RecordView, SearchAnswer
from graph.errors import NotInView, Refused
from graph.model import ClaimRow, Nid, Statistics
from graph.ontology import ontology
from graph.policy.intrusion import check_analysis
from graph.projection import Projection
from graph.projection_build import project
from graph.scope import Scope
from graph.text import fold
from graph.view_acts import Act
from graph.view_alike import OpenNames
from graph.view_books import ledger_of
from graph.view_card import conflicts
from graph.view_ground import Ground
from graph.view_links import MOST_LINKS
from graph.view_names import LastingNames
from graph.view_record import read_record, record_claims, withheld
from graph.view_search import ENOUGH, Found, alike_hits, free_hits, known_as, near_names, open_names
from graph.view_vault import ViewVault

CARD_CLAIMS: Final = 400
MOST_CLAIMS: Final = 10_000
MOST_RANKED: Final = 200
"""Free hits looked at before the parties of the case are put first."""
LOOK_UPS: Final = 100
"""Look-ups of masked names in one view."""


class View(ViewVault):
    """An opened view. Made by `open_view`, never by hand."""

    def lasting(self) -> View:
        """Return this view for what outlives it (charts, packages): nobody is named in it by a grant."""
        other = copy.copy(self)
        other._names = LastingNames(self._names)
        other._renew_names()
        return other

    @property
    def ground(self) -> Ground:
        """What other modules of the ground floor read beside the methods."""
        return Ground(self, self._teller, self._names)

    def search(self, text: str, kinds: Sequence[str] = (), limit: int = 20) -> SearchAnswer:
        """Search names that are open to the view, parties of the case first.

        Where nothing is found, the whole text is looked up among masked names.

        Raises
        ------
        Refused
            The look-ups of this view are used up.
        """
        with self.act("search", detail={"term": self._term(text), "kinds": list(kinds)}) as act:
            key = ("search", fold(text) or text, tuple(kinds), limit)
            answer = self._answer(act, key, lambda view, fresh: view._among_open(text, kinds, limit, fresh))
        if answer.hits:
            return answer
        may = self._teller.rule.masks and "look-up" in self.actor.actions
        known = self.look_up(text, kinds) if may else None
        near = near_names(self._open_names(tuple(kinds)), text) if known is None else ()
        return replace(answer, known=known, near=near)

    def _among_open(self, text: str, kinds: Sequence[str], limit: int, act: Act) -> SearchAnswer:
        """Search the open names alone."""
        found = free_hits(self._teller, text, kinds, max(limit, MOST_RANKED))
        if len(found) < min(ENOUGH, limit):
            there = {f.nid for f in found}
            alike = alike_hits(self._teller, self._open_names(tuple(kinds)), text, limit)
            found += [f for f in alike if f.nid not in there][: limit - len(found)]
        parties = {self._graph.same.canonical(nid) for nid in self._teller.rule.entered}
        found.sort(key=lambda f: f.nid not in parties)
        hits = self._hits(found[:limit], act)
        return SearchAnswer(hits, more=len(found) > limit, markings=self._markings(act))

    def _term(self, text: str) -> str:
        """Return under what a text that is searched for stands in the log: the same however it is written."""
        return self._log.term(fold(text) or text)

    def _open_names(self, kinds: tuple[str, ...]) -> OpenNames:
        key = ("open names", self._teller.rule, kinds)
        return self._graph.kept(key, lambda: open_names(self._teller, kinds))

    def _hits(self, found: Sequence[Found], act: Act) -> tuple[Hit, ...]:
        refs = self._told([f.nid for f in found], act)
        act.shown |= {f.claim.marking for f in found if f.claim is not None}
        alike = [member for f in found if f.claim is None for member in self._graph.same.members(f.nid)]
        if alike:  # which of their names was alike is not kept: all of them count
            names = [p.name for p in ontology().predicates.values() if p.value == "name"]
            act.shown |= {row.marking for row in self._graph.store.claims_about(self.scope, alike, predicates=names)}
        return tuple(Hit(refs[f.nid], f.matched, f.predicate) for f in found if f.nid in refs)

    def look_up(self, text: str, kinds: Sequence[str] = ()) -> EntityRef | None:
        """Say whether a whole name, number or identifier is known here, and under which pseudonym.

        An act of its own, and counted.

        Raises
        ------
        Refused
            The look-ups of this view are used up.
        """
        with self.act("look-up", detail={"term": self._term(text)}) as act:
            if self._look_ups >= LOOK_UPS:
                raise Refused(
                    f"The {LOOK_UPS} look-ups of this view are used up. Open a new view for the next shift.",
                    code="budget",
                )
            self._look_ups += 1
            nid = known_as(self._teller, text, kinds)
            return None if nid is None else self._told([nid], act).get(nid)

    def card(self, ref: str) -> Card:
        """Return all that the view shows of one entity.

        Raises
        ------
        NotInView
        """
        with self.act("read", self._meant(ref), {"what": "card"}) as act:
            nid = self.resolve(ref)
            return self._answer(act, ("card", nid), lambda view, fresh: view._card(nid, fresh))

    def _card(self, nid: Nid, act: Act) -> Card:
        members = self._graph.same.members(nid)
        rows = [row for row in self._graph.claims_about(members, MOST_CLAIMS) if self._teller.may_tell(row)]
        rows.sort(key=lambda r: (r.object is not None, r.predicate, r.valid_from, r.cid))
        told = self._claims(rows[:CARD_CLAIMS], act)
        also = self._teller.raw_refs(m for m in members if m != nid)
        return Card(
            entity=self._told([nid], act)[nid],
            also=tuple(also[m] for m in members if m in also),
            claims=tuple(told),
            conflicts=conflicts(told),
            more=len(rows) - len(told),
            markings=self._markings(act),
        )

    def claims(self, tokens: Sequence[str]) -> list[ClaimView]:
        """Return claims by token, in order.

        Raises
        ------
        NotInView
            Any of them.
        """
        with self.act("read", detail={"what": "claims", "count": len(tokens)}) as act:
            rows = [self._claim_rows([token])[0] for token in tokens] if len(tokens) < 2 else self._claim_rows(tokens)
            told = self._claims(rows, act)
            if len(told) != len(rows):
                raise NotInView
            return told

    def _claim_rows(self, tokens: Sequence[str]) -> list[ClaimRow]:
        cids = [self._teller.tokens.open_claim(token) for token in tokens]
        found = {row.cid: row for row in self._graph.store.claims(self.scope, cids)}
        if any(cid not in found for cid in cids):
            raise NotInView
        return [found[cid] for cid in cids]

    def case_claims(self) -> list[ClaimView]:
        """Return every claim bound to the view's case, by kind of thing said and time.

        Raises
        ------
        NotInView
            The view has no case.
        """
        with self.act("case", detail={"what": "claims"}) as act:
            case = self._in_case()
            bound = frozenset(n for n in self.scope.visible if self._teller.books.markings[n].case == case)
            scope = Scope(bound, self.scope.as_of, self.scope.window)
            cids = self._graph.store.scan(scope).column("cid").to_pylist() if bound else []
            rows = sorted(
                self._graph.store.claims(scope, cids),
                key=lambda r: (r.object is not None, r.predicate, r.valid_from, r.cid),
            )
            return self._claims(rows, act)

    def of_kind(self, kind: str) -> list[tuple[EntityRef, list[ClaimView]]]:
        """Return every entity of a kind in the view with the claims whose subject it is."""
        with self.act("read", detail={"what": "kind", "kind": kind}) as act:
            rows = self._graph.of_kinds([kind])
            said = self._graph.store.claims_about(self.scope, [r.nid for r in rows], limit=MOST_LINKS) if rows else []
            refs = self._told([r.nid for r in rows], act)
            by_subject: dict[Nid, list[ClaimRow]] = {}
            for claim in said:
                by_subject.setdefault(claim.subject, []).append(claim)
            return [(refs[r.nid], self._claims(by_subject.get(r.nid, []), act)) for r in rows if r.nid in refs]

    def record(self, claim: str) -> RecordView:
        """Return the record that a claim was read from, as received.

        Raises
        ------
        NotInView
            The claim.
        Refused
            The record names somebody whom the view masks, or holds claims that it does not show.
        """
        with self.act("record") as act:
            row = self._claim_rows([claim])[0]
            if not self._teller.may_tell(row):
                raise NotInView
            return self._answer(act, ("record", row.cid), lambda view, fresh: view._record(row, fresh))

    def _record(self, row: ClaimRow, act: Act) -> RecordView:
        """Read a claim's record; whatever in it is not for this view withholds all of it."""
        ledger = ledger_of(self.home)
        cids, nids = record_claims(ledger, row)
        rows = self._graph.rows(nids)
        said = self._graph.store.claims(self.scope, sorted(cids))
        whole = len(said) == len(cids) and len(rows) == len(nids)
        if not whole or any(self._teller.form(r) == "pseudonym" for r in rows.values()):
            raise withheld()
        found = read_record(self.home, ledger, row)
        if self._teller.open_text(found.raw, nids) != found.raw:
            raise withheld()
        self._told(nids, act)
        act.shown |= {claim.marking for claim in said}
        return replace(found, markings=self._markings(act))

    def case(self) -> CaseView:
        """Return the view's case with those of its parties that the view holds.

        Raises
        ------
        NotInView
            The view has no case.
        """
        with self.act("case", detail={"what": "case"}) as act:
            name = self._in_case()
            case = self.entry.case if self.entry is not None else {}
            refs = self._told(self._teller.rule.entered, act)
            parties = {ref.token: ref for ref in refs.values()}
            return CaseView(
                id=name,
                title=str(case.get("title") or name),
                state=str(case.get("state") or ""),
                legal_basis=self.legal_basis,
                lead=str(case.get("lead") or ""),
                members=tuple(str(m) for m in case.get("members") or ()),
                parties=tuple(sorted(parties.values(), key=lambda r: (r.kind, r.label, r.token))),
                markings=self._markings(act),
            )

    def _in_case(self) -> str:
        if self.request.case is None:
            raise NotInView
        return self.request.case

    def statistics(self) -> Statistics:
        """Count what the view shows: entities by kind, claims by predicate; nobody as a victim or other party."""
        with self.act("statistics"):
            scope = self._scope_for("count")
            return self._graph.kept(("statistics", scope), lambda: self._graph.store.figures(scope))

    def projection(self, action: str) -> Projection:
        """Return the arrays that an analysis gets: all it ever sees.

        Parameters
        ----------
        action : str
            The analysis, as an act: `analyse-settings`, `analyse-coverage` ...

        Raises
        ------
        Refused
            The role may not run it, or the purpose does not carry it.
        """
        with self.act(action) as act:
            found = check_analysis(self.actor, self.request, action.removeprefix("analyse-"))
            made = project(self.lasting()._teller, self._scope_for(found.act), self.digest, today=self._clock().date())
            act.result["entities"] = len(made.kind)
            act.touched |= made.person_ids()
            return made
