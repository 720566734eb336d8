"""The two stop buttons: what they refuse, who turns them, and that what cannot be read counts as pressed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from graph.audit_format import segments
from graph.errors import Conflict, Refused
from graph.home import Home
from graph.kept import keep, kept
from graph.stops import STOPPED_ACTS, Button, Watch, lift, press, stop_of, stops
from tests.factory import NOW, World, persona
from tests.graph.test_view import opened
from viz.chart import write_chart

WHY = "Metoden er under efterprøvning."


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = World().case("case-1", parties=[{"entity": "person:a", "category": "a", "role": "suspect"}])
    return made.person("a", "Kaja Lind", born="1990-01-01").home(tmp_path)


def on(home: Home, button: Button) -> None:
    press(home, persona(home, "inspector"), button, WHY, at=NOW)


def off(home: Home, button: Button) -> None:
    lift(home, persona(home, "custodian"), button, WHY, at=NOW)


def test_nothing_is_stopped_until_somebody_presses(home: Home) -> None:
    assert [(s.button, s.pressed) for s in stops(home)] == [("suggestions", False), ("exports", False)]


def test_a_pressed_button_refuses_analyses_and_says_who_and_why(home: Home) -> None:
    view = opened(home)
    view.projection("analyse-settings")
    on(home, "suggestions")
    with pytest.raises(Refused) as refused:
        view.projection("analyse-settings")
    assert refused.value.reason_code == "stopped-suggestions"
    assert "inspector" in refused.value.message and WHY in refused.value.message
    off(home, "suggestions")
    view.projection("analyse-settings")


def test_a_pressed_button_puts_findings_away_but_not_from_oversight(home: Home) -> None:
    view, over = opened(home), opened(home, None, "inspector", purpose="oversight")
    keep(view, "finding", "finding-1", {"finding": {}}, NOW)
    assert [a.id for a in kept(view, "finding")] == ["finding-1"]
    on(home, "suggestions")
    with pytest.raises(Refused, match="Suggestions are stopped"):
        kept(view, "finding")
    assert kept(over, "finding") == []
    assert kept(view, "package-sent") == []


def test_frozen_exports_leave_no_chart(home: Home, tmp_path: Path) -> None:
    view, out = opened(home), tmp_path / "chart.html"
    on(home, "exports")
    with pytest.raises(Refused, match="Exports are frozen"):
        write_chart(view, view.case().parties[0].token, 1, out, limit=10, language="da")
    assert not out.exists()
    view.projection("analyse-settings")  # the other button is another


@pytest.mark.parametrize("role", ["analyst", "planner", "liaison"])
def test_others_turn_no_button(home: Home, role: str) -> None:
    with pytest.raises(Refused, match="stop"):
        press(home, persona(home, role), "exports", WHY, at=NOW)
    assert not stop_of(home, "exports").pressed


def test_turning_needs_a_reason_and_a_button_that_is_not_so_already(home: Home) -> None:
    admin = persona(home, "admin")
    with pytest.raises(Refused) as refused:
        press(home, admin, "exports", " kort ", at=NOW)
    assert refused.value.reason_code == "needs-reason"
    with pytest.raises(Conflict):
        lift(home, admin, "exports", WHY, at=NOW)
    on(home, "exports")
    with pytest.raises(Conflict):
        press(home, admin, "exports", WHY, at=NOW)


def test_every_turn_is_loud_in_the_audit(home: Home) -> None:
    on(home, "exports")
    off(home, "exports")
    lines = [json.loads(line) for each in segments(home.audit) for line in each.read_text().splitlines()]
    turns = [line for line in lines if line.get("action") == "stop"]
    assert [(t["user"], t["detail"]["how"], t["loud"]) for t in turns] == [
        ("inspector", "press", True),
        ("custodian", "lift", True),
    ]
    assert all(t["detail"]["reason"] == WHY for t in turns)


def test_what_cannot_be_read_counts_as_pressed(home: Home) -> None:
    view = opened(home)
    on(home, "exports")
    with sqlite3.connect(home.ledger_path) as ledger:
        ledger.execute("UPDATE step SET body = '{}' WHERE family = 'stop'")
    ledger.close()
    assert stop_of(home, "exports").pressed and not stop_of(home, "exports").readable
    with sqlite3.connect(home.ledger_path) as ledger:
        ledger.execute("ALTER TABLE step RENAME TO gone")
    ledger.close()
    assert [s.pressed for s in stops(home)] == [True, True]
    with pytest.raises(Refused, match="cannot be read"):
        view.projection("analyse-settings")


def test_every_analysis_has_a_button(home: Home) -> None:
    acts = {act for role in ("analyst", "planner", "liaison") for act in persona(home, role).actions}
    assert {a for a in acts if a.startswith("analyse-")} <= set(STOPPED_ACTS)


def test_a_watch_tells_once_and_only_of_its_own_button(home: Home) -> None:
    said: list[str] = []
    with Watch(home, "analyse-settings", said.append) as watch:
        on(home, "exports")
        assert not watch.wait(0.6)
        on(home, "suggestions")
        assert watch.wait(30)
    assert len(said) == 1 and said[0].startswith("Suggestions are stopped")
