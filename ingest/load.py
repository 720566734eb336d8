"""Loading: every row of a delivery becomes claims or goes to quarantine, and nothing is ever doubled.

A delivery is read twice: once to inspect it whole, so that what refuses it refuses it before anything is written, and
once to write it, block by block, each block durable before the next. Running a killed load again completes it.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from graph.home import Home, now
from graph.ledger import Ledger
from graph.ontology import ontology
from ingest.deliver import DeliveryLoad
from ingest.open import open_delivery
from ingest.quarantine import Quarantined
from ingest.source import Delivery

COMPARED = ("new", "unchanged", "changed", "vanished")
"""Figures that only writing gives: a dry run compares nothing with the ledger."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many rows are done, and how many there are (0 while unknown).

`inspect` and `write` count blocks; `load` counts rows that are durable.
"""


@dataclass(slots=True)
class LoadReport:
    """What a load did; `rows == accepted + quarantined` and, after a load, `claims == new + unchanged`, always."""

    rows: int = 0
    accepted: int = 0
    quarantined: int = 0
    claims: int = 0
    """Claims that the accepted rows state."""
    new: int = 0
    """Claims that the ledger did not have."""
    unchanged: int = 0
    """Claims that it had."""
    changed: int = 0
    """Rows with a declared key that say something else than in the last delivery; their old claims are retracted."""
    vanished: int = 0
    """Rows with a declared key that the last delivery had and this one has not; their claims stay."""
    seconds: float = 0.0
    dry_run: bool = False
    quarantine: list[Quarantined] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    """One entry per path: namespace, digest and the figures of it."""
    sample: list[dict[str, Any]] = field(default_factory=list)
    """In a dry run: what the first rows would become."""

    def codes(self) -> dict[str, int]:
        """Return how many rows are in quarantine for each reason."""
        return dict(sorted(Counter(row.fault.code for row in self.quarantine).items()))

    def as_json(self) -> dict[str, Any]:
        """Return what `krydsfelt load --json` prints."""
        names = ("rows", "accepted", "quarantined", "claims")
        body: dict[str, Any] = {name: getattr(self, name) for name in (*names, *(() if self.dry_run else COMPARED))}
        body["seconds"] = round(self.seconds, 3)
        body["quarantine"] = [row.as_json() for row in self.quarantine]
        body["codes"] = self.codes()
        body["warnings"] = self.warnings
        body["deliveries"] = self.deliveries
        if self.dry_run:
            body["dry_run"] = True
            body["sample"] = self.sample
        return body

    def add(self, done: DeliveryLoad, counts: Mapping[str, int]) -> None:
        """Add the figures of one delivery, what it left out, and what a person should look at."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)
        self.quarantine.extend(done.ward.rows)
        self.warnings.extend(done.warnings())


def load(
    home: Home,
    paths: Sequence[Path | str | Delivery],
    *,
    mapping: Path | str | None = None,
    progress: Progress | None = None,
    clock: Callable[[], datetime] = now,
) -> LoadReport:
    """Load folders or tables into a home.

    Parameters
    ----------
    home : Home
    paths : sequence of path or Delivery
        Folders with claims tables, network folders, folders with a mapping, or single tables in one.
    mapping : path or name, optional
        A mapping to use instead of the one that fits.
    progress : callable, optional
    clock : callable
        Gives the time that commits carry.

    Raises
    ------
    BadDelivery
        A path is refused as a whole. All paths are inspected before the first is written, so nothing is.
    PersonNumber
        The tripwire of limit B8.
    NoSpace, StoreUnavailable
        The machine cannot; run the same again, it goes on where it stopped.
    """
    began, report, tell = perf_counter(), LoadReport(), progress or _silent
    with _inspected(home, paths, mapping, tell, clock) as loads:
        for each in loads:
            each.write(tell)
            counts = each.counts()
            report.add(each, counts)
            report.deliveries.append({"namespace": each.delivery.namespace, "digest": each.digest, **counts})
    report.seconds = perf_counter() - began
    return report


def try_out(
    home: Home,
    paths: Sequence[Path | str | Delivery],
    *,
    mapping: Path | str | None = None,
    progress: Progress | None = None,
    clock: Callable[[], datetime] = now,
) -> LoadReport:
    """Inspect what `load` would load, show what the first rows would become, and write nothing.

    Parameters and errors are those of `load`.
    """
    began, report = perf_counter(), LoadReport(dry_run=True)
    with _inspected(home, paths, mapping, progress or _silent, clock) as loads:
        for each in loads:
            counts = {name: count for name, count in each.counts().items() if name not in COMPARED}
            report.sample.extend(each.sample())
            report.add(each, counts)
            report.deliveries.append({"namespace": each.delivery.namespace, **counts})
    report.seconds = perf_counter() - began
    return report


def _silent(stage: str, done: int, total: int) -> None:
    pass


@contextmanager
def _inspected(
    home: Home,
    paths: Sequence[Path | str | Delivery],
    mapping: Path | str | None,
    tell: Progress,
    clock: Callable[[], datetime],
) -> Iterator[list[DeliveryLoad]]:
    """Open all paths and inspect each before the first is written."""
    with _no_collections(), Ledger(home, clock=clock) as ledger:
        loads = [DeliveryLoad(ledger, _opened(path, mapping), ontology()) for path in paths]
        for each in loads:
            each.inspect(tell)
        yield loads


def _opened(path: Path | str | Delivery, mapping: Path | str | None) -> Delivery:
    return path if isinstance(path, Delivery) else open_delivery(Path(path), mapping)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Pause the search for cycles: a load makes millions of values and no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
