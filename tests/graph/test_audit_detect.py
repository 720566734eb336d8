"""Detectors find planted misuse within its day and leave people at work alone."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from graph.audit import AuditLog
from graph.audit_acts import LoggedAct, acts
from graph.audit_detect import Alert, alerts, rules
from graph.home import Home
from tests.factory import clock
from tests.graph.traffic import START, Desk, normal, scrape

SEED = 20261124
NOWHERE = Path("/nowhere")


def found(log: list[LoggedAct], **more: object) -> list[Alert]:
    return alerts(log, NOWHERE, **more)  # type: ignore[arg-type]


def names(log: list[LoggedAct]) -> set[str]:
    return {a.detector for a in found(log)}


@pytest.mark.parametrize("pace", ["steady", "jittered"])
@pytest.mark.parametrize(("a_day", "by_day"), [(40, 1), (12, 3), (6, 5)])
def test_thirty_days_of_slow_scraping_are_found_at_once(pace: str, a_day: int, by_day: int) -> None:
    told = [a for a in found(list(scrape(SEED, 30, a_day, pace))) if a.detector == "slow-scraping"]
    first = told[0]
    assert first.user == "scraper" and (first.day - START.date()).days == by_day - 1
    assert len({a.day for a in told}) >= 30 - by_day
    assert "cards" in first.text and first.acts


def test_a_scraper_among_people_is_the_only_one(tmp_path: Path) -> None:
    log = [*normal(SEED, 12, 14), *scrape(SEED, 14, 40, "jittered")]
    log = [LoggedAct(**{**{f: getattr(a, f) for f in a.__slots__}, "n": n}) for n, a in enumerate(log)]
    assert {a.user for a in found(log)} == {"scraper"}


def false_alerts(seed: int, users: int, days: int) -> tuple[int, int]:
    log = list(normal(seed, users, days))
    return len(found(log)), len({(a.user, a.at.date()) for a in log})


def test_people_at_work_raise_less_than_one_alert_in_a_thousand_days() -> None:
    count, user_days = false_alerts(SEED, 40, 42)
    assert user_days >= 1_000 and count * 1_000 < user_days


@pytest.mark.campaign
def test_many_people_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    users = int(os.environ.get("KRYDSFELT_USERS", "400"))
    count, user_days = false_alerts(SEED + 1, users, 84)
    with capsys.disabled():
        print(f"\n{user_days} user-days of {users} simulated users, seed {SEED + 1}: {count} alerts")
    assert count * 1_000 < user_days


def minutes(desk: Desk, count: int, action: str, **about: object) -> list[LoggedAct]:
    return [desk.act("anna", START + timedelta(minutes=n), action, **about) for n in range(count)]


def test_look_ups_that_nothing_follows_from() -> None:
    desk = Desk(1)
    loose = minutes(desk, 30, "look-up", case="", detail={"term": "t"})
    assert names(loose) == {"without-case"}
    assert names([*loose, desk.act("anna", START, "record", view=loose[0].view)]) == set()
    assert names(minutes(desk, 30, "look-up", detail={"term": "t"})) == set()


def test_an_export_after_refusals() -> None:
    desk = Desk(1)
    denied = minutes(desk, 4, "export", result="role")
    after = desk.act("anna", START + timedelta(hours=3), "export")
    later = desk.act("anna", START + timedelta(hours=9), "export")
    assert names([*denied, after]) == {"export-after-denial"}
    assert names([*denied, later]) == set() and names([*denied[:3], after]) == set()
    assert names([*minutes(desk, 4, "open-view", result="not-in-view"), after]) == set()


def test_probing_of_a_channel() -> None:
    desk = Desk(1)
    assert names(minutes(desk, 9, "ask-hit")) == {"channel-probing"}
    assert names(minutes(desk, 8, "ask-hit")) == set()
    called = minutes(desk, 1, "channel-probing", detail={"channel": "hit-no-hit", "how": "limit"})
    told = found([*minutes(desk, 2, "ask-hit"), *called])
    assert [a.detector for a in told] == ["channel-probing"] and "probing 1 times" in told[0].text


def test_one_refusal_after_another() -> None:
    desk = Desk(1)
    assert names(minutes(desk, 14, "open-view", result="not-in-view")) == {"refusals"}
    assert names(minutes(desk, 14, "open-view", result="audit-unavailable")) == set()


def test_looking_oneself_up() -> None:
    desk = Desk(1)
    mine = minutes(desk, 1, "search", detail={"term": "hash of anna"})
    told = found(mine, own_terms={"anna": frozenset({"hash of anna"})})
    assert [a.detector for a in told] == ["self-look-up"]
    assert found(mine, own_terms={"bo": frozenset({"hash of anna"})}) == []


def test_breadth_is_read_from_a_real_log_and_held_against_the_users_own_usual(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home", clock=clock)
    log = AuditLog(home, clock=clock)
    eids = [b"%016d" % n for n in range(2_000)]
    for start in range(0, 2_000, 100):
        log.outcome(
            log.intent("search", {"user": "anna", "case": "c"}),
            "ok",
            {"touched": log.touched(eids[start : start + 100])},
        )
    log.outcome(log.intent("analyse-settings", {"user": "bo"}), "ok", {"touched": log.touched(eids)})
    log.close()
    told = alerts(acts(home.audit), home.audit)
    assert [(a.detector, a.user, a.measures["count"]) for a in told] == [("breadth", "anna", 2_000)]
    strict = {**rules(), "breadth": {**rules()["breadth"], "entities": 2_001}}
    assert alerts(acts(home.audit), home.audit, thresholds=strict) == []
