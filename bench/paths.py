"""Shortest path through the view, audited and with rights, beside Neo4j's SHORTEST without either."""

from __future__ import annotations

import statistics
import time

from bench import plain
from bench.lab import Lab
from bench.people import opened, people
from bench.result import Measure, Ratio, Result, percentiles
from bench.world_graph import plain_world

PAIRS, WARM, HOPS = 60, 5, 8


def run(lab: Lab) -> Result:
    """Measure it; each pair is asked in both ways, one after the other."""
    home = lab.home(lab.large)
    view = opened(home)
    drawn = people(home, view, 2 * PAIRS)
    pairs = list(zip(drawn[0::2], drawn[1::2], strict=False))
    driver = plain_world(lab, lab.large)
    statement = plain.shortest(HOPS)
    ours: list[float] = []
    theirs: list[float] = []
    lengths: list[int] = []
    with driver.session(database="neo4j") as session:
        for number, (a, b) in enumerate(pairs[:WARM] + pairs):
            began = time.perf_counter()
            path = view.shortest_path(a.ref, b.ref, max_hops=HOPS)
            between = time.perf_counter()
            session.run(statement, a=a.nid, b=b.nid).values()
            ended = time.perf_counter()
            if number >= WARM:
                ours.append(between - began)
                theirs.append(ended - between)
                lengths.append(len(path.steps) if path else 0)
    found = [length for length in lengths if length]
    return Result(
        "paths",
        f"{len(pairs)} pairs of people of world {lab.large}, drawn at random, at most {HOPS} links",
        (
            *percentiles("through the view", ours),
            *percentiles("plain Neo4j, SHORTEST 1", theirs),
            Measure("pairs that are joined", len(found), "pairs"),
            Measure("links of a path, median", statistics.median(found) if found else 0, "links"),
        ),
        (Ratio("plain Neo4j to ours", statistics.median(theirs) / statistics.median(ours), at_least=3),),
        ("ours applies the rights and writes the audit before it answers; plain Neo4j does neither",),
    )
