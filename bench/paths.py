"""Shortest path through the view and through the whole door, beside a bare route, bare SQL and Neo4j's SHORTEST."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import quote

from bench import plain, served
from bench.bare import reader, shortest
from bench.lab import Lab
from bench.people import Asked, opened, people
from bench.result import Measure, Ratio, Result, percentiles
from bench.world_graph import plain_world

PAIRS, WARM, BLOCK, HOPS = 200, 40, 20, 8
VIEW, DOOR, ROUTE, SQL, CYPHER = (
    "through the view",
    "whole door over HTTP",
    "bare FastAPI route, one record synced",
    "bare SQL, from both ends",
    "plain Neo4j, SHORTEST 1",
)
Way = Callable[[Asked, Asked], object]


def run(lab: Lab) -> Result:
    """Measure it by blocks of pairs: each block is asked in every way, and who begins changes."""
    home = lab.home(lab.large)
    view = opened(home)
    drawn = people(home, view, 2 * (WARM + PAIRS))
    pairs = list(zip(drawn[0::2], drawn[1::2], strict=False))
    driver = plain_world(lab, lab.large)
    with ExitStack() as open_:
        port, _ = open_.enter_context(served.process(served.ours(home)))
        other, _ = open_.enter_context(served.process(served.bare(home, lab.scratch)))
        client, address = served.signed_in(port)
        bare = served.Client(other)
        for kept in (client, bare, connection := reader(home)):
            open_.callback(kept.close)
        session = open_.enter_context(driver.session(database="neo4j"))
        open_.enter_context(served.as_served())
        statement = plain.shortest(HOPS)
        lengths: list[int] = []

        def through_the_view(a: Asked, b: Asked) -> None:
            path = view.shortest_path(a.ref, b.ref, max_hops=HOPS)
            lengths.append(len(path.steps) if path else 0)

        taken = _timed(
            {
                VIEW: through_the_view,
                DOOR: lambda a, b: client.get(
                    f"{address}/paths?start={quote(a.ref)}&end={quote(b.ref)}&max_hops={HOPS}"
                ),
                ROUTE: lambda a, b: bare.get(f"/paths?start={a.nid}&end={b.nid}&hops={HOPS}"),
                SQL: lambda a, b: shortest(connection, a.nid, b.nid, HOPS),
                CYPHER: lambda a, b: session.run(statement, a=a.nid, b=b.nid).values(),
            },
            pairs,
        )
    middle = {name: statistics.median(seconds) for name, seconds in taken.items()}
    found = [length for length in lengths[WARM:] if length]
    return Result(
        "paths",
        f"{len(pairs) - WARM} pairs of people of world {lab.large}, drawn at random, at most {HOPS} links",
        (
            *(measure for name, seconds in taken.items() for measure in percentiles(name, seconds)),
            Measure("pairs that are joined", len(found), "pairs"),
            Measure("links of a path, median", statistics.median(found) if found else 0, "links"),
        ),
        (
            Ratio("plain Neo4j to ours", middle[CYPHER] / middle[VIEW], at_least=3),
            Ratio("plain Neo4j to the whole door", middle[CYPHER] / middle[DOOR]),
            Ratio("whole door to the bare syncing route", middle[DOOR] / middle[ROUTE]),
            Ratio("whole door to bare SQL", middle[DOOR] / middle[SQL]),
        ),
        (
            "ours applies the rights and writes the audit before it answers; Neo4j and bare SQL do neither",
            "the bare ways see every claim and name no source; ours returns each step with what it stands on",
        ),
    )


def _timed(ways: dict[str, Way], pairs: list[tuple[Asked, Asked]]) -> dict[str, list[float]]:
    names = list(ways)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number, first in enumerate(range(0, len(pairs), BLOCK)):
        for place in range(len(names)):
            name = names[(number + place) % len(names)]
            for a, b in pairs[first : first + BLOCK]:
                began = time.perf_counter()
                ways[name](a, b)
                taken[name].append(time.perf_counter() - began)
    return {name: seconds[WARM:] for name, seconds in taken.items()}
