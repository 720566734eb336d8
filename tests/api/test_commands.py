"""The command line as a process: answers, exit codes, and errors that say what to do."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from graph.home import Home
from tests.homes import CASE, PARTNER, alter
from tests.ingest.folders import claim, folder, table

ENTRY = Path(sys.executable).with_name("krydsfelt")


def krydsfelt(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([ENTRY, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def entries(home: Home) -> list[dict[str, Any]]:
    """Return the audit log of a home."""
    return [json.loads(line) for path in sorted(home.audit.glob("*.log")) for line in path.read_text().splitlines()]


def as_analyst(home: Home, case: str | None = CASE) -> list[str]:
    words = ["--home", str(home.path), "--as", "analyst", "--purpose", "investigate"]
    return [*words, "--case", case] if case else words


def test_a_package_goes_from_home_to_home(home: Home, world: Path, tmp_path: Path) -> None:
    file, there = tmp_path / "p.kxp", tmp_path / "P"
    view = ["--home", str(home.path), "--as", "liaison", "--purpose", "exchange", "--case", CASE]
    made = json.loads(krydsfelt("export", *view, "--to", PARTNER, "--out", str(file), "--json").stdout)
    outer = json.loads(krydsfelt("verify", str(file), "--home", str(home.path), "--json").stdout)
    assert outer["whole"] and not outer["inner"]
    krydsfelt("init", "--home", str(there), "--partner", str(world / "partners" / PARTNER))
    inner = json.loads(krydsfelt("verify", str(file), "--home", str(there), "--json").stdout)
    assert inner["whole"] and inner["inner"]
    taken = json.loads(krydsfelt("import", str(file), "--home", str(there), "--json").stdout)
    assert taken["accepted"] == made["claims"]

    spoiled = bytearray(file.read_bytes())
    spoiled[-1] ^= 1
    file.write_bytes(spoiled)
    refused = krydsfelt("import", str(file), "--home", str(there), code=2)
    assert "wrong-digest" in refused.stderr
    there_too = json.loads(krydsfelt("audit", "verify", "--home", str(there), "--json").stdout)
    assert there_too["whole"] and there_too["unfinished"] == 0
    assert there_too["actions"] == {"verify-package": 1, "import-package": 2}
    results = [e["result"] for e in entries(Home.open(there)) if e["kind"] == "outcome"]
    assert results == ["ok", "ok", "wrong-digest"]
    whole = json.loads(krydsfelt("audit", "verify", "--home", str(home.path), "--json").stdout)
    assert whole["whole"] and whole["actions"]["verify-package"] == 1
    assert "  export\n" in krydsfelt("audit", "verify", "--home", str(home.path)).stdout


def test_what_may_not_be_seen_answers_as_what_never_was(home: Home) -> None:
    alter(home.path, "case", "case-2026-002", state="closed")
    stranger = ["--home", str(home.path), "--as", "user-021", "--purpose", "investigate", "--case", CASE]
    lowered = ["--home", str(home.path), "--as", "user-014", "--purpose", "investigate", "--case", CASE]
    paper = json.loads(krydsfelt("search", "Notat", *lowered, "--json").stdout)["hits"][0]["entity"]
    assert paper["delivered"].startswith("document:")
    alter(home.path, "user", "user-014", clearance=0)
    told = {
        krydsfelt("neighbours", "person:9999999", *as_analyst(home), code=4).stderr,
        krydsfelt("neighbours", "person:0000001", *as_analyst(home, "case-2026-999"), code=4).stderr,
        krydsfelt("search", "x", *as_analyst(home, "case-never"), code=4).stderr,
        krydsfelt("search", "x", *as_analyst(home, "case-2026-002"), code=4).stderr,
        krydsfelt("search", "x", *stranger, code=4).stderr,
        krydsfelt("neighbours", paper["delivered"], *lowered, code=4).stderr,
        krydsfelt("chart", *as_analyst(home), "--entity", "K-ZZZZ", "--out", str(home.path / "c.html"), code=4).stderr,
    }
    assert len(told) == 1
    assert not (home.path / "c.html").exists()


def test_a_refusal_by_ones_own_rights_says_why(home: Home) -> None:
    words = ["--home", str(home.path), "--as", "planner", "--purpose", "investigate", "--case", CASE]
    assert "not granted to planner" in krydsfelt("search", "x", *words, code=3).stderr
    admin = ["--home", str(home.path), "--as", "admin", "--purpose", "oversight"]
    assert "needs one of the roles" in krydsfelt("search", "x", *admin, code=3).stderr


def test_a_chart_opens_from_disk_and_is_never_written_over(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "c.html"
    found = json.loads(krydsfelt("search", "a", *as_analyst(home), "--json").stdout)["hits"]
    person = next(h["entity"] for h in found if h["entity"]["kind"] == "Person")
    words = [*as_analyst(home), "--entity", person["token"], "--hops", "1", "--out", str(out)]
    drawn = json.loads(krydsfelt("chart", *words, "--json").stdout)
    page = out.read_text(encoding="utf-8")
    assert drawn["entities"] > 1 and page.count('class="marking"') == 2 and "default-src &#39;none&#39;" in page
    assert "file-exists" in krydsfelt("chart", *words, code=2).stderr


def test_a_port_in_use_is_said_before_anything_starts(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = krydsfelt("serve", "--home", str(home.path), "--port", port, code=5)
    assert port in told.stderr and "--port" in told.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["load", "/nowhere/at/all"], 2),
        (["verify", "/nowhere.kxp"], 2),
        (["serve", "--host", "not-an-address"], 2),
        (["load"], 2),
        (["analyse", "settings", "--as", "analyst", "--purpose", "browse"], 3),
        (["search", "x", "--as", "nobody", "--purpose", "prevent"], 3),
    ],
)
def test_wrong_words_have_a_code_and_a_reason(home: Home, words: list[str], code: int) -> None:
    told = krydsfelt(*words, "--home", str(home.path), code=code)
    assert told.stderr.startswith("error (") and "Traceback" not in told.stderr


def test_an_error_with_json_is_one_object(home: Home) -> None:
    told = krydsfelt("load", "/nowhere", "--home", str(home.path), "--json", code=2)
    assert json.loads(told.stdout)["error"]["code"]


def test_loading_and_analysing_beside_a_server_keep_the_chain_whole(home: Home, tmp_path: Path) -> None:
    from tests.browser.served import serving

    more = folder(tmp_path / "more", [claim(subject=f"person:{n}", value=f"Ada Prøve {n}") for n in range(2_000)])
    with serving(home.path) as url:
        import httpx2

        with httpx2.Client(base_url=url, timeout=120) as client:
            assert client.post("/api/v1/session", json={"persona": "analyst"}).status_code == 200
            view = client.post("/api/v1/views", json={"purpose": "investigate", "case": CASE}).json()["id"]
            orders = {
                "load": [str(more), "--home", str(home.path), "--json"],
                "analyse": ["settings", *as_analyst(home), "--json"],
            }
            with ExitStack() as stack:
                told = {name: stack.enter_context((tmp_path / name).open("w+")) for name in orders}
                running = [subprocess.Popen([ENTRY, name, *orders[name]], stdout=told[name]) for name in orders]
                asked = 0
                while any(p.poll() is None for p in running):
                    assert client.get(f"/api/v1/views/{view}/search", params={"q": "a"}).status_code == 200
                    asked += 1
                    time.sleep(0.2)  # at the pace of a person: what one reader may see in an hour is limited
            assert [p.returncode for p in running] == [0, 0] and asked > 0
    loaded, analysed = (json.loads((tmp_path / name).read_text()) for name in orders)
    assert loaded["new"] == 2_000 and analysed["rows"]
    report = json.loads(krydsfelt("audit", "verify", "--home", str(home.path), "--json").stdout)
    assert report["whole"] and report["entries"] > 2 * asked


def test_a_rebuild_of_the_embedded_engine_says_so(home: Home) -> None:
    assert krydsfelt("rebuild", "--engine", "embedded", "--home", str(home.path)).stdout.startswith("embedded built, ")


def test_a_dry_run_compares_nothing_and_shows_rows_in_words(tmp_path: Path) -> None:
    made = folder(tmp_path / "in", table([claim(subject="person:1", value="Ada")]))
    krydsfelt("init", "--home", str(tmp_path / "H"))
    told = krydsfelt("load", str(made), "--dry-run", "--home", str(tmp_path / "H")).stdout
    assert (
        "1 row: 1 accepted, 0 in quarantine. 1 claim. " in told and "new" not in told.splitlines()[0].split("home")[1]
    )
    assert "Person person:1 name Ada (" in told and "{" not in told


def test_settings_name_what_their_rows_are_about(home: Home) -> None:
    kept = json.loads(krydsfelt("analyse", "settings", *as_analyst(home), "--json").stdout)
    told = krydsfelt("analyse", "settings", *as_analyst(home)).stdout
    ranked = [row for row in kept["rows"] if row["crude_rank"] and row["crude_rank"] <= 3]
    assert ranked
    for row in ranked:
        assert re.search(
            rf"{row['crude_rate']:.2f}  {row['direction']}  {re.escape(row['setting'])} +{row['label']}", told
        )
    assert "does not stand" not in told and "  not flagged" in told
