"""Unmasking: one user learns who a pseudonym is, for a purpose and a reason, when a second person has agreed.

Up to ten persons may stand on one request for one named act, each with a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from graph.actor import Actor, actor_of, is_member
from graph.errors import BadInput, Conflict, NotInView, NotSignedIn, Refused
from graph.grants import Grant, Subject, ask_step, eids_on, grant_from, grant_of, line_of, may_decide, oversees
from graph.home import Home
from graph.notices import to_role, to_user
from graph.rights import check_confirmed
from graph.steps import Step, audited, need_reason, new_matter, steps_about, take
from graph.view_books import ledger_of

if TYPE_CHECKING:
    from graph.view_reads import View

MOST_SUBJECTS: Final = 10
HOURS: Final = 24
MOST_HOURS: Final = 168


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
        lines = [line_of(view, each.ref, why) for each, why in zip(subjects, reasons, strict=True)]
        if len({line.eids[0] for line in lines}) < len(lines):
            raise BadInput("The same person stands on the request twice.", code="subjects")
        done.touched |= {eid for line in lines for eid in line.eids}
        step = ask_step(view, name, lines, said, at, act=act.strip(), hours=hours)
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
        subjects=eids_on(found),
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
    return grant_of(home, grant)


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
    return grant_of(home, grant)


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
    with audited(home, actor, "withdraw-unmask", case=case, subjects=eids_on(found), detail=about) as told:
        if found is None or not (found.user == actor.id or may_decide(home, actor, found) or oversees(actor)):
            raise NotInView
        if found.state(at) not in ("asked", "active"):
            raise Conflict(f"{grant} is over already: {found.state(at)}.")
        told["for"] = found.user
        step = Step("grant", grant, len(steps), "withdraw", actor.id, at, found.case, {"reason": said})
        values = {"user": actor.id, "grant": grant}
        others = {found.user, found.approved_by} - {actor.id, ""}
        take(home, step, *(to_user(each, "unmask-withdrawn", at, actor.id, **values) for each in sorted(others)))
    return grant_of(home, grant)


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
