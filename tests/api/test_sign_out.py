"""What a session held is closed and stopped with it, and the audit says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import jobs, sessions
from api.jobs import Run
from graph.home import Home
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE

End = Callable[[TestClient], object]


def entries(home: Home, action: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for path in sorted(home.audit.glob("*.log")) for line in path.read_text().splitlines()]
    return [line for line in lines if line.get("action") == action]


@pytest.mark.parametrize(
    "end",
    [
        lambda client: client.delete("/api/v1/session"),
        lambda client: client.post("/api/v1/session", json={"persona": "planner"}),
    ],
    ids=["signed out", "signed in anew"],
)
def test_the_views_of_a_session_are_closed_in_the_audit(sign_in: SignIn, home: Home, end: End) -> None:
    client = sign_in("analyst")
    held = {view_of(client, "investigate", CASE).rpartition("/")[2], view_of(client, "prevent").rpartition("/")[2]}
    assert entries(home, "close-view") == []
    end(client)
    assert {line["view"] for line in entries(home, "close-view")} == held


def test_runs_stop_with_the_session(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[Run] = []
    let_go = threading.Event()

    def waits(_: jobs.Jobs, run: Run, *__: object) -> None:
        held.append(run)
        let_go.wait(60)

    monkeypatch.setattr(jobs.Jobs, "_work", waits)
    client = sign_in("analyst")
    other = sign_in("planner")
    for who, purpose in ((client, "prevent"), (other, "outreach-aggregate")):
        answer = who.post(f"{view_of(who, purpose)}/analyses/{_analysis(who)}", json={"parameters": {}})
        assert answer.status_code == 202, answer.text
    assert client.delete("/api/v1/session").status_code == 204
    assert sorted(run.state for run in held) == ["cancelled", "waiting"]
    let_go.set()


def _analysis(client: TestClient) -> str:
    who: Mapping[str, Any] = client.get("/api/v1/session").json()["actor"]
    return "settings" if "analyst" in who["roles"] else "coverage"


def test_the_oldest_view_is_closed_when_there_are_too_many(
    sign_in: SignIn, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_VIEWS", 2)
    client = sign_in("analyst")
    first, second, third = (view_of(client, "prevent") for _ in range(3))
    assert [line["view"] for line in entries(home, "close-view")] == [first.rpartition("/")[2]]
    assert [client.get(view).status_code for view in (first, second, third)] == [404, 200, 200]


def test_the_cookie_of_a_session_is_kept_from_scripts_and_other_sites(sign_in: SignIn) -> None:
    answer = sign_in("analyst").post("/api/v1/session", json={"persona": "analyst"})
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags
    assert not any(flag.startswith("domain=") for flag in flags), "no other host gets it"
