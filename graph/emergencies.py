"""Emergencies: a member of a case unmasks one person alone for a day.

Lead and inspector are told at once, and who leaves that unreviewed unmasks nobody alone again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from graph.actor import Actor
from graph.errors import BadInput, Conflict, NotInView, Refused
from graph.grants import REVIEW_WITHIN, Grant, all_grants, ask_step, grant_from, grant_of, line_of, may_decide, oversees
from graph.home import Home
from graph.notices import to_role, to_user
from graph.steps import Step, audited, need_reason, new_matter, steps_about, take

if TYPE_CHECKING:
    from graph.view_reads import View

EMERGENCY_HOURS: Final = 24
EMERGENCY_REASON: Final = 20
MOST_UNREVIEWED: Final = 3
"""Emergencies of one user that may wait for their review at a time: no way round the second person."""

Verdict = Literal["justified", "unjustified"]


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
        line = line_of(view, ref, said)
        done.touched |= set(line.eids)
        until = at + timedelta(hours=EMERGENCY_HOURS)
        step = ask_step(view, name, [line], said, at, act="", hours=EMERGENCY_HOURS, until=until)
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
        if not (oversees(actor) or may_decide(home, actor, found)):
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
    return grant_of(home, grant)


def _check_reviewed(home: Home, user: str, at: datetime) -> None:
    waiting = [g for g in all_grants(home) if g.user == user and g.emergency and not g.reviewed_by]
    late = [g for g in waiting if g.overdue(at)]
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
