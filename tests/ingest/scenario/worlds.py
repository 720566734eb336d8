"""A tiny world for the tests, and how to read one back."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.lab import SMALL
from ingest.scenario import WorldSummary, make_world_of

TINY = replace(SMALL, persons=900, block=450, reports_per_year=40)
"""The quick bench's small world, smaller still."""


def make_tiny(out: Path, seed: int = 5, *, pool_shift: int = 0, big: bool = False) -> WorldSummary:
    return make_world_of(replace(TINY, pool_shift=pool_shift, big=big), "tiny", seed, out, lambda _what, _part: None)


def rows(world: Path, part: str = "") -> Iterator[dict[str, str]]:
    for path in sorted(world.glob(f"*{part}-claims.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            yield from csv.DictReader(handle)


def fingerprint(world: Path) -> dict[str, str]:
    return {
        str(path.relative_to(world)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(world.rglob("*"))
        if path.is_file()
    }
