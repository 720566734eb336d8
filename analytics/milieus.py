"""Who crossed from one milieu to the other, when, and who could have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.arrays import Flags, Ints, ProjectionLike, of_kind
from graph.interval import NO_BEGINNING

SIDES = ("C", "E")
DIRECTIONS = ("C>E", "E>C")


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The first spell of each person on one side, sorted by person: bounds of its first day, and the claim that says
    so.
    """

    person: Ints
    earliest: Ints
    latest: Ints
    place: Ints
    """Where in the arrays of `in_milieu` the claim stands."""

    @property
    def middle(self) -> Ints:
        return (self.earliest + self.latest) // 2


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The people who could cross in one direction, sorted by person.

    Attributes
    ----------
    person : Ints
    start, end : Ints
        First and last day on which the person could cross; the day of crossing for those who did. Whole days, closed.
    crossed : Flags
    earliest, latest : Ints
        Bounds of the day of crossing; 0 for those who did not.
    place : Ints
        Which `in_milieu` claim states the crossing; -1 for those who did not.
    left : Ints
        Last day of the last spell of the milieu of origin.
    """

    direction: str
    person: Ints
    start: Ints
    end: Ints
    crossed: Flags
    earliest: Ints
    latest: Ints
    place: Ints
    left: Ints


def milieu_sides(projection: ProjectionLike) -> Ints:
    """Return for each thing 0 for a crime milieu, 1 for an extremist one, -1 for all else, read from the literal
    `code`.
    """
    side = np.full(len(projection.kind), -1, dtype=np.int64)
    codes = projection.literals.get("code")
    if codes is None:
        return side
    subject = np.asarray(codes.subject, dtype=np.int64)
    milieu = of_kind(projection, "Milieu")
    for place in np.flatnonzero(milieu[subject]):
        head = str(codes.value[int(place)]).split(".", 1)[0]
        if head in SIDES:
            side[subject[place]] = SIDES.index(head)
    return side


def beginnings(projection: ProjectionLike, side: int, period: tuple[int, int]) -> Beginnings:
    """Find each person's first spell on one side.

    A spell whose beginning is unknown began before the period: its person was there already and cannot cross into that
    side.
    """
    links, nothing = projection.links.get("in_milieu"), np.zeros(0, dtype=np.int64)
    if links is None:
        return Beginnings(nothing, nothing, nothing, nothing)
    place = np.flatnonzero(milieu_sides(projection)[np.asarray(links.object, dtype=np.int64)] == side)
    person = np.asarray(links.subject, dtype=np.int64)[place]
    lo = np.asarray(links.valid_from, dtype=np.int64)[place]
    hi = np.minimum(
        np.asarray(links.certain_from, dtype=np.int64)[place], np.asarray(links.valid_to, dtype=np.int64)[place]
    )
    unknown = lo == NO_BEGINNING
    lo = np.where(unknown, period[0] - 1, lo)
    hi = np.where(unknown, period[0] - 1, np.maximum(hi, lo))
    order = np.lexsort((place, (lo + hi) // 2, person))
    person = person[order]
    first = np.ones(len(person), dtype=np.bool_)
    first[1:] = person[1:] != person[:-1]
    chosen = order[first]
    return Beginnings(person[first], lo[chosen], hi[chosen], place[chosen])


def last_days(projection: ProjectionLike, side: int, size: int) -> Ints:
    """Return for each thing the last day of its last spell on one side; NO_BEGINNING where it has none."""
    out = np.full(size, NO_BEGINNING, dtype=np.int64)
    links = projection.links.get("in_milieu")
    if links is not None:
        mine = milieu_sides(projection)[np.asarray(links.object, dtype=np.int64)] == side
        subject = np.asarray(links.subject, dtype=np.int64)[mine]
        np.maximum.at(out, subject, np.asarray(links.valid_to, dtype=np.int64)[mine])
    return out


def at_risk(projection: ProjectionLike, direction: str, period: tuple[int, int], *, certain: bool) -> AtRisk:
    """Return who could cross in a direction, and for how long.

    A person is at risk from the day after the first spell of origin began until the first spell on the other side
    begins, or the period ends. Whoever was on the other side first, or came to both on the same day, is never at risk.
    With `certain`, a crossing counts only when the order of the two beginnings is beyond doubt; others leave on the
    first day they may have crossed.
    """
    origin, target = (SIDES.index(side) for side in direction.split(">"))
    here, there = beginnings(projection, origin, period), beginnings(projection, target, period)
    size = len(projection.kind)
    other = np.full(size, -1, dtype=np.int64)
    other[there.person] = np.arange(len(there.person))
    match = other[here.person]
    has = match >= 0
    at = np.where(has, match, 0)

    def of(values: Ints) -> Ints:
        return values[at] if len(values) else np.zeros(len(at), dtype=np.int64)

    middle, earliest, latest = of(there.middle), of(there.earliest), of(there.latest)
    doubtful = has & (here.latest >= earliest) if certain else np.zeros(len(at), dtype=np.bool_)
    crossed = has & ~doubtful & (middle > here.middle) & (middle >= period[0]) & (middle <= period[1])
    start = np.maximum(here.middle + 1, period[0])
    end = np.where(crossed, middle, np.where(has, np.where(doubtful, earliest, middle) - 1, period[1]))
    end = np.minimum(end, period[1])
    keep = start <= end
    left = last_days(projection, origin, size)[here.person]
    return AtRisk(
        direction,
        here.person[keep],
        start[keep],
        end[keep],
        crossed[keep],
        np.where(crossed, earliest, 0)[keep],
        np.where(crossed, latest, 0)[keep],
        np.where(crossed, of(there.place), -1)[keep],
        left[keep],
    )
