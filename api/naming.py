"""From parties, grants and notices to the shapes of the answers, for routes and commands alike."""

from __future__ import annotations

from datetime import datetime

from api import present
from api.schemas import names as shapes
from graph import grants
from graph.actor import Actor
from graph.grants import Grant
from graph.home import Home
from graph.notices import Notice
from graph.parties import PartyLine


def party(line: PartyLine) -> shapes.PartyOut:
    entered = line.entered
    return shapes.PartyOut(
        id=entered.id,
        entity=present.entity(line.entity),
        category=entered.party.category,
        role=entered.party.role,
        reason=entered.reason,
        since=entered.since,
        until=entered.until,
        by=entered.by,
        at=entered.at,
        named=line.named,
        ended_by=entered.ended_by,
        ended_reason=entered.ended_reason,
        ended_at=entered.ended_at,
    )


def grant(home: Home, actor: Actor, found: Grant, now: datetime) -> shapes.GrantOut:
    """Tell a grant to one actor: how it stands, and what of it is theirs to decide."""
    return shapes.GrantOut(
        **found.to_json(now),
        overdue=found.overdue(now),
        mine=found.user == actor.id,
        may_decide=found.state(now) == "asked" and grants.may_decide(home, actor, found),
        may_review=grants.may_review(home, actor, found),
    )


def notice(found: Notice) -> shapes.NoticeOut:
    return shapes.NoticeOut(**found.to_json())
