"""Reading the audit through a view opened for oversight: who looked at what and why.

The log is data too. Reading needs a role that may, the purpose `oversight` and a reason, and each reading is an act in
the log it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from random import Random
from typing import Any, Final, Literal, cast, get_args

from graph.actor import Actor, is_member
from graph.audit import audit_of
from graph.audit_acts import LoggedAct, Touch, acts, touches
from graph.audit_detect import Alert, alerts
from graph.audit_replay import Replay, replay
from graph.audit_report import ActLine, AuditReport, refused, report
from graph.audit_verify import VerifyReport, verify
from graph.errors import BadInput, NotInView, Refused
from graph.held import held_as_one
from graph.identity import Identity
from graph.overlaps import Overlap, of_house
from graph.text import fold
from graph.view_acts import Act
from graph.view_books import ledger_of
from graph.view_reads import View

PURPOSE: Final = "oversight"
LEAST_REASON: Final = 10
"""Characters of a reason that says something."""
MOST_DRAWN: Final = 200
_READING: Final = "read-audit"

Verdict = Literal["in-order", "question", "breach"]


@dataclass(frozen=True, slots=True)
class Look(ActLine):
    """One act that touched somebody, and how."""

    legal_basis: str
    roles: tuple[str, ...]
    how: Touch
    """`subject` of it, `shown` in its answer, or `unknown` where its list cannot be read any more."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A second person's look at one act."""

    n: int
    """The act that was looked at."""
    at: datetime
    by: str
    verdict: Verdict
    note: str


@dataclass(frozen=True, slots=True)
class Drawn(ActLine):
    """One act of a sample, with the reviews it has."""

    legal_basis: str
    shown: int
    """Number of entities that the answer showed."""
    reviews: tuple[Reviewed, ...]


class AuditDesk:
    """An inspector's reading of the log.

    Parameters
    ----------
    view : View
        Opened for `oversight`, with a reason.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._home = view.home
        self._folder = view.home.audit

    def report(self, since: datetime | None = None, until: datetime | None = None) -> AuditReport:
        """Count what was searched, refused, read outside own cases and unmasked.

        Raises
        ------
        Refused
            The role may not read the audit, or the view is not one for oversight with a reason.
        AuditUnavailable
        """
        with self._reading("report", _span(since, until)):
            cases = ledger_of(self._home).cases()

            def own(act: LoggedAct) -> bool:
                body = cases.get(act.case)
                roles = frozenset(act.roles)
                actor = Actor(act.user, roles, 0, frozenset(), frozenset(), "")
                return body is not None and "glass" not in act.said and is_member(actor, body)

            return report(acts(self._folder, since, until), own, since=since, until=until)

    def refusals(
        self, since: datetime | None = None, until: datetime | None = None, *, user: str = "", limit: int = 200
    ) -> list[ActLine]:
        """List refusals, the latest first."""
        with self._reading("refusals", {**_span(since, until), "of": user}):
            found = [
                ActLine.of(act)
                for act in acts(self._folder, since, until)
                if refused(act) and (not user or act.user == user)
            ]
            return sorted(found, key=lambda line: -line.n)[:limit]

    def who_looked(self, entity: str, since: datetime | None = None, until: datetime | None = None) -> list[Look]:
        """List every act that was about somebody or showed them, analyses among them, in order.

        A look at an entity that standing verdicts hold to be the same one counts, whatever the looker's view knew of
        that.

        Parameters
        ----------
        entity : str
            The delivered id, or `NAMESPACE:ID`. Whether there is such an entity is not asked.
        since, until : datetime, optional
        """
        log = audit_of(self._home)
        subjects = sorted(log.subject(eid) for eid in held_as_one(ledger_of(self._home), self._eids(entity)))
        with self._reading("who-looked", {**_span(since, until), "of": subjects}):
            found = [
                Look.of(act, legal_basis=act.legal_basis, roles=act.roles, how=how)
                for act in acts(self._folder, since, until)
                for how in [_strongest(touches(self._folder, act, subject) for subject in subjects)]
                if how
            ]
            return sorted(found, key=lambda look: look.n)

    def alerts(self, since: datetime | None = None, until: datetime | None = None) -> list[Alert]:
        """List what the detectors found; a user's earlier days count as their usual, whatever the span."""
        with self._reading("alerts", _span(since, until)):
            own = {user: self._own(user, body) for user, body in ledger_of(self._home).users().items()}
            found = alerts(acts(self._folder, None, until), self._folder, own_terms=own)
            return [each for each in found if since is None or each.at >= since]

    def _own(self, user: str, body: Mapping[str, Any]) -> frozenset[str]:
        """Return the hashes of a user's own names, and of who the user is in the record, aliases among them."""
        log = audit_of(self._home)
        terms = {log.term(fold(form)) for name in _names(user, body) for form in _turns(name)}
        entity = str(body.get("entity") or "")
        eids = held_as_one(ledger_of(self._home), self._eids(entity)) if entity else set()
        return frozenset(terms | {log.subject(eid) for eid in eids})

    def verify(self) -> VerifyReport:
        """Read the whole chain. A role that may verify and not read may do this as well."""
        with self._view.act("verify-audit"):
            return verify(self._home)

    def replay(self, n: int) -> Replay:
        """Decide once more whether the view of an act was to be opened, with the facts of then, and compare.

        Raises
        ------
        NotInView
            There is no such act, or it belongs to no view.
        """
        with self._reading("replay", {"n": n}):
            opening = _opening(self._folder, n)
            return replay(self._home, opening)

    def overlaps(self) -> list[Overlap]:
        """List which open cases overlap, and when their leads were told; why, `graph.overlaps.explain` says of one."""
        with self._reading("overlaps", {}) as act:
            found = of_house(self._home)
            act.result["count"] = len(found)
            return found

    def sample(
        self, seed: int, count: int, since: datetime | None = None, until: datetime | None = None
    ) -> list[Drawn]:
        """Draw acts for a second person to look at: the same seed over the same span draws the same.

        The inspector's own acts are not drawn.
        """
        with self._reading("sample", {**_span(since, until), "seed": seed, "count": count}) as act:
            mine, reviews = self._view.actor.id, self._reviews()
            pool = [a for a in acts(self._folder, since, until) if a.user and a.user != mine and a.action != _READING]
            pool.sort(key=lambda a: a.n)
            drawn = Random(seed).sample(pool, min(count, len(pool), MOST_DRAWN))
            drawn.sort(key=lambda a: a.n)
            act.result["drawn"] = [a.n for a in drawn]
            return [_drawn(a, reviews.get(a.n, ())) for a in drawn]

    def review(self, n: int, verdict: Verdict, note: str = "") -> Reviewed:
        """Record what a second person found of an act.

        Raises
        ------
        Refused
            It is one's own act.
        NotInView
            There is no such act.
        BadInput
            A verdict other than `in-order` without a note.
        """
        with self._reading("review", {"n": n, "verdict": verdict, "note": note}) as act:
            if verdict != "in-order" and not note.strip():
                raise BadInput("A question or a breach needs a note that says what is meant.", code="needs-note")
            found = next((a for a in acts(self._folder) if a.n == n and a.user), None)
            if found is None:
                raise NotInView
            if found.user == self._view.actor.id:
                raise Refused("Nobody reviews their own act. It takes a second person.", code="second-person")
            act.result["reviewed"] = n
        return self._reviews()[n][-1]

    def _reviews(self) -> dict[int, list[Reviewed]]:
        found: dict[int, list[Reviewed]] = {}
        for act in acts(self._folder):
            if act.action == _READING and act.done and act.detail.get("what") == "review":
                n, verdict = int(act.detail["n"]), cast("Verdict", act.detail["verdict"])
                found.setdefault(n, []).append(Reviewed(n, act.at, act.user, verdict, str(act.detail["note"])))
        return found

    @contextmanager
    def _reading(self, what: str, detail: dict[str, Any]) -> Iterator[Act]:
        with self._view.act(_READING, detail={"what": what, **detail}) as act:
            request = self._view.request
            if request.purpose != PURPOSE:
                raise Refused(
                    f"The audit is read for {PURPOSE} only; this view is for {request.purpose}. Open one.",
                    code="purpose",
                )
            if len(request.reason.strip()) < LEAST_REASON:
                raise Refused(
                    f"Reading the audit needs a reason of at least {LEAST_REASON} characters. Open the view again and "
                    "say which complaint, check or inspection it serves.",
                    code="needs-reason",
                )
            yield act

    def _eids(self, entity: str) -> list[bytes]:
        identity = Identity(self._home)
        names = [str(n["name"]) for n in ledger_of(self._home).namespaces().values()]
        space, colon, rest = entity.partition(":")
        if colon and space in names:
            return [identity.eid(space, rest)]
        return [identity.eid(name, entity) for name in names]


def _names(user: str, body: Mapping[str, Any]) -> set[str]:
    said = body.get("names") or ()
    others = {str(each) for each in said} if isinstance(said, list | tuple) else set()
    return {name for name in {str(body.get("name") or ""), user, *others} if name}


def _turns(name: str) -> set[str]:
    """Return a name as it is said, with the last name first, and with the first and last of several alone."""
    first, *rest = name.split() or [""]
    return {name, f"{rest[-1]} {' '.join([first, *rest[:-1]])}", f"{first} {rest[-1]}"} if rest else {name}


def _opening(folder: Any, n: int) -> LoggedAct:
    found = list(acts(folder))
    act = next((a for a in found if a.n == n), None)
    if act is None:
        raise NotInView
    if act.action == "open-view":
        return act
    opening = next((a for a in found if a.action == "open-view" and a.view == act.view and act.view), None)
    if opening is None:
        raise NotInView
    return opening


def _strongest(ways: Iterable[Touch | None]) -> Touch | None:
    found = set(ways)
    return next((way for way in get_args(Touch) if way in found), None)


def _drawn(act: LoggedAct, reviews: Iterable[Reviewed]) -> Drawn:
    return Drawn.of(act, legal_basis=act.legal_basis, shown=act.shown, reviews=tuple(reviews))


def _span(since: datetime | None, until: datetime | None) -> dict[str, Any]:
    return {"since": since.isoformat() if since else None, "until": until.isoformat() if until else None}
