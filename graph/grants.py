"""Grants: who was let know who a pseudonym is, by whom, for what and until when.

A grant names its subjects to the user who asked, in the case (or, where there is none, the purpose) that it was asked
in, until it runs out or is withdrawn. `graph.unmasking` asks for one and decides on it; `graph.emergencies` is the way
of a single person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from graph.actor import Actor, ViewRequest
from graph.held import names_of
from graph.home import Home
from graph.identity import Identity
from graph.mentions import Mentions
from graph.parties import parties_now
from graph.pseudonyms import partition_of
from graph.steps import Step, audited, last, steps_about, steps_of
from graph.text import fold
from graph.view_books import ledger_of

if TYPE_CHECKING:
    from graph.view_reads import View

PATIENCE: Final = timedelta(hours=72)
"""How long a request waits for its second person."""
REVIEW_WITHIN: Final = timedelta(hours=72)
"""How long the review of an emergency may take before it blocks the next."""

REASON_WITHHELD: Final = "[withheld: this reason names somebody]"

State = Literal["asked", "active", "refused", "withdrawn", "expired", "lapsed"]


@dataclass(frozen=True, slots=True)
class Subject:
    """One line of a request: a pseudonym as its view shows it, and why this person."""

    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person on a grant.

    Parameters
    ----------
    eids : tuple of bytes
        The entity and those joined with it.
    shown : str
        The pseudonym under which the asker met it.
    reason : str
    """

    eids: tuple[bytes, ...]
    shown: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A request to unmask, with what became of it."""

    id: str
    user: str
    purpose: str
    case: str | None
    legal_basis: str
    act: str
    reason: str
    lines: tuple[Line, ...]
    hours: int
    asked_at: datetime
    emergency: bool
    approved_by: str = ""
    until: datetime | None = None
    refused_by: str = ""
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None
    reviewed_by: str = ""
    verdict: str = ""

    def state(self, at: datetime) -> State:
        """Say how it stands at a time."""
        if self.withdrawn_at is not None and at >= self.withdrawn_at:
            return "withdrawn"
        if self.refused_by:
            return "refused"
        if self.until is None:
            return "asked" if at - self.asked_at <= PATIENCE else "lapsed"
        return "active" if at < self.until else "expired"

    @property
    def review_by(self) -> datetime | None:
        """When an emergency is to be reviewed by; None where there is nothing to review."""
        return self.asked_at + REVIEW_WITHIN if self.emergency else None

    def overdue(self, at: datetime) -> bool:
        """Say whether its review should have been made by a time and was not."""
        return self.review_by is not None and not self.reviewed_by and at > self.review_by

    def to_json(self, at: datetime) -> dict[str, Any]:
        return {
            "id": self.id,
            "user": self.user,
            "purpose": self.purpose,
            "case": self.case,
            "legal_basis": self.legal_basis,
            "act": self.act,
            "reason": self.reason,
            "subjects": [{"shown": line.shown, "reason": line.reason} for line in self.lines],
            "hours": self.hours,
            "asked_at": self.asked_at.isoformat(),
            "emergency": self.emergency,
            "state": self.state(at),
            "approved_by": self.approved_by,
            "until": self.until.isoformat() if self.until else None,
            "refused_by": self.refused_by,
            "withdrawn_by": self.withdrawn_by,
            "review_by": self.review_by.isoformat() if self.review_by else None,
            "reviewed_by": self.reviewed_by,
            "verdict": self.verdict,
        }


def grant_from(steps: Sequence[Step]) -> Grant:
    """Return what the steps of a grant come to."""
    asked, body = steps[0], steps[0].body
    yes, no = last(steps, "approve"), last(steps, "refuse")
    over, seen = last(steps, "withdraw"), last(steps, "review")
    until = yes.body["until"] if yes else body.get("until")
    return Grant(
        id=asked.matter,
        user=asked.by,
        purpose=str(body["purpose"]),
        case=asked.case,
        legal_basis=str(body["legal_basis"]),
        act=str(body["act"]),
        reason=str(body["reason"]),
        lines=tuple(
            Line(tuple(bytes.fromhex(eid) for eid in line["eids"]), line["shown"], line["reason"])
            for line in body["lines"]
        ),
        hours=int(body["hours"]),
        asked_at=asked.at,
        emergency=asked.act == "emergency",
        approved_by=yes.by if yes else "",
        until=datetime.fromisoformat(str(until)) if until else None,
        refused_by=no.by if no else "",
        withdrawn_by=over.by if over else "",
        withdrawn_at=over.at if over else None,
        reviewed_by=seen.by if seen else "",
        verdict=str(seen.body["verdict"]) if seen else "",
    )


def line_of(view: View, ref: str, reason: str) -> Line:
    """Return the line for somebody whom a view shows masked and the policy lets be named.

    Raises
    ------
    NotInView, BadInput
        Nobody is there under that reference, or their name is open already.
    Refused
        The policy unmasks nobody there.
    """
    shown = view.ground.masked_ref(ref)
    view.ground.check_unmask(ref)
    return Line(view.ground.subjects_of(ref), shown.label, reason)


def ask_step(
    view: View,
    name: str,
    lines: Sequence[Line],
    reason: str,
    at: datetime,
    *,
    act: str,
    hours: int,
    until: datetime | None = None,
) -> Step:
    """Return the first step of a grant; one that has its end from the start is an emergency."""
    body: dict[str, Any] = {
        "purpose": view.request.purpose,
        "legal_basis": view.legal_basis,
        "act": act,
        "reason": reason,
        "hours": hours,
        "lines": [
            {"eids": [eid.hex() for eid in line.eids], "shown": line.shown, "reason": line.reason} for line in lines
        ],
    }
    if until is not None:
        body["until"] = until.isoformat()
    return Step("grant", name, 0, "ask" if until is None else "emergency", view.actor.id, at, view.request.case, body)


def grant_of(home: Home, grant: str) -> Grant:
    """Return a grant that is known to be there."""
    return grant_from(steps_about(home, grant))


def listed(home: Home, actor: Actor) -> list[Grant]:
    """Return the grants that concern the actor, newest first: own ones, those to decide, and all for who oversees."""
    with audited(home, actor, "list-unmask"):
        found = all_grants(home)
        mine = [g for g in found if g.user == actor.id or oversees(actor) or may_decide(home, actor, g)]
        return [told_to(home, actor, each) for each in mine[::-1]]


def told_to(home: Home, actor: Actor, grant: Grant) -> Grant:
    """Return a grant as somebody may read it: a reason that names whom it is about, or a party of the case, is withheld
    from whoever neither asked nor decides nor inspects.
    """
    if _reads_reasons(home, actor, grant):
        return grant
    told = _names_on(home, grant)
    about = {nid for nid, _ in told}
    mentions = Mentions({name: (nid,) for nid, name in told}, told, (), about)

    def open_(reason: str) -> str:
        return REASON_WITHHELD if mentions.names(reason, about) else reason

    lines = tuple(replace(line, reason=open_(line.reason)) for line in grant.lines)
    return replace(grant, reason=open_(grant.reason), act=open_(grant.act), lines=lines)


def _reads_reasons(home: Home, actor: Actor, grant: Grant) -> bool:
    """Say whether the actor asked for a grant, decides or decided on it, or inspects."""
    concerned = (grant.user, grant.approved_by, grant.refused_by, grant.withdrawn_by, grant.reviewed_by)
    waits = grant.until is None and not grant.refused_by
    return (
        actor.id in concerned
        or "inspector" in actor.roles
        or (waits and may_decide(home, actor, grant))
        or may_review(home, actor, grant)
    )


def _names_on(home: Home, grant: Grant) -> list[tuple[int, str]]:
    """Return the folded names, aliases and identifiers of whom a grant is about and of the parties of its case."""
    eids = set(eids_on(grant))
    ledger, ids = ledger_of(home), Identity(home)
    body = ledger.cases().get(grant.case) if grant.case is not None else None
    if grant.case is not None and body is not None:
        space = str(body.get("namespace") or "")
        eids |= {p.eid or ids.eid(space, p.delivered) for p in parties_now(home, grant.case, body)}
    return [(nid, name) for nid, value in names_of(ledger, eids) if (name := fold(value))]


def all_grants(home: Home) -> list[Grant]:
    """Return every grant, oldest first. For who has checked who asks."""
    return [grant_from(steps) for steps in steps_of(home, "grant").values()]


def granted_now(home: Home, user: str, request: ViewRequest, at: datetime) -> tuple[frozenset[bytes], datetime | None]:
    """Return whom grants name to a user in a view at a time, and when the first of them runs out.

    Only grants of the view's own partition and purpose count: a case, or purpose and actor where there is none.
    """
    here = partition_of(request.case, request.purpose, user)
    active = [
        g
        for g in all_grants(home)
        if g.user == user
        and g.purpose == request.purpose
        and partition_of(g.case, g.purpose, g.user) == here
        and g.state(at) == "active"
    ]
    ends = [g.until for g in active if g.until is not None]
    return frozenset(eids_on(*active)), min(ends, default=None)


def may_decide(home: Home, actor: Actor, grant: Grant) -> bool:
    """Say whether the actor may be the second person: a custodian, or the lead of the case."""
    if grant.user == actor.id or "approve-unmask" not in actor.actions:
        return False
    if "custodian" in actor.roles:
        return True
    body = ledger_of(home).cases().get(grant.case) if grant.case is not None else None
    return body is not None and body.get("state") == "open" and body.get("lead") == actor.id


def may_review(home: Home, actor: Actor, grant: Grant) -> bool:
    """Say whether the actor may review a grant: an emergency of somebody else's that nobody has reviewed."""
    waits = grant.emergency and not grant.reviewed_by and grant.user != actor.id
    return waits and "review-unmask" in actor.actions and (oversees(actor) or may_decide(home, actor, grant))


def oversees(actor: Actor) -> bool:
    """Say whether the actor looks after all grants of the home."""
    return bool(actor.roles & {"inspector", "custodian"})


def eids_on(*grants: Grant | None) -> Iterable[bytes]:
    """Return the entities that stand on grants; of None there are none."""
    return [eid for grant in grants if grant is not None for line in grant.lines for eid in line.eids]
