"""The strata that make person-time comparable: age, record, type of municipality, season, year. Nothing of B2 is read
here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from analytics.arrays import Ints, ProjectionLike, of_kind
from graph.errors import BadDate
from graph.interval import NO_BEGINNING, NO_END, parse_interval

AGE_FROM = (18, 21, 25, 30, 40)
"""Ages at which a band begins; below the first is a band of its own, and so is an age that is not known."""
RECORD_FROM = (1, 2, 5)
"""Numbers of earlier offences at which a band begins."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Factor:
    """One stratifying factor: its name and how many levels it has."""

    name: str
    levels: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dated facts of people as one sorted key, `person * span + day - origin`, with a value each."""

    key: Ints
    value: Ints
    first: int
    span: int

    def latest(self, person: Ints, day: Ints, default: int) -> Ints:
        """Return the value of the last fact on or before each day of each person, or the default."""
        if not len(self.key):
            return np.full(len(person), default, dtype=np.int64)
        at = np.searchsorted(self.key, person * self.span + (day - self.first), side="right") - 1
        there = np.maximum(at, 0)
        return np.where((at >= 0) & (self.key[there] // self.span == person), self.value[there], default)

    def before(self, person: Ints, day: Ints) -> Ints:
        """Count the facts of each person before each day."""
        upto = np.searchsorted(self.key, person * self.span + (day - self.first), side="left")
        return np.asarray(upto - np.searchsorted(self.key, person * self.span, side="left"), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class People:
    """What strata need to know of people."""

    birth: Ints
    """Day of birth by thing, NO_BEGINNING where unknown; the middle of what the date allows."""
    homes: Timeline
    offences: Timeline
    home_types: tuple[str, ...]


def birth_days(projection: ProjectionLike) -> Ints:
    """Read `birth_date`; a date that is not exact counts as the middle of what it allows."""
    out = np.full(len(projection.kind), NO_BEGINNING, dtype=np.int64)
    stated = projection.literals.get("birth_date")
    if stated is None or not len(stated.subject):
        return out
    subject = np.asarray(stated.subject, dtype=np.int64)
    values, inverse = np.unique(np.asarray([str(v) for v in stated.value]), return_inverse=True)
    days = np.array([_middle(text) for text in values.tolist()], dtype=np.int64)[inverse]
    known = days > NO_BEGINNING
    # of two statements about one person the later day wins: a fixed rule, so that order of claims decides nothing
    np.maximum.at(out, subject[known], days[known])
    return out


def _middle(text: str) -> int:
    if _DAY.fullmatch(text):
        try:
            return int(np.datetime64(text, "D").astype(np.int64))
        except ValueError:
            return NO_BEGINNING
    try:
        when = parse_interval(text)
    except BadDate:
        return NO_BEGINNING
    if when.valid_from == NO_BEGINNING or when.valid_to == NO_END:
        return NO_BEGINNING
    return (when.valid_from + when.valid_to) // 2


def _timeline(person: Ints, day: Ints, value: Ints, first: int, span: int) -> Timeline:
    clipped = np.clip(day - first, 0, span - 1)
    order = np.lexsort((value, clipped, person))
    return Timeline((person * span + clipped)[order], value[order], first, span)


def homes(projection: ProjectionLike, first: int, span: int) -> tuple[Timeline, tuple[str, ...]]:
    """Read where people lived as the type of the municipality (its literal `kind`), dated by the day they moved
    there.
    """
    nothing = np.zeros(0, dtype=np.int64)
    links = projection.links.get("located_in")
    if links is None:
        return Timeline(nothing, nothing, first, span), ()
    town, names = _municipality_types(projection)
    subject, target = np.asarray(links.subject, dtype=np.int64), np.asarray(links.object, dtype=np.int64)
    mine = of_kind(projection, "Person")[subject] & (town[target] >= 0)
    return _timeline(
        subject[mine], np.asarray(links.valid_from, dtype=np.int64)[mine], town[target[mine]], first, span
    ), names


def _municipality_types(projection: ProjectionLike) -> tuple[Ints, tuple[str, ...]]:
    town = np.full(len(projection.kind), -1, dtype=np.int64)
    stated = projection.literals.get("kind")
    if stated is None:
        return town, ()
    subject = np.asarray(stated.subject, dtype=np.int64)
    places = np.flatnonzero(of_kind(projection, "Municipality")[subject])
    names = tuple(sorted({str(stated.value[int(i)]) for i in places}))
    for i in places:
        town[subject[i]] = names.index(str(stated.value[int(i)]))
    return town, names


def offences(projection: ProjectionLike, first: int, span: int) -> Timeline:
    """Read the record: dated `co_accused_in`, one entry for each offence of a person however many claims state it."""
    nothing = np.zeros(0, dtype=np.int64)
    links = projection.links.get("co_accused_in")
    if links is None:
        return Timeline(nothing, nothing, first, span)
    subject, target = np.asarray(links.subject, dtype=np.int64), np.asarray(links.object, dtype=np.int64)
    day = np.asarray(links.valid_from, dtype=np.int64)
    dated = day > NO_BEGINNING
    subject, target, day = subject[dated], target[dated], day[dated]
    order = np.lexsort((day, target, subject))
    subject, target, day = subject[order], target[order], day[order]
    fresh = np.ones(len(subject), dtype=np.bool_)
    fresh[1:] = (subject[1:] != subject[:-1]) | (target[1:] != target[:-1])
    return _timeline(subject[fresh], day[fresh], target[fresh], first, span)


def read_people(projection: ProjectionLike, period: tuple[int, int]) -> People:
    """Read all that strata need."""
    first, span = period[0] - 1, period[1] - period[0] + 3
    where, names = homes(projection, first, span)
    return People(birth_days(projection), where, offences(projection, first, span), names)


def birthdays(people: People, person: Ints) -> tuple[Ints, Ints]:
    """Return the days on which people enter an age band."""
    known = person[people.birth[person] > NO_BEGINNING]
    steps = np.array([_age_days(age) for age in AGE_FROM], dtype=np.int64)
    return np.repeat(known, len(steps)), (people.birth[known][:, None] + steps[None, :]).ravel()


def _age_days(age: int) -> int:
    return (age * 36525 + 50) // 100


def quarter_starts(period: tuple[int, int]) -> Ints:
    """Return the first day of each quarter after the first day of the period."""
    begin, end = (
        np.datetime64(period[0], "D").astype("datetime64[M]"),
        np.datetime64(period[1], "D").astype("datetime64[M]"),
    )
    months = np.arange(begin, end + 1)
    months = months[months.astype(np.int64) % 3 == 0]
    days = months.astype("datetime64[D]").astype(np.int64)
    return np.asarray(days[(days > period[0]) & (days <= period[1])], dtype=np.int64)


def levels(people: People, person: Ints, day: Ints) -> list[tuple[Factor, Ints]]:
    """Return the level of each factor for a person on a day."""
    birth = people.birth[person]
    steps = np.array([_age_days(age) for age in AGE_FROM], dtype=np.int64)
    age = np.where(birth > NO_BEGINNING, np.searchsorted(steps, day - birth, side="right"), len(AGE_FROM) + 1)
    record = np.searchsorted(np.array(RECORD_FROM), people.offences.before(person, day), side="right")
    town = people.homes.latest(person, day, len(people.home_types))
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year = month // 12
    first = int(year.min()) if len(year) else 0
    years = int(year.max()) - first + 1 if len(year) else 1
    return [
        (Factor("age", len(AGE_FROM) + 2), np.asarray(age, dtype=np.int64)),
        (Factor("record", len(RECORD_FROM) + 1), np.asarray(record, dtype=np.int64)),
        (Factor("municipality_type", len(people.home_types) + 1), town),
        (Factor("season", 4), month % 12 // 3),
        (Factor("year", years), year - first),
    ]
