"""Coverage against planted gaps, an exact optimum, and an attacker who subtracts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage import coverage
from analytics.coverage_optimum import coverage_optimum
from analytics.flow import Part, reach, value
from analytics.needs import read_needs
from analytics.plan import build_network, candidates, choose, gain_of
from analytics.suppression import LEAST, protect, shown_sums
from graph.errors import BadInput
from graph.interval import EPOCH
from tests.analytics.builders import Builder

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TODAY = NOW.date().toordinal() - EPOCH


class Town:
    """A municipality to plan for."""

    def __init__(self, builder: Builder, code: str, district: str = "district:1") -> None:
        self.b, self.code = builder, code
        self.ref = builder.thing(f"municipality:{code}", "Municipality")
        builder.link(self.ref, "part_of", builder.thing(district, "PoliceDistrict"))

    def need(self, name: str, amount: int, *programmes: str) -> str:
        segment = self.b.thing(f"need:{self.code}-{name}", "NeedSegment")
        self.b.literal(segment, "name", name)
        self.b.literal(segment, "amount", str(amount))
        self.b.link(segment, "located_in", self.ref)
        for programme in programmes:
            self.b.link(segment, "needs", self.b.thing(f"programme:{programme}", "Programme"))
        return segment

    def measure(self, programme: str, places: int | None) -> None:
        measure = self.b.thing(f"measure:{self.code}-{programme}", "Measure")
        self.b.link(measure, "offers", self.b.thing(f"programme:{programme}", "Programme"))
        self.b.link(measure, "located_in", self.ref)
        if places is not None:
            capacity = self.b.thing(f"capacity:{self.code}-{programme}", "Capacity")
            self.b.link(capacity, "part_of", measure)
            self.b.literal(capacity, "amount", str(places))


def row(answer: Any, segment: str) -> Any:
    return next(r for r in answer.rows if r["segment"] == segment)


def two_programmes(exit_places: int | None) -> Any:
    b = Builder()
    town = Town(b, "A")
    town.need("released", 40, "exit")
    town.need("parents", 30, "coach")
    town.measure("exit", exit_places)
    town.measure("coach", 60)
    return coverage(b.build(), now=NOW)


def test_enough_places_reach_everybody_and_nothing_binds() -> None:
    answer = two_programmes(60)
    assert [(r["reached"], r["binding"]) for r in answer.rows] == [(30, None), (40, None)]
    assert answer.extra["next"] == []


def test_a_capacity_set_to_zero_is_named() -> None:
    released = row(two_programmes(0), "need:A-released")
    assert (released["reached"], released["binding"]) == (0, "capacity:A-exit")


def test_a_measure_whose_capacity_was_removed_is_named() -> None:
    assert row(two_programmes(None), "need:A-released")["binding"] == "measure:A-exit"


def test_next_names_the_missing_places_with_a_reason() -> None:
    first = two_programmes(10).extra["next"][0]
    assert {"measure", "place", "gain", "reason"} <= set(first)
    assert (first["measure"], first["place"], first["gain"]) == ("measure:A-exit", "municipality:A", 20)
    assert "40 people" in first["reason"] and "10 places" in first["reason"]


def test_a_programme_nobody_offers_is_missing_and_proposed() -> None:
    b = Builder()
    Town(b, "A").need("released", 40, "exit")
    answer = coverage(b.build(), now=NOW)
    assert answer.rows[0]["missing"] == ["programme:exit"]
    assert answer.extra["next"][0]["kind"] == "new measure"


def test_a_dialogue_is_proposed_for_the_segments_referred_to_it() -> None:
    b = Builder()
    segment = Town(b, "A").need("school", 33, "talk")
    dialogue = b.thing("dialogue:1", "Dialogue")
    b.link(dialogue, "offers", "programme:talk", "2026-05-01")
    b.link(segment, "referred_to", dialogue, "2026-05-01")
    proposed = coverage(b.build(), now=NOW).extra["next"]
    assert [(m["measure"], m["kind"]) for m in proposed] == [("dialogue:1", "dialogue")]


def test_mentors_give_places_to_the_segments_they_mentor() -> None:
    b = Builder()
    segment = Town(b, "A").need("released", 12, "mentor")
    mentor = b.thing("mentor:1", "Mentor")
    b.literal(mentor, "amount", "6")
    b.link(segment, "mentored_by", mentor)
    answer = coverage(b.build(), now=NOW)
    assert (answer.rows[0]["reached"], answer.rows[0]["binding"]) == (6, "mentor:1")


def test_places_are_shared_out_evenly() -> None:
    answer = reach(Part((40, 40), (40,), ((0,), (0,))))
    assert answer.reached == (20, 20)
    assert answer.binding == ((0,), (0,))


def random_world(seed: int, towns: int) -> Any:
    rng, b = np.random.default_rng(seed), Builder()
    names = ("exit", "mentor", "job", "coach")
    for i in range(towns):
        town = Town(b, f"{i:03d}", f"district:{i // 5}")
        for s in range(4):
            wanted = rng.choice(names, rng.integers(1, 4), replace=False)
            town.need(f"segment {s}", int(rng.integers(0, 45)), *wanted)
        for name in names:
            if rng.random() < 0.6:
                town.measure(name, int(rng.integers(0, 25)))
    segments = [ref for ref, kind in b.kind_of.items() if kind == "NeedSegment"]
    for d in range(towns):
        dialogue = b.thing(f"dialogue:{d:03d}", "Dialogue")
        b.link(dialogue, "offers", b.thing("programme:talk", "Programme"))
        for segment in rng.choice(segments, 3, replace=False):
            b.link(str(segment), "referred_to", dialogue)
    return b.build()


@pytest.mark.parametrize("seed", range(6))
def test_greedy_stays_near_the_optimum_and_far_from_chance(seed: int) -> None:
    world = random_world(seed, 25)
    needs = read_needs(world, TODAY)
    shown = needs.amount >= LEAST
    network = build_network(needs, shown, candidates(world, needs, shown))
    chosen = choose(network, 10)
    best = coverage_optimum(network, 10)
    total = sum(c.gain for c in chosen)
    assert total == gain_of(network, [c.candidate for c in chosen])
    assert gain_of(network, list(best.chosen)) == best.gain
    assert 0.95 * best.gain <= total <= best.bound
    rng = np.random.default_rng(seed)
    usable = [i for i, home in enumerate(network.home) if home >= 0]
    assert total > gain_of(network, rng.choice(usable, 10, replace=False).tolist())


def test_gains_never_rise_along_the_list() -> None:
    world = random_world(11, 12)
    gains = [m["gain"] for m in coverage(world, now=NOW).extra["next"]]
    assert gains == sorted(gains, reverse=True)


part = st.integers(1, 4).flatmap(
    lambda m: st.lists(st.tuples(st.integers(0, 9), st.sets(st.integers(0, m - 1))), min_size=1, max_size=4).flatmap(
        lambda rows: st.lists(st.integers(0, 9), min_size=m, max_size=m).map(
            lambda places: Part(tuple(r[0] for r in rows), tuple(places), tuple(tuple(sorted(r[1])) for r in rows))
        )
    )
)


@given(part)
@settings(max_examples=60, deadline=None)
def test_flow_is_the_same_by_both_libraries_and_one_place_at_what_binds_helps(p: Part) -> None:
    answer = reach(p)
    assert sum(answer.reached) == value(p)
    for i, binding in enumerate(answer.binding):
        assert answer.reached[i] < p.need[i] or not binding
        for j in binding:
            more = Part(p.need, tuple(n + (k == j) for k, n in enumerate(p.places)), p.serves)
            assert value(more) == value(p) + 1


def attack(values: Any, hidden: Any, total: int) -> list[tuple[int, int]]:
    """Return what somebody who subtracts learns: the range of each hidden cell, knowing each is at least one."""
    rest = total - int(values[~hidden].sum())
    count = int(hidden.sum())
    return [(1, rest - (count - 1)) for _ in range(count)]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=9))
@settings(max_examples=300, deadline=None)
def test_no_hidden_cell_is_given_away_by_subtraction(cells: list[int]) -> None:
    values = np.array(cells, dtype=np.int64)
    group = np.zeros(len(values), dtype=np.int64)
    protected = protect(values, group, 1)
    assert protected.hidden[(values > 0) & (values < LEAST)].all()
    total = int(shown_sums(values, protected, group)[0])
    if total < 0:
        return
    assert total == values.sum()
    ranges = attack(values, protected.hidden & (values > 0), total)
    assert len(ranges) >= 2
    assert all(high - low >= 4 for low, high in ranges)


def test_a_total_that_would_reveal_one_cell_takes_another_with_it() -> None:
    values = np.array([3, 30, 12])
    protected = protect(values, np.zeros(3, dtype=np.int64), 1)
    assert protected.hidden.tolist() == [True, False, True]
    assert protected.shown_total.tolist() == [True]


def test_a_lone_small_cell_has_no_district() -> None:
    protected = protect(np.array([3]), np.zeros(1, dtype=np.int64), 1)
    assert not protected.shown_total[0]


@pytest.mark.parametrize("seed", range(3))
def test_an_answer_gives_no_small_need_away(seed: int) -> None:
    world = random_world(seed, 20)
    answer = coverage(world, now=NOW)
    amount = {
        world.names[s]: int(v)
        for s, v in zip(world.literals["amount"].subject, world.literals["amount"].value, strict=True)
    }
    district = {f"municipality:{i:03d}": f"district:{i // 5}" for i in range(20)}
    assert any(r["suppressed"] for r in answer.rows)
    for r in answer.rows:
        assert r["suppressed"] or r["need"] >= LEAST
        assert not r["suppressed"] or (r["need"], r["reached"], r["binding"]) == (None, None, None)
        if r["reached"] is not None:
            assert all(n == 0 or n >= LEAST for n in (r["reached"], r["need"] - r["reached"]))
    for d in answer.extra["districts"]:
        mine = [
            r
            for r in answer.rows
            if district[r["municipality"]] == d["district"] and r["segment_label"] == d["segment_label"]
        ]
        if d["need"] is None:
            continue
        hidden = [r for r in mine if r["suppressed"]]
        assert d["need"] == sum(amount[r["segment"]] for r in mine)
        assert len(hidden) >= 2
        assert d["need"] - sum(r["need"] for r in mine if not r["suppressed"]) - len(hidden) >= 4
    assert all(m["gain"] % 5 == 0 or m["gain"] == m["places"] for m in answer.extra["next"])


def test_hidden_needs_move_nothing_that_is_shown() -> None:
    """Non-interference: two worlds that differ in a hidden need alone give the same rows and the same plan."""
    answers = []
    for small in (2, 4):
        b = Builder()
        for code, amount in (("A", small), ("B", 9), ("C", 40)):
            town = Town(b, code)
            town.need("released", amount, "exit")
            town.need("parents", 20, "exit")
            town.measure("exit", 15)
        answers.append(coverage(b.build(), now=NOW))
    assert answers[0].rows == answers[1].rows
    assert answers[0].extra["next"] == answers[1].extra["next"]


def test_equal_input_gives_equal_bytes() -> None:
    world = random_world(4, 15)
    assert repr(coverage(world, now=NOW).to_json()) == repr(coverage(world, now=NOW).to_json())


def test_the_contract_of_rows() -> None:
    answer = coverage(random_world(5, 8), now=NOW).to_json()
    assert {"municipality", "segment", "need", "reached", "binding", "suppressed"} <= set(answer["rows"][0])
    assert set(answer) >= {"finding", "rows", "next", "optimum", "districts"}


def test_an_empty_view_is_said_not_raised() -> None:
    assert coverage(Builder().build(), now=NOW).limits[0].startswith("Not estimable.")


def test_amounts_that_are_no_numbers_do_not_count() -> None:
    b = Builder()
    town = Town(b, "A")
    town.need("released", 40, "exit")
    b.literal(b.thing("need:A-odd", "NeedSegment"), "amount", "many")
    b.literal(b.thing("need:A-minus", "NeedSegment"), "amount", "-4")
    assert [r["segment"] for r in coverage(b.build(), now=NOW).rows] == ["need:A-released"]


def test_k_out_of_range_is_refused() -> None:
    with pytest.raises(BadInput):
        coverage(Builder().build(), now=NOW, k=0)


def joint(b: Builder, programme: str, towns: list[Town], places: int, step: int, cost: int) -> str:
    """A measure that several municipalities share."""
    measure = b.thing(f"measure:joint-{programme}", "Measure")
    b.link(measure, "offers", b.thing(f"programme:{programme}", "Programme"))
    for town in towns:
        b.link(measure, "located_in", town.ref)
    b.link(b.thing("capacity:joint", "Capacity"), "part_of", measure)
    b.literal("capacity:joint", "amount", str(places))
    b.literal(measure, "step", str(step))
    b.literal(measure, "cost", str(cost))
    return measure


def test_a_shared_measure_takes_people_of_all_that_share_it_and_is_grown_once() -> None:
    b = Builder()
    towns = [Town(b, "A"), Town(b, "B")]
    for town in towns:
        town.need("released", 40, "exit")
    joint(b, "exit", towns, 20, 33, 1000)
    answer = coverage(b.build(), now=NOW)
    assert [r["reached"] for r in answer.rows] == [10, 10]
    (only,) = answer.extra["next"]
    assert (only["gain"], only["exact"], only["need"], only["cost"]) == (33, True, 80, 33_000)
    assert (only["place"], only["shared_with"]) == ("municipality:A", ["municipality:B"])


def test_a_new_measure_brings_the_places_and_price_of_its_programme() -> None:
    b = Builder()
    Town(b, "A").need("released", 40, "exit")
    b.literal("programme:exit", "step", "13")
    b.literal("programme:exit", "cost", "500")
    first = coverage(b.build(), now=NOW).extra["next"][0]
    assert (first["places"], first["gain"], first["cost"]) == (13, 13, 6500)


def test_of_equal_gains_the_cheaper_goes_first_then_the_larger_need_then_the_order() -> None:
    b = Builder()
    for code, need, cost in (("A", 60, 900), ("B", 60, 300), ("C", 80, 900), ("D", 60, 900), ("E", 60, None)):
        town = Town(b, code)
        town.need("released", need, "exit")
        town.measure("exit", 10)
        b.literal(f"measure:{code}-exit", "step", "12")
        if cost is not None:
            b.literal(f"measure:{code}-exit", "cost", str(cost))
    chosen = coverage(b.build(), now=NOW, k=5).extra["next"]
    assert [(m["place"][-1], m["gain"], m["tie"]) for m in chosen] == [
        ("B", 12, None),
        ("C", 12, "cost"),
        ("A", 12, "need"),
        ("D", 12, "order"),
        ("E", 12, "cost"),
    ]
    assert "costs less" in chosen[1]["reason"] and "costs less" not in chosen[0]["reason"]


def test_a_gain_that_leaves_places_empty_is_rounded_down() -> None:
    b = Builder()
    town = Town(b, "A")
    town.need("released", 27, "exit")
    town.measure("exit", 10)
    first = coverage(b.build(), now=NOW).extra["next"][0]
    assert (first["places"], first["gain"], first["exact"]) == (20, 15, False)
    assert "at least 15" in first["reason"]


@pytest.mark.parametrize("seed", range(4))
def test_what_the_exact_solver_is_not_asked_could_not_have_helped(seed: int) -> None:
    world = random_world(seed, 9)
    needs = read_needs(world, TODAY)
    shown = needs.amount >= LEAST
    network = build_network(needs, shown, candidates(world, needs, shown))
    hint = [c.candidate for c in choose(network, 3)]
    assert coverage_optimum(network, 3, hint).gain == coverage_optimum(network, 3).gain
