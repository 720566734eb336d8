"""Breaking the glass: in an emergency somebody reads in a case that is not theirs, for hours, with a second person.

It gives one temporary attribute, the way into one open case, and passes no other rule: clearance, compartments, purpose
and regime stay what they are, and the policy lets broken glass read and look up only. It is loud: asking, approving,
ending and every view opened through it are acts of their own in the audit; who approves, who oversees and the lead of
the case are told; and somebody else reviews it afterwards. Who leaves that unreviewed asks for no other.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from graph.actor import Actor
from graph.errors import BadInput, Conflict, NotInView, Refused
from graph.home import Home
from graph.ledger import Artefact, Ledger, stamp
from graph.notices import to_role, to_user
from graph.rights import check_confirmed
from graph.steps import Step, audited, need_reason, take

HOURS: Final = 4
"""How long it stays broken."""
PATIENCE: Final = timedelta(hours=1)
"""How long a request waits for its second person."""
REVIEW_WITHIN: Final = timedelta(hours=72)
"""How long its review may take, from when it was over, before it blocks the next."""
LEAST_REASON: Final = 20
"""Characters of a reason that says something."""

State = Literal["asked", "lapsed", "refused", "withdrawn", "broken", "over"]
Verdict = Literal["justified", "unjustified"]


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
    ended_by: str = ""
    ended_at: datetime | None = None
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    verdict: str = ""
    remark: str = ""

    def broken(self, at: datetime) -> bool:
        """Say whether it lets its user in at a time."""
        return self.until is not None and at < self.until and (self.ended_at is None or at < self.ended_at)

    def state(self, at: datetime) -> State:
        """Say how it stands at a time."""
        if self.until is not None:
            return "broken" if self.broken(at) else "over"
        if self.ended_at is not None:
            return "withdrawn" if self.ended_by == self.user else "refused"
        return "asked" if at - self.asked_at <= PATIENCE else "lapsed"

    @property
    def review_by(self) -> datetime | None:
        """When it is to be reviewed by; None where it was never broken."""
        if self.until is None:
            return None
        return min(self.until, self.ended_at or self.until) + REVIEW_WITHIN

    def to_json(self) -> dict[str, Any]:
        def said(at: datetime | None) -> str | None:
            return at.isoformat() if at else None

        return {
            "id": self.id,
            "user": self.user,
            "case": self.case,
            "reason": self.reason,
            "asked_at": self.asked_at.isoformat(),
            "approved_by": self.approved_by,
            "until": said(self.until),
            "ended_by": self.ended_by,
            "ended_at": said(self.ended_at),
            "review_by": said(self.review_by),
            "reviewed_by": self.reviewed_by,
            "reviewed_at": said(self.reviewed_at),
            "verdict": self.verdict,
            "remark": self.remark,
        }


def ask(home: Home, actor: Actor, case: str, reason: str, *, at: datetime) -> Glass:
    """Ask for the glass of one case to be broken. Whether there is such a case is not told.

    Raises
    ------
    Refused
        The role does not allow it, the rights have lapsed, the reason says too little, or an earlier one of the
        actor's was not reviewed in time.
    AuditUnavailable
    """
    detail = {"case": case, "reason": reason}
    with audited(home, actor, "ask-break-glass", case=case, detail=detail, loud=True):
        check_confirmed(actor, at.date())
        said = need_reason(reason, "Breaking the glass", LEAST_REASON)
        late = _overdue(home, actor, at)
        if late is not None:
            raise Refused(
                f"{late.id} was to be reviewed by {late.review_by:%Y-%m-%d %H:%M} UTC and was not. Until a custodian "
                "or inspector reviews it, you break no other glass.",
                code="glass-unreviewed",
            )
        glass = Glass(f"glass-{secrets.token_hex(6)}", actor.id, case, said, at)
        _keep(home, glass.id, "glass-asked", actor.id, at, {"case": case, "reason": glass.reason})
        due = (at + PATIENCE).isoformat()
        take(home, to_role("custodian", "glass-asked", at, actor.id, user=actor.id, case=case, glass=glass.id, due=due))
    return glass


def approve(home: Home, actor: Actor, glass_id: str, *, at: datetime) -> Glass:
    """Be the second person: from now on it is broken, for some hours.

    Raises
    ------
    Refused
        The role does not allow it, it is one's own request, the rights have lapsed, or it waited too long.
    NotInView
        There is no such request.
    Conflict
        It was approved, refused or withdrawn before.
    """
    with audited(home, actor, "approve-break-glass", detail={"glass": glass_id}, loud=True):
        check_confirmed(actor, at.date())
        glass = _found(home, glass_id)
        if glass.user == actor.id:
            raise Refused("Nobody approves their own request. It takes a second person.", code="second-person")
        if glass.until is not None:
            raise Conflict(f"{glass_id} was approved by {glass.approved_by} before.")
        if glass.ended_at is not None:
            raise Conflict(f"{glass_id} was ended by {glass.ended_by} before. Ask again if it still matters.")
        if at - glass.asked_at > PATIENCE:
            raise Refused("This request waited for more than an hour. Ask again if it still matters.", code="too-late")
        until = at + timedelta(hours=HOURS)
        body = {"glass": glass_id, "until": until.isoformat()}
        _keep(home, f"{glass_id}-approved", "glass-approved", actor.id, at, body)
        take(home, *_told_of_breaking(home, glass, actor.id, until, at))
    return _found(home, glass_id)


def end(home: Home, actor: Actor, glass_id: str, *, at: datetime) -> Glass:
    """End it early, or refuse what was asked: its user, or anybody who may approve.

    Raises
    ------
    Refused, NotInView
    """
    with audited(home, actor, "end-break-glass", detail={"glass": glass_id}, loud=True):
        glass = _found(home, glass_id)
        if glass.user != actor.id:
            actor.demand("approve-break-glass")
        if glass.ended_at is None:
            _keep(home, f"{glass_id}-ended", "glass-ended", actor.id, at, {"glass": glass_id})
            if glass.user != actor.id:
                take(home, to_user(glass.user, "glass-ended", at, actor.id, user=actor.id, glass=glass_id))
    return _found(home, glass_id)


def review(home: Home, actor: Actor, glass_id: str, verdict: Verdict, remark: str, *, at: datetime) -> Glass:
    """Say afterwards whether it was justified: somebody who neither used nor approved it.

    Raises
    ------
    Refused
        The role does not allow it, the actor had a part in it, it is not over, or the remark says too little.
    BadInput
        The verdict is no verdict.
    NotInView
        There is no such request.
    Conflict
        It was reviewed before, or was never broken.
    """
    if verdict not in ("justified", "unjustified"):
        raise BadInput("A review says justified or unjustified.", code="verdict")
    detail = {"glass": glass_id, "verdict": verdict}
    with audited(home, actor, "review-break-glass", detail=detail, loud=True):
        said = need_reason(remark, "A review")
        glass = _found(home, glass_id)
        if actor.id in (glass.user, glass.approved_by):
            raise Refused("Nobody reviews what they used or approved. It takes somebody else.", code="second-person")
        if glass.until is None:
            raise Conflict(f"{glass_id} was never broken: there is nothing to review.")
        if glass.reviewed_by:
            raise Conflict(f"{glass_id} was reviewed by {glass.reviewed_by} before.")
        if glass.broken(at):
            raise Refused(
                f"{glass_id} is still broken. End it first, or review it when it is over.", code="still-broken"
            )
        body = {"glass": glass_id, "verdict": verdict, "remark": said}
        _keep(home, f"{glass_id}-reviewed", "glass-reviewed", actor.id, at, body)
        values = {"user": actor.id, "glass": glass_id, "verdict": verdict}
        take(home, *(to_user(who, "glass-reviewed", at, actor.id, **values) for who in (glass.user, glass.approved_by)))
    return _found(home, glass_id)


def listed(home: Home, actor: Actor) -> list[Glass]:
    """Return requests, newest first: every one for those who approve or oversee, one's own for others.

    Raises
    ------
    Refused
    """
    with audited(home, actor, "list-break-glass"), Ledger(home) as ledger:
        found = sorted(_all(ledger).values(), key=lambda g: (g.asked_at, g.id), reverse=True)
        return [g for g in found if oversees(actor) or g.user == actor.id]


def oversees(actor: Actor) -> bool:
    """Say whether an actor's roles show every request."""
    return bool(actor.actions & {"approve-break-glass", "review-break-glass"})


def may_approve(actor: Actor, glass: Glass, at: datetime) -> bool:
    """Say whether an actor may be the second person of a request."""
    return "approve-break-glass" in actor.actions and glass.user != actor.id and glass.state(at) == "asked"


def may_end(actor: Actor, glass: Glass, at: datetime) -> bool:
    """Say whether an actor may end or refuse a request, or withdraw it."""
    mine = glass.user == actor.id or "approve-break-glass" in actor.actions
    return mine and glass.state(at) in ("asked", "broken")


def may_review(actor: Actor, glass: Glass, at: datetime) -> bool:
    """Say whether an actor may review one that is over."""
    waits = glass.state(at) == "over" and not glass.reviewed_by
    return waits and "review-break-glass" in actor.actions and actor.id not in (glass.user, glass.approved_by)


def overdue(glass: Glass, at: datetime) -> bool:
    """Say whether the review of one is late."""
    return glass.review_by is not None and not glass.reviewed_by and at > glass.review_by


def broken_for(ledger: Ledger, actor: Actor, case: str, at: datetime) -> Glass | None:
    """Return the broken glass that lets an actor into a case at a time, the longest; None where there is none."""
    return broken_cases(ledger, actor, at).get(case)


def broken_cases(ledger: Ledger, actor: Actor, at: datetime) -> dict[str, Glass]:
    """Return what lets an actor into cases that are not theirs at a time, by case, the longest of each."""
    mine = [g for g in _all(ledger).values() if g.user == actor.id and g.broken(at)]
    return {g.case: g for g in sorted(mine, key=lambda g: (g.until or g.asked_at, g.id))}


def approver(ledger: Ledger, glass_id: str) -> str:
    """Return who approved one; empty where nobody did."""
    found = _all(ledger).get(glass_id)
    return found.approved_by if found is not None else ""


def _told_of_breaking(home: Home, glass: Glass, by: str, until: datetime, at: datetime) -> list[Step]:
    """Return the notices to who asked, who oversees, and the lead of the case, if there is such a case."""
    values = {"user": glass.user, "by": by, "case": glass.case, "glass": glass.id, "until": until.isoformat()}
    with Ledger(home) as ledger:
        lead = str((ledger.cases().get(glass.case) or {}).get("lead") or "")
    told = [
        to_user(glass.user, "glass-broken", at, by, **values),
        to_role("inspector", "glass-broken", at, by, **values),
    ]
    if lead and lead != glass.user:
        told.append(to_user(lead, "glass-broken", at, by, **values))
    return told


def _overdue(home: Home, actor: Actor, at: datetime) -> Glass | None:
    with Ledger(home) as ledger:
        late = [g for g in _all(ledger).values() if g.user == actor.id and overdue(g, at)]
    return min(late, key=lambda g: g.asked_at, default=None)


def _found(home: Home, glass_id: str) -> Glass:
    with Ledger(home) as ledger:
        found = _all(ledger).get(glass_id)
    if found is None:
        raise NotInView
    return found


def _all(ledger: Ledger) -> Mapping[str, Glass]:
    approved, ended, reviewed = (
        {a.body["glass"]: a for a in ledger.artefacts(family)}
        for family in ("glass-approved", "glass-ended", "glass-reviewed")
    )
    found: dict[str, Glass] = {}
    for asked in ledger.artefacts("glass-asked"):
        yes, over, seen = approved.get(asked.id), ended.get(asked.id), reviewed.get(asked.id)
        found[asked.id] = Glass(
            id=asked.id,
            user=asked.owner,
            case=str(asked.body["case"]),
            reason=str(asked.body["reason"]),
            asked_at=datetime.fromisoformat(asked.created_at),
            approved_by=yes.owner if yes else "",
            until=datetime.fromisoformat(str(yes.body["until"])) if yes else None,
            ended_by=over.owner if over else "",
            ended_at=datetime.fromisoformat(over.created_at) if over else None,
            reviewed_by=seen.owner if seen else "",
            reviewed_at=datetime.fromisoformat(seen.created_at) if seen else None,
            verdict=str(seen.body["verdict"]) if seen else "",
            remark=str(seen.body["remark"]) if seen else "",
        )
    return found


def _keep(home: Home, artefact_id: str, family: str, owner: str, at: datetime, body: Mapping[str, object]) -> None:
    """Keep one step as an artefact of no case: kept work of a case is listed to its members, this is not."""
    with Ledger(home) as ledger:
        ledger.put_artefact(Artefact(artefact_id, family, owner, None, "", stamp(at), body))
