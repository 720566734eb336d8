"""Columns on disk: whatever way they came about, they answer as the ledger does."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from graph.columns import Columns
from graph.home import Home
from graph.ledger import Ledger

from . import worlds
from .oracle import Oracle


def agree(home: Home, columns: Columns, random: Random) -> None:
    """Compare what the columns answer with the oracle, under some random scopes."""
    oracle = Oracle(home)
    assert columns.head == oracle.head
    for _ in range(6):
        scope = worlds.scope_of(random, oracle.head)
        assert columns.projection_arrays(scope)["cid"].to_pylist() == [c.cid for c in oracle.shown(scope)]
        assert columns.statistics(scope).entities == oracle.counts(scope)[0]
        figures = columns.figures(scope)
        assert (figures.entities, figures.claims) == oracle.figures(scope)
        there = [e.nid for e in oracle.there(scope)]
        for a in there[:4]:
            assert columns.k_hop(scope, a, 3) == oracle.hops(scope, a, 3)
        for a, b in zip(there[:4], there[4:8], strict=False):
            assert columns.shortest_path(scope, a, b) == oracle.shortest(scope, a, b, (), 8)
            assert columns.time_path(scope, a, b, max_hops=3) == oracle.first_there(scope, a, b, False, 3)


@pytest.mark.parametrize("seed", range(3))
def test_segments_that_grow_and_merge(tmp_path: Path, seed: int) -> None:
    home, random = worlds.make(tmp_path / "home", seed)
    seen = set()
    for size in (100, 30, 20, 10, 6, 60):
        agree(home, Columns.open(home, overlay=random.choice((0, 0, 15))), random)
        seen.add(len(json.loads((home.columns / "manifest.json").read_bytes())["segments"]))
        worlds.grow(home, random, 1, size)
    assert max(seen) > 1  # several segments were one graph
    folders = {p.name for p in home.columns.iterdir() if p.is_dir()}
    assert folders == {p["folder"] for p in json.loads((home.columns / "manifest.json").read_bytes())["segments"]}


def test_few_claims_stay_in_memory(tmp_path: Path) -> None:
    home, random = worlds.make(tmp_path / "home", 1)
    agree(home, Columns.open(home, overlay=10_000), random)
    assert not home.columns.exists()


def test_an_unchanged_segment_is_mapped_not_written_again(tmp_path: Path) -> None:
    home, _ = worlds.make(tmp_path / "home", 1)
    Columns.open(home, overlay=0)
    before = {p: p.stat().st_mtime_ns for p in home.columns.rglob("*")}
    Columns.open(home, overlay=0)
    assert {p: p.stat().st_mtime_ns for p in home.columns.rglob("*")} == before


@pytest.mark.parametrize("part", ["claims", "links", "entities", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "remove"])
def test_damage_is_seen_and_mended(tmp_path: Path, part: str, harm: str) -> None:
    home, random = worlds.make(tmp_path / "home", 2)
    Columns.open(home, overlay=0)
    place = next(home.columns.rglob(part))
    content = bytearray(place.read_bytes())
    if harm == "remove":
        place.unlink()
    else:
        content[len(content) // 2] ^= 64
        place.write_bytes({"flip": content, "cut": content[: len(content) // 2], "empty": b""}[harm])
    agree(home, Columns.open(home, overlay=0), random)


def test_columns_of_another_ledger_are_not_used(tmp_path: Path) -> None:
    home, random = worlds.make(tmp_path / "home", 3)
    Columns.open(home, overlay=0)
    shutil.copy(home.ledger_path, tmp_path / "backup")
    worlds.grow(home, random, 1, 20)
    Columns.open(home, overlay=0)
    shutil.copy(tmp_path / "backup", home.ledger_path)  # back to the backup, then on another way
    agree(home, Columns.open(home, overlay=0), random)
    worlds.grow(home, Random(99), 1, 20)
    agree(home, Columns.open(home, overlay=0), random)


def test_a_retraction_counts_from_its_number_on(tmp_path: Path) -> None:
    home, random = worlds.make(tmp_path / "home", 4)
    Columns.open(home, overlay=0)
    oracle = Oracle(home)
    cid = next(c.cid for c in oracle.rows if c.seq not in oracle.gone)
    with Ledger(home) as ledger, ledger.writer() as writer:
        writer.retract([cid], reason="wrong", by="test")
    columns = Columns.open(home)
    everything = frozenset(range(1, 20))
    before, after = (
        columns.projection_arrays(worlds.Scope(everything, head))["cid"].to_pylist()
        for head in (columns.head - 1, columns.head)
    )
    assert set(before) - set(after) == {cid}
    agree(home, columns, random)


def _open_often(path: Path, overlay: int) -> None:
    for _ in range(8):
        agree(Home.open(path), Columns.open(Home.open(path), overlay=overlay), Random(1))


def test_processes_that_build_at_once(tmp_path: Path) -> None:
    home, random = worlds.make(tmp_path / "home", 5)
    spawn = multiprocessing.get_context("spawn")
    builders = [spawn.Process(target=_open_often, args=(home.path, overlay)) for overlay in (0, 0, 7)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join(120)
    assert [builder.exitcode for builder in builders] == [0, 0, 0]
    agree(home, Columns.open(home, overlay=0), random)


def test_no_pandas_is_loaded(tmp_path: Path) -> None:
    worlds.make(tmp_path / "home", 6)
    program = (
        "import sys; from graph.home import Home; from graph.scope import Scope; from graph.sql_graph import SqlGraph;"
        f"g = SqlGraph(Home.open({str(tmp_path / 'home')!r})); s = Scope(frozenset(range(1, 9)), g.watermark());"
        "g.scan(s, predicates=('name',)); g.statistics(s); g.k_hop(s, 1, 2); g.search(s, 'anna'); g.digest();"
        "sys.exit(len({'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_rebuilding_replaces_what_is_there(tmp_path: Path) -> None:
    home, random = worlds.make(tmp_path / "home", 7)
    Columns.open(home, overlay=0)
    before = {p.name for p in home.columns.iterdir() if p.is_dir()}
    agree(home, Columns.rebuild(home), random)
    after = {p.name for p in home.columns.iterdir() if p.is_dir()}
    assert len(after) == 1
    assert after.isdisjoint(before)
    agree(home, Columns.open(home, overlay=0), random)
    assert {p.name for p in home.columns.iterdir() if p.is_dir()} == after


def test_rebuilding_an_empty_ledger(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    assert Columns.rebuild(home).head == 0
    assert Columns.open(home, overlay=0).projection_arrays(worlds.Scope(frozenset({1}), 0)).num_rows == 0
