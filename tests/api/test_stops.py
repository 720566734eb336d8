"""The stop buttons through the HTTP surface and the command line: one process presses, another one stops."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.commands import halting as halting_module
from api.commands.halting import halting
from graph.errors import Refused
from graph.home import Home
from graph.stops import Watch, stop_of
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE, PARTNER

WHY = {"reason": "Metoden er under efterprøvning."}
PRESSER = """
import sys
from datetime import UTC, datetime
from graph.actor import actor_of
from graph.home import Home
from graph.stops import press
home = Home.open(sys.argv[1])
inspector = actor_of(home, "inspector")
print("ready", flush=True)
sys.stdin.readline()
press(home, inspector, sys.argv[2], "Metoden er under efterprøvning.", at=datetime.now(UTC))
print("pressed", flush=True)
"""


@contextmanager
def presser(home: Home, button: str) -> Iterator[subprocess.Popen[str]]:
    """A second process with its finger on a button."""
    process = subprocess.Popen(
        [sys.executable, "-c", PRESSER, str(home.path), button],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def let_push(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def push(process: subprocess.Popen[str]) -> None:
    let_push(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "pressed\n"


def ended(client: TestClient, view: str, run: str) -> dict[str, object]:
    for _ in range(600):
        found: dict[str, object] = client.get(f"{view}/runs/{run}").json()
        if found["state"] not in ("waiting", "running"):
            return found
        time.sleep(0.05)
    raise AssertionError("the run goes on")


def test_a_run_under_way_ends_when_another_process_presses(sign_in: SignIn, home: Home) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    with presser(home, "suggestions") as other:
        run = client.post(f"{view}/analyses/settings", json={}).json()
        push(other)
        found = ended(client, view, run["id"])
    assert found["state"] == "failed" and str(found["error"]).startswith("Suggestions are stopped")
    again = client.post(f"{view}/analyses/settings", json={})
    assert again.status_code == 403 and again.json()["code"] == "stopped-suggestions"
    assert client.get(f"{view}/findings").json()["code"] == "stopped-suggestions"
    inspector = sign_in("inspector")
    assert inspector.post("/api/v1/stops/suggestions/lift", json=WHY).status_code == 200
    assert client.get(f"{view}/findings").json() == []


def test_frozen_exports_make_and_hand_out_no_package(sign_in: SignIn, home: Home) -> None:
    client = sign_in("liaison")
    view = view_of(client, "exchange", CASE)
    lines = client.get(f"{view}/packages/candidates", params={"partner": PARTNER}).json()["lines"]
    leave = [
        line["claim"]["token"]
        for line in lines
        if line["outcome"] != "stays" and line["claim"]["marking"]["level"] <= 1
    ]
    ask = {"partner": PARTNER, "claims": leave}
    made = client.post(f"{view}/packages", json=ask).json()
    with presser(home, "exports") as other:
        push(other)
    refused = [client.post(f"{view}/packages", json=ask), client.get(f"{view}/packages/{made['id']}/file")]
    assert {(r.status_code, r.json()["code"]) for r in refused} == {(403, "stopped-exports")}
    assert [p["id"] for p in client.get(f"{view}/packages").json()] == [made["id"]]


def test_everybody_sees_how_they_stand_and_few_turn_them(sign_in: SignIn) -> None:
    admin, planner = sign_in("admin"), sign_in("planner")
    assert planner.post("/api/v1/stops/exports/press", json=WHY).status_code == 403
    assert admin.post("/api/v1/stops/exports/press", json=WHY).json()["pressed"]
    seen = {s["button"]: (s["pressed"], s["by"], s["reason"]) for s in planner.get("/api/v1/stops").json()}
    assert seen == {"suggestions": (False, "", ""), "exports": (True, "admin", WHY["reason"])}
    assert admin.post("/api/v1/stops/everything/press", json=WHY).status_code == 422


def krydsfelt(*words: str) -> subprocess.CompletedProcess[str]:
    entry = Path(sys.executable).with_name("krydsfelt")
    return subprocess.run([entry, *words], capture_output=True, text=True, check=False)


def test_the_command_line_turns_them_and_is_stopped_by_them(home: Home, tmp_path: Path) -> None:
    at = ("--home", str(home.path))
    turned = krydsfelt("stop", "exports", "on", "--as", "custodian", "--reason", WHY["reason"], *at)
    assert turned.returncode == 0 and "Exports are frozen" in turned.stdout
    out = tmp_path / "p.kxp"
    asked = ("--as", "liaison", "--purpose", "exchange", "--case", CASE, "--to", PARTNER, "--out", str(out))
    refused = krydsfelt("export", *asked, *at)
    assert refused.returncode == 3 and "stopped-exports" in refused.stderr and not out.exists()
    assert krydsfelt("stop", "exports", "off", "--as", "analyst", "--reason", WHY["reason"], *at).returncode == 3
    assert "Exports are frozen" in krydsfelt("stop", *at).stdout
    assert krydsfelt("stop", "exports", "on", *at).returncode == 2


def work_until(home: Home, begun: Callable[[], None]) -> None:
    """Do work of this process's own, which does not look at the button itself."""
    with halting(partial(Watch, home, "analyse-settings")):
        begun()
        for _ in range(600):
            time.sleep(0.05)


def test_what_runs_on_the_command_line_ends_with_the_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halting_module, "PATIENCE", 60.0)  # or a busy machine ends the tests with the process
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a process begun in the background ignores it
    try:
        with presser(home, "suggestions") as other, pytest.raises(Refused, match="Suggestions are stopped"):
            work_until(home, lambda: let_push(other))
    finally:
        signal.signal(signal.SIGINT, before)
    assert stop_of(home, "suggestions").pressed


@pytest.mark.campaign
def test_a_press_takes_effect_within_a_second(sign_in: SignIn, home: Home) -> None:
    """Twenty runs, each stopped by another process: the longest from the press to the end, printed and held."""
    client, inspector = sign_in("analyst"), sign_in("inspector")
    view = view_of(client, "investigate", CASE)
    longest = 0.0
    for _ in range(20):
        with presser(home, "suggestions") as other:
            run = client.post(f"{view}/analyses/settings", json={}).json()
            push(other)
            began = time.monotonic()
            assert ended(client, view, run["id"])["state"] == "failed"
            longest = max(longest, time.monotonic() - began)
        assert inspector.post("/api/v1/stops/suggestions/lift", json=WHY).status_code == 200
    print(f"20 presses, the longest until the run had ended: {longest:.2f} s")
    assert longest < 1
