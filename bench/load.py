"""Loading a claims table: ours, validated and durable, beside plain Neo4j over Bolt."""

from __future__ import annotations

import os
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bench import plain
from bench.lab import Lab, PlainRates
from bench.result import Measure, Ratio, Result
from bench.tables import claims_folder, rows_of
from ingest.load import load

if TYPE_CHECKING:
    from neo4j import Driver

HOLD = 50_000
WARM = 30_000
"""Claims that are written into Neo4j in either way before it is measured: enough to be written as many are."""


def run(lab: Lab) -> Result:
    """Measure it."""
    folder, count = claims_folder(lab, "table", lab.most)
    load(lab.scratch_home("warm"), [claims_folder(lab, "few", 500)[0]])  # imports on first use are no part of it
    home = lab.scratch_home("loaded")
    lab.tell(f"loading {count:,} claims")
    wall, cpu = time.perf_counter(), _processor()
    report = load(home, [folder])
    wall, cpu = time.perf_counter() - wall, _processor() - cpu
    assert report.new == count and not report.quarantine
    plain_rate = plain_rates(lab, folder).empty
    ours = count / wall
    return Result(
        "load",
        f"{count:,} claims of world {lab.large} in one table",
        (
            Measure("claims a second, validated, with provenance, durable", ours, "/s"),
            Measure("claims a second of processor time", count / cpu, "/s"),
            Measure("plain Neo4j, UNWIND CREATE over Bolt", plain_rate, "/s"),
        ),
        (
            Ratio("ours to plain Neo4j", ours / plain_rate),
            Ratio("ours to 50,000 claims a second", ours / HOLD, at_least=1),
        ),
        ("plain Neo4j checks nothing, keeps no record and no marking rules",),
    )


def plain_rates(lab: Lab, folder: Path) -> PlainRates:
    """Return the claims a second of plain Neo4j, measured once in a run."""
    if lab.plain_rates is None:
        driver = lab.neo4j(lab.scratch_home("server"))
        plain.create(driver, islice(rows_of(folder), WARM))  # as ours, it has run once before it is measured
        _wipe(driver)
        lab.tell("the same claims into plain Neo4j")
        began = time.perf_counter()
        count = plain.create(driver, rows_of(folder))
        created = time.perf_counter()
        _wipe(driver)
        wiped = time.perf_counter()
        lab.plain_rates = PlainRates(count / (created - began), count / (wiped - began))
    return lab.plain_rates


def _wipe(driver: Driver) -> None:
    with driver.session(database="neo4j") as session:
        session.run(plain.WIPE).consume()


def _processor() -> float:
    """Return the processor seconds of this process and of those it waited for: a load writes in a second one."""
    return sum(os.times()[:4])
