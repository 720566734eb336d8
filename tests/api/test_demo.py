"""`demo`: made once, gone on with where it was broken off, and served by the engine that was asked for."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import ingest.scenario
from api import cli
from api.commands import serve
from api.commands.demo import SEED, prepare
from graph.engines import open_graph
from graph.home import Home
from graph.neo4j_server import Server
from tests.ingest.folders import claim, claims_in, folder, link

ROWS = [claim(), claim(subject="person:2", value="Bo Øst"), link()]
WORLD = f"world-S-{SEED}"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was asked of the generator; a delivery of three rows stands in for the world, which has tests of its own."""
    asked: list[tuple[Any, ...]] = []

    def few(size: str, seed: int, out: Path, _: object) -> None:
        asked.append((size, seed))
        folder(out, ROWS)

    monkeypatch.setattr(ingest.scenario, "make_world", few)
    return asked


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Home]:
    """The homes that would be served, instead of serving them."""
    homes: list[Home] = []
    monkeypatch.setattr(serve, "run", lambda home, host, port: homes.append(home))
    return homes


def run(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["krydsfelt", "demo", "--home", str(home), "--port", "0"])
    cli.main()


def test_it_is_made_once_and_kept(
    made: list[Any],
    served: list[Home],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("KRYDSFELT_GRAPH", raising=False)
    run(monkeypatch, tmp_path / "home")
    told = capsys.readouterr().err
    assert all(f"{step}:" in told for step in ("loading", "getting ready"))
    run(monkeypatch, tmp_path / "home")
    assert made == [("S", SEED)] and [home.id for home in served] == [served[0].id] * 2
    assert claims_in(served[0]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", WORLD]


@pytest.mark.parametrize("broken_off", ["world half made", "no home yet", "nothing loaded yet"])
def test_what_was_broken_off_goes_on(made: list[Any], tmp_path: Path, broken_off: str) -> None:
    if broken_off == "world half made":
        (tmp_path / f"{WORLD}.part").mkdir()
        (tmp_path / f"{WORLD}.part" / "claims.csv").write_text("subject,")
        (tmp_path / WORLD).mkdir()
        (tmp_path / WORLD / "claims.csv").write_text("subject,")
    else:
        prepare(tmp_path / "home", "S")
        shutil.rmtree(tmp_path / "home")
        made.clear()
    if broken_off == "nothing loaded yet":
        Home.init(tmp_path / "home", personas=True)
    home = prepare(tmp_path / "home", "S")
    assert claims_in(home) == 3 and (made == []) is (broken_off != "world half made")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", WORLD]


@pytest.mark.neo4j
def test_asked_for_neo4j_it_is_brought_up_before_anything_is_served(
    made: list[Any], served: list[Home], neo4j_turn: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("URI", neo4j_turn.uri), ("USER", neo4j_turn.user), ("PASSWORD", neo4j_turn.password)):
        monkeypatch.setenv(f"KRYDSFELT_NEO4J_{name}", value)
    monkeypatch.setenv("KRYDSFELT_GRAPH", "neo4j")
    run(monkeypatch, tmp_path / "home")
    engines = [open_graph(served[0], engine) for engine in ("embedded", "neo4j")]
    try:
        assert engines[0].digest() == engines[1].digest()
        assert engines[0].watermark() == engines[1].watermark() > 0
    finally:
        for engine in engines:
            engine.close()
