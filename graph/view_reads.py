"""The only door to data: a view is a graph, a scope and the audit, opened by an actor for a purpose, a case and a legal
basis.

Every method writes its intent durably before the answer leaves, and its outcome after. What is not there and what is
not for this view are one answer.
"""

from __future__ import annotations

import copy
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from graph.actor import ROLE_ACTIONS, Actor, Entry, ViewRequest
from graph.answers import Card, CaseView, ClaimView, EntityRef, Hit, PathView, RecordView, SearchAnswer, Subgraph
from graph.audit import AuditLog
from graph.errors import KrydsfeltError, NotInView, Refused
from graph.glass import broken_for
from graph.home import Home
from graph.model import ClaimRow, EntityRow, Marking, Nid, PathRow, Statistics
from graph.names import Naming
from graph.ontology import ontology
from graph.policy import Asking, decide
from graph.policy.intrusion import check_analysis
from graph.projection import Projection
from graph.projection_build import links_among, project
from graph.pseudonyms import looks_like_pseudonym, looks_like_token
from graph.scope import Scope
from graph.stops import check_act
from graph.view_books import decisions_of, ledger_of
from graph.view_card import conflicts
from graph.view_claims import Teller
from graph.view_ground import Ground
from graph.view_names import LastingNames, Names
from graph.view_record import read_record, record_claims, withheld
from graph.view_search import ENOUGH, Found, alike_hits, free_hits, known_as, near_names, open_names

SHIFT: Final = timedelta(hours=8)
PERSON: Final = "Person"
CARD_CLAIMS: Final = 400
MOST_CLAIMS: Final = 10_000
MOST_LINKS: Final = 60_000
FEW: Final = 300
MOST_RANKED: Final = 200
"""Free hits looked at before the parties of the case are put first."""
NOT_WALKED: Final = frozenset({"in_milieu", "located_in", "same_as", "not_same_as"})
"""Links that put a thing into a class with thousands of others, and verdicts: no path runs along them."""
"""Entities up to which links among them are asked for one by one; from there on a scan is faster."""
LOOK_UPS: Final = 100
"""Look-ups of masked names in one view."""

ACTS: Final = frozenset(action for actions in ROLE_ACTIONS.values() for action in actions)
Overlap = Literal["possible", "certain"]


@dataclass(slots=True)
class Act:
    """One audited act under way."""

    touched: set[bytes] = field(default_factory=set)
    """Random ids of the entities that the answer shows."""
    persons: set[bytes] = field(default_factory=set)
    """Those of persons among them."""
    shown: set[int] = field(default_factory=set)
    """Markings of the claims and names that the answer shows."""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a view decided."""

    digest: str
    asking: Asking
    entry: Entry | None
    """How the actor came into the view's case."""
    expires: datetime


class Meter(Protocol):
    """What counts how much an actor is shown, and stops it."""

    def check(self, action: str) -> None:
        """Raise `TooMuch` where nothing is left."""

    def spend(self, action: str, objects: Collection[bytes], persons: Collection[bytes]) -> None:
        """Count an answer before it leaves; raise `TooMuch` where it is more than is left."""


class View:
    """An opened view. Made by `open_view`, never by hand.

    Parameters
    ----------
    home, actor, request
        As given to `open_view`.
    session : str
        The session it is bound to.
    opened : Opened
    teller : Teller
    names : Names
        How it may name people, from moment to moment.
    log : AuditLog
    clock : callable
        Gives the time.
    """

    def __init__(
        self,
        home: Home,
        actor: Actor,
        request: ViewRequest,
        *,
        session: str,
        opened: Opened,
        teller: Teller,
        names: Names,
        log: AuditLog,
        clock: Callable[[], datetime],
    ) -> None:
        self.id = f"v{secrets.token_hex(12)}"
        self.home = home
        self.actor = actor
        self.request = request
        self.session = session
        self.digest = opened.digest
        self.asking = opened.asking
        self.entry = opened.entry
        self.legal_basis = opened.asking.legal_basis
        ends = opened.entry.until if opened.entry is not None else None
        self.expires = min(opened.expires, ends) if ends is not None else opened.expires
        self._teller = teller
        self._names = names
        self._graph = teller.graph
        self._log = log
        self._clock = clock
        self._closed = False
        self.meter: Meter | None = None
        self._look_ups = 0
        self._who = self._asker()

    @property
    def scope(self) -> Scope:
        return self._graph.scope

    @property
    def engine(self) -> str:
        """The engine that answers: `embedded` or `neo4j`."""
        return self._graph.store.name

    @property
    def naming(self) -> Naming:
        """How people are named: `public`, `parties` or `pseudonyms`."""
        return self._teller.rule.naming

    def markings(self) -> tuple[Marking, ...]:
        """Return the markings that the view holds claims under, by content."""
        books = self._teller.books
        held = [n for n in self.scope.visible if n in books.contents and any(books.contents[n][1])]
        return tuple(books.markings[n] for n in sorted(held, key=lambda n: books.contents[n][0]))

    @property
    def band(self) -> Marking:
        """The highest marking that the view holds."""
        lowest = Marking(level=0, handling="H0", sealed=False)
        return max(self.markings(), key=lambda m: (m.level, m.handling, m.tlp or ""), default=lowest)

    def close(self) -> None:
        """Close it; nothing answers afterwards."""
        if not self._closed:
            with self.act("close-view"):
                self._closed = True

    def demand(self, action: str) -> None:
        """Check that the actor's roles allow an act.

        Raises
        ------
        Refused
        """
        self.actor.demand(action)

    @contextmanager
    def act(
        self, action: str, subjects: Iterable[EntityRef | bytes] = (), detail: Mapping[str, Any] | None = None
    ) -> Iterator[Act]:
        """Do something under the audit: the intent is durable when the block begins, the outcome follows it.

        Parameters
        ----------
        action : str
            One of the acts of `graph.actor.ROLE_ACTIONS`, or `close-view`.
        subjects : iterable of EntityRef or bytes
            Whom it is about.
        detail : mapping, optional
            Plain values without names.

        Raises
        ------
        AuditUnavailable
            The intent could not be made durable; the block does not run.
        Refused
            The role does not allow it, or the view is closed or has run out.
        """
        eids = [s if isinstance(s, bytes) else self._teller.tokens.open_entity(s.token) for s in subjects]
        intent = self._log.intent(
            action, {**self._who, "subjects": [self._log.subject(e) for e in eids], "detail": dict(detail or {})}
        )
        done, result = Act(), "error"
        try:
            self._check(action)
            if self.meter is not None:
                self.meter.check(action)
            yield done
            if self.meter is not None:
                self.meter.spend(action, done.touched, done.persons)
            result = "ok"
        except KrydsfeltError as error:
            result = error.reason_code
            raise
        finally:
            self._log.outcome(intent, result, {"touched": self._log.touched(done.touched), **done.result})

    def _asker(self) -> Mapping[str, Any]:
        """Return who asks, what for and on which basis: the same in every act of the view."""
        return {
            "user": self.actor.id,
            "roles": sorted(self.actor.roles),
            "session": self._log.term(self.session),
            "view": self.id,
            "digest": self.digest,
            "purpose": self.request.purpose,
            "case": self.request.case,
            "legal_basis": self.legal_basis,
            "reason": self.request.reason,
        }

    def _check(self, action: str) -> None:
        if action == "close-view":
            return
        if self._closed or self._clock() >= self.expires:
            raise Refused(
                "This view has been closed or has run out with its shift. Open it again.", code="view-expired"
            )
        if action not in ACTS:
            raise Refused(f"There is no act {action!r}.", code="unknown-act")
        self.demand(action)
        check_act(self.home, action)
        if self.entry is not None and self.entry.glass:
            glass = broken_for(ledger_of(self.home), self.actor, self.asking.case or "", self._clock())
            if glass is None:
                raise Refused("The broken glass of this view was ended. Ask again if it still matters.", code="glass")
        self._renew_names()

    def _renew_names(self) -> None:
        """Take up what began or ended since: parties, grants. What was told before is told anew."""
        rule = self._names.rule(self._clock())
        if rule != self._teller.rule:
            self._teller = Teller(self._graph, self._teller.books, rule, self._teller.tokens)

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

    def resolve(self, ref: str) -> Nid:
        """Return the number of the entity that a token, a pseudonym or an open delivered id names.

        For the ground floor only.

        Raises
        ------
        NotInView
        """
        return self._graph.same.canonical(self._row(ref).nid)

    def _row(self, ref: str) -> EntityRow:
        if looks_like_token(ref):
            return self._graph.row(self._teller.tokens.open_entity(ref))
        found = self._graph.store.find(self.scope, ref)
        named = [row for row in found if self._teller.form(row) != "pseudonym"]
        if named:
            return named[0]
        if looks_like_pseudonym(ref):
            return self._graph.identifying[self._teller.pseudonyms.position(ref)]
        raise NotInView

    def entity(self, ref: str) -> EntityRef:
        """Return how the view names one entity.

        Raises
        ------
        NotInView
        """
        with self.act("read", detail={"what": "entity"}) as act:
            nid = self.resolve(ref)
            return self._told([nid], act)[nid]

    @staticmethod
    def _note(rows: Iterable[EntityRow], act: Act) -> None:
        for row in rows:
            act.touched.add(row.eid)
            if row.kind == PERSON:
                act.persons.add(row.eid)

    def _told(self, nids: Iterable[Nid], act: Act) -> dict[Nid, EntityRef]:
        refs = self._teller.refs(nids)
        self._note(self._graph.rows(refs).values(), act)
        act.shown |= self._teller.label_markings(refs)
        return refs

    def _claims(self, rows: Sequence[ClaimRow], act: Act) -> list[ClaimView]:
        ends = {n for r in rows for n in (r.subject, r.object) if n is not None}
        self._note(self._graph.rows(ends).values(), act)
        act.shown |= {row.marking for row in rows}
        return self._teller.claims(rows)

    def _markings(self, act: Act) -> tuple[Marking, ...]:
        """Return the markings of what an answer shows, by content."""
        books = self._teller.books
        return tuple(books.markings[n] for n in sorted(act.shown, key=lambda n: books.contents[n][0]))

    def search(self, text: str, kinds: Sequence[str] = (), limit: int = 20) -> SearchAnswer:
        """Search names that are open to the view, parties of the case first.

        Where nothing is found, the whole text is looked up among masked names.

        Raises
        ------
        Refused
            The look-ups of this view are used up.
        """
        with self.act("search", detail={"term": self._log.term(text), "kinds": list(kinds)}) as act:
            found = free_hits(self._teller, text, kinds, max(limit, MOST_RANKED))
            if len(found) < min(ENOUGH, limit):
                there = {f.nid for f in found}
                alike = alike_hits(self._teller, self._open_names(tuple(kinds)), text, limit)
                found += [f for f in alike if f.nid not in there][: limit - len(found)]
            parties = {self._graph.same.canonical(nid) for nid in self._teller.rule.entered}
            found.sort(key=lambda f: f.nid not in parties)
            hits = self._hits(found[:limit], act)
            markings = self._markings(act)
        may = self._teller.rule.masks and "look-up" in self.actor.actions
        known = self.look_up(text, kinds) if may and not hits else None
        near = near_names(self._open_names(tuple(kinds)), text) if not hits and known is None else ()
        return SearchAnswer(hits, known, more=len(found) > limit, near=near, markings=markings)

    def _open_names(self, kinds: tuple[str, ...]) -> list[tuple[str, str, Nid]]:
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
        with self.act("look-up", detail={"term": self._log.term(text)}) as act:
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
        with self.act("read", detail={"what": "card"}) as act:
            nid = self.resolve(ref)
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

    def neighbours(
        self, ref: str, predicates: Sequence[str] = (), kinds: Sequence[str] = (), limit: int = 1_000
    ) -> Subgraph:
        """Return the links at one entity and what they lead to.

        Raises
        ------
        NotInView
        """
        with self.act("read", detail={"what": "neighbours"}) as act:
            nid = self.resolve(ref)
            rows = [
                row
                for member in self._graph.same.members(nid)
                for row in self._graph.neighbours(member, predicates, kinds, MOST_LINKS)
            ]
            unique = sorted({row.cid: row for row in rows}.values(), key=lambda r: r.cid)
            kept = unique[:limit]
            return self._subgraph([nid], kept, len(unique) - len(kept), act)

    def k_hop(self, ref: str, hops: int, kinds: Sequence[str] = (), limit: int = 2_000) -> Subgraph:
        """Return what lies within some hops of an entity, nearest first, and the links among it.

        Raises
        ------
        NotInView
        """
        with self.act("read", detail={"what": "k-hop", "hops": hops}) as act:
            nid = self.resolve(ref)
            reached: dict[Nid, int] = {}
            for member in self._graph.same.members(nid):
                for other, far in self._graph.store.k_hop(self.scope, member, hops).items():
                    reached[other] = min(far, reached.get(other, far))
            there = self._graph.rows(reached)
            wanted = [n for n in reached if n in there and (not kinds or n == nid or there[n].kind in kinds)]
            wanted.sort(key=lambda n: (n != nid, reached[n], there[n].eid))
            kept = wanted[:limit]
            links = self._links_among(kept)
            found = self._subgraph(kept, links, len(wanted) - len(kept), act)
            return replace(found, left_out=Counter(there[n].kind for n in wanted[limit:]))

    def _links_among(self, nids: Sequence[Nid]) -> list[ClaimRow]:
        """Return the links both of whose ends are among some entities, by `cid`."""
        inside, words = set(nids), [p.name for p in ontology().predicates.values() if p.is_link]
        if len(inside) <= FEW:
            rows = self._graph.store.claims_about(self.scope, nids, predicates=words, limit=MOST_LINKS)
            return [r for r in rows if r.object is not None and r.subject in inside and r.object in inside]
        cids = links_among(self._graph.store.scan(self.scope, predicates=words), nids)
        return self._graph.store.claims(self.scope, cids)

    def _subgraph(self, nids: Sequence[Nid], rows: Sequence[ClaimRow], more: int, act: Act) -> Subgraph:
        refs = self._told([*nids, *(n for r in rows for n in (r.subject, r.object) if n is not None)], act)
        first = [refs[n].token for n in nids[:1] if n in refs]
        by_token = {ref.token: ref for ref in refs.values()}
        entities = sorted(by_token.values(), key=lambda r: (r.token not in first, r.kind, r.label, r.token))
        # a verdict that joins two entities is drawn as the one entity that they are; the card lists it
        told = [
            c
            for c in self._claims(rows, act)
            if c.subject.token in by_token and c.object and c.object.token in by_token
        ]
        return Subgraph(tuple(entities), tuple(told), more, markings=self._markings(act))

    def shortest_path(self, a: str, b: str, max_hops: int = 8) -> PathView | None:
        """Return a shortest path, links read both ways, or None where the view has none.

        Raises
        ------
        NotInView
            Either end.
        """
        with self.act("read", detail={"what": "shortest-path"}) as act:
            ends = self.resolve(a), self.resolve(b)
            row = self._graph.store.shortest_path(self.scope, *ends, predicates=_walked(), max_hops=max_hops)
            self._told([*ends, *(row.nodes if row else ())], act)
            return self._path(row, act)

    def time_path(self, a: str, b: str, overlap: Overlap = "possible") -> PathView | None:
        """Return the path that arrives first when links are taken in order of time, or None.

        Raises
        ------
        NotInView
            Either end.
        """
        with self.act("read", detail={"what": "time-path", "overlap": overlap}) as act:
            ends = self.resolve(a), self.resolve(b)
            row = self._graph.store.time_path(self.scope, *ends, predicates=_walked(), overlap=overlap)
            self._told([*ends, *(row.nodes if row else ())], act)
            return self._path(row, act)

    def _path(self, row: PathRow | None, act: Act) -> PathView | None:
        found = self._teller.path(row)
        if row is None or found is None:
            return None
        act.shown |= {claim.marking for claim in row.claims}
        return replace(found, markings=self._markings(act))

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
        """Count what the view shows: entities by kind, claims by predicate."""
        with self.act("statistics"):
            scope = self._scope_for("count")
            return self._graph.kept(("statistics", scope), lambda: self._graph.store.statistics(scope))

    def allows(
        self, act: str, markings: Sequence[Marking], *, recipient: str = "", consent: bool = False, strength: int = 1
    ) -> list[bool]:
        """Ask the policy, marking by marking, whether the actor may do something with what this view shows.

        Parameters
        ----------
        act : str
            One of `graph.policy.ACTS`.
        markings : sequence of Marking
        recipient : str
            The organisation that an export goes to.
        consent : bool
            The originator's consent to it is recorded.
        strength : int
            2 where the session was signed in again just now.
        """
        asking = replace(self.asking, act=act, recipient=recipient, consent=consent, strength=strength)
        return decide(self.actor, asking, markings)

    def _scope_for(self, act: str) -> Scope:
        """Return what of the view's scope the policy gives to another act: never more than the view shows."""
        asking = replace(self.asking, act=act)
        given = decisions_of(self.home).visible(self.actor, asking, self._teller.books.markings)
        visible = given & self.scope.visible
        if visible == self.scope.visible:
            return self.scope
        return Scope(visible, self.scope.as_of, self.scope.window)

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


def _walked() -> list[str]:
    """Return the links that a path between two entities may run along."""
    return [p.name for p in ontology().predicates.values() if p.is_link and p.name not in NOT_WALKED]
