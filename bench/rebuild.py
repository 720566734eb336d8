"""Rebuilding the Neo4j engine from the ledger, beside plain UNWIND CREATE of the same claims."""

from __future__ import annotations

import time

from bench.lab import Lab
from bench.load import plain_rates
from bench.result import Measure, Ratio, Result
from bench.tables import claims_folder
from ingest.load import load


def run(lab: Lab) -> Result:
    """Measure it."""
    from graph import neo4j_projector

    folder = lab.scratch / "table"
    if not folder.exists():
        claims_folder(lab, "table", lab.most)
    home = lab.scratch_home("loaded")
    load(home, [folder])  # changes nothing where the row `load` has run
    plain = plain_rates(lab, folder)
    driver = lab.neo4j(lab.scratch_home("server"))
    lab.tell("rebuilding the Neo4j engine")
    rates: list[float] = []
    for _ in range(2):  # the second finds the projection of the first and has to clear it
        began = time.perf_counter()
        done = neo4j_projector.rebuild(home, driver, lambda _step: None)
        rates.append(done.claims / (time.perf_counter() - began))
    first, again = rates
    return Result(
        "rebuild",
        f"{done.claims:,} claims of world {lab.large} from the ledger into Neo4j over Bolt",
        (
            Measure("ours, into an empty database", first, "/s"),
            Measure("ours, over a full projection", again, "/s"),
            Measure("plain Neo4j, UNWIND CREATE", plain.empty, "/s"),
            Measure("plain Neo4j, emptied of as many first", plain.full, "/s"),
        ),
        (
            Ratio("ours to plain Neo4j", first / plain.empty, at_least=0.5),
            Ratio("ours over a full projection to plain Neo4j emptied first", again / plain.full, at_least=0.5),
        ),
        ("ours carries every property, its own indexes and the watermark",),
    )
