"""Neighbours through the whole door over HTTP, beside a bare syncing route, bare SQL and bare Cypher."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench import plain, served
from bench.bare import NEIGHBOURS, reader
from bench.lab import Lab
from bench.people import opened, people
from bench.result import Ratio, Result, percentiles
from bench.world_graph import plain_world

ASKED, WARM = 250, 30


def run(lab: Lab) -> Result:
    """Measure it; every person is asked about in all four ways, one after another, so that noise falls on all alike."""
    home = lab.home(lab.large)
    asked = people(home, opened(home), ASKED)
    driver = plain_world(lab, lab.large)
    connection = reader(home)
    with served.process(served.ours(home)) as (port, _), served.process(served.bare(home, lab.scratch)) as (other, _):
        client, view = served.signed_in(port)
        bare = served.Client(other)
        with driver.session(database="neo4j") as session:
            ways: dict[str, Callable[[int], object]] = {
                "whole door over HTTP": lambda i: client.get(f"{view}/entities/{asked[i].ref}/neighbours"),
                "bare FastAPI route, one record synced": lambda i: bare.get(f"/entities/{asked[i].nid}/neighbours"),
                "bare SQL": lambda i: connection.execute(NEIGHBOURS, {"n": asked[i].nid}).fetchall(),
                "bare Cypher over Bolt": lambda i: session.run(plain.NEIGHBOURS, id=asked[i].nid).values(),
            }
            taken = _timed(ways, len(asked))
        client.close()
        bare.close()
    connection.close()
    middle = {name: statistics.median(seconds) for name, seconds in taken.items()}
    door, route, sql, cypher = middle.values()
    return Result(
        "neighbours",
        f"{len(asked)} people of world {lab.large}, drawn at random",
        tuple(measure for name, seconds in taken.items() for measure in percentiles(name, seconds)),
        (
            Ratio("whole door, p50 in ms", door * 1_000, at_most=8),
            Ratio("whole door to the bare syncing route", door / route, at_most=3),
            Ratio("whole door to bare SQL", door / sql),
            Ratio("whole door to bare Cypher", door / cypher),
        ),
        ("the bare routes answer without sign-in, rights, naming, markings or sources in words",),
    )


def _timed(ways: dict[str, Callable[[int], object]], count: int) -> dict[str, list[float]]:
    for number in range(min(WARM, count)):
        for way in ways.values():
            way(number)
    names = list(ways)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(count):
        for place in range(len(names)):  # each way is the first to touch the pages as often as the others
            name = names[(number + place) % len(names)]
            began = time.perf_counter()
            ways[name](number)
            taken[name].append(time.perf_counter() - began)
    return taken
