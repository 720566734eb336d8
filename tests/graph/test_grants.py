"""Who learns whose name: parties, grants, emergencies. Each rule is tried on both sides of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from graph import glass, grants, notices, parties
from graph.actor import ViewRequest
from graph.answers import EntityRef
from graph.audit_format import segments
from graph.errors import BadInput, Conflict, NotInView, Refused
from graph.grants import Subject
from graph.home import Home
from graph.view import View, open_view
from tests.factory import NOW, Ticking, World, persona

CASE, OTHER = "case-1", "case-2"
WHY = "To plan the talk of Thursday"
ALARM = "Somebody may be hurt tonight if nobody calls"


def world() -> World:
    made = World().case(CASE, lead="chief", members=["analyst", "liaison", "chief", "second"])
    made.case(OTHER, lead="chief", members=["analyst", "chief"])
    made.user("chief").user("second")
    made.person("mads", "Mads Østergård", born="1985-02-02").person("kaja", "Kaja Lind", born="1990-05-01")
    made.person("vera", "Vera Holm", born="1980-01-01", category="c").person("ib", "Ib Ung", born="2010-01-01")
    made.claim("person:mads", "identifier", value="AB-123456").claim("person:mads", "alias", value="Østersen")
    made.claim("person:mads", "associated_with", "person:kaja", {"kind": "call"}, marking=CASE)
    made.claim("person:mads", "associated_with", "person:vera", {"kind": "call"}, marking=OTHER)
    made.claim("document:1", "text", value="Mads Østergård kom.", marking=CASE)
    for n in range(12):
        made.person(f"p{n}", f"Navn Nummer{n}")
    return made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return world().home(tmp_path)


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


def opened(
    home: Home, ticking: Ticking, who: str = "analyst", case: str | None = CASE, purpose: str = "investigate"
) -> View:
    return open_view(home, persona(home, who), ViewRequest(purpose, case), session=who, clock=ticking)


def met(view: View, delivered: str) -> EntityRef:
    """How the view shows somebody whose delivered id the test knows and the reader may not."""
    row = view._graph.store.find(view.scope, delivered)[0]
    return view.entity(view._teller.tokens.entity(row.eid))


def asked(view: View, ticking: Ticking, *people: str, **more: object) -> grants.Grant:
    subjects = [Subject(met(view, who).label, WHY) for who in people or ("person:mads",)]
    return grants.ask(view, subjects, reason=WHY, at=ticking(), **more)  # type: ignore[arg-type]


def log_of(home: Home) -> list[dict[str, object]]:
    return [json.loads(line) for p in segments(home.audit) for line in p.read_bytes().splitlines()]


class TestAsking:
    def test_it_takes_a_second_person_and_then_shows_the_name_to_the_asker(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        grant = asked(view, ticking)
        assert grant.state(ticking()) == "asked"
        assert met(view, "person:mads").form == "pseudonym"
        with pytest.raises(Refused, match="second person"):
            grants.approve(home, persona(home), grant.id, at=ticking())
        assert met(view, "person:mads").form == "pseudonym"
        done = grants.approve(home, persona(home, "chief"), grant.id, at=ticking())
        assert done.state(ticking()) == "active"
        shown = met(view, "person:mads")
        assert (shown.label, shown.form, shown.delivered) == ("Mads Østergård", "granted", "person:mads")
        assert [h.entity.label for h in view.search("Mads", kinds=("Person",)).hits] == ["Mads Østergård"]
        assert {c.predicate for c in view.card("person:mads").claims} >= {"name", "birth_date", "identifier"}

    def test_nobody_else_and_nowhere_else(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        grants.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        assert met(view, "person:mads").form == "granted"
        assert met(view, "person:kaja").form == "pseudonym"
        assert met(opened(home, ticking, "second"), "person:mads").form == "pseudonym"
        assert met(opened(home, ticking, "chief"), "person:mads").form == "pseudonym"
        assert met(opened(home, ticking, case=OTHER), "person:mads").form == "pseudonym"
        assert met(opened(home, ticking, case=None), "person:mads").form == "pseudonym"
        assert met(opened(home, ticking, purpose="prevent"), "person:mads").form == "pseudonym"
        assert met(opened(home, ticking), "person:mads").form == "granted"

    def test_without_a_case_it_is_bound_to_purpose_and_actor(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking, case=None, purpose="prevent")
        grant = asked(view, ticking)
        with pytest.raises(NotInView):
            grants.approve(home, persona(home, "chief"), grant.id, at=ticking())
        grants.approve(home, persona(home, "custodian"), grant.id, at=ticking())
        assert met(view, "person:mads").form == "granted"
        assert met(opened(home, ticking, case=None), "person:mads").form == "pseudonym"
        assert met(opened(home, ticking), "person:mads").form == "pseudonym"

    @pytest.mark.parametrize("who", ["second", "liaison", "admin", "inspector", "planner"])
    def test_who_is_neither_lead_nor_custodian_decides_nothing(self, home: Home, ticking: Ticking, who: str) -> None:
        view = opened(home, ticking)
        grant = asked(view, ticking)
        with pytest.raises((NotInView, Refused)):
            grants.approve(home, persona(home, who), grant.id, at=ticking())
        with pytest.raises((NotInView, Refused)):
            grants.refuse(home, persona(home, who), grant.id, "Not needed at all", at=ticking())
        assert met(view, "person:mads").form == "pseudonym"

    def test_the_lead_of_another_case_decides_nothing(self, tmp_path: Path, ticking: Ticking) -> None:
        made = world().user("foreign")
        made.case("case-3", lead="foreign", members=["foreign"])
        home = made.home(tmp_path)
        grant = asked(opened(home, ticking), ticking)
        with pytest.raises(NotInView):
            grants.approve(home, persona(home, "foreign"), grant.id, at=ticking())
        with pytest.raises(NotInView):
            grants.approve(home, persona(home, "foreign"), "grant-000000000000", at=ticking())

    def test_ten_persons_for_one_named_act_each_with_a_line(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        people = [f"person:p{n}" for n in range(10)]
        with pytest.raises(BadInput, match="one act"):
            asked(view, ticking, *people)
        with pytest.raises(BadInput, match="one to 10"):
            asked(view, ticking, *people, "person:p10", act="Interviews")
        with pytest.raises(BadInput, match="twice"):
            asked(view, ticking, "person:p1", "person:p1", act="Interviews")
        grant = asked(view, ticking, *people, act="Interviews")
        assert len(grant.lines) == 10
        grants.approve(home, persona(home, "chief"), grant.id, at=ticking())
        assert [met(view, who).form for who in (*people, "person:p10")] == ["granted"] * 10 + ["pseudonym"]

    def test_what_is_named_already_or_not_there_is_not_asked_for(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        document = met(view, "document:1")
        with pytest.raises(BadInput, match="nothing to unmask"):
            grants.ask(view, [Subject(document.token, WHY)], reason=WHY, at=ticking())
        for ref in ("person:mads", "K-0000", "Mads Østergård", "person:nobody"):
            with pytest.raises(NotInView):
                grants.ask(view, [Subject(ref, WHY)], reason=WHY, at=ticking())
        with pytest.raises(Refused, match="reason"):
            grants.ask(view, [Subject(met(view, "person:mads").label, "")], reason="because", at=ticking())

    def test_a_request_waits_three_days(self, home: Home, ticking: Ticking) -> None:
        grant = asked(opened(home, ticking), ticking)
        ticking.at += grants.PATIENCE + timedelta(seconds=1)
        with pytest.raises(Refused, match="waited too long"):
            grants.approve(home, persona(home, "chief"), grant.id, at=ticking())

    def test_it_is_decided_once(self, home: Home, ticking: Ticking) -> None:
        grant = asked(opened(home, ticking), ticking)
        grants.refuse(home, persona(home, "chief"), grant.id, "The talk was called off", at=ticking())
        with pytest.raises(Conflict):
            grants.approve(home, persona(home, "custodian"), grant.id, at=ticking())
        assert met(opened(home, ticking), "person:mads").form == "pseudonym"

    def test_who_left_the_case_gets_nothing(self, home: Home, ticking: Ticking) -> None:
        grant = asked(opened(home, ticking, "second"), ticking)
        with opened(home, ticking)._graph.ledger.writer() as writer:
            body = {**world().cases[CASE], "members": ["analyst", "chief"]}
            writer.directory("case", CASE, "tiny", body)
        with pytest.raises(Refused, match="no longer a member"):
            grants.approve(home, persona(home, "chief"), grant.id, at=ticking())


class TestPolicy:
    def test_a_grant_names_nobody_in_a_view_by_broken_glass(self, home: Home, ticking: Ticking) -> None:
        """Who left the case since and comes back by broken glass reads, and knows nobody by name."""
        grants.approve(home, persona(home, "chief"), asked(opened(home, ticking), ticking).id, at=ticking())
        with opened(home, ticking)._graph.ledger.writer() as writer:
            body = {**world().cases[CASE], "members": ["chief"]}
            writer.directory("case", CASE, "tiny", body)
        request = glass.ask(home, persona(home), CASE, ALARM, at=ticking())
        glass.approve(home, persona(home, "custodian"), request.id, at=ticking())
        entered = open_view(
            home, persona(home), ViewRequest("investigate", CASE, reason=ALARM), session="g", clock=ticking
        )
        assert entered.asking.admitted == "break-glass"
        assert met(entered, "person:mads").form == "pseudonym"
        assert entered.search("Mads", kinds=("Person",)).hits == ()

    def test_who_exchanges_with_partners_never_asks(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking, "liaison", purpose="exchange")
        with pytest.raises(Refused, match="roles analyst"):
            asked(view, ticking)

    def test_what_the_policy_does_not_unmask_is_not_asked_for(self, tmp_path: Path, ticking: Ticking) -> None:
        made = world().marking("young", minor=True, purposes=["prevent"], case=CASE, legal_basis="polintel-4")
        made.marking("told", legal_basis="rpl-115-2", case=CASE)
        made.claim("person:ib", "alias", value="Ibsen", marking="young").claim(
            "person:p1", "alias", value="Et", marking="told"
        )
        made.claim("person:bare", "associated_with", "person:mads", {"kind": "call"})
        home = made.home(tmp_path)
        view, prevent = opened(home, ticking), opened(home, ticking, purpose="prevent")
        asked(view, ticking, "person:p1")  # a claim that the view does not hold decides nothing in it
        asked(prevent, ticking, "person:ib")
        with pytest.raises(Refused) as caught:
            asked(prevent, ticking, "person:bare")
        assert caught.value.reason_code == "unmask-policy"
        with pytest.raises(Refused) as caught:
            grants.unmask_alone(view, met(view, "person:bare").label, ALARM, at=ticking())
        assert caught.value.reason_code == "unmask-policy"
        across = opened(home, ticking, case=None, purpose="prevent")
        asked(across, ticking, "person:mads")


class TestEnding:
    def test_it_is_gone_at_expiry_in_an_open_view(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        grants.approve(home, persona(home, "chief"), asked(view, ticking, hours=1).id, at=ticking())
        token = met(view, "person:mads").token
        assert "Mads" in repr(view.card(token))
        ticking.pass_by(minutes=59, seconds=59)
        assert view.entity(token).form == "granted"
        ticking.pass_by(seconds=1)
        assert view.entity(token).form == "pseudonym"
        said = repr(view.card(token)) + repr(view.neighbours(token)) + repr(view.search("Mads"))
        assert "Mads" not in said and "stergård" not in said and "AB-123456" not in said

    def test_it_is_gone_when_withdrawn_by_another_process(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        grant = grants.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        token = met(view, "person:mads").token
        assert "Mads" in repr(view.neighbours(token)) + repr(view.case_claims())
        import subprocess
        import sys

        code = (
            "import sys;from graph import grants;from graph.home import Home;from graph.actor import actor_of;"
            "from tests.factory import NOW;h=Home.open(sys.argv[1]);"
            "grants.withdraw(h,actor_of(h,'chief'),sys.argv[2],'The talk is over now',at=NOW)"
        )
        subprocess.run([sys.executable, "-c", code, str(home.path), grant.id], check=True)
        assert view.entity(token).form == "pseudonym"
        said = repr(view.neighbours(token)) + repr(view.case_claims()) + repr(view.card(token))
        assert "Mads" not in said and "stergård" not in said

    @pytest.mark.parametrize("who", ["analyst", "chief", "custodian", "inspector"])
    def test_who_may_withdraw(self, home: Home, ticking: Ticking, who: str) -> None:
        view = opened(home, ticking)
        grant = grants.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        with pytest.raises(NotInView):
            grants.withdraw(home, persona(home, "second"), grant.id, "The talk is over now", at=ticking())
        assert met(view, "person:mads").form == "granted"
        grants.withdraw(home, persona(home, who), grant.id, "The talk is over now", at=ticking())
        assert met(view, "person:mads").form == "pseudonym"
        with pytest.raises(Conflict):
            grants.withdraw(home, persona(home, who), grant.id, "The talk is over now", at=ticking())

    def test_nothing_that_lasts_holds_the_name(self, home: Home, ticking: Ticking, tmp_path: Path) -> None:
        from viz.chart import write_chart

        view = opened(home, ticking)
        grants.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        token = met(view, "person:mads").token
        write_chart(view, token, 2, tmp_path / "c.html")
        page = (tmp_path / "c.html").read_text(encoding="utf-8")
        assert "Mads" not in page and "person:mads" not in page and met(view, "person:kaja").label in page
        made = view.projection("analyse-settings")
        told = {made.refs(i) for i in range(len(made.kind))} | {made.labels(i) for i in range(len(made.kind))}
        assert not any("mads" in said.casefold() for said in told)
        assert view.entity(token).form == "granted"


class TestEmergency:
    def test_one_person_alone_for_a_day_and_others_are_told_at_once(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        grant = grants.unmask_alone(view, met(view, "person:mads").label, ALARM, at=ticking())
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

    def test_it_needs_a_case_and_a_reason(self, home: Home, ticking: Ticking) -> None:
        view, across = opened(home, ticking), opened(home, ticking, case=None)
        with pytest.raises(Refused, match="open case"):
            grants.unmask_alone(across, met(across, "person:mads").label, ALARM, at=ticking())
        with pytest.raises(Refused, match="reason"):
            grants.unmask_alone(view, met(view, "person:mads").label, "urgent matter", at=ticking())
        assert met(view, "person:mads").form == "pseudonym"

    def test_what_is_not_reviewed_blocks_the_next(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        first = grants.unmask_alone(view, met(view, "person:mads").label, ALARM, at=ticking())
        ticking.at += grants.REVIEW_WITHIN + timedelta(seconds=1)
        assert [g.id for g in grants.overdue(home, ticking())] == [first.id]
        view = opened(home, ticking)
        with pytest.raises(Refused, match="was not") as caught:
            grants.unmask_alone(view, met(view, "person:kaja").label, ALARM, at=ticking())
        assert caught.value.reason_code == "review-overdue"
        asked(view, ticking)  # the way with a second person stays open
        other = opened(home, ticking, "second")
        grants.unmask_alone(other, met(other, "person:kaja").label, ALARM, at=ticking())  # and others' way too
        grants.review(home, persona(home, "inspector"), first.id, "justified", "The call was real", at=ticking())
        assert grants.overdue(home, ticking()) == []
        grants.unmask_alone(view, met(view, "person:kaja").label, ALARM, at=ticking())

    def test_three_may_wait_at_a_time(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        for n in range(grants.MOST_UNREVIEWED):
            grants.unmask_alone(view, met(view, f"person:p{n}").label, ALARM, at=ticking())
        with pytest.raises(Refused, match="wait for their review"):
            grants.unmask_alone(view, met(view, "person:p9").label, ALARM, at=ticking())

    def test_nobody_reviews_their_own_and_what_was_wrong_ends(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking, "chief")
        grant = grants.unmask_alone(view, met(view, "person:mads").label, ALARM, at=ticking())
        with pytest.raises(Refused, match="own emergency"):
            grants.review(home, persona(home, "chief"), grant.id, "justified", "It was needed", at=ticking())
        with pytest.raises(NotInView):
            grants.review(home, persona(home, "second"), grant.id, "justified", "It was needed", at=ticking())
        grants.review(home, persona(home, "inspector"), grant.id, "unjustified", "No danger at all", at=ticking())
        assert met(view, "person:mads").form == "pseudonym"
        with pytest.raises(Conflict):
            grants.review(home, persona(home, "custodian"), grant.id, "justified", "It was needed", at=ticking())


class TestParties:
    def test_the_lead_enters_and_ends_and_members_see_the_name(self, home: Home, ticking: Ticking) -> None:
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
    def test_nobody_but_the_lead(self, home: Home, ticking: Ticking, who: str) -> None:
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
        self, home: Home, ticking: Ticking, who: str, category: str, role: str
    ) -> None:
        lead, member = opened(home, ticking, "chief"), opened(home, ticking)
        ref = met(lead, f"person:{who}").label
        parties.enter(lead, ref, category=category, role=role, reason=WHY, at=ticking())
        assert met(member, f"person:{who}").form == "pseudonym"
        assert [line.named for line in parties.listed(member, at=ticking())] == [False]
        grants.approve(home, persona(home, "chief"), asked(member, ticking, f"person:{who}").id, at=ticking())
        assert met(member, f"person:{who}").form == "granted"
        assert met(lead, f"person:{who}").form == "pseudonym"

    def test_days_begin_and_end_in_an_open_view(self, home: Home, ticking: Ticking) -> None:
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

    def test_what_does_not_fit_is_refused(self, home: Home, ticking: Ticking) -> None:
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
            parties.enter(
                across, met(across, "person:mads").label, category="a", role="suspect", reason=WHY, at=ticking()
            )

    def test_a_reason_that_names_somebody_masked_is_told_to_its_writer_alone(
        self, home: Home, ticking: Ticking
    ) -> None:
        lead, member = opened(home, ticking, "chief"), opened(home, ticking)
        parties.enter(
            lead, met(lead, "person:kaja").label, category="a", role="suspect", reason="Calls Mads Østergård",
            at=ticking(),
        )  # fmt: skip
        assert "Mads" in parties.listed(lead, at=ticking())[0].entered.reason
        assert "Mads" not in parties.listed(member, at=ticking())[0].entered.reason

    def test_a_party_of_a_delivery_can_be_ended(self, tmp_path: Path, ticking: Ticking) -> None:
        made = world()
        listed = [{"entity": "person:mads", "category": "a", "role": "suspect", "reason": "seen there"}]
        made.cases[CASE]["parties"] = listed
        home = made.home(tmp_path)
        member, lead = opened(home, ticking), opened(home, ticking, "chief")
        assert met(member, "person:mads").form == "party"
        parties.end(lead, parties.listed(lead, at=ticking())[0].entered.id, "Cleared by the interview", at=ticking())
        assert met(member, "person:mads").form == "pseudonym"


class TestAudit:
    def test_every_step_is_written_down_without_a_name(self, home: Home, ticking: Ticking) -> None:
        view, lead = opened(home, ticking), opened(home, ticking, "chief")
        grant = grants.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        grants.withdraw(home, persona(home, "inspector"), grant.id, "The talk is over now", at=ticking())
        alone = grants.unmask_alone(view, met(view, "person:kaja").label, ALARM, at=ticking())
        grants.review(home, persona(home, "inspector"), alone.id, "justified", "The call was real", at=ticking())
        parties.enter(lead, met(lead, "person:mads").label, category="a", role="suspect", reason=WHY, at=ticking())
        intents = [e["action"] for e in log_of(home) if e["kind"] == "intent"]
        for action in ("ask-unmask", "approve-unmask", "withdraw-unmask", "emergency-unmask", "review-unmask"):
            assert intents.count(action) == 1
        assert "enter-party" in intents
        said = json.dumps(log_of(home), ensure_ascii=False)
        assert "Mads" not in said and "Kaja" not in said and "person:mads" not in said

    def test_the_inspector_counts_names_by_who_learnt_them(self, home: Home, ticking: Ticking) -> None:
        from graph.audit_acts import acts
        from graph.audit_report import report

        view = opened(home, ticking)
        people = ("person:mads", "person:kaja", "person:p1")
        grants.approve(home, persona(home, "chief"), asked(view, ticking, *people, act="Talks").id, at=ticking())
        grants.refuse(home, persona(home, "chief"), asked(view, ticking, "person:p2").id, "Not needed", at=ticking())
        other = opened(home, ticking, "second")
        grants.unmask_alone(other, met(other, "person:p3").label, ALARM, at=ticking())
        grants.listed(home, persona(home, "inspector"))
        found = {m.user: (m.done, m.refused) for m in report(acts(home.audit), lambda act: True).unmaskings}
        assert found == {"analyst": (3, 1), "second": (1, 0)}

    def test_steps_hold_no_name(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        grants.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        with view._graph.ledger.read() as connection:
            bodies = [str(row[0]) for row in connection.exec_driver_sql("SELECT body FROM step")]
        assert len(bodies) >= 3 and "Mads" not in "".join(bodies)
