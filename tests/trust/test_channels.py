"""Declared channels on random worlds against their oracles; and that nobody learns more through them than declared."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from graph import notices, overlaps, questions, restricted
from graph.actor import ROLE_ACTIONS, ViewRequest
from graph.audit_desk import AuditDesk
from graph.audit_format import segments
from graph.channels import channels
from graph.errors import BadInput, Conflict, NotInView, Refused
from graph.home import Home
from graph.names import spellings
from graph.ontology import ontology
from graph.overlaps import Overlap
from graph.steps import Step
from graph.view import View, open_view
from tests.factory import NOW, Ticking, World, clock, persona
from tests.trust import channel_oracle as oracle

WHY = "a lead to follow"
LEADS = ("lead-a", "lead-b", "lead-c")


def random_world(seed: int) -> World:
    """Six cases, some closed, things that several hold, numbers written in two ways, and claims that must not count."""
    dice, world = Random(seed), World()
    for n, lead in enumerate(LEADS * 2, 1):
        existence = {"existence": "told"} if dice.random() < 0.5 else {}
        state = dice.choice(("open", "open", "open", "closed"))
        parties = [_party(dice) for _ in range(dice.choice((0, 0, 1)))]
        basis = dice.choice(("polintel-4", "polintel-4", "pet-7"))
        about = {"lead": lead, "state": state, "members": ["analyst", "liaison", lead], "parties": parties}
        world.case(f"case-{n}", legal_basis=basis, **about, **existence)
        world.marking(f"sealed-{n}", case=f"case-{n}", sealed=True)
        world.marking(f"wall-{n}", case=f"case-{n}", legal_basis="rpl-115-2")
        world.marking(f"high-{n}", case=f"case-{n}", level=3)
        world.marking(f"research-{n}", case=f"case-{n}", regime="research")
    for lead in LEADS:
        world.user(lead)
    kinds = [f"case-{n}" for n in range(1, 7)] * 2
    kinds += [f"{kind}-{n}" for n in range(1, 7) for kind in ("sealed", "wall", "high", "research")] + ["open"]
    for n in range(8):
        world.person(f"p{n}", f"Navn{n} Sen{n}")
    for _ in range(dice.randint(6, 16)):
        world.claim(f"person:p{dice.randrange(8)}", "uses", f"phone:{dice.randrange(20)}", marking=dice.choice(kinds))
    for n in range(20):
        if dice.random() < 0.5:
            number = 20304050 + dice.randrange(6)
            text = str(number) if dice.random() < 0.5 else f"+45 {str(number)[:4]} {str(number)[4:]}"
            world.claim(f"phone:{n}", "number", value=text, marking=dice.choice(kinds))
    return world


def _party(dice: Random) -> dict[str, str]:
    """Somebody entered as a party, of whom there may be no claim at all."""
    return {"entity": f"person:p{dice.randrange(10)}", "category": "a", "role": "suspect", "reason": "seen"}


@pytest.mark.parametrize("seed", range(6))
def test_every_channel_answers_as_its_oracle(tmp_path: Path, seed: int) -> None:
    world = random_world(seed)
    home = world.home(tmp_path)
    found = {each.cases for each in overlaps.listed(home, persona(home, "coordinator"), at=NOW)}
    assert found == oracle.overlaps(world)
    for case, body in world.cases.items():
        if body["state"] != "open":
            continue
        view = opened(home, case)
        for number in ("20304050", "+45 2030 4051", "20304055", "99999999"):
            body_ = questions._question([_asked(home, case, number)])
            assert questions.matches(home, [body_])[body_.id] == oracle.hit(world, case, number), (case, number)
        for n in range(8):
            told = restricted.ask(view, _token(view, f"person:p{n}"), at=NOW + timedelta(days=n + 8 * int(case[-1])))
            expected = oracle.restricted(world, case, "investigate", f"person:p{n}")
            assert (set(told.contacts) if told.held else None) == expected, (case, n)


def test_the_random_worlds_hold_both_answers() -> None:
    worlds = [random_world(seed) for seed in range(6)]
    pairs = [oracle.overlaps(world) for world in worlds]
    assert any(pairs) and any(len(found) < 6 for found in pairs)
    hits = [oracle.hit(w, "case-1", "20304050") for w in worlds]
    assert any(hits)
    told = [oracle.restricted(w, "case-1", "investigate", f"person:p{n}") for w in worlds for n in range(8)]
    assert any(told) and not all(told)


def test_the_file_is_complete() -> None:
    declared = channels()
    assert set(declared) == {"case-overlap", "hit-no-hit", "restricted-node"}
    for channel in declared.values():
        assert channel.basis in ontology().codes("legal_bases")
        assert callable(getattr(oracle, channel.oracle))
        assert channel.count > 0 and channel.hours > 0 and channel.tells and channel.da and channel.en
        for role in (*channel.asks, *channel.answers):
            assert set(channel.acts) & ROLE_ACTIONS[role], role
        for act in channel.acts:
            assert any(act in actions for actions in ROLE_ACTIONS.values()), act


def opened(home: Home, case: str | None, who: str = "analyst", ticking: Ticking | None = None) -> View:
    return open_view(home, persona(home, who), ViewRequest("investigate", case), session="s", clock=ticking or clock)


def _token(view: View, delivered: str) -> str:
    row = view._graph.store.find(view.scope, delivered)[0]
    return view._teller.tokens.entity(row.eid)


def _asked(home: Home, case: str, number: str) -> Step:
    forms = [questions._keyed(home, form) for form in spellings(number)]
    body = {"forms": forms, "stem": "", "reason": WHY, "purpose": "investigate"}
    return Step("question", f"question-{case}-{number}", 0, "ask", "analyst", NOW, case, body)


@pytest.mark.parametrize(
    ("other", "said", "there"),
    [
        ("polintel-4", None, True),
        ("LED-8", None, True),  # another basis of the same controller
        ("pet-7", None, False),  # another controller's
        ("pet-7", "open", True),  # made up, so nobody's
        ("polintel-4", "case-b", True),
    ],
)
def test_who_was_entered_in_two_cases_is_held_by_both(
    tmp_path: Path, other: str, said: str | None, there: bool
) -> None:
    entry = {"entity": "person:x", "category": "a", "role": "suspect", "reason": "seen"}
    world = World().user("lead-a").user("lead-b").person("y", "Yrsa Dal")
    world.case("case-a", lead="lead-a", members=["lead-a"], parties=[entry])
    world.case("case-b", lead="lead-b", members=["lead-b"], parties=[entry], legal_basis=other)
    if said is not None:
        world.person("x", "Xenia Dal", marking=said)
    home = world.home(tmp_path)
    found = [each.cases for each in overlaps.listed(home, persona(home, "coordinator"), at=NOW)]
    assert found == ([("case-a", "case-b")] if there else []) and set(found) == oracle.overlaps(world)


def two_cases() -> World:
    """Two open cases whose leads do not know of each other; one phone is in both."""
    world = World().user("lead-a").user("lead-b")
    world.case("case-a", lead="lead-a", members=["analyst", "lead-a"])
    world.case("case-b", lead="lead-b", members=["lead-b"])
    world.person("a", "Anna Vinge").person("b", "Bent Kofoed")
    world.claim("person:a", "uses", "phone:1", marking="case-a").claim("person:b", "uses", "phone:1", marking="case-b")
    return world.claim("phone:1", "number", value="20304050", marking="case-b")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return two_cases().home(tmp_path)


class TestOverlap:
    def test_who_learns_what(self, home: Home) -> None:
        coordinator = persona(home, "coordinator")
        [pair] = overlaps.listed(home, coordinator, at=NOW)
        assert pair.to_json() == {"id": pair.id, "cases": ["case-a", "case-b"], "told_at": None}
        overlaps.tell(home, coordinator, pair.id, "the cases touch", at=NOW)
        for who, other in (("lead-a", "lead-b"), ("lead-b", "lead-a")):
            [notice] = notices.listed(home, persona(home, who))
            assert notice.code == "case-overlap" and notice.values == {"lead": other}
            said = json.dumps(notice.to_json())
            assert not any(word in said for word in ("case-a", "case-b", "phone", "Vinge", "2030", "coordinator"))
        for who in ("analyst", "inspector", "coordinator", "admin"):
            assert notices.listed(home, persona(home, who)) == []
        with pytest.raises(Conflict):
            overlaps.tell(home, coordinator, pair.id, "the cases touch", at=NOW)
        request = ViewRequest("oversight", reason="complaint 2026-3")
        desk = AuditDesk(open_view(home, persona(home, "inspector"), request, session="s", clock=clock))
        assert desk.overlaps() == [Overlap(pair.id, pair.cases, NOW)]
        why = overlaps.explain(home, persona(home, "inspector"), pair.id)
        assert {(s.kind, s.through) for s in why.shared} == {("Phone", "entity")}
        assert why.shared[0].shown.startswith("K-") and "2030" not in repr(why)
        assert [(by, reason) for by, _, reason in why.told] == [("coordinator", "the cases touch")]

    def test_the_coordinator_sees_no_data(self, home: Home) -> None:
        coordinator = persona(home, "coordinator")
        for purpose in ("investigate", "prevent", "oversight"):
            for case in ("case-a", None):
                with pytest.raises(Refused):
                    open_view(home, coordinator, ViewRequest(purpose, case), session="s", clock=clock)
        [pair] = overlaps.listed(home, coordinator, at=NOW)
        with pytest.raises(Refused):
            overlaps.explain(home, coordinator, pair.id)

    @pytest.mark.parametrize("who", ["analyst", "lead-a", "inspector", "custodian", "admin", "planner"])
    def test_nobody_else_lists_or_tells(self, home: Home, who: str) -> None:
        [pair] = overlaps.listed(home, persona(home, "coordinator"), at=NOW)
        with pytest.raises(Refused):
            overlaps.listed(home, persona(home, who), at=NOW)
        with pytest.raises(Refused):
            overlaps.tell(home, persona(home, who), pair.id, "the cases touch", at=NOW)
        assert notices.listed(home, persona(home, "lead-b")) == []

    def test_a_pair_that_shares_nothing_is_not_there(self, home: Home) -> None:
        for name in ("overlap-000000000000", "case-a"):
            with pytest.raises(NotInView):
                overlaps.tell(home, persona(home, "coordinator"), name, "the cases touch", at=NOW)
            with pytest.raises(NotInView):
                overlaps.explain(home, persona(home, "inspector"), name)


class TestQuestions:
    def test_the_answer_has_one_shape_and_one_delay(self, tmp_path: Path) -> None:
        home, ticking = two_cases().home(tmp_path), Ticking()
        view = opened(home, "case-a", ticking=ticking)
        first = questions.ask(view, "+45 2030 4050", WHY, at=ticking())
        second = questions.ask(view, "71727374", WHY, at=ticking())
        coordinator = persona(home, "coordinator")
        assert {q.id: m for q, m in questions.waiting(home, coordinator)} == {first.id: True, second.id: False}
        ticking.pass_by(hours=1)
        questions.answer(home, coordinator, first.id, "hit", at=ticking())
        with pytest.raises(BadInput):
            questions.answer(home, coordinator, second.id, "hit", at=ticking())
        ticking.pass_by(hours=5)
        questions.answer(home, coordinator, second.id, "no-hit", at=ticking())
        seen = []
        for hours in (0, 17.9, 0.1):
            ticking.at += timedelta(hours=hours)
            told = [q.to_asker(ticking()) for q in questions.own(home, persona(home))]
            seen.append({t["id"]: t["answer"] for t in told})
            assert len({tuple(sorted(t)) for t in told}) == 1
        nothing = {first.id: "", second.id: ""}
        assert seen == [nothing, nothing, {first.id: "hit", second.id: "no-hit"}]

    def test_a_late_answer_opens_on_a_whole_day(self, home: Home) -> None:
        asked = questions.ask(opened(home, "case-a"), "20304050", WHY, at=NOW)
        done = questions.answer(home, persona(home, "coordinator"), asked.id, "no-hit", at=NOW + timedelta(hours=30))
        assert done.opens_at == NOW + timedelta(hours=48)

    def test_names_and_parts_are_not_asked_for(self, home: Home) -> None:
        view = opened(home, "case-a")
        for text in ("Bent Kofoed", "2030", "?????", ""):
            with pytest.raises(BadInput):
                questions.ask(view, text, WHY, at=NOW)
        with pytest.raises(Refused, match="Open the case"):
            questions.ask(opened(home, None), "20304050", WHY, at=NOW)

    def test_nobody_else_answers_and_nobody_sees_whether_it_matches(self, home: Home) -> None:
        asked = questions.ask(opened(home, "case-a"), "20304050", WHY, at=NOW)
        for who in ("analyst", "lead-b", "inspector", "custodian", "admin"):
            with pytest.raises(Refused):
                questions.answer(home, persona(home, who), asked.id, "no-hit", at=NOW)
            with pytest.raises(Refused):
                questions.waiting(home, persona(home, who))
        assert questions.own(home, persona(home, "lead-b")) == []

    def test_what_was_asked_stands_nowhere_in_clear(self, home: Home) -> None:
        view = opened(home, "case-a")
        questions.ask(view, "71727374", WHY, at=NOW)
        with view._graph.ledger.read() as connection:
            bodies = "".join(str(row[0]) for row in connection.exec_driver_sql("SELECT body FROM step"))
        log = "".join(path.read_text(encoding="utf-8") for path in segments(home.audit))
        assert WHY in bodies and "71727374" not in bodies + log


class TestProbing:
    def test_beyond_the_limit_it_refuses_and_tells_the_inspectors_once(self, home: Home) -> None:
        limit = channels()["hit-no-hit"].count
        view = opened(home, "case-a")
        for n in range(limit):
            questions.ask(view, f"{51 + n}{n}00{n}77", WHY, at=NOW)
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                questions.ask(view, "99887766", WHY, at=NOW)
            assert caught.value.reason_code == "budget"
        told = notices.listed(home, persona(home, "inspector"))
        assert [(n.code, n.values["user"]) for n in told] == [("probing", "analyst")]
        log = "".join(path.read_text(encoding="utf-8") for path in segments(home.audit))
        assert log.count('"action":"channel-probing"') == 2
        questions.ask(view, "99887766", WHY, at=NOW + timedelta(hours=25))

    def test_one_number_after_another_is_noticed(self, home: Home) -> None:
        view = opened(home, "case-a")
        for number in ("20304050", "20304051"):
            questions.ask(view, number, WHY, at=NOW)
        assert notices.listed(home, persona(home, "inspector")) == []
        questions.ask(view, "20304052", WHY, at=NOW)
        assert [n.code for n in notices.listed(home, persona(home, "inspector"))] == ["probing"]

    def test_asking_about_node_after_node_runs_out(self, home: Home) -> None:
        view, limit = opened(home, "case-a"), channels()["restricted-node"].count
        token = _token(view, "person:a")
        for _ in range(limit):
            restricted.ask(view, token, at=NOW)
        with pytest.raises(Refused, match="used up"):
            restricted.ask(view, token, at=NOW)
