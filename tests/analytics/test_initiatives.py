"""The plan is whole, and points only to pages that exist."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from analytics.initiatives import AREA_SIZES, ROUTES, load_plan, read_plan

TEXT = resources.files("analytics").joinpath("initiatives.yaml").read_text(encoding="utf-8")


def test_forty_initiatives_in_nine_areas() -> None:
    plan = load_plan()
    assert [len(area.initiatives) for area in plan.areas] == [4, 7, 7, 2, 3, 4, 3, 3, 7]
    assert [initiative.number for initiative in plan] == list(range(1, 41))
    assert sum(AREA_SIZES) == 40


def test_titles_are_different_and_in_both_languages() -> None:
    plan = load_plan()
    assert len({initiative.title.da for initiative in plan}) == len({initiative.title.en for initiative in plan}) == 40
    assert all(initiative.title.da != initiative.title.en for initiative in plan)
    assert all(initiative.does.da.endswith(".") and initiative.does.en.endswith(".") for initiative in plan)


def test_the_plan_is_honest_about_what_is_missing() -> None:
    plan = load_plan()
    assert plan.count("works") + plan.count("part") + plan.count("not_yet") == 40
    for initiative in plan:
        if initiative.status == "not_yet":
            assert "ikke bygget" in initiative.does.da
            assert "not been built" in initiative.does.en
        else:
            assert initiative.page in ROUTES
        if initiative.status == "part":
            assert "mangler" in initiative.does.da or "ikke endnu" in initiative.does.da
            assert "missing" in initiative.does.en or "not shown yet" in initiative.does.en


def test_where_the_law_allows_less() -> None:
    assert [initiative.number for initiative in load_plan() if initiative.narrowed] == [2, 8, 10, 14, 19, 20, 27, 31]


def test_every_route_is_one_of_the_web_application(root: Path) -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in (root / "viz/web/src").rglob("*.svelte"))
    assert [route for route in ROUTES if f"'{route}'" not in written] == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("page: /fund", "page: /score", "no page"),
        ("status: part", "status: almost", "status is one of"),
        ("status: part", "status: not_yet", "a page stands"),
        ("number: 40", "number: 41", "1 to 40"),
        ("- number: 9\n    title", "- number: 8\n    title", "1 to 9"),
        (', en: "National centre', ', de: "National centre', "Danish and English"),
    ],
)
def test_a_plan_with_a_fault_is_refused(old: str, new: str, fault: str) -> None:
    assert old in TEXT
    with pytest.raises(ValueError, match=fault):
        read_plan(TEXT.replace(old, new, 1))


def test_a_missing_initiative_is_noticed() -> None:
    head, mark, tail = TEXT.rpartition("      - number: 40")
    assert mark and tail
    with pytest.raises(ValueError, match="expected areas"):
        read_plan(head)
