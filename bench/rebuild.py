"""Rebuilding the Neo4j engine from the ledger, beside plain UNWIND CREATE of the same claims."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench import plain
from bench.lab import Lab
from bench.load import WARM, plain_rates
from bench.result import Measure, Ratio, Result
from bench.tables import claims_folder
from ingest.load import load

if TYPE_CHECKING:
    from neo4j import Driver


def run(lab: Lab) -> Result:
    """Measure it."""
    from graph import neo4j_projector

    folder = lab.scratch / "table"
    if not folder.exists():
        claims_folder(lab, "table", lab.most)
    home = lab.scratch_home("loaded")
    load(home, [folder])  # changes nothing where the row `load` has run
    other = plain_rates(lab, folder)
    driver = lab.neo4j(lab.scratch_home("server"))
    _warm(lab, driver)
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
            Measure("plain Neo4j, UNWIND CREATE", other.empty, "/s"),
            Measure("plain Neo4j, emptied of as many first", other.full, "/s"),
        ),
        (
            Ratio("ours to plain Neo4j", first / other.empty, at_least=0.5),
            Ratio("ours over a full projection to plain Neo4j emptied first", again / other.full, at_least=0.5),
        ),
        ("ours carries every property, its own indexes and the watermark",),
    )


def _warm(lab: Lab, driver: Driver) -> None:
    """Rebuild once from a few claims, as plain Neo4j has run once before it is measured; leave the database empty."""
    from graph import neo4j_projector

    few = lab.scratch_home("few-loaded")
    load(few, [claims_folder(lab, "few-claims", WARM)[0]])
    neo4j_projector.rebuild(few, driver, lambda _step: None)
    with driver.session(database="neo4j") as session:
        session.run(plain.EMPTY).consume()
