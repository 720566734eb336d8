"""Who learns whose name by a grant, and until when. Each rule is tried on both sides of it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from graph import emergencies, glass, grants, parties, unmasking
from graph.actor import ViewRequest
from graph.errors import BadInput, Conflict, NotInView, Refused
from graph.grants import Subject
from graph.home import Home
from graph.view import open_view
from tests.factory import Ticking, persona
from tests.graph.names import ALARM, CASE, OTHER, WHY, asked, log_of, met, opened, world


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return world().home(tmp_path)


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


class TestAsking:
    def test_it_takes_a_second_person_and_then_shows_the_name_to_the_asker(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        grant = asked(view, ticking)
        assert grant.state(ticking()) == "asked"
        assert met(view, "person:mads").form == "pseudonym"
        with pytest.raises(Refused, match="second person"):
            unmasking.approve(home, persona(home), grant.id, at=ticking())
        assert met(view, "person:mads").form == "pseudonym"
        done = unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())
        assert done.state(ticking()) == "active"
        shown = met(view, "person:mads")
        assert (shown.label, shown.form, shown.delivered) == ("Mads Østergård", "granted", "person:mads")
        assert [h.entity.label for h in view.search("Mads", kinds=("Person",)).hits] == ["Mads Østergård"]
        assert {c.predicate for c in view.card("person:mads").claims} >= {"name", "birth_date", "identifier"}

    def test_nobody_else_and_nowhere_else(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        unmasking.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
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
            unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())
        unmasking.approve(home, persona(home, "custodian"), grant.id, at=ticking())
        assert met(view, "person:mads").form == "granted"
        assert met(opened(home, ticking, case=None), "person:mads").form == "pseudonym"
        assert met(opened(home, ticking), "person:mads").form == "pseudonym"

    @pytest.mark.parametrize("who", ["second", "liaison", "admin", "inspector", "planner"])
    def test_who_is_neither_lead_nor_custodian_decides_nothing(self, home: Home, ticking: Ticking, who: str) -> None:
        view = opened(home, ticking)
        grant = asked(view, ticking)
        with pytest.raises((NotInView, Refused)):
            unmasking.approve(home, persona(home, who), grant.id, at=ticking())
        with pytest.raises((NotInView, Refused)):
            unmasking.refuse(home, persona(home, who), grant.id, "Not needed at all", at=ticking())
        assert met(view, "person:mads").form == "pseudonym"

    def test_the_lead_of_another_case_decides_nothing(self, tmp_path: Path, ticking: Ticking) -> None:
        made = world().user("foreign")
        made.case("case-3", lead="foreign", members=["foreign"])
        home = made.home(tmp_path)
        grant = asked(opened(home, ticking), ticking)
        with pytest.raises(NotInView):
            unmasking.approve(home, persona(home, "foreign"), grant.id, at=ticking())
        with pytest.raises(NotInView):
            unmasking.approve(home, persona(home, "foreign"), "grant-000000000000", at=ticking())

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
        unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())
        assert [met(view, who).form for who in (*people, "person:p10")] == ["granted"] * 10 + ["pseudonym"]

    def test_what_is_named_already_or_not_there_is_not_asked_for(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        document = met(view, "document:1")
        with pytest.raises(BadInput, match="nothing to unmask"):
            unmasking.ask(view, [Subject(document.token, WHY)], reason=WHY, at=ticking())
        for ref in ("person:mads", "K-0000", "Mads Østergård", "person:nobody"):
            with pytest.raises(NotInView):
                unmasking.ask(view, [Subject(ref, WHY)], reason=WHY, at=ticking())
        with pytest.raises(Refused, match="reason"):
            unmasking.ask(view, [Subject(met(view, "person:mads").label, "")], reason="because", at=ticking())

    def test_a_request_waits_three_days(self, home: Home, ticking: Ticking) -> None:
        grant = asked(opened(home, ticking), ticking)
        ticking.at += grants.PATIENCE + timedelta(seconds=1)
        with pytest.raises(Refused, match="waited too long"):
            unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())

    def test_it_is_decided_once(self, home: Home, ticking: Ticking) -> None:
        grant = asked(opened(home, ticking), ticking)
        unmasking.refuse(home, persona(home, "chief"), grant.id, "The talk was called off", at=ticking())
        with pytest.raises(Conflict):
            unmasking.approve(home, persona(home, "custodian"), grant.id, at=ticking())
        assert met(opened(home, ticking), "person:mads").form == "pseudonym"

    def test_who_left_the_case_gets_nothing(self, home: Home, ticking: Ticking) -> None:
        grant = asked(opened(home, ticking, "second"), ticking)
        with opened(home, ticking)._graph.ledger.writer() as writer:
            body = {**world().cases[CASE], "members": ["analyst", "chief"]}
            writer.directory("case", CASE, "tiny", body)
        with pytest.raises(Refused, match="no longer a member"):
            unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())


class TestPolicy:
    def test_a_grant_names_nobody_in_a_view_by_broken_glass(self, home: Home, ticking: Ticking) -> None:
        """Who left the case since and comes back by broken glass reads, and knows nobody by name."""
        unmasking.approve(home, persona(home, "chief"), asked(opened(home, ticking), ticking).id, at=ticking())
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
            emergencies.unmask_alone(view, met(view, "person:bare").label, ALARM, at=ticking())
        assert caught.value.reason_code == "unmask-policy"
        across = opened(home, ticking, case=None, purpose="prevent")
        asked(across, ticking, "person:mads")


class TestEnding:
    def test_it_is_gone_at_expiry_in_an_open_view(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        unmasking.approve(home, persona(home, "chief"), asked(view, ticking, hours=1).id, at=ticking())
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
        grant = unmasking.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        token = met(view, "person:mads").token
        assert "Mads" in repr(view.neighbours(token)) + repr(view.case_claims())
        import subprocess
        import sys

        code = (
            "import sys;from graph import unmasking;from graph.home import Home;from graph.actor import actor_of;"
            "from tests.factory import NOW;h=Home.open(sys.argv[1]);"
            "unmasking.withdraw(h,actor_of(h,'chief'),sys.argv[2],'The talk is over now',at=NOW)"
        )
        subprocess.run([sys.executable, "-c", code, str(home.path), grant.id], check=True)
        assert view.entity(token).form == "pseudonym"
        said = repr(view.neighbours(token)) + repr(view.case_claims()) + repr(view.card(token))
        assert "Mads" not in said and "stergård" not in said

    @pytest.mark.parametrize("who", ["analyst", "chief", "custodian", "inspector"])
    def test_who_may_withdraw(self, home: Home, ticking: Ticking, who: str) -> None:
        view = opened(home, ticking)
        grant = unmasking.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        with pytest.raises(NotInView):
            unmasking.withdraw(home, persona(home, "second"), grant.id, "The talk is over now", at=ticking())
        assert met(view, "person:mads").form == "granted"
        unmasking.withdraw(home, persona(home, who), grant.id, "The talk is over now", at=ticking())
        assert met(view, "person:mads").form == "pseudonym"
        with pytest.raises(Conflict):
            unmasking.withdraw(home, persona(home, who), grant.id, "The talk is over now", at=ticking())

    def test_nothing_that_lasts_holds_the_name(self, home: Home, ticking: Ticking, tmp_path: Path) -> None:
        from viz.chart import write_chart

        view = opened(home, ticking)
        unmasking.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        token = met(view, "person:mads").token
        write_chart(view, token, 2, tmp_path / "c.html")
        page = (tmp_path / "c.html").read_text(encoding="utf-8")
        assert "Mads" not in page and "person:mads" not in page and met(view, "person:kaja").label in page
        made = view.projection("analyse-settings")
        told = {made.refs(i) for i in range(len(made.kind))} | {made.labels(i) for i in range(len(made.kind))}
        assert not any("mads" in said.casefold() for said in told)
        assert view.entity(token).form == "granted"


class TestAudit:
    def test_every_step_is_written_down_without_a_name(self, home: Home, ticking: Ticking) -> None:
        view, lead = opened(home, ticking), opened(home, ticking, "chief")
        grant = unmasking.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        unmasking.withdraw(home, persona(home, "inspector"), grant.id, "The talk is over now", at=ticking())
        alone = emergencies.unmask_alone(view, met(view, "person:kaja").label, ALARM, at=ticking())
        emergencies.review(home, persona(home, "inspector"), alone.id, "justified", "The call was real", at=ticking())
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
        unmasking.approve(home, persona(home, "chief"), asked(view, ticking, *people, act="Talks").id, at=ticking())
        unmasking.refuse(home, persona(home, "chief"), asked(view, ticking, "person:p2").id, "Not needed", at=ticking())
        other = opened(home, ticking, "second")
        emergencies.unmask_alone(other, met(other, "person:p3").label, ALARM, at=ticking())
        grants.listed(home, persona(home, "inspector"))
        found = {m.user: (m.done, m.refused) for m in report(acts(home.audit), lambda act: True).unmaskings}
        assert found == {"analyst": (3, 1), "second": (1, 0)}

    def test_steps_hold_no_name(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        unmasking.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
        with view._graph.ledger.read() as connection:
            bodies = [str(row[0]) for row in connection.exec_driver_sql("SELECT body FROM step")]
        assert len(bodies) >= 3 and "Mads" not in "".join(bodies)


class TestReasons:
    """Who reads a reason that names somebody."""

    def test_whoever_neither_asked_nor_decides_nor_inspects_reads_no_name(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking)
        why = "Østergård called his brother, and Thursday is near"
        line = Subject(met(view, "person:mads").label, "Because Mads knows the way")
        grant = unmasking.ask(view, [line], reason=why, at=ticking())

        def reads(who: str) -> tuple[str, str]:
            [found] = grants.listed(home, persona(home, who))
            return found.reason, found.lines[0].reason

        whole = (why, "Because Mads knows the way")
        assert {reads(who) for who in ("analyst", "chief", "custodian", "inspector")} == {whole}
        unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())
        assert {reads(who) for who in ("analyst", "chief", "inspector")} == {whole}
        assert reads("custodian") == (grants.REASON_WITHHELD,) * 2  # somebody else decided

    def test_a_reason_that_names_nobody_is_told_to_all(self, home: Home, ticking: Ticking) -> None:
        grant = asked(opened(home, ticking), ticking)
        unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())
        [found] = grants.listed(home, persona(home, "custodian"))
        assert (found.reason, found.lines[0].reason) == (WHY, WHY)

    def test_a_party_of_the_case_is_named_there_neither(self, home: Home, ticking: Ticking) -> None:
        view = opened(home, ticking, "chief")
        parties.enter(view, met(view, "person:kaja").token, category="a", role="suspect", reason=WHY, at=ticking())
        mine = opened(home, ticking)
        line = Subject(met(mine, "person:mads").label, WHY)
        grant = unmasking.ask(mine, [line], reason="K. Lind spoke of the meeting", at=ticking())
        unmasking.approve(home, persona(home, "chief"), grant.id, at=ticking())
        [found] = grants.listed(home, persona(home, "custodian"))
        assert (found.reason, found.lines[0].reason) == (grants.REASON_WITHHELD, WHY)
