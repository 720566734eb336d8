"""How one view may name people as it stands now: parties and grants begin and end while a view is open."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from graph.actor import Actor, ViewRequest
from graph.grants import granted_now
from graph.home import Home
from graph.interval import day_number
from graph.model import Nid
from graph.names import ADULT_YEARS, NameRule, Party, is_cross_cutting, may_be_younger
from graph.parties import parties_now
from graph.policy.asking import Asking
from graph.scope import Scope
from graph.steps import changes_of, newest
from graph.view_books import Books, decisions_of, ledger_of
from graph.view_scope import ScopedGraph


class Names:
    """The name rule of one view, made anew when a step was taken, a grant ran out or a day began.

    Parameters
    ----------
    home : Home
    graph : ScopedGraph
        What the view may see.
    books : Books
    actor : Actor
    request : ViewRequest
    asking : Asking
        What the view asks the policy; it rests on its legal basis.
    """

    def __init__(
        self, home: Home, graph: ScopedGraph, books: Books, actor: Actor, request: ViewRequest, asking: Asking
    ) -> None:
        self._home, self._graph, self._books = home, graph, books
        self._actor, self._request, self._asking = actor, request, asking
        self._changes = changes_of(home)
        self._lock = threading.Lock()
        self._version = -1
        self._step = -1
        self._due: datetime | None = None
        self._case: Mapping[str, Any] = {}
        self._rule: NameRule | None = None

    @property
    def case(self) -> Mapping[str, Any]:
        """The view's case as the directory has it; empty where there is none."""
        return self._case

    def rule(self, at: datetime) -> NameRule:
        """Return the rule at a time: the same value for as long as nothing changes it.

        Raises
        ------
        StoreUnavailable
            Whether anything changed cannot be told.
        """
        with self._lock:
            version = self._changes.version()
            if self._rule is not None and version == self._version and self._due is not None and at < self._due:
                return self._rule
            step, case = newest(self._home), self._read_case()
            due = self._due is None or at >= self._due
            if self._rule is None or due or step != self._step or case != self._case:
                self._case = case
                self._rule, self._due = self._made(at)
            self._version, self._step = version, step
            return self._rule

    def party(self, party: Party) -> Nid | None:
        """Return the entity that a party is, where the view holds it."""
        if party.eid:
            found = self._graph.store.resolve(self._graph.scope, [party.eid])
        else:
            space = str(self._case.get("namespace") or "")
            found = self._graph.store.find(self._graph.scope, party.delivered, space)
        return found[0].nid if found else None

    def _read_case(self) -> Mapping[str, Any]:
        if self._request.case is None:
            return {}
        return ledger_of(self._home).cases().get(self._request.case, {})

    def _made(self, at: datetime) -> tuple[NameRule, datetime]:
        """Return the rule and when it is to be looked at again."""
        entered, named = self._parties(at)
        eids, until = granted_now(self._home, self._actor.id, self._request, at)
        rows = self._graph.store.resolve(self._graph.scope, sorted(eids))
        granted = frozenset(row.nid for row in rows) if rows and self._unmasks() else frozenset()
        rule = NameRule(
            cross_cutting=self._request.case is None or is_cross_cutting(self._asking.legal_basis),
            masked=bool(self._case.get("masked")),
            public=self._books.public,
            all_public=self._books.all_public,
            parties=named,
            entered=entered,
            granted=granted,
        )
        midnight = datetime.combine(at.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        return rule, min(midnight, until) if until is not None else midnight

    def _unmasks(self) -> bool:
        """Say whether the policy lets the actor unmask at all what this view shows: in no view by broken glass, say.

        Reason and second sign-in were asked for with the grant; which claims name whom was decided there too.
        """
        asking = replace(self._asking, act="unmask", reason=True, strength=2)
        visible = decisions_of(self._home).visible(self._actor, asking, self._books.markings)
        return bool(visible & self._graph.scope.visible)

    def _parties(self, at: datetime) -> tuple[tuple[Nid, ...], frozenset[Nid]]:
        """Return the parties that the view holds, and those of them whom entry names: no witness, no victim, no minor.

        Birth dates count whenever they were said and whatever they are dated: no choice of time makes a minor nameable.
        """
        if self._request.case is None:
            return (), frozenset()
        day = day_number(at.date())
        entered: dict[Nid, list[Party]] = {}
        for party in parties_now(self._home, self._request.case, self._case):
            nid = self.party(party)
            if nid is not None:
                entered.setdefault(nid, []).append(party)
        nids = list(entered)
        births: dict[Nid, list[str]] = {}
        always = Scope(self._graph.scope.visible, self._books.head)
        said = self._graph.store.claims_about(always, nids, predicates=("birth_date",)) if nids else ()
        for claim in said:
            births.setdefault(claim.subject, []).append(claim.value or "")
        named = frozenset(
            nid
            for nid, roles in entered.items()
            if all(party.may_be_named(day) for party in roles)
            and not any(may_be_younger(birth, ADULT_YEARS, at.date()) for birth in births.get(nid, ()))
        )
        return tuple(nids), named


class LastingNames(Names):
    """The same without grants: for what outlives them, such as charts, packages and findings."""

    def __init__(self, names: Names) -> None:
        self._names = names

    @property
    def case(self) -> Mapping[str, Any]:
        return self._names.case

    def rule(self, at: datetime) -> NameRule:
        """Return the rule at a time, nobody being named by a grant."""
        return replace(self._names.rule(at), granted=frozenset())

    def party(self, party: Party) -> Nid | None:
        return self._names.party(party)
