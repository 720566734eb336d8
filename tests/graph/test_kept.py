"""Kept work: what was derived is read only by somebody who may see all that it was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graph.actor import ViewRequest
from graph.errors import NotInView
from graph.home import Home
from graph.kept import keep, kept, one
from graph.view import View, open_view
from tests.factory import NOW, World, persona


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = World().case("case-1").marking("high", level=2).person("a", "Kaja Lind")
    return made.person("b", "Bo Holm", marking="high").home(tmp_path)


def view_of(home: Home, clearance: int, purpose: str = "investigate") -> View:
    actor = replace(persona(home), clearance=clearance)
    return open_view(home, actor, ViewRequest(purpose, "case-1"), session="s", clock=lambda: NOW)


def test_work_made_from_higher_markings_is_not_there_for_lower_readers(home: Home) -> None:
    cleared, other = view_of(home, 2), view_of(home, 1)
    keep(cleared, "finding", "finding-1", {"finding": {}}, NOW)
    assert [a.id for a in kept(cleared, "finding")] == ["finding-1"]
    assert kept(other, "finding") == []
    with pytest.raises(NotInView):
        one(other, "finding", "finding-1")


def test_work_made_from_less_is_there_for_whoever_sees_more(home: Home) -> None:
    keep(view_of(home, 1), "plan", "plan-1", {"title": "x"}, NOW)
    assert one(view_of(home, 2), "plan", "plan-1").body == {"title": "x", "purpose": "investigate"}


def test_another_purpose_sees_none_of_it(home: Home) -> None:
    keep(view_of(home, 2), "plan", "plan-1", {"title": "x"}, NOW)
    assert kept(view_of(home, 2, "prevent"), "plan") == []
