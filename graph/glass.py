"""Breaking the glass: in an emergency somebody reads in a case that is not theirs, for hours, with a second person.

It gives one temporary attribute, the way into one open case, and passes no other rule: clearance, compartments, purpose
and regime stay what they are, and the policy lets broken glass read and look up only. It is loud: asking, approving,
ending and every view opened through it are acts of their own in the audit, and an inspector sees them all.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from graph.audit import audit_of
from graph.errors import Conflict, KrydsfeltError, NotInView, Refused
from graph.home import Home
from graph.ledger import Artefact, Ledger, stamp

if TYPE_CHECKING:
    from graph.actor import Actor

HOURS: Final = 4
"""How long it stays broken."""
PATIENCE: Final = timedelta(hours=1)
"""How long a request waits for its second person."""
LEAST_REASON: Final = 20
"""Characters of a reason that says something."""


@dataclass(frozen=True, slots=True)
class Glass:
    """One request, with what became of it."""

    id: str
    user: str
    case: str
    reason: str
    asked_at: datetime
    approved_by: str = ""
    until: datetime | None = None
    ended_at: datetime | None = None

    def broken(self, at: datetime) -> bool:
        """Say whether it lets its user in at a time."""
        return self.until is not None and at < self.until and (self.ended_at is None or at < self.ended_at)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "user": self.user,
            "case": self.case,
            "reason": self.reason,
            "asked_at": self.asked_at.isoformat(),
            "approved_by": self.approved_by,
            "until": self.until.isoformat() if self.until else None,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
        }


def ask(home: Home, actor: Actor, case: str, reason: str, *, at: datetime) -> Glass:
    """Ask for the glass of one case to be broken. Whether there is such a case is not told.

    Raises
    ------
    Refused
        The role does not allow it, or the reason says too little.
    AuditUnavailable
    """
    with _loud(home, actor, "ask-break-glass", {"case": case, "reason": reason}):
        if len(reason.strip()) < LEAST_REASON:
            raise Refused(
                f"Breaking the glass needs a reason of at least {LEAST_REASON} characters: what may happen to whom if "
                "nobody reads this now.",
                code="needs-reason",
            )
        glass = Glass(f"glass-{secrets.token_hex(6)}", actor.id, case, reason.strip(), at)
        _keep(home, glass.id, "glass-asked", actor.id, at, {"case": case, "reason": glass.reason})
    return glass


def approve(home: Home, actor: Actor, glass_id: str, *, at: datetime) -> Glass:
    """Be the second person: from now on it is broken, for some hours.

    Raises
    ------
    Refused
        The role does not allow it, it is one's own request, or it waited too long.
    NotInView
        There is no such request.
    Conflict
        It was approved before.
    """
    with _loud(home, actor, "approve-break-glass", {"glass": glass_id}):
        glass = _found(home, glass_id)
        if glass.user == actor.id:
            raise Refused("Nobody approves their own request. It takes a second person.", code="second-person")
        if glass.until is not None:
            raise Conflict(f"{glass_id} was approved by {glass.approved_by} before.")
        if at - glass.asked_at > PATIENCE:
            raise Refused("This request waited for more than an hour. Ask again if it still matters.", code="too-late")
        until = at + timedelta(hours=HOURS)
        body = {"glass": glass_id, "until": until.isoformat()}
        _keep(home, f"{glass_id}-approved", "glass-approved", actor.id, at, body)
    return _found(home, glass_id)


def end(home: Home, actor: Actor, glass_id: str, *, at: datetime) -> Glass:
    """End it early: its user, or anybody who may approve.

    Raises
    ------
    Refused, NotInView
    """
    with _loud(home, actor, "end-break-glass", {"glass": glass_id}):
        glass = _found(home, glass_id)
        if glass.user != actor.id:
            actor.demand("approve-break-glass")
        if glass.ended_at is None:
            _keep(home, f"{glass_id}-ended", "glass-ended", actor.id, at, {"glass": glass_id})
    return _found(home, glass_id)


def listed(home: Home, actor: Actor) -> list[Glass]:
    """Return every request, newest first: for those who approve or oversee.

    Raises
    ------
    Refused
    """
    with _loud(home, actor, "list-break-glass", {}), Ledger(home) as ledger:
        return sorted(_all(ledger).values(), key=lambda g: (g.asked_at, g.id), reverse=True)


def broken_for(ledger: Ledger, actor: Actor, case: str, at: datetime) -> Glass | None:
    """Return the broken glass that lets an actor into a case at a time, the longest; None where there is none."""
    mine = [g for g in _all(ledger).values() if (g.user, g.case) == (actor.id, case) and g.broken(at)]
    return max(mine, key=lambda g: g.until or g.asked_at, default=None)


def _found(home: Home, glass_id: str) -> Glass:
    with Ledger(home) as ledger:
        found = _all(ledger).get(glass_id)
    if found is None:
        raise NotInView
    return found


def _all(ledger: Ledger) -> Mapping[str, Glass]:
    approved = {a.body["glass"]: a for a in ledger.artefacts("glass-approved")}
    ended = {a.body["glass"]: a for a in ledger.artefacts("glass-ended")}
    found: dict[str, Glass] = {}
    for asked in ledger.artefacts("glass-asked"):
        yes, over = approved.get(asked.id), ended.get(asked.id)
        found[asked.id] = Glass(
            id=asked.id,
            user=asked.owner,
            case=str(asked.body["case"]),
            reason=str(asked.body["reason"]),
            asked_at=datetime.fromisoformat(asked.created_at),
            approved_by=yes.owner if yes else "",
            until=datetime.fromisoformat(str(yes.body["until"])) if yes else None,
            ended_at=datetime.fromisoformat(over.created_at) if over else None,
        )
    return found


def _keep(home: Home, artefact_id: str, family: str, owner: str, at: datetime, body: Mapping[str, object]) -> None:
    """Keep one step as an artefact of no case: kept work of a case is listed to its members, this is not."""
    with Ledger(home) as ledger:
        ledger.put_artefact(Artefact(artefact_id, family, owner, None, "", stamp(at), body))


@contextmanager
def _loud(home: Home, actor: Actor, action: str, detail: Mapping[str, Any]) -> Iterator[None]:
    log = audit_of(home)
    about = {"user": actor.id, "roles": sorted(actor.roles), "loud": True, "detail": dict(detail)}
    intent = log.intent(action, about)
    result = "error"
    try:
        actor.demand(action)
        yield
        result = "ok"
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, {})
