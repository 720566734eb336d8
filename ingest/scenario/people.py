"""A block of people: who they are, when they were in which milieu, where they were, and when they crossed.

People are independent of one another given the landscape, so a block needs no other block. All spells are drawn first;
crossings are then drawn day by day from a hazard that depends on what was so on that day: stratum, bridge, reporting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.scenario.calendar import FIRST, TODAY, day, month_array
from ingest.scenario.draws import Ints, Stream
from ingest.scenario.milieus import CRIME, EXTREMIST, ISLAMIST
from ingest.scenario.names import Names, draw_names
from ingest.scenario.places import TYPES, municipalities
from ingest.scenario.settings import FAMILIES, LAG_DAYS, STAY_DAYS, Landscape
from ingest.scenario.size import WorldSize

NEVER = 10**6
"""A day that does not come."""
SLOTS = 16
OFFENCES = 10
_PERIOD = 30
_YOUNG_DAYS = 25 * 365
OFFENDER, NATIVE, BYSTANDER = 0, 1, 2
"""Roles: came by way of crime; came to an extremist milieu first; victim, witness or contact."""

STAGES = ("convicted", "acquitted", "dropped", "suspected", "charged")
"""How far a case against a person came; the last two are those of recent cases."""
AGE_BANDS = ((18, 25, 5500), (25, 30, 1600), (30, 40, 700), (40, 200, 300))
"""From age, to age, hazard in thousandths of the reference."""
RECORD_BANDS = ((0, 2, 800), (2, 5, 1200), (5, 99, 2000))
"""From and to number of earlier offences, hazard."""
PLACE_HAZARD = {"city": 1300, "suburb": 1100, "town": 1000, "rural": 800}
SEASON_HAZARD = (1100, 950, 850, 1100)
"""Hazard by quarter."""
NATIVE_HAZARD = 12
"""How many times likelier it is to cross from extremism to crime than the other way, in the same stratum."""


@dataclass(slots=True)
class Block:
    """People as arrays; a row is a person. Days are day numbers, `NEVER` where a thing did not happen."""

    first: int
    names: Names
    role: Ints
    birth: Ints
    municipality: Ints
    moved_to: Ints
    moved_on: Ints
    crime_code: Ints
    crime_from: Ints
    crime_to: Ints
    extremist_code: Ints
    extremist_from: Ints
    extremist_to: Ints
    setting: Ints
    stay_from: Ints
    stay_to: Ints
    moved_directly: NDArray[np.bool_]
    offence_on: Ints
    offence: Ints
    stage: Ints
    left_on: Ints
    back_on: Ints

    @property
    def count(self) -> int:
        return len(self.role)

    @property
    def crossed(self) -> NDArray[np.bool_]:
        """Who was in one milieu before the other."""
        both = (self.crime_from < NEVER) & (self.extremist_from < NEVER)
        return np.asarray(both & (self.crime_from != self.extremist_from))


def make_block(size: WorldSize, seed: int, land: Landscape, first: int, count: int) -> Block:
    """People `first` to `first + count - 1`."""
    stream = Stream(seed, "people", first)
    block = _start(size, seed, stream, first, count)
    _stays(size, stream, land, block)
    _offences(stream, block)
    _cross(size, stream, land, block)
    _ends(stream, block)
    _journeys(stream, block)
    _after_crossing(stream, land, block)
    return block


def _start(size: WorldSize, seed: int, stream: Stream, first: int, count: int) -> Block:
    never = np.full(count, NEVER, dtype=np.int64)
    role = stream.pick([890, 18, 92], count, "role")
    begin = day(2006) + stream.below(day(2024, 6) - day(2006), count, "begin")
    age = 18 * 365 + 6 + stream.below(1 + stream.below(22 * 365, count, "age spread"), count, "age")
    home = stream.pick([m.weight for m in municipalities()], count, "home")
    elsewhere = stream.pick([m.weight for m in municipalities()], count, "new home")
    moved = stream.chance(250, count, "moves")
    crime = np.where(role == OFFENDER, begin, never)
    extremist = np.where(role == NATIVE, begin, never)
    empty = np.full((count, SLOTS), NEVER, dtype=np.int64)
    return Block(
        first=first,
        names=draw_names(Stream(seed, "names", first), count, size.pool_shift),
        role=role,
        birth=begin - age,
        municipality=home,
        moved_to=elsewhere,
        moved_on=np.where(moved, begin + 400 + stream.below(3000, count, "moving day"), never),
        crime_code=stream.pick(list(CRIME.values()), count, "crime code"),
        crime_from=crime,
        crime_to=never.copy(),
        extremist_code=stream.pick(list(EXTREMIST.values()), count, "extremist code"),
        extremist_from=extremist,
        extremist_to=never.copy(),
        setting=np.full((count, SLOTS), -1, dtype=np.int64),
        stay_from=empty.copy(),
        stay_to=empty.copy(),
        moved_directly=np.zeros((count, SLOTS), dtype=np.bool_),
        offence_on=np.full((count, OFFENCES), NEVER, dtype=np.int64),
        offence=np.full((count, OFFENCES), -1, dtype=np.int64),
        stage=np.full((count, OFFENCES), -1, dtype=np.int64),
        left_on=never.copy(),
        back_on=never.copy(),
    )


class _Tables:
    """Cumulative tables for choosing a setting by family, region and youth of the visitor."""

    def __init__(self, land: Landscape) -> None:
        places = municipalities()
        self.members: dict[tuple[int, int, bool], Ints] = {}
        self.edges: dict[tuple[int, int, bool], Ints] = {}
        for f, family in enumerate(FAMILIES):
            for region in range(6):
                mine = [
                    s for s in land.settings if s.family == family and region in (5, places[s.municipality].region)
                ] or [s for s in land.settings if s.family == family]
                for young in (False, True):
                    weights = [max(1, s.share * (_youth(young) if s.young else 10) // 10) for s in mine]
                    self.members[f, region, young] = np.array([s.index for s in mine], dtype=np.int64)
                    self.edges[f, region, young] = np.cumsum(np.array(weights, dtype=np.int64))


def _youth(young: bool) -> int:
    """Pull of a young people's place, in tenths of an ordinary one."""
    return 40 if young else 1


def family_weights(land: Landscape) -> list[int]:
    """How often a stay outside a chain begins in each family, so that families get their shares of person-time.

    An arrest is followed by a prison section in 700 of 1,000 cases, a section by another section in 300.
    """
    rate = [
        sum(s.share for s in land.settings if s.family == family) * 2000 // sum(STAY_DAYS[family])
        for family in FAMILIES
    ]
    arrest, section = FAMILIES.index("arrest"), FAMILIES.index("section")
    rate[section] = max(1, rate[section] - (700 * rate[arrest] + 300 * rate[section]) // 1000)
    return rate


def _stays(size: WorldSize, stream: Stream, land: Landscape, block: Block) -> None:
    tables, weights, n = _Tables(land), family_weights(land), block.count
    region_of = np.array([m.region for m in municipalities()], dtype=np.int64)
    low = np.array([STAY_DAYS[f][0] for f in FAMILIES], dtype=np.int64)
    high = np.array([STAY_DAYS[f][1] for f in FAMILIES], dtype=np.int64)
    arrest, section = FAMILIES.index("arrest"), FAMILIES.index("section")
    start = np.minimum(block.crime_from, block.extremist_from)
    clock = start - 200 + stream.below(size.gap_days + 200, n, "first gap")
    family = stream.pick(weights, n, "family 0")
    chained = np.zeros(n, dtype=np.bool_)
    for slot in range(SLOTS):
        home = np.where(clock >= block.moved_on, block.moved_to, block.municipality)
        region = np.where(stream.chance(700, n, f"near {slot}"), region_of[home], 5)
        region = np.where(family == section, 5, region)
        young = clock - block.birth < _YOUNG_DAYS
        chosen = _choose(stream, tables, family, region, young, slot)
        length = low[family] + stream.below(high[family] - low[family], n, f"length {slot}")
        live = (clock < TODAY) & (clock - block.birth >= 18 * 365 + 5)
        if slot:
            same = chained & (chosen == block.setting[:, slot - 1])
            live &= ~same
        block.setting[:, slot] = np.where(live, chosen, -1)
        block.stay_from[:, slot] = np.where(live, clock, NEVER)
        block.stay_to[:, slot] = np.where(live, clock + length, NEVER)
        block.moved_directly[:, slot] = chained & live
        dice = stream.below(1000, n, f"chain {slot}")
        chained = ((family == arrest) & (dice < 700)) | ((family == section) & (dice < 300))
        gap = np.where(chained, 0, stream.below(size.gap_days, n, f"gap {slot}") - np.where(dice > 900, 30, 0))
        clock = clock + np.where(live, length + gap, 1 + gap // 4)
        family = np.where(chained, section, stream.pick(weights, n, f"family {slot + 1}"))
    block.moved_directly[:, 0] = False


def _choose(stream: Stream, tables: _Tables, family: Ints, region: Ints, young: NDArray[np.bool_], slot: int) -> Ints:
    raw = stream.u32(len(family), f"setting {slot}")
    out = np.zeros(len(family), dtype=np.int64)
    key = family * 12 + region * 2 + young
    for code in np.unique(key):
        mine = np.flatnonzero(key == code)
        which = (int(code) // 12, int(code) // 2 % 6, bool(code % 2))
        edges = tables.edges[which]
        out[mine] = tables.members[which][np.searchsorted(edges, (raw[mine] * edges[-1]) >> 32, side="right")]
    return out


def _offences(stream: Stream, block: Block) -> None:
    """Offences round the time in crime; some are shared by people of one municipality within four months."""
    n = block.count
    many = stream.pick([6, 24, 20, 14, 10, 8, 6, 5, 4, 3], n, "offences")
    wanted = np.where(block.role == OFFENDER, many + 1, np.where(block.role == NATIVE, many // 3, 0))
    start = np.minimum(block.crime_from, block.extremist_from)
    spread = 500 + stream.below(2500, n, "offence years")
    on = (
        start[:, None]
        - 300
        + stream.below(spread[:, None] + np.zeros((1, OFFENCES), dtype=np.int64), (n, OFFENCES), "offence days")
    )
    on[:, 0] = start - stream.below(200, n, "first offence")
    wanted = np.minimum(wanted, OFFENCES)
    valid = (
        (np.arange(OFFENCES)[None, :] < wanted[:, None]) & (on <= TODAY) & (on - block.birth[:, None] >= 15 * 365 + 4)
    )
    person, slot = np.nonzero(valid)
    order = np.lexsort((person, on[person, slot], block.municipality[person]))
    person, slot = person[order], slot[order]
    days, town = on[person, slot], block.municipality[person]
    joins = stream.chance(380, len(person), "joins")
    joins[1:] &= (town[1:] == town[:-1]) & (days[1:] - days[:-1] < 120) & (person[1:] != person[:-1])
    joins[:1] = False
    number = np.cumsum(~joins) - 1
    lead = np.flatnonzero(~joins)
    block.offence[person, slot] = number
    block.offence_on[person, slot] = days[lead][number]
    recent = block.offence_on[person, slot] > TODAY - 400
    ended, running = stream.pick([70, 6, 24], (n, OFFENCES), "ended"), stream.pick([4, 6], (n, OFFENCES), "running")
    block.stage[person, slot] = np.where(recent, running[person, slot] + 3, ended[person, slot])


def _cross(size: WorldSize, stream: Stream, land: Landscape, block: Block) -> None:
    """Draw crossings. One candidate day per person and 30 days, kept with the hazard of that day."""
    n, periods = block.count, (TODAY - FIRST) // _PERIOD
    strength = np.array([s.strength * 1000 for s in land.settings] + [1000], dtype=np.int64)
    intensity = np.array([s.intensity for s in land.settings] + [1000], dtype=np.int64)
    start = np.minimum(block.crime_from, block.extremist_from)
    ceiling = size.base_hazard * 110
    keep = np.where(block.role == NATIVE, ceiling * NATIVE_HAZARD, np.where(block.role == OFFENDER, ceiling, 0))
    raw = stream.u32((n, periods), "cross")
    person, period = np.nonzero(raw < np.minimum(keep, 1 << 32)[:, None])
    days = FIRST + period * _PERIOD + stream.below(_PERIOD, (n, periods), "cross day")[person, period]
    person, period, days = (a[days > start[person]] for a in (person, period, days))
    hazard = _hazard(size, block, strength, intensity, person, days)
    hit = raw[person, period] < hazard
    person, days = person[hit], days[hit]
    first = np.full(n, NEVER, dtype=np.int64)
    np.minimum.at(first, person, days)
    block.extremist_from = np.where(block.role == OFFENDER, first, block.extremist_from)
    block.crime_from = np.where(block.role == NATIVE, first, block.crime_from)


def _hazard(size: WorldSize, block: Block, strength: Ints, intensity: Ints, person: Ints, days: Ints) -> Ints:
    age = (days - block.birth[person]) * 100 // 36525
    earlier = (block.offence_on[person] < days[:, None]).sum(axis=1)
    types = np.array([PLACE_HAZARD[TYPES[m.type]] for m in municipalities()], dtype=np.int64)
    home = np.where(days >= block.moved_on[person], block.moved_to[person], block.municipality[person])
    inside = (block.stay_from[person] <= days[:, None]) & (days[:, None] <= block.stay_to[person] + LAG_DAYS)
    where = np.where(inside, block.setting[person], -1)
    out = np.full(len(person), size.base_hazard, dtype=np.int64)
    out = out * _banded(age, AGE_BANDS) // 1000 * _banded(earlier, RECORD_BANDS) // 1000
    out = out * types[home] // 1000 * np.array(SEASON_HAZARD)[(month_array(days) - 1) // 3] // 1000
    out = out * strength[where].max(axis=1, initial=1000) // 1000 * intensity[where].max(axis=1, initial=1000) // 1000
    return np.asarray(np.where(block.role[person] == NATIVE, out * NATIVE_HAZARD, out))


def _banded(values: Ints, bands: tuple[tuple[int, int, int], ...]) -> Ints:
    out = np.full(len(values), 0, dtype=np.int64)
    for low, high, hazard in bands:
        out[(values >= low) & (values < high)] = hazard
    return out


def _ends(stream: Stream, block: Block) -> None:
    """When milieu spells ended. Half of those who cross leave crime first, some stay in both: the hybrids."""
    n = block.count
    crime_length = 400 + stream.below(3600, n, "crime length")
    block.crime_to = np.where(block.crime_from < NEVER, block.crime_from + crime_length, NEVER)
    extremist_length = 300 + stream.below(2500, n, "extremist length")
    block.extremist_to = np.where(block.extremist_from < NEVER, block.extremist_from + extremist_length, NEVER)
    left = (
        block.crossed
        & (block.role == OFFENDER)
        & (block.crime_to > block.extremist_from)
        & stream.chance(800, n, "left crime")
    )
    block.crime_to = np.where(
        left, np.maximum(block.crime_from, block.extremist_from - stream.below(200, n, "left before")), block.crime_to
    )


def _journeys(stream: Stream, block: Block) -> None:
    """Departures to a conflict zone, most of them 2012 to 2015; stays in settings give way to them."""
    n = block.count
    isl = (block.extremist_from < day(2017)) & (block.extremist_code == ISLAMIST)
    peak = day(2012) + stream.below(day(2016) - day(2012), n, "peak")
    other = day(2010) + stream.below(day(2019) - day(2010), n, "other years")
    leave = np.where(stream.chance(880, n, "in peak"), peak, other)
    goes = isl & (leave > block.extremist_from) & stream.chance(700, n, "goes") & (leave - block.birth > 18 * 365 + 5)
    stay = 60 + stream.below(900, n, "months away")
    returns = stream.chance(500, n, "returns")
    block.left_on = np.where(goes, leave, NEVER)
    block.back_on = np.where(goes & returns, leave + stay, NEVER)
    away = (block.stay_to >= block.left_on[:, None]) & (block.stay_from <= block.back_on[:, None]) & goes[:, None]
    block.setting[away] = -1
    block.moved_directly[away] = False
    block.stay_from[away] = NEVER
    block.stay_to[away] = NEVER


def _after_crossing(stream: Stream, land: Landscape, block: Block) -> None:
    """People who crossed already gather in some settings, the decoys for that reason; nobody crosses by it."""
    decoys = np.array([s.index for s in land.settings if s.decoy == "crossed"], dtype=np.int64)
    n, last = block.count, SLOTS - 1
    begin = block.extremist_from + 40 + stream.below(700, n, "gather on")
    goes = (block.extremist_from < NEVER) & stream.chance(650, n, "gathers") & (begin < TODAY)
    goes &= (block.back_on < begin) | (block.left_on == NEVER)
    goes &= block.setting[:, last] < 0
    block.setting[:, last] = np.where(
        goes, decoys[stream.below(len(decoys), n, "gather where")], block.setting[:, last]
    )
    block.stay_from[:, last] = np.where(goes, begin, block.stay_from[:, last])
    block.stay_to[:, last] = np.where(goes, begin + 100 + stream.below(600, n, "gather for"), block.stay_to[:, last])
    block.moved_directly[:, last] &= ~goes
