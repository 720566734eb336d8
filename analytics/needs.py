"""What people need, and what there is: segments, measures and places, read from a projection as one bipartite network
per view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.arrays import Ints, ProjectionLike, of_kind

STEP_PLACES = 20
"""Places that one more team brings, and people that a dialogue reaches at most, where nothing is stated."""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that takes people in: a measure with its places, or a mentor.

    Attributes
    ----------
    thing : int
        The measure, mentor or dialogue.
    names : tuple of int
        What binds when it is full: its capacities, or itself where it has none.
    programmes : frozenset of int
    municipalities : tuple of int
        Whose people it takes in: several share a joint measure. Empty where unknown.
    places : int
    step : int
        Places that one more team of it brings; for a dialogue, the people it reaches.
    cost : int
        Kroner a place and year; -1 where not stated.
    """

    thing: int
    names: tuple[int, ...]
    programmes: frozenset[int]
    municipalities: tuple[int, ...]
    places: int
    step: int = STEP_PLACES
    cost: int = -1


@dataclass(frozen=True, slots=True)
class Needs:
    """Segments by number, what each needs, and the services that could take them.

    Attributes
    ----------
    segment, municipality, district, amount : Ints
        In parallel, by segment id; -1 where a place is not known.
    programmes : tuple of frozenset of int
        What each segment needs; any one of them reaches its people.
    services : tuple of Service
        Measures and mentors.
    serves : tuple of tuple of int
        For each segment, places in `services`.
    dialogues : tuple of Service
        Dialogues that would reach segments; they are held once and give no standing place.
    reaches : tuple of tuple of int
        For each dialogue, the segments (places in `segment`) that it would reach.
    new : mapping of int to Service
        For each programme, a measure of it as it would begin: one team.
    """

    segment: Ints
    municipality: Ints
    district: Ints
    amount: Ints
    programmes: tuple[frozenset[int], ...]
    services: tuple[Service, ...]
    serves: tuple[tuple[int, ...], ...]
    dialogues: tuple[Service, ...]
    reaches: tuple[tuple[int, ...], ...]
    new: Mapping[int, Service]


def read_needs(projection: ProjectionLike, today: int) -> Needs:
    """Read needs, measures, capacities, mentors and dialogues as they stand on a day."""
    things = np.arange(len(projection.kind))
    amounts = numbers(projection, "amount", today)
    place, district = places_of(projection, today)
    wants, offers = _all(projection, "needs", today), _all(projection, "offers", None)
    mentors_of, referred = _all(projection, "mentored_by", today), _all(projection, "referred_to", None)
    segment = np.array(
        sorted(
            (int(i) for i in things[of_kind(projection, "NeedSegment")] if amounts.get(int(i), 0) > 0),
            key=projection.refs,
        ),
        dtype=np.int64,
    )
    new = _new(projection, things[of_kind(projection, "Programme")].tolist(), today)
    services = _measures(projection, offers, amounts, new, today)
    mentors = [
        Service(int(m), (int(m),), frozenset(), (), max(0, amounts.get(int(m), 0)))
        for m in things[of_kind(projection, "Mentor")]
    ]
    programmes = tuple(frozenset(wants.get(int(s), ())) for s in segment)
    by_mentor = {m.thing: len(services) + i for i, m in enumerate(mentors)}
    here: dict[int, list[int]] = {}
    for i, service in enumerate(services):
        for town in service.municipalities:
            here.setdefault(town, []).append(i)
    serves = tuple(
        tuple(i for i in here.get(int(place[s]), ()) if services[i].programmes & programmes[n])
        + tuple(sorted(by_mentor[m] for m in mentors_of.get(s, ()) if m in by_mentor))
        for n, s in enumerate(segment.tolist())
    )
    dialogues = [
        _dialogue(d, frozenset(offers.get(d, ())), int(place[d]), amounts.get(d, STEP_PLACES), new)
        for d in sorted((int(d) for d in things[of_kind(projection, "Dialogue")]), key=projection.refs)
    ]
    reached_by: dict[int, list[int]] = {}
    for i, s in enumerate(segment.tolist()):
        for d in referred.get(s, ()):
            reached_by.setdefault(d, []).append(i)
    reaches = tuple(tuple(reached_by.get(d.thing, ())) for d in dialogues)
    home = place[segment]
    return Needs(
        segment,
        home,
        np.where(home >= 0, district[np.maximum(home, 0)], -1),
        np.array([amounts[int(s)] for s in segment], dtype=np.int64),
        programmes,
        (*services, *mentors),
        serves,
        tuple(dialogues),
        reaches,
        new,
    )


def places_of(projection: ProjectionLike, today: int) -> tuple[Ints, Ints]:
    """Return the municipality and the police district of each thing on a day; -1 for none."""
    return (
        _first(projection, "located_in", today, of_kind(projection, "Municipality")),
        _first(projection, "part_of", today, of_kind(projection, "PoliceDistrict")),
    )


def _new(projection: ProjectionLike, programmes: list[int], today: int) -> dict[int, Service]:
    step, cost = numbers(projection, "step", today), numbers(projection, "cost", today)
    return {
        p: Service(p, (p,), frozenset([p]), (), 0, max(1, step.get(p, STEP_PLACES)), cost.get(p, -1))
        for p in programmes
    }


def _dialogue(thing: int, programmes: frozenset[int], town: int, reached: int, new: Mapping[int, Service]) -> Service:
    cost = new[min(programmes)].cost if programmes else -1
    return Service(thing, (thing,), programmes, (town,) if town >= 0 else (), max(0, reached), max(0, reached), cost)


def _measures(
    projection: ProjectionLike,
    offers: dict[int, set[int]],
    amounts: dict[int, int],
    new: Mapping[int, Service],
    today: int,
) -> list[Service]:
    """Return measures with the sum of their capacities; a measure without any has no place.

    Step and cost are the measure's own, else those of its programme.
    """
    capacities: dict[int, list[int]] = {}
    is_capacity, is_town = of_kind(projection, "Capacity"), of_kind(projection, "Municipality")
    for part, wholes in _all(projection, "part_of", today).items():
        if is_capacity[part]:
            for whole in wholes:
                capacities.setdefault(whole, []).append(part)
    step, cost = numbers(projection, "step", today), numbers(projection, "cost", today)
    where = _all(projection, "located_in", today)
    out = []
    for m in sorted((int(m) for m in np.flatnonzero(of_kind(projection, "Measure"))), key=projection.refs):
        programmes = frozenset(offers.get(m, ()))
        like = new[min(programmes, key=projection.refs)] if programmes else None
        out.append(
            Service(
                m,
                tuple(sorted(capacities.get(m, ()), key=projection.refs)) or (m,),
                programmes,
                tuple(sorted((t for t in where.get(m, ()) if is_town[t]), key=projection.refs)),
                sum(max(0, amounts.get(c, 0)) for c in capacities.get(m, ())),
                max(1, step.get(m, like.step if like else STEP_PLACES)),
                cost.get(m, like.cost if like else -1),
            )
        )
    return out


def numbers(projection: ProjectionLike, predicate: str, today: int, since: int = -(2**62)) -> dict[int, int]:
    """Return the whole number that is stated of each thing as of a day.

    The statement that began last by then counts, of equals the largest; those that began before `since` do not.
    """
    stated = projection.literals.get(predicate)
    if stated is None:
        return {}
    best: dict[int, tuple[int, int]] = {}
    for i, (thing, begun) in enumerate(zip(stated.subject, stated.valid_from, strict=True)):
        text = str(stated.value[i]).strip()
        if since <= int(begun) <= today and text.lstrip("-").isdigit():
            best[int(thing)] = max(best.get(int(thing), (-(2**62), 0)), (int(begun), int(text)))
    return {thing: number for thing, (_, number) in best.items()}


def _all(projection: ProjectionLike, predicate: str, today: int | None) -> dict[int, set[int]]:
    """Return the objects of each subject; with a day, only what holds on it."""
    links = projection.links.get(predicate)
    out: dict[int, set[int]] = {}
    if links is None:
        return out
    for s, o, since, until in zip(links.subject, links.object, links.valid_from, links.valid_to, strict=True):
        if today is None or since <= today <= until:
            out.setdefault(int(s), set()).add(int(o))
    return out


def _first(projection: ProjectionLike, predicate: str, today: int, allowed: np.ndarray) -> Ints:
    """Return for each thing the object that began last by the day, among those allowed; -1 for none."""
    out = np.full(len(projection.kind), -1, dtype=np.int64)
    links = projection.links.get(predicate)
    if links is None or not len(links.subject):
        return out
    subject, target = np.asarray(links.subject, dtype=np.int64), np.asarray(links.object, dtype=np.int64)
    since = np.asarray(links.valid_from, dtype=np.int64)
    rows = np.flatnonzero(allowed[target] & (since <= today))
    rows = rows[np.lexsort((target[rows], since[rows]))]
    out[subject[rows]] = target[rows]
    return out
