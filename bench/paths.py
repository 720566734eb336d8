"""Shortest path through the view, audited and with rights, beside Neo4j's SHORTEST without either."""

from __future__ import annotations

import statistics
import time

from bench import plain
from bench.lab import Lab
from bench.people import Asked, opened, people
from bench.result import Measure, Ratio, Result, percentiles
from bench.world_graph import plain_world

PAIRS, WARM, BLOCK, HOPS = 200, 40, 20, 8


def run(lab: Lab) -> Result:
    """Measure it by blocks of pairs: each block is asked in one way, then in the other, and who begins changes."""
    home = lab.home(lab.large)
    view = opened(home)
    drawn = people(home, view, 2 * (WARM + PAIRS))
    pairs = list(zip(drawn[0::2], drawn[1::2], strict=False))
    driver = plain_world(lab, lab.large)
    statement = plain.shortest(HOPS)
    ours: list[float] = []
    theirs: list[float] = []
    lengths: list[int] = []

    def asked_us(a: Asked, b: Asked) -> None:
        began = time.perf_counter()
        path = view.shortest_path(a.ref, b.ref, max_hops=HOPS)
        ours.append(time.perf_counter() - began)
        lengths.append(len(path.steps) if path else 0)

    with driver.session(database="neo4j") as session:

        def asked_them(a: Asked, b: Asked) -> None:
            began = time.perf_counter()
            session.run(statement, a=a.nid, b=b.nid).values()
            theirs.append(time.perf_counter() - began)

        for number, first in enumerate(range(0, len(pairs), BLOCK)):
            block, ways = pairs[first : first + BLOCK], (asked_us, asked_them)
            for ask in ways if number % 2 else reversed(ways):
                for a, b in block:
                    ask(a, b)
    ours, theirs, lengths = ours[WARM:], theirs[WARM:], lengths[WARM:]
    found = [length for length in lengths if length]
    return Result(
        "paths",
        f"{len(pairs) - WARM} pairs of people of world {lab.large}, drawn at random, at most {HOPS} links",
        (
            *percentiles("through the view", ours),
            *percentiles("plain Neo4j, SHORTEST 1", theirs),
            Measure("pairs that are joined", len(found), "pairs"),
            Measure("links of a path, median", statistics.median(found) if found else 0, "links"),
        ),
        (Ratio("plain Neo4j to ours", statistics.median(theirs) / statistics.median(ours), at_least=3),),
        ("ours applies the rights and writes the audit before it answers; plain Neo4j does neither",),
    )
