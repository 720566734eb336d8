"""The one door: what an actor does in a view stands in the audit before its answer leaves, and its outcome after."""

from __future__ import annotations

import copy
import hashlib
import secrets
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, Self, TypeVar, cast

from graph.actor import ROLE_ACTIONS, Actor, Entry, ViewRequest
from graph.answers import ClaimView, EntityRef
from graph.audit import LISTED, AuditLog
from graph.errors import KrydsfeltError, NotInView, Refused
from graph.glass import broken_for
from graph.home import Home
from graph.model import ClaimRow, EntityRow, Marking, Nid
from graph.names import Naming
from graph.policy import Asking, decide
from graph.pseudonyms import looks_like_pseudonym, looks_like_token
from graph.scope import Scope
from graph.stops import check_act
from graph.view_answers import Said
from graph.view_books import decisions_of, ledger_of
from graph.view_claims import Teller, teller_of
from graph.view_names import Names

T = TypeVar("T")

SHIFT: Final = timedelta(hours=8)
PERSON: Final = "Person"
READS: Final = frozenset({"read", "search", "case", "statistics"})
"""Acts that change nothing and whose answer leaves whole at their end."""
ACTS: Final = frozenset(action for actions in ROLE_ACTIONS.values() for action in actions)


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
    before: Said | None = None
    """The answer, where it was given before."""

    def show(self, said: Said) -> None:
        """Note what an answer shows that was given before."""
        self.touched |= said.touched
        self.persons |= said.persons
        self.shown |= said.shown
        self.before = said


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a view decided."""

    digest: str
    asking: Asking
    entry: Entry | None
    """How the actor came into the view's case."""
    expires: datetime
    vault: datetime | None = None
    """Until when its vault is open; None where it stays shut."""


class Meter(Protocol):
    """What counts how much an actor is shown, and stops it."""

    def check(self, action: str) -> None:
        """Raise `TooMuch` where nothing is left."""

    def spend(self, action: str, objects: Collection[bytes], persons: Collection[bytes]) -> None:
        """Count an answer before it leaves; raise `TooMuch` where it is more than is left."""


class ViewActs:
    """What every reading of a view goes through.

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
        self.vault_until = min(opened.vault, self.expires) if opened.vault is not None else None
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

    def contents_held(self) -> frozenset[str]:
        """Return a digest of each marking that the view holds claims under: what derived work is made from."""
        contents = self._teller.books.contents
        return frozenset(_short(contents[n][0]) for n in self.scope.visible if n in contents and any(contents[n][1]))

    def contents_open(self) -> frozenset[str]:
        """Return a digest of each marking that may be seen here, whether claims stand under it or not."""
        contents = self._teller.books.contents
        return frozenset(_short(contents[n][0]) for n in self.scope.visible if n in contents)

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
        """Do something under the audit: the intent is durable before an answer leaves, the outcome follows it.

        What changes something begins when its intent is durable; what reads only is made meanwhile.

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
            The intent could not be made durable; nothing is answered, and what changes something does not run.
        Refused
            The role does not allow it, or the view is closed or has run out.
        """
        eids = [s if isinstance(s, bytes) else self._teller.tokens.open_entity(s.token) for s in subjects]
        write = self._log.ahead if action in READS else self._log.intent
        intent = write(
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
            intent.settle()  # where it raises, the act counts as not answered and has no other outcome
            self._log.outcome(intent, result, {"touched": self._touched(done), **done.result})

    def _touched(self, done: Act) -> Mapping[str, Any]:
        """Return what the audit says of the entities that an act showed; of an answer given before, as it did then."""
        said = done.before
        if said is None or len(said.touched) != len(done.touched) or len(said.touched) > LISTED:
            return self._log.touched(done.touched)
        if not said.logged:
            said.logged.update(self._log.touched(said.touched))
        return said.logged

    def _answer(self, act: Act, key: Hashable, make: Callable[[Self, Act], T]) -> T:
        """Give the answer that was given before, or make it; what it shows is noted either way.

        Only what scope, name rule and partition decide alone may go through here.
        """
        teller = self._teller
        said = teller.answers.get(key)
        if said is None:
            bound, fresh = copy.copy(self), Act()
            bound._teller = teller  # names may change meanwhile: one rule holds from beginning to end
            answer = make(bound, fresh)
            said = Said(answer, frozenset(fresh.touched), frozenset(fresh.persons), frozenset(fresh.shown))
            teller.answers.keep(key, said)
        act.show(said)
        return cast("T", said.answer)

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
            self._teller = teller_of(self._graph, self._teller.books, rule, self._teller.tokens)

    def resolve(self, ref: str) -> Nid:
        """Return the number of the entity that a token, a pseudonym or an open delivered id names.

        For the ground floor only.

        Raises
        ------
        NotInView
        """
        return self._graph.same.canonical(self._row(ref).nid)

    def resolve_all(self, *refs: str) -> tuple[Nid, ...]:
        """Return the numbers that several refs name, tokens read at once. For the ground floor only.

        Raises
        ------
        NotInView
            Any of them.
        """
        self._graph.rows_by_eid(self._teller.tokens.open_entity(ref) for ref in refs if looks_like_token(ref))
        return tuple(self.resolve(ref) for ref in refs)

    def _meant(self, *refs: str) -> list[bytes]:
        """Return the random ids that some refs mean, for the intent of an act about them.

        Whether the view shows what a token means is not asked here: an attempt is about somebody too. A pseudonym or a
        delivered id means whom the view shows under it, else nobody.
        """
        found = []
        for ref in refs:
            with suppress(NotInView):
                token = looks_like_token(ref)
                found.append(self._teller.tokens.open_entity(ref) if token else self._row(ref).eid)
        return found

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
        with self.act("read", self._meant(ref), {"what": "entity"}) as act:
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


def _short(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:20]
