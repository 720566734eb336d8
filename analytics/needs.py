"""What people need, and what there is: segments, measures and places, read from a projection as one bipartite network
per view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.arrays import Ints, ProjectionLike, of_kind

DIALOGUE_PLACES = 20
"""People that a dialogue reaches at most where no amount is stated: the same step as for measures."""


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
    municipality : int
        -1 where unknown.
    places : int
    """

    thing: int
    names: tuple[int, ...]
    programmes: frozenset[int]
    municipality: int
    places: int


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


def read_needs(projection: ProjectionLike, today: int) -> Needs:
    """Read needs, measures, capacities, mentors and dialogues as they stand on a day."""
    things = np.arange(len(projection.kind))
    amounts = _amounts(projection, today)
    place = _first(projection, "located_in", today, of_kind(projection, "Municipality"))
    district = _first(projection, "part_of", today, of_kind(projection, "PoliceDistrict"))
    wants, offers = _all(projection, "needs", today), _all(projection, "offers", None)
    mentors_of, referred = _all(projection, "mentored_by", today), _all(projection, "referred_to", None)
    segment = np.array(
        sorted(
            (int(i) for i in things[of_kind(projection, "NeedSegment")] if amounts.get(int(i), 0) > 0),
            key=projection.refs,
        ),
        dtype=np.int64,
    )
    number = {int(s): i for i, s in enumerate(segment)}
    services = _measures(projection, offers, place, amounts, today)
    mentors = [
        Service(int(m), (int(m),), frozenset(), int(place[m]), max(0, amounts.get(int(m), 0)))
        for m in things[of_kind(projection, "Mentor")]
    ]
    programmes = tuple(frozenset(wants.get(int(s), ())) for s in segment)
    by_mentor = {m.thing: len(services) + i for i, m in enumerate(mentors)}
    serves = tuple(
        tuple(
            i
            for i, service in enumerate(services)
            if service.programmes & programmes[n] and service.municipality == place[s]
        )
        + tuple(sorted(by_mentor[m] for m in mentors_of.get(int(s), ()) if m in by_mentor))
        for n, s in enumerate(segment)
    )
    dialogues = [
        Service(
            int(d), (int(d),), frozenset(offers.get(int(d), ())), int(place[d]), amounts.get(int(d), DIALOGUE_PLACES)
        )
        for d in sorted((int(d) for d in things[of_kind(projection, "Dialogue")]), key=projection.refs)
    ]
    reaches = tuple(tuple(number[int(s)] for s in segment if d.thing in referred.get(int(s), ())) for d in dialogues)
    town = place[segment] if len(segment) else segment
    return Needs(
        segment,
        town,
        np.where(town >= 0, district[np.maximum(town, 0)], -1) if len(segment) else segment,
        np.array([amounts[int(s)] for s in segment], dtype=np.int64),
        programmes,
        (*services, *mentors),
        serves,
        tuple(dialogues),
        reaches,
    )


def _measures(
    projection: ProjectionLike, offers: dict[int, set[int]], place: Ints, amounts: dict[int, int], today: int
) -> list[Service]:
    """Return measures with the sum of their capacities; a measure without any has no place."""
    capacities: dict[int, list[int]] = {}
    is_capacity = of_kind(projection, "Capacity")
    for part, wholes in _all(projection, "part_of", today).items():
        if is_capacity[part]:
            for whole in wholes:
                capacities.setdefault(whole, []).append(part)
    measures = sorted((int(m) for m in np.flatnonzero(of_kind(projection, "Measure"))), key=projection.refs)
    return [
        Service(
            m,
            tuple(sorted(capacities.get(m, ()), key=projection.refs)) or (m,),
            frozenset(offers.get(m, ())),
            int(place[m]),
            sum(max(0, amounts.get(c, 0)) for c in capacities.get(m, ())),
        )
        for m in measures
    ]


def _amounts(projection: ProjectionLike, today: int) -> dict[int, int]:
    """Return the amount of each thing as of a day: the statement that began last by then, of equals the largest."""
    stated = projection.literals.get("amount")
    if stated is None:
        return {}
    best: dict[int, tuple[int, int]] = {}
    for i, (thing, since) in enumerate(zip(stated.subject, stated.valid_from, strict=True)):
        text = str(stated.value[i]).strip()
        if int(since) <= today and text.lstrip("-").isdigit():
            best[int(thing)] = max(best.get(int(thing), (-(2**62), 0)), (int(since), int(text)))
    return {thing: amount for thing, (_, amount) in best.items()}


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
