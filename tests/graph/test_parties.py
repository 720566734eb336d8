"""Parties of a case: entered and ended by its lead, named to its members."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from graph import parties, unmasking
from graph.errors import BadInput, Conflict, NotInView, Refused
from graph.home import Home
from tests.factory import NOW, Ticking, persona
from tests.graph.names import CASE, OTHER, WHY, asked, met, opened, world


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return world().home(tmp_path)


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


def test_the_lead_enters_and_ends_and_members_see_the_name(home: Home, ticking: Ticking) -> None:
    member, lead = opened(home, ticking), opened(home, ticking, "chief")
    entered = parties.enter(
        lead, met(lead, "person:mads").label, category="a", role="suspect", reason=WHY, at=ticking()
    )
    assert met(member, "person:mads").form == "party"
    assert met(opened(home, ticking, case=OTHER), "person:mads").form == "pseudonym"
    assert met(opened(home, ticking, case=None), "person:mads").form == "pseudonym"
    [line] = parties.listed(member, at=ticking())
    assert (line.entered.id, line.entity.label, line.named) == (entered.id, "Mads Østergård", True)
    parties.end(lead, entered.id, "Cleared by the interview", at=ticking())
    assert met(member, "person:mads").form == "pseudonym"
    assert [each.named for each in parties.listed(member, at=ticking())] == [False]
    with pytest.raises(Conflict):
        parties.end(lead, entered.id, "Cleared by the interview", at=ticking())


@pytest.mark.parametrize("who", ["analyst", "liaison", "second"])
def test_nobody_but_the_lead(home: Home, ticking: Ticking, who: str) -> None:
    purpose = "exchange" if who == "liaison" else "investigate"
    view, lead = opened(home, ticking, who, purpose=purpose), opened(home, ticking, "chief")
    with pytest.raises(Refused, match="lead"):
        parties.enter(view, met(view, "person:mads").label, category="a", role="suspect", reason=WHY, at=ticking())
    entered = parties.enter(
        lead, met(lead, "person:kaja").label, category="a", role="suspect", reason=WHY, at=ticking()
    )
    with pytest.raises(Refused, match="lead"):
        parties.end(view, entered.id, WHY, at=ticking())


@pytest.mark.parametrize(
    ("who", "category", "role"),
    [("vera", "c", "victim"), ("vera", "d", "witness"), ("ib", "a", "suspect")],
)
def test_entry_alone_names_no_victim_witness_or_minor_but_a_grant_does(
    home: Home, ticking: Ticking, who: str, category: str, role: str
) -> None:
    lead, member = opened(home, ticking, "chief"), opened(home, ticking)
    ref = met(lead, f"person:{who}").label
    parties.enter(lead, ref, category=category, role=role, reason=WHY, at=ticking())
    assert met(member, f"person:{who}").form == "pseudonym"
    assert [line.named for line in parties.listed(member, at=ticking())] == [False]
    unmasking.approve(home, persona(home, "chief"), asked(member, ticking, f"person:{who}").id, at=ticking())
    assert met(member, f"person:{who}").form == "granted"
    assert met(lead, f"person:{who}").form == "pseudonym"


def test_days_begin_and_end_in_an_open_view(home: Home, ticking: Ticking) -> None:
    lead = opened(home, ticking, "chief")
    parties.enter(
        lead, met(lead, "person:mads").label, category="a", role="suspect", reason=WHY, at=ticking(),
        since="2026-11-25", until="2026-11-25",
    )  # fmt: skip
    forms = []
    for _ in range(3):
        forms.append(met(opened(home, ticking), "person:mads").form)
        ticking.pass_by(days=1)
    assert forms == ["pseudonym", "party", "pseudonym"]
    ticking.at = NOW + timedelta(hours=11, minutes=59)
    view = opened(home, ticking)
    assert met(view, "person:mads").form == "pseudonym"
    ticking.pass_by(minutes=2)
    assert met(view, "person:mads").form == "party"


def test_what_does_not_fit_is_refused(home: Home, ticking: Ticking) -> None:
    lead = opened(home, ticking, "chief")
    ref = met(lead, "person:mads").label
    for category, role in (("c", "suspect"), ("a", "victim"), ("x", "suspect"), ("a", "boss")):
        with pytest.raises(BadInput):
            parties.enter(lead, ref, category=category, role=role, reason=WHY, at=ticking())
    with pytest.raises(BadInput):
        parties.enter(lead, "document:1", category="a", role="suspect", reason=WHY, at=ticking())
    with pytest.raises(BadInput):
        parties.enter(
            lead, ref, category="a", role="suspect", reason=WHY, at=ticking(), since="2026-02", until="2026-01"
        )
    across = opened(home, ticking, "chief", case=None)
    with pytest.raises(NotInView):
        parties.enter(across, met(across, "person:mads").label, category="a", role="suspect", reason=WHY, at=ticking())


def test_a_reason_that_names_somebody_masked_is_told_to_its_writer_alone(home: Home, ticking: Ticking) -> None:
    lead, member = opened(home, ticking, "chief"), opened(home, ticking)
    parties.enter(
        lead, met(lead, "person:kaja").label, category="a", role="suspect", reason="Calls Mads Østergård",
        at=ticking(),
    )  # fmt: skip
    assert "Mads" in parties.listed(lead, at=ticking())[0].entered.reason
    assert "Mads" not in parties.listed(member, at=ticking())[0].entered.reason


def test_a_party_of_a_delivery_can_be_ended(tmp_path: Path, ticking: Ticking) -> None:
    made = world()
    listed = [{"entity": "person:mads", "category": "a", "role": "suspect", "reason": "seen there"}]
    made.cases[CASE]["parties"] = listed
    home = made.home(tmp_path)
    member, lead = opened(home, ticking), opened(home, ticking, "chief")
    assert met(member, "person:mads").form == "party"
    parties.end(lead, parties.listed(lead, at=ticking())[0].entered.id, "Cleared by the interview", at=ticking())
    assert met(member, "person:mads").form == "pseudonym"
