"""How big a world is, and the dials that go with its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class WorldSize:
    """The dials of one size.

    Attributes
    ----------
    persons : int
        People in the registers.
    block : int
        People made at a time; bounds the memory.
    venues : int
        Multiplier on the number of settings (about 96 at 1).
    base_hazard : int
        Chance in units of 2**-32 of crossing from crime to extremism in 30 days for the reference stratum. Small worlds
        have more crossings per head than published figures suggest, so that a finding is possible at all; the world's
        README says so.
    gap_days : int
        Longest time between two stays in settings.
    reports_per_year : int
        Reports that a unit of ordinary diligence writes per 1,000 person-years in a setting.
    custody_years : int
        Years back for which custody is written out in full.
    cases : int
        Case files with material.
    documents : int
        Documents with text in the whole world.
    big : bool
        Whether the large tables are Parquet.
    pool_shift : int
        Moves everybody to another name pool (used to show that names decide nothing).
    """

    persons: int
    block: int
    venues: int
    base_hazard: int
    gap_days: int
    reports_per_year: int
    custody_years: int
    cases: int
    documents: int
    big: bool
    pool_shift: int = 0


SIZES: dict[Literal["S", "M", "L"], WorldSize] = {
    "S": WorldSize(5_000, 5_000, 1, 600_000, 150, 120, 3, 9, 150, False),
    "M": WorldSize(100_000, 25_000, 3, 290_000, 500, 20, 2, 24, 250, True),
    "L": WorldSize(1_000_000, 25_000, 10, 145_000, 1_500, 6, 1, 60, 300, True),
}
