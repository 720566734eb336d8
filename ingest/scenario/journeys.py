"""Journeys to conflict zones: legs, states, partners' reports, and the decisions that follow them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.scenario.calendar import TODAY, iso, span, year_of
from ingest.scenario.draws import Dice
from ingest.scenario.markings import Markings
from ingest.scenario.partners import Partner
from ingest.scenario.people import Block
from ingest.scenario.structure import ZONES, place_ref
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter

_TRANSIT = ("DE", "AT", "BE", "SE")
_REST = ("presumed_dead", "presumed_dead", "detained", "camp", "third_country")
PART = "10-journeys"


@dataclass(slots=True)
class Journeys:
    """Writes the journeys of a block; numbers run over all blocks."""

    writer: ClaimWriter
    seed: int
    markings: Markings
    partners: tuple[Partner, ...]
    count: int = 0
    returned: int = 0

    def write(self, block: Block) -> None:
        for row in np.flatnonzero(block.left_on <= TODAY):
            self.count += 1
            self._journey(block, int(row), Dice(self.seed, "journey", block.first + int(row)))

    def _journey(self, block: Block, row: int, dice: Dice) -> None:
        number = f"{self.count:05d}"
        person = Ref(f"person:{block.first + row:07d}", "Person")
        journey, report = Ref(f"journey:{number}", "Journey"), Ref(f"report:p{number}", "Report")
        left, back = int(block.left_on[row]), int(block.back_on[row])
        partner = dice.choice(self.partners)
        own = Voice(
            self.writer,
            PART,
            "unit:900",
            self.markings.unit("journey", "unit:900"),
            category="a",
            report=f"report:o{number}",
        )
        foreign = Voice(
            self.writer,
            PART,
            partner.id,
            self.markings.foreign(partner.id, dice.choice(("H1", "H2"))),
            grade=dice.choice(("admiralty:B2", "admiralty:C3", "admiralty:B3", "4x4:B2")),
            category="a",
            report=report.id,
        )
        ended = None if back > TODAY else back
        own.links(person, "travelled", journey, span(left, ended))
        own.with_(report=None).links(journey, "subject_of", Ref(f"report:o{number}", "Report"), iso(left + 30))
        foreign.with_(report=None).links(journey, "subject_of", report, iso(left + 45))
        self._legs(own, foreign, journey, block, row, dice)
        self._states(own, journey, left, ended, dice)
        zone = Ref(dice.choice(tuple(ZONES)), "Zone")
        arrival = left + dice.between(4, 20)
        leaves = ended - 5 if ended else None
        foreign.links(journey, "stayed_in", zone, _vague(arrival, leaves, dice))
        foreign.links(person, "stayed_in", zone, _vague(arrival, leaves, dice))
        self._decisions(person, left, ended, dice, number)

    def _legs(self, own: Voice, foreign: Voice, journey: Ref, block: Block, row: int, dice: Dice) -> None:
        left, back = int(block.left_on[row]), int(block.back_on[row])
        home = place_ref(int(block.municipality[row]))
        over = Ref(f"country:{dice.choice(_TRANSIT)}", "Country")
        border, war = Ref("country:TR", "Country"), Ref(f"country:{dice.choice(('SY', 'IQ'))}", "Country")
        stops = [
            (home, over, left, own),
            (over, border, left + 1, own),
            (border, war, left + dice.between(3, 15), foreign),
        ]
        if back <= TODAY:
            self.returned += 1
            stops += [(war, border, back - 6, foreign), (border, home, back, own)]
        for n, (start, goal, on, voice) in enumerate(stops, 1):
            leg = Ref(f"{journey.id.replace('journey', 'leg')}-{n}", "Leg")
            when = iso(on) if voice is own else dice.choice((iso(on)[:7], f"{iso(on)}?", iso(on)))
            voice.links(leg, "part_of", journey, when)
            voice.links(leg, "leg_from", start, when)
            voice.links(leg, "leg_to", goal, when)

    def _states(self, own: Voice, journey: Ref, left: int, back: int | None, dice: Dice) -> None:
        own.says(journey, "state", "planned", iso(left - dice.between(10, 60))[:7])
        own.says(journey, "state", "left", iso(left))
        own.with_(grade="4x4:B3").says(journey, "state", "in_zone", f"{iso(left + 20)[:7]}?")
        if back is not None:
            own.says(journey, "state", "returned", iso(back))
        else:
            later = min(TODAY, left + dice.between(200, 1500))
            own.with_(grade="4x4:C3", assertion="assessment").says(
                journey, "state", dice.choice(_REST), f"{year_of(later)}?"
            )

    def _decisions(self, person: Ref, left: int, back: int | None, dice: Dice, number: str) -> None:
        """A withdrawn passport, the notice to the payer, the stop of benefits; sometimes undone and paid back."""
        voice = Voice(
            self.writer,
            PART,
            "register:decisions",
            self.markings.register("decisions", "register:decisions"),
            grade="4x4:A1",
            category="a",
        )
        if not dice.chance(600):
            return
        on = left + dice.between(40, 200)
        passport = Ref(f"decision:{number}-1", "OfficialDecision")
        steps = [(passport, "passport_withdrawal", on, "in_force")]
        stop = Ref(f"decision:{number}-2", "OfficialDecision")
        steps.append((stop, "benefit_stop", on + dice.between(5, 40), "in_force"))
        if back is not None and dice.chance(300):
            steps.append((Ref(f"decision:{number}-3", "OfficialDecision"), "benefit_repayment", back + 120, "issued"))
        for decision, kind, planned, stage in steps:
            date = min(planned, TODAY)
            voice.links(person, "subject_of", decision, iso(date))
            voice.says(decision, "kind", kind)
            voice.says(decision, "stage", stage, iso(date))
            voice.says(decision, "date", iso(date))
            if decision != passport:
                voice.links(decision, "derived_from", passport, iso(date))
        notice = Ref(f"notice:{number}", "Notice")
        voice.links(person, "subject_of", notice, iso(min(on + 3, TODAY)))
        voice.says(notice, "date", iso(min(on + 3, TODAY)))
        voice.links(notice, "derived_from", passport, iso(min(on + 3, TODAY)))


def _vague(start: int, end: int | None, dice: Dice) -> str:
    if end is None:
        return f"{iso(start)[:7]}/.."
    end = max(end, start + 31)
    return f"{iso(start)[:7]}/{iso(end)[:7]}" if dice.chance(500) else f"{iso(start)[:7]}/{iso(end)[:4]}?"
