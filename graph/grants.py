"""Unmasking: one user learns who a pseudonym is, for a purpose and a reason, when a second person has agreed.

A grant names its subjects to the user who asked, in the case (or, where there is none, the purpose) that it was asked
in, until it runs out or is withdrawn. Up to ten persons may stand on one grant for one named act, each with a line of
its own. In an emergency a member of a case unmasks one person alone for a day; lead and inspector are told at once, and
who leaves that unreviewed unmasks nobody alone again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from graph.actor import Actor, ViewRequest, actor_of, is_member
from graph.errors import BadInput, Conflict, NotInView, NotSignedIn, Refused
from graph.home import Home
from graph.notices import to_role, to_user
from graph.pseudonyms import partition_of
from graph.rights import check_confirmed
from graph.steps import Step, audited, last, need_reason, new_matter, steps_about, steps_of, take
from graph.view_books import ledger_of

if TYPE_CHECKING:
    from graph.view_reads import View

MOST_SUBJECTS: Final = 10
HOURS: Final = 24
MOST_HOURS: Final = 168
EMERGENCY_HOURS: Final = 24
PATIENCE: Final = timedelta(hours=72)
"""How long a request waits for its second person."""
REVIEW_WITHIN: Final = timedelta(hours=72)
"""How long the review of an emergency may take before it blocks the next."""
MOST_UNREVIEWED: Final = 3
"""Emergencies of one user that may wait for their review at a time: no way round the second person."""
EMERGENCY_REASON: Final = 20

State = Literal["asked", "active", "refused", "withdrawn", "expired", "lapsed"]
Verdict = Literal["justified", "unjustified"]


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


def ask(
    view: View, subjects: Sequence[Subject], *, reason: str, at: datetime, act: str = "", hours: int = HOURS
) -> Grant:
    """Ask a second person to let the view's actor know who some pseudonyms are.

    Parameters
    ----------
    view : View
        The one that shows them.
    subjects : sequence of Subject
        One to ten.
    reason : str
    at : datetime
    act : str
        What for, in a few words; needed where there is more than one subject.
    hours : int
        How long the names are wanted, at most a week.

    Raises
    ------
    Refused
        The role does not allow it, or a reason says too little.
    BadInput
        Too many subjects, a name that is open already, an act that is not named.
    NotInView
        One of them is not in the view.
    """
    said = need_reason(reason, "Unmasking")
    reasons = [need_reason(each.reason or reason, "Each person to be unmasked") for each in subjects]
    if not 1 <= len(subjects) <= MOST_SUBJECTS:
        raise BadInput(f"One request names one to {MOST_SUBJECTS} persons; got {len(subjects)}.", code="subjects")
    if len(subjects) > 1 and not act.strip():
        raise BadInput("Several persons on one request need the one act they are all for: name it.", code="act")
    if not 1 <= hours <= MOST_HOURS:
        raise BadInput(f"A name is shown for 1 to {MOST_HOURS} hours; got {hours}.", code="hours")
    name = new_matter("grant")
    detail = {"grant": name, "reason": said, "act": act, "hours": hours, "count": len(subjects)}
    with view.act("ask-unmask", detail=detail) as done:
        lines = [_line(view, each.ref, why) for each, why in zip(subjects, reasons, strict=True)]
        if len({line.eids[0] for line in lines}) < len(lines):
            raise BadInput("The same person stands on the request twice.", code="subjects")
        done.touched |= {eid for line in lines for eid in line.eids}
        step = _asked(view, name, lines, said, at, act=act.strip(), hours=hours)
        told = _to_second(view, name, at)
        take(view.home, step, *told)
    return grant_from([step])


def approve(home: Home, actor: Actor, grant: str, *, at: datetime, note: str = "") -> Grant:
    """Be the second person: from now on the asker sees the names, for the hours asked.

    Raises
    ------
    Refused
        It is one's own request, it waited too long, or the asker is no longer a member of the case.
    NotInView
        There is no such request, or it is not the actor's to decide.
    Conflict
        It was decided before.
    """
    found = _decidable(home, actor, grant)
    with audited(
        home,
        actor,
        "approve-unmask",
        case=found.case if found else None,
        subjects=_eids(found),
        detail={"grant": grant},
    ) as told:
        asked = _open_request(actor, found, at)
        _check_asker(home, asked)
        until = at + timedelta(hours=asked.hours)
        told |= {"for": asked.user, "until": until.isoformat(), "count": len(asked.lines)}
        body = {"until": until.isoformat(), "note": note.strip()}
        step = Step("grant", grant, 1, "approve", actor.id, at, asked.case, body)
        values = {"grant": grant, "until": f"{until:%Y-%m-%d %H:%M} UTC"}
        take(home, step, to_user(asked.user, "unmask-approved", at, actor.id, user=actor.id, **values))
    return _known(home, grant)


def refuse(home: Home, actor: Actor, grant: str, reason: str, *, at: datetime) -> Grant:
    """Refuse a request.

    Raises
    ------
    Refused, NotInView, Conflict
        As `approve` does; or the reason says too little.
    """
    said = need_reason(reason, "Refusing")
    found = _decidable(home, actor, grant)
    with audited(home, actor, "refuse-unmask", case=found.case if found else None, detail={"grant": grant}) as told:
        asked = _open_request(actor, found, at)
        told["for"] = asked.user
        step = Step("grant", grant, 1, "refuse", actor.id, at, asked.case, {"reason": said})
        take(home, step, to_user(asked.user, "unmask-refused", at, actor.id, user=actor.id, grant=grant))
    return _known(home, grant)


def withdraw(home: Home, actor: Actor, grant: str, reason: str, *, at: datetime) -> Grant:
    """End a grant early: its user, whoever may decide it, and the inspector.

    Raises
    ------
    NotInView
        There is no such grant, or it is not the actor's to end.
    Conflict
        It is over already.
    """
    said = need_reason(reason, "Withdrawing")
    steps = steps_about(home, grant)
    found = grant_from(steps) if steps and steps[0].family == "grant" else None
    case = found.case if found else None
    about = {"grant": grant}
    with audited(home, actor, "withdraw-unmask", case=case, subjects=_eids(found), detail=about) as told:
        if found is None or not (found.user == actor.id or may_decide(home, actor, found) or _oversees(actor)):
            raise NotInView
        if found.state(at) not in ("asked", "active"):
            raise Conflict(f"{grant} is over already: {found.state(at)}.")
        told["for"] = found.user
        step = Step("grant", grant, len(steps), "withdraw", actor.id, at, found.case, {"reason": said})
        values = {"user": actor.id, "grant": grant}
        others = {found.user, found.approved_by} - {actor.id, ""}
        take(home, step, *(to_user(each, "unmask-withdrawn", at, actor.id, **values) for each in sorted(others)))
    return _known(home, grant)


def unmask_alone(view: View, ref: str, reason: str, *, at: datetime) -> Grant:
    """Unmask one person in an emergency, without a second one, for a day.

    Lead, inspectors and custodians are told in the same breath; the review is forced.

    Raises
    ------
    Refused
        There is no case, the reason says too little, or earlier emergencies were not reviewed.
    NotInView, BadInput
        The person is not in the view, or is named already.
    """
    said = need_reason(reason, "An emergency", EMERGENCY_REASON)
    name = new_matter("grant")
    with view.act("emergency-unmask", detail={"grant": name, "reason": said, "loud": True}) as done:
        if view.request.case is None:
            raise Refused("An emergency unmask is for a member of an open case. Open the case.", code="needs-case")
        _check_reviewed(view.home, view.actor.id, at)
        line = _line(view, ref, said)
        done.touched |= set(line.eids)
        until = at + timedelta(hours=EMERGENCY_HOURS)
        step = _asked(view, name, [line], said, at, act="", hours=EMERGENCY_HOURS, until=until)
        values = {
            "user": view.actor.id,
            "case": view.request.case,
            "grant": name,
            "review_by": f"{at + REVIEW_WITHIN:%Y-%m-%d %H:%M} UTC",
        }
        told = [to_role(role, "emergency-unmask", at, view.actor.id, **values) for role in ("inspector", "custodian")]
        lead = str(view.ground.case_entry().get("lead") or "")
        if lead and lead != view.actor.id:
            told.append(to_user(lead, "emergency-unmask", at, view.actor.id, **values))
        take(view.home, step, *told)
    return grant_from([step])


def review(home: Home, actor: Actor, grant: str, verdict: Verdict, remark: str, *, at: datetime) -> Grant:
    """Review an emergency: an inspector, a custodian or the lead of the case, never the one who unmasked.

    What was not justified ends at once.

    Raises
    ------
    Refused
        It is one's own, or the remark says too little.
    NotInView
        There is no such emergency, or it is not the actor's to review.
    Conflict
        It was reviewed before.
    """
    said = need_reason(remark, "A review")
    if verdict not in ("justified", "unjustified"):
        raise BadInput("A review says justified or unjustified.", code="verdict")
    steps = steps_about(home, grant)
    found = grant_from(steps) if steps and steps[0].family == "grant" else None
    case = found.case if found else None
    with audited(home, actor, "review-unmask", case=case, detail={"grant": grant, "verdict": verdict}):
        if found is None or not found.emergency:
            raise NotInView
        if found.user == actor.id:
            raise Refused("Nobody reviews their own emergency. It takes somebody else.", code="second-person")
        if not (_oversees(actor) or may_decide(home, actor, found)):
            raise NotInView
        if found.reviewed_by:
            raise Conflict(f"{grant} was reviewed by {found.reviewed_by} before.")
        body = {"verdict": verdict, "remark": said}
        taken = [Step("grant", grant, len(steps), "review", actor.id, at, found.case, body)]
        if verdict == "unjustified" and found.state(at) == "active":
            ended = {"reason": said}
            taken.append(Step("grant", grant, len(steps) + 1, "withdraw", actor.id, at, found.case, ended))
        values = {"user": actor.id, "grant": grant, "verdict": verdict}
        take(home, *taken, to_user(found.user, "emergency-reviewed", at, actor.id, **values))
    return _known(home, grant)


def listed(home: Home, actor: Actor) -> list[Grant]:
    """Return the grants that concern the actor, newest first: own ones, those to decide, and all for who oversees."""
    with audited(home, actor, "list-unmask"):
        found = all_grants(home)
        mine = [g for g in found if g.user == actor.id or _oversees(actor) or may_decide(home, actor, g)]
    return mine[::-1]


def all_grants(home: Home) -> list[Grant]:
    """Return every grant, oldest first. For who has checked who asks."""
    return [grant_from(steps) for steps in steps_of(home, "grant").values()]


def overdue(home: Home, at: datetime) -> list[Grant]:
    """Return emergencies whose review is overdue, oldest first."""
    return [g for g in all_grants(home) if g.review_by is not None and not g.reviewed_by and at > g.review_by]


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
    return frozenset(_eids(*active)), min(ends, default=None)


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


def _line(view: View, ref: str, reason: str) -> Line:
    shown = view.ground.masked_ref(ref)
    view.ground.check_unmask(ref)
    return Line(view.ground.subjects_of(ref), shown.label, reason)


def _asked(
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


def _to_second(view: View, grant: str, at: datetime) -> list[Step]:
    """Tell those who may decide: the lead where it is somebody else, and the custodians."""
    values = {"user": view.actor.id, "case": view.request.case or view.request.purpose, "grant": grant}
    told = [to_role("custodian", "unmask-asked", at, view.actor.id, **values)]
    lead = str(view.ground.case_entry().get("lead") or "")
    if lead and lead != view.actor.id:
        told.append(to_user(lead, "unmask-asked", at, view.actor.id, **values))
    return told


def _decidable(home: Home, actor: Actor, grant: str) -> Grant | None:
    """Return a grant that the actor may decide or asked for; None where there is none such."""
    steps = steps_about(home, grant)
    if not steps or steps[0].family != "grant":
        return None
    found = grant_from(steps)
    return found if found.user == actor.id or may_decide(home, actor, found) else None


def _open_request(actor: Actor, found: Grant | None, at: datetime) -> Grant:
    check_confirmed(actor, at.date())
    if found is None:
        raise NotInView
    if found.user == actor.id:
        raise Refused("Nobody decides their own request. It takes a second person.", code="second-person")
    state = found.state(at)
    if state == "lapsed":
        raise Refused("This request waited too long. It is to be asked again if it still matters.", code="too-late")
    if state != "asked":
        raise Conflict(f"{found.id} was decided before: {state}.")
    return found


def _check_asker(home: Home, asked: Grant) -> None:
    """Check that who asked may still ask: a grant outlives neither membership nor rights."""
    try:
        asker = actor_of(home, asked.user)
    except NotSignedIn:
        raise Refused(f"{asked.user} is no longer a user of this home.", code="asker-gone") from None
    body: Mapping[str, Any] | None = ledger_of(home).cases().get(asked.case) if asked.case is not None else {}
    member = asked.case is None or (body is not None and body.get("state") == "open" and is_member(asker, body))
    if not member or asked.purpose not in asker.purposes or "ask-unmask" not in asker.actions:
        raise Refused(
            f"{asked.user} is no longer a member of that case, or no longer has that purpose.", code="asker-gone"
        )


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
    return waits and "review-unmask" in actor.actions and (_oversees(actor) or may_decide(home, actor, grant))


def _oversees(actor: Actor) -> bool:
    return bool(actor.roles & {"inspector", "custodian"})


def _check_reviewed(home: Home, user: str, at: datetime) -> None:
    waiting = [g for g in all_grants(home) if g.user == user and g.emergency and not g.reviewed_by]
    late = [g for g in waiting if g.review_by is not None and at > g.review_by]
    if late:
        raise Refused(
            f"{late[0].id} was to be reviewed by {late[0].review_by:%Y-%m-%d %H:%M} UTC and was not. Until an "
            "inspector, custodian or the lead reviews it, you unmask nobody alone; ask a second person instead.",
            code="review-overdue",
        )
    if len(waiting) >= MOST_UNREVIEWED:
        raise Refused(
            f"{MOST_UNREVIEWED} of your emergencies wait for their review. Ask a second person instead.",
            code="review-waits",
        )


def _known(home: Home, grant: str) -> Grant:
    return grant_from(steps_about(home, grant))


def _eids(*grants: Grant | None) -> Iterable[bytes]:
    return [eid for grant in grants if grant is not None for line in grant.lines for eid in line.eids]
