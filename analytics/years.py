"""Three-year sums of needs: what stands in where the year's figure of a municipality is hidden.

Years are summed in fixed blocks that never overlap: two sums that share years would give the others away by
subtraction. Which sums may be shown is decided against all figures of the block's own years as this method shows them
in each of those years: municipality, police district, and the sums beside each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.arrays import Flags, Ints, ProjectionLike, of_kind
from analytics.needs import numbers
from analytics.suppression import in_doubt, protect
from graph.interval import EPOCH

LENGTH = 3
_LAST = 2026
"""A year that ends a block; every third year before and after it does."""


@dataclass(frozen=True, slots=True)
class Block:
    """Needs stated in each year of a block.

    Attributes
    ----------
    first, last : int
        Years.
    segment, group : Ints
        Segments with a need in any of the years, and their pair of police district and name (-1 for none).
    amounts : Ints
        Segments by years, as they stood at the end of each; zero where nothing was stated.
    counted : Flags
        Segments of which every year has a number of its own: only those are summed, as a number that went on for three
        years speaks of the same people.
    """

    first: int
    last: int
    segment: Ints
    group: Ints
    amounts: Ints
    counted: Flags


@dataclass(frozen=True, slots=True)
class Sums:
    """Three-year sums that may be known: by segment (its number in the projection), and by group."""

    first: int
    last: int
    of_segment: dict[int, int]
    of_group: dict[int, int]


def block_years(year: int) -> tuple[int, int]:
    """Return first and last year of the newest block that a year ends or follows.

    Examples
    --------
    >>> block_years(2026), block_years(2027), block_years(2029)
    ((2024, 2026), (2024, 2026), (2027, 2029))
    """
    last = year - (year - _LAST) % LENGTH
    return last - LENGTH + 1, last


def read_block(projection: ProjectionLike, today: int, group_of: dict[int, int]) -> Block:
    """Read what was stated for each year of the newest block.

    Parameters
    ----------
    projection : ProjectionLike
    today : int
        Day number; of the running year, what is stated by then.
    group_of : dict
        Group of each segment, by its number in the projection.
    """
    first, last = block_years(date.fromordinal(today + EPOCH).year)
    ends = [min(today, _day(year + 1) - 1) for year in range(first, last + 1)]
    by_year = [numbers(projection, "amount", end) for end in ends]
    fresh = [numbers(projection, "amount", end, since=_day(first + y)) for y, end in enumerate(ends)]
    segments = [
        int(i)
        for i in np.flatnonzero(of_kind(projection, "NeedSegment"))
        if any(stated.get(int(i), 0) > 0 for stated in by_year)
    ]
    return Block(
        first,
        last,
        np.array(segments, dtype=np.int64),
        np.array([group_of.get(s, -1) for s in segments], dtype=np.int64),
        np.array([[max(0, stated.get(s, 0)) for stated in by_year] for s in segments], dtype=np.int64).reshape(
            -1, LENGTH
        ),
        np.array([all(s in stated for stated in fresh) for s in segments], dtype=np.bool_),
    )


def _day(year: int) -> int:
    return date(year, 1, 1).toordinal() - EPOCH


def three_year_sums(block: Block, groups: int) -> Sums:
    """Say which three-year sums may be known. It depends on the block alone, so every later year gives the same ones.

    A municipality's sum may be known where its years' hidden figures stay in doubt together, and where each year's
    district total still leaves the hidden figures of the municipalities without a sum in doubt among themselves. A
    district's sum may be where none of its municipalities' is, and the figures that no year's total covers stay in
    doubt together.
    """
    years = [protect(block.amounts[:, y], block.group, groups) for y in range(LENGTH)]
    hidden = np.stack([p.hidden for p in years], axis=1)
    of_segment: dict[int, int] = {}
    of_group: dict[int, int] = {}
    for g in (-1, *range(groups)):
        mine = np.flatnonzero(block.group == g)
        totals = np.array([g >= 0 and bool(p.shown_total[g]) for p in years])
        given = _municipalities(block, hidden, totals, mine)
        of_segment |= {int(block.segment[n]): int(block.amounts[n].sum()) for n in given}
        if g < 0 or given or not block.counted[mine].all():
            continue
        if in_doubt(block.amounts[mine][hidden[mine] & ~totals]):
            of_group[g] = int(block.amounts[mine].sum())
    return Sums(block.first, block.last, of_segment, of_group)


def _municipalities(block: Block, hidden: Flags, totals: Flags, mine: Ints) -> list[int]:
    """Choose, in order of ids, the municipalities of a group whose sum may be known beside all that is shown."""
    given: list[int] = []
    for n in mine.tolist():
        if not block.counted[n] or not in_doubt(block.amounts[n][hidden[n]]):
            continue
        without = np.setdiff1d(mine, [*given, n])
        if all(
            in_doubt(block.amounts[without, y][hidden[without, y]])
            for y in range(LENGTH)
            if totals[y] and hidden[mine, y].any()
        ):
            given.append(n)
    return given
