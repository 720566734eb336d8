"""The bench runs from end to end on tiny worlds; how fast anything is, no test says."""

from __future__ import annotations

import math
import random
import sqlite3
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest

from api.commands.bench import _rooms
from bench import bare, door, kept, neighbours, paths, world_graph
from bench.lab import Lab
from bench.result import Ratio, percentiles
from bench.run import ROWS, chosen, run
from bench.tables import last_numbers, links_between
from graph.errors import BadInput
from graph.neo4j_server import Server, driver_for
from tests.ingest.scenario.worlds import TINY

WORLDS = {"one": replace(TINY, persons=450), "two": TINY}


def test_every_row_yields_figures_and_a_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KRYDSFELT_AUDIT", raising=False)  # the door is measured with the audit in its own process
    monkeypatch.setattr(neighbours, "ASKED", 10)
    monkeypatch.setattr(paths, "PAIRS", 4)
    monkeypatch.setattr(door, "READS", 64)
    told: list[str] = []
    tiny = {"small": "one", "large": "two", "folder": tmp_path, "worlds": WORLDS, "most": 3_000}
    found = list(run([], tell=told.append, pace=(20.0, 2.0), **tiny))  # type: ignore[arg-type]
    assert [result.row for result in found] == list(ROWS)
    for result in found:
        assert result.ratios, result.row
        figures = [m.value for m in result.measures] + [r.value for r in result.ratios]
        assert all(math.isfinite(value) and value > 0 for value in figures), result.text()
    assert set(ROWS) <= set(told)
    again = list(run(["settings"], small="one", large="two", tell=told.append, folder=tmp_path, worlds=WORLDS))
    assert told.count("making world two") == 1, "worlds are kept from run to run"
    assert again[0].measures[0] == found[list(ROWS).index("settings")].measures[0]


def test_the_bare_way_finds_a_shortest_path() -> None:
    draw = random.Random(5)
    graph = nx.gnp_random_graph(60, 0.035, seed=5)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE claim (subject INTEGER, object INTEGER)")
    connection.executemany("INSERT INTO claim VALUES (?, ?)", [draw.sample(edge, 2) for edge in graph.edges])
    connection.execute("INSERT INTO claim VALUES (1, NULL)")
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    for a, b in draw.sample([(a, b) for a in graph for b in graph], 400):
        way = bare.shortest(connection, a, b, 6)
        if lengths[a].get(b, 7) > 6:
            assert not way
        else:
            assert (way[0], way[-1], len(way)) == (a, b, lengths[a][b] + 1)
            assert all(graph.has_edge(*link) for link in pairwise(way))


def test_what_is_kept_says_what_made_it(tmp_path: Path) -> None:
    generator, tables = tmp_path / "scenario", tmp_path / "tables.py"
    generator.mkdir()
    (generator / "people.py").write_text("one")
    tables.write_text("one")

    def keys() -> tuple[str, str]:
        return kept.world_key(TINY, [generator]), kept.home_key(TINY, [generator], [tables])

    first = keys()
    assert keys() == first
    assert kept.world_key(replace(TINY, persons=901), [generator]) != first[0]
    tables.write_text("two")
    world, home = keys()
    assert (world == first[0], home == first[1]) == (True, False)
    (generator / "places.py").write_text("one")
    assert keys()[0] != world and keys()[1] != home


def test_a_world_of_an_older_generator_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    with Lab(tmp_path, "one", "two", told.append, WORLDS) as lab:
        old = [lab.world("one"), lab.home("one").path]
        (tmp_path / "home-one-7").mkdir()  # from before names had keys
        (tmp_path / "home-one-70-x").mkdir()
        assert [lab.world("one"), lab.home("one").path] == old
        monkeypatch.setattr("graph.schema.HEAD", "9999")
        new = lab.home("one").path
        assert new != old[1] and "9999" in new.name
        assert told.count("making world one") == 1 and old[0].exists(), "the world does not hang on the schema"
        kept_now = {path.name for path in tmp_path.iterdir()}
        assert kept_now == {old[0].name, new.name, f"{new.name}.ready", "home-one-70-x"}


@pytest.mark.neo4j
def test_a_plain_world_broken_off_goes_on(tmp_path: Path, neo4j_turn: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_graph, "PART", 500)
    told: list[str] = []
    with Lab(tmp_path, "one", "two", told.append, WORLDS) as lab, driver_for(neo4j_turn) as driver:
        home = lab.home("one")
        _, last = last_numbers(home)
        links = len(links_between(home, 0, last))
        real, parts = world_graph._links, 0

        def breaks(transaction: object, rows: object) -> None:
            nonlocal parts
            parts += 1
            real(transaction, rows)  # type: ignore[arg-type]
            if parts == 5:
                raise KeyboardInterrupt

        try:
            monkeypatch.setattr(world_graph, "_links", breaks)
            with pytest.raises(KeyboardInterrupt):
                world_graph.fill(driver, home, told.append)
            monkeypatch.setattr(world_graph, "_links", real)
            made = world_graph.fill(driver, home, told.append)
            assert 0 < made < links
            assert world_graph.fill(driver, home, told.append) == 0
            held = driver.execute_query("MATCH (:Plain)-[r]->(:Plain) RETURN count(r)").records[0][0]
            assert held == links
            driver.execute_query("MATCH (:Plain)-[r]->(:Plain) WITH r LIMIT 1 DELETE r")
            with pytest.raises(RuntimeError, match="remove"):
                world_graph.fill(driver, home, told.append)
        finally:
            with driver.session(database="neo4j") as session:
                session.run("MATCH (n:Plain|PlainPart) CALL (n) { DETACH DELETE n } IN TRANSACTIONS").consume()


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(BadInput, match="neighbours"):
        chosen(["neighbour"])
    assert chosen(["memory", "load"]) == ["load", "memory"]


def test_without_a_checkout_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs a checkout"):
        _rooms(tmp_path)


def test_what_a_ratio_holds() -> None:
    assert Ratio("r", 3.0, at_most=3).holds and not Ratio("r", 3.1, at_most=3).holds
    assert Ratio("r", 3.0, at_least=3).holds and not Ratio("r", 2.9, at_least=3).holds
    assert Ratio("r", 3.0).holds is None


def test_percentiles() -> None:
    middle, late = percentiles("x", [n / 1_000 for n in range(1, 101)])
    assert (middle.value, late.value) == (50.5, 96.0)
