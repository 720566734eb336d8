"""Concerns about radicalisation and how municipalities, police and info-houses handled them.

Volumes follow what municipalities have reported: most have none to two concerns a year, the large cities a handful. A
concern has circumstances in words, protective ones beside worrying ones, and neither score nor sum.
"""

from __future__ import annotations

import numpy as np

from ingest.scenario.calendar import TODAY, day, iso
from ingest.scenario.draws import Dice
from ingest.scenario.markings import Markings
from ingest.scenario.people import Block
from ingest.scenario.places import municipalities
from ingest.scenario.structure import place_ref
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter

PART = "11-concerns"
FIRST_YEAR = 2019
_CHANNELS = ("skole", "socialforvaltning", "borger", "politi", "Kriminalforsorgen", "psykiatri", "pårørende")
_FRAME = {"psykiatri": "psp", "Kriminalforsorgen": "ksp"}
_WORRYING = (
    "Taler om at rejse ud",
    "Trækker sig fra venner og undervisning",
    "Deler opslag, der hylder vold",
    "Er begyndt at omgås en lukket kreds",
    "Har sagt, at voldelige handlinger kan være nødvendige",
    "Er i konflikt med sin familie om nye bekendte",
    "Søger viden om våben",
)
_PROTECTIVE = (
    "Går fast til fodbold",
    "Har god kontakt til en lærer",
    "Familien beder selv om hjælp",
    "Er i gang med en læreplads",
    "Taler åbent om sine tvivl",
    "Har en mentor fra tidligere",
    "Møder stabilt på arbejde",
)


def concerns_per_year(people: int) -> int:
    """Mean number of concerns a year in thousandths, by population in thousands."""
    return min(9000, 250 + 16 * people)


def write_concerns(writer: ClaimWriter, seed: int, block: Block, markings: Markings) -> int:
    """All concerns of the years from `FIRST_YEAR`; returns how many."""
    number = 0
    by_home = {m: np.flatnonzero(block.municipality == m) for m in range(len(municipalities()))}
    for index, place in enumerate(municipalities()):
        dice = Dice(seed, "concerns", place.code)
        for year in range(FIRST_YEAR, 2027):
            for _ in range(dice.rare(concerns_per_year(place.people))):
                on = day(year) + dice.below(365 if year < 2026 else 300)
                number += 1
                people = by_home[index]
                person = int(people[dice.below(len(people))]) + block.first if len(people) else None
                _concern(writer, markings, dice, number, index, on, person)
    return number


def _concern(
    writer: ClaimWriter, markings: Markings, dice: Dice, number: int, index: int, on: int, person: int | None
) -> None:
    place = municipalities()[index]
    concern, channel = Ref(f"concern:{number:05d}", "Concern"), dice.choice(_CHANNELS)
    source = f"municipality-desk:{place.code}"
    voice = Voice(writer, PART, source, markings.cooperation(_FRAME.get(channel, "ssp"), place.code), grade="4x4:B2")
    voice.links(concern, "located_in", place_ref(index), iso(on))
    voice.says(concern, "reported_on", iso(on))
    voice.says(concern, "channel", channel)
    if person is not None:
        voice.with_(category="d").links(Ref(f"person:{person:07d}", "Person"), "subject_of", concern, iso(on))
    voice.says(concern, "owner", f"Info-hus {place.district}" if dice.chance(600) else f"{place.name} Kommune")
    voice.says(concern, "due", iso(on + 21))
    stages = ["received", "police_screening", "infohus", "referred"][: dice.between(1, 4)]
    when = on
    for stage in stages:
        if when <= TODAY:
            voice.says(concern, "stage", stage, iso(when))
        when += dice.between(2, 30)
    if when + 60 <= TODAY and dice.chance(900):
        voice.says(concern, "stage", "closed", iso(when + dice.between(0, 60)))
    told = voice.with_(assertion="assessment")
    for text in dice.sample(_WORRYING, dice.between(1, 2)):
        told.says(concern, "worrying", text)
    for text in dice.sample(_PROTECTIVE, dice.between(0, 2)):
        told.says(concern, "protective", text)
    if "referred" in stages and when <= TODAY and place.people >= 10:
        voice.links(concern, "referred_to", Ref(f"measure:{place.code}-mentor", "Measure"), iso(when))
