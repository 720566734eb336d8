"""Two open cases of two leads in two districts hold the same phone: what the coordinator's channel is for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from graph import notices, overlaps
from graph.actor import actor_of
from graph.home import Home
from ingest.load import load
from ingest.scenario import make_world_of
from tests.homes import MADE, clock
from tests.ingest.scenario.worlds import TINY, rows

PAIR = ("case-2026-001", "case-2026-004")


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("four") / "W"
    make_world_of(replace(TINY, cases=4), "tiny", 5, out, lambda _what, _part: None)
    return out


def test_one_phone_is_in_two_cases_and_nowhere_else(four: Path) -> None:
    cases = yaml.safe_load((four / "cases.yaml").read_text(encoding="utf-8"))
    one, two = (cases[name] for name in PAIR)
    assert one["state"] == two["state"] == "open"
    assert one["lead"] != two["lead"] and one["district"] != two["district"]
    markings = yaml.safe_load((four / "markings.yaml").read_text(encoding="utf-8"))
    said = [row for row in rows(four) if "phone:shared-1" in (row["subject"], row["object"])]
    assert {markings[row["marking"]]["case"] for row in said} == set(PAIR)
    assert {row["predicate"] for row in said} == {"uses", "number"}
    assert len({row["subject"] for row in said if row["predicate"] == "uses"}) == 2


def test_the_coordinator_of_the_world_tells_both_leads(four: Path, tmp_path: Path) -> None:
    home = Home.init(tmp_path / "H", personas=True)
    load(home, [four], clock=clock)
    coordinator = actor_of(home, "user-060")
    [pair] = overlaps.listed(home, coordinator, at=MADE)
    assert pair.cases == PAIR
    overlaps.tell(home, coordinator, pair.id, "Both cases hold the same", at=MADE)
    told = {user: notices.listed(home, actor_of(home, user)) for user in ("user-014", "user-021", "user-022")}
    assert {user: [n.values for n in found] for user, found in told.items()} == {
        "user-014": [{"lead": "user-021"}],
        "user-021": [{"lead": "user-014"}],
        "user-022": [],
    }
    why = overlaps.explain(home, actor_of(home, "user-050"), pair.id)
    assert [(shared.kind, shared.through) for shared in why.shared] == [("Phone", "entity"), ("Phone", "number")]
