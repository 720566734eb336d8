"""Whom a case is about: a small cast of people who have to do with one another, from the first block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.scenario.calendar import TODAY, day
from ingest.scenario.draws import Dice
from ingest.scenario.people import NEVER, OFFENDER, Block
from ingest.scenario.settings import Landscape
from ingest.scenario.voice import Ref


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a setting, by its index, with first and last day."""

    setting: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Actor:
    """One member of a cast."""

    person: Ref
    name: str
    pool: int
    birth: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Parties in two circles that only a weak link joins, contacts, a victim, and a stay of the lead's."""

    inner: tuple[Actor, ...]
    outer: tuple[Actor, ...]
    contacts: tuple[Actor, ...]
    victim: Actor
    stay: Stay

    @property
    def parties(self) -> tuple[Actor, ...]:
        return (*self.inner, *self.outer)

    @property
    def lead(self) -> Actor:
        """The party who the case is named in the world's README for."""
        return self.inner[0]

    @property
    def far(self) -> Actor:
        """The party reached from the lead only over a weak link."""
        return self.outer[0]


class Casting:
    """Casts cases one after another; nobody is a party twice."""

    def __init__(self, block: Block, land: Landscape) -> None:
        self._block, self._land, self._taken = block, land, set[int]()
        self._names = block.names.full()
        inside = np.array([s.family in ("arrest", "section") for s in land.settings] + [False])
        self._recent = (
            (block.stay_from > day(2023)) & (block.stay_to < TODAY - 30) & inside[block.setting] & (block.setting >= 0)
        )
        self._recent &= block.stay_to - block.stay_from > 90

    def cast(self, dice: Dice) -> Cast:
        """Find an extremist with a recent stay in prison, people who were there too, and a second circle."""
        block = self._block
        leads = np.flatnonzero(self._recent.any(axis=1) & (block.extremist_from < TODAY) & (block.role == OFFENDER))
        lead = self._draw(dice, leads)
        slot = int(np.flatnonzero(self._recent[lead])[-1])
        stay = Stay(int(block.setting[lead, slot]), int(block.stay_from[lead, slot]), int(block.stay_to[lead, slot]))
        overlap = (block.setting == stay.setting) & (block.stay_from <= stay.end) & (block.stay_to >= stay.start)
        beside = [self._draw(dice, np.flatnonzero(overlap.any(axis=1) & (block.role == OFFENDER))) for _ in range(4)]
        away = self._strangers(lead)
        far = self._draw(dice, np.flatnonzero(away & (block.crime_from < TODAY)))
        town = (block.municipality == block.municipality[far]) & (block.role == OFFENDER)
        others = [self._draw(dice, np.flatnonzero(town)) for _ in range(3)]
        known = [self._draw(dice, np.flatnonzero(block.role == OFFENDER)) for _ in range(10)]
        victim = self._draw(dice, np.flatnonzero((block.role == 2) & ((np.arange(block.count) + block.first) % 2 == 0)))
        return Cast(
            (self._actor(lead), *(self._actor(i) for i in beside)),
            tuple(self._actor(i) for i in (far, *others)),
            tuple(self._actor(i) for i in known),
            self._actor(victim),
            stay,
        )

    def _strangers(self, lead: int) -> np.ndarray:
        """People with no setting, milieu, municipality or offence in common with the lead."""
        block = self._block
        own = set(block.setting[lead][block.setting[lead] >= 0].tolist())
        shares = np.isin(block.setting, sorted(own)).any(axis=1)
        apart = (
            ~shares & (block.municipality != block.municipality[lead]) & (block.crime_code != block.crime_code[lead])
        )
        return np.asarray(
            apart & (block.extremist_from == NEVER) & (block.moved_on == NEVER) & (block.role == OFFENDER)
        )

    def _draw(self, dice: Dice, rows: np.ndarray) -> int:
        adult = rows[TODAY - self._block.birth[rows] > 19 * 366]
        free = [int(r) for r in adult if int(r) not in self._taken] or [
            r for r in range(self._block.count) if r not in self._taken and self._block.role[r] == OFFENDER
        ]
        chosen = dice.choice(free)
        self._taken.add(chosen)
        return chosen

    def _actor(self, row: int) -> Actor:
        block = self._block
        person = Ref(f"person:{row + block.first:07d}", "Person")
        return Actor(person, str(self._names[row].as_py()), int(block.names.pool[row]), int(block.birth[row]))
