"""Bridge settings against worlds whose truth is known: there, not there, and traps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from analytics.settings import settings
from graph.errors import BadInput
from tests.analytics.builders import Builder
from tests.analytics.lab import Lab, flags, make

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BRIDGES = {3: 6.0, 17: 6.0, 29: 6.0, 41: 6.0, 55: 6.0, 70: 6.0}


def run(world: Any, **options: Any) -> Any:
    return settings(world, now=NOW, **options)


TRUTH = {(f"venue:{i:02d}", "C>E") for i in BRIDGES}


def wrong(flagged: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the flags on settings that multiply nothing; a bridge of the lab works in both directions."""
    bridges = {setting for setting, _ in TRUTH}
    return {flag for flag in flagged if flag[0] not in bridges}


def test_strong_bridges_are_found_and_little_else() -> None:
    found = [flags(run(make(Lab(seed, strength=BRIDGES)))) for seed in (1, 2, 3)]
    assert sum(len(f & TRUTH) for f in found) >= 15
    assert sum(len(wrong(f)) for f in found) <= 3


def test_nothing_planted_nothing_found() -> None:
    assert sum(bool(flags(run(make(Lab(seed))))) for seed in range(100, 106)) <= 1


DECOYS = Lab(5, young=(3, 4), large=(10, 11), heavy={20: 3.0, 21: 3.0}, gathers=(30, 31), strength={50: 7.0})


def test_decoys_are_not_flagged_though_crude_figures_name_them() -> None:
    answer = run(make(DECOYS))
    traps = {f"venue:{i:02d}" for i in (3, 4, 10, 11, 20, 21, 30, 31)}
    assert ("venue:50", "C>E") in flags(answer)
    assert not traps & {setting for setting, _ in flags(answer)}
    top = {r["setting"] for r in answer.rows if r["direction"] == "C>E" and (r["crude_rank"] or 99) <= 6}
    assert len(top & traps) >= 2
    assert any("before they came" in text for text in answer.explanations)


def test_heavy_reporting_raises_what_is_expected() -> None:
    """The fault planted: without reports about settings the offset cannot see who looks hardest."""
    world = make(DECOYS)

    def expected(answer: Any, setting: str) -> float:
        return next(float(r["expected"]) for r in answer.rows if (r["setting"], r["direction"]) == (setting, "C>E"))

    seen = run(world)
    del world.links["subject_of"]
    blind = run(world)
    for setting in ("venue:20", "venue:21"):
        assert expected(seen, setting) > 1.7 * expected(blind, setting)
    assert expected(seen, "venue:40") < 1.2 * expected(blind, "venue:40")


def test_reporting_alone_is_no_bridge() -> None:
    assert sum(bool(flags(run(make(Lab(seed, reporting=0.5))))) for seed in range(200, 206)) <= 1


def test_equal_input_and_seed_give_equal_bytes() -> None:
    world = make(Lab(2, strength=BRIDGES, persons=2000))
    first, second = run(world).to_json(), run(world).to_json()
    assert first == second
    assert repr(first) == repr(second)


def test_swapping_all_names_changes_no_row() -> None:
    lab = Lab(3, strength=BRIDGES, persons=2000)
    assert run(make(lab)).to_json()["rows"] == run(make(replace(lab, names_shift=501))).to_json()["rows"]


def test_small_counts_are_suppressed_with_all_that_would_give_them_away() -> None:
    answer = run(make(Lab(4, persons=2500, strength={9: 6.0})))
    hidden = [r for r in answer.rows if r["suppressed"]]
    assert hidden
    for row in hidden:
        assert all(row[key] is None for key in ("observed", "ratio", "interval", "q", "ratio_without_reporting"))
        assert not row["flagged"]
    assert all(r["observed"] >= 5 for r in answer.rows if not r["suppressed"])


def test_no_row_names_a_person() -> None:
    answer = run(make(Lab(4, persons=1500)))
    assert "person:" not in repr(answer.to_json()["rows"])


def test_the_contract_of_a_row() -> None:
    answer = run(make(Lab(1, strength=BRIDGES))).to_json()
    keys = set("setting direction observed expected ratio interval q flagged n_persons power".split())
    assert all(keys <= set(row) for row in answer["rows"])
    head = set(
        "id question method version parameters seed view null_model limits explanations expires evidence_count".split()
    )
    assert head <= set(answer["finding"])
    assert answer["finding"]["expires"].startswith("2027-02-22")
    assert answer["finding"]["evidence_count"] > 0


def world_of_three(crossing: str, stay: str, second: str = "2014-01-01/..") -> Any:
    """Thirty people in crime; ten stay at the gym and begin an extremist spell; the others stay at the club."""
    b = Builder()
    for ref, code in (("milieu:c", "C.gang"), ("milieu:e", "E.isl")):
        b.literal(b.thing(ref, "Milieu"), "code", code)
    for venue in ("venue:gym", "venue:club"):
        b.thing(venue, "Venue")
    for i in range(30):
        person = b.thing(f"person:{i:02d}", "Person")
        b.link(person, "in_milieu", "milieu:c", second)
        b.link(
            person, "present_at", "venue:gym" if i < 10 else "venue:club", stay if i < 10 else "2015-01-01/2016-12-31"
        )
        if i < 10:
            b.link(person, "in_milieu", "milieu:e", crossing)
    b.link(b.thing("person:99", "Person"), "in_milieu", "milieu:c", "2018-01-01/..")
    return b.build()


def observed(answer: Any, setting: str, direction: str = "C>E") -> Any:
    """Return the count shown; None where it is suppressed or nobody at risk was there."""
    rows = [r["observed"] for r in answer.rows if r["setting"] == setting and r["direction"] == direction]
    return rows[0] if rows else None


@pytest.mark.parametrize(
    ("stay", "counts"),
    [
        ("2015-03-01/2015-06-30", True),  # during the stay
        ("2015-03-01/2015-05-15", True),  # 17 days after it
        ("2015-03-01/2015-05-02", True),  # on the last day of the window
        ("2015-03-01/2015-05-01", False),  # one day too late
        ("2015-06-02/2015-07-30", False),  # came after crossing
    ],
)
def test_a_crossing_counts_during_a_stay_and_thirty_days_after(stay: str, counts: bool) -> None:
    assert (observed(run(world_of_three("2015-06-01/..", stay)), "venue:gym") == 10) is counts


def test_whoever_was_extremist_first_crosses_the_other_way() -> None:
    answer = run(world_of_three("2013-06-01/..", "2013-12-01/2014-02-01"))
    assert observed(answer, "venue:gym", "E>C") == 10
    assert not any(r["setting"] == "venue:gym" and r["direction"] == "C>E" for r in answer.rows)


def test_possible_and_certain_overlap_differ_when_the_day_is_in_doubt() -> None:
    world = world_of_three("2015-06/..", "2015-03-01/2015-05-15")
    assert observed(run(world), "venue:gym") == 10  # 1 to 14 June lie in the window
    assert observed(run(world, overlap="certain"), "venue:gym") is None
    within = world_of_three("2015-06/..", "2015-03-01/2015-06-15")
    assert observed(run(within, overlap="certain"), "venue:gym") == 10


def test_where_all_cross_in_one_place_something_is_still_expected() -> None:
    """Fitted on time outside the flagged setting alone, rates and all expected counts would be zero."""
    b = Builder()
    for ref, code in (("milieu:c", "C.gang"), ("milieu:e", "E.isl")):
        b.literal(b.thing(ref, "Milieu"), "code", code)
    for i in range(400):
        person, gym = b.thing(f"person:{i:03d}", "Person"), i % 4 == 0
        b.link(person, "in_milieu", "milieu:c", "2014-01-01/..")
        b.link(person, "present_at", b.thing(f"venue:{i % 4}", "Venue"), f"2015-01-{1 + i % 28:02d}/2016-12-31")
        if gym and i % 3 == 0:
            b.link(person, "in_milieu", "milieu:e", f"2016-0{1 + i % 9}-10/..")
    answer = run(b.build())
    assert {setting for setting, _ in flags(answer)} == {"venue:0"}
    assert all(r["expected"] > 0.1 for r in answer.rows if r["tested"])


def empty() -> Any:
    return Builder().build()


def without(predicate: str) -> Any:
    world = make(Lab(6, persons=300))
    del world.links[predicate]
    return world


def all_in_one_month() -> Any:
    return world_of_three("2015-06-01/..", "2015-06-01/2015-06-30", "2015-05-31/..")


@pytest.mark.parametrize(
    "world", [empty(), without("in_milieu"), without("present_at"), make(Lab(7, persons=50, monthly=0))]
)
def test_what_cannot_be_estimated_is_said_not_raised(world: Any) -> None:
    answer = run(world)
    assert not answer.rows
    assert answer.limits[0].startswith("Not estimable.")


@pytest.mark.parametrize(
    "world",
    [
        all_in_one_month(),
        without("subject_of"),
        without("located_in"),
        without("co_accused_in"),
        make(Lab(8, persons=400, settings=4)),
    ],
)
@pytest.mark.parametrize("overlap", ["possible", "certain"])
def test_thin_worlds_give_no_number_that_is_none(world: Any, overlap: str) -> None:
    for row in run(world, overlap=overlap).rows:
        numbers = [v for v in row.values() if isinstance(v, float)] + (row["interval"] or [])
        assert np.isfinite(numbers).all()


def test_reversed_intervals_are_left_out() -> None:
    world = make(Lab(9, persons=500))
    links = world.links["present_at"]
    links.valid_from, links.valid_to = links.valid_to.copy(), links.valid_from.copy()
    links.certain_from, links.certain_to = links.valid_from, links.valid_to
    assert run(world).limits[0].startswith("Not estimable.")


@pytest.mark.parametrize(
    "options", [{"lag_days": -1}, {"q": 0.0}, {"q": 1.0}, {"overlap": "maybe"}, {"period": (10, 9)}]
)
def test_parameters_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        run(make(Lab(9, persons=50)), **options)


@pytest.mark.campaign
def test_campaign_null_worlds_rarely_flag_anything() -> None:
    worlds = 300
    assert sum(bool(flags(run(make(Lab(seed))))) for seed in range(1000, 1000 + worlds)) <= 0.08 * worlds


@pytest.mark.campaign
def test_campaign_strong_bridges() -> None:
    found, shares = 0, []
    for seed in range(2000, 2100):
        flagged = flags(run(make(Lab(seed, strength=BRIDGES))))
        found += len(flagged & TRUTH)
        shares.append(len(wrong(flagged)) / max(len(flagged), 1))
    assert found / 600 >= 0.9
    assert np.mean(shares) <= 0.1
