"""Unmasking alone: for a day, told at once, reviewed by somebody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from graph import emergencies, grants, notices
from graph.errors import Conflict, NotInView, Refused
from graph.home import Home
from tests.factory import Ticking, persona
from tests.graph.names import ALARM, asked, met, opened, world


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return world().home(tmp_path)


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


def test_one_person_alone_for_a_day_and_others_are_told_at_once(home: Home, ticking: Ticking) -> None:
    view = opened(home, ticking)
    grant = emergencies.unmask_alone(view, met(view, "person:mads").label, ALARM, at=ticking())
    assert met(view, "person:mads").form == "granted"
    for who in ("chief", "inspector", "custodian"):
        told = notices.listed(home, persona(home, who))
        assert [(n.code, n.values["grant"]) for n in told] == [("emergency-unmask", grant.id)]
        assert "Mads" not in repr(told)
    assert notices.listed(home, persona(home, "second")) == []
    ticking.pass_by(hours=7, minutes=59)
    assert met(view, "person:mads").form == "granted"
    ticking.pass_by(hours=16, minutes=1)
    assert met(opened(home, ticking), "person:mads").form == "pseudonym"


def test_it_needs_a_case_and_a_reason(home: Home, ticking: Ticking) -> None:
    view, across = opened(home, ticking), opened(home, ticking, case=None)
    with pytest.raises(Refused, match="open case"):
        emergencies.unmask_alone(across, met(across, "person:mads").label, ALARM, at=ticking())
    with pytest.raises(Refused, match="reason"):
        emergencies.unmask_alone(view, met(view, "person:mads").label, "urgent matter", at=ticking())
    assert met(view, "person:mads").form == "pseudonym"


def test_what_is_not_reviewed_blocks_the_next(home: Home, ticking: Ticking) -> None:
    view = opened(home, ticking)
    first = emergencies.unmask_alone(view, met(view, "person:mads").label, ALARM, at=ticking())
    ticking.at += grants.REVIEW_WITHIN + timedelta(seconds=1)
    assert [g.id for g in grants.all_grants(home) if g.overdue(ticking())] == [first.id]
    view = opened(home, ticking)
    with pytest.raises(Refused, match="was not") as caught:
        emergencies.unmask_alone(view, met(view, "person:kaja").label, ALARM, at=ticking())
    assert caught.value.reason_code == "review-overdue"
    asked(view, ticking)  # the way with a second person stays open
    other = opened(home, ticking, "second")
    emergencies.unmask_alone(other, met(other, "person:kaja").label, ALARM, at=ticking())  # and others' way too
    emergencies.review(home, persona(home, "inspector"), first.id, "justified", "The call was real", at=ticking())
    assert not any(g.overdue(ticking()) for g in grants.all_grants(home))
    emergencies.unmask_alone(view, met(view, "person:kaja").label, ALARM, at=ticking())


def test_three_may_wait_at_a_time(home: Home, ticking: Ticking) -> None:
    view = opened(home, ticking)
    for n in range(emergencies.MOST_UNREVIEWED):
        emergencies.unmask_alone(view, met(view, f"person:p{n}").label, ALARM, at=ticking())
    with pytest.raises(Refused, match="wait for their review"):
        emergencies.unmask_alone(view, met(view, "person:p9").label, ALARM, at=ticking())


def test_nobody_reviews_their_own_and_what_was_wrong_ends(home: Home, ticking: Ticking) -> None:
    view = opened(home, ticking, "chief")
    grant = emergencies.unmask_alone(view, met(view, "person:mads").label, ALARM, at=ticking())
    with pytest.raises(Refused, match="own emergency"):
        emergencies.review(home, persona(home, "chief"), grant.id, "justified", "It was needed", at=ticking())
    with pytest.raises(NotInView):
        emergencies.review(home, persona(home, "second"), grant.id, "justified", "It was needed", at=ticking())
    emergencies.review(home, persona(home, "inspector"), grant.id, "unjustified", "No danger at all", at=ticking())
    assert met(view, "person:mads").form == "pseudonym"
    with pytest.raises(Conflict):
        emergencies.review(home, persona(home, "custodian"), grant.id, "justified", "It was needed", at=ticking())
