"""The prevention side: programmes, measures and their capacity, needs, mentors, dialogues, and who takes part."""

from __future__ import annotations

import numpy as np

from ingest.scenario.calendar import TODAY, day, iso, span
from ingest.scenario.draws import Dice
from ingest.scenario.markings import Markings
from ingest.scenario.names import POOLS, denied, fingerprint
from ingest.scenario.people import Block
from ingest.scenario.places import municipalities
from ingest.scenario.settings import Landscape, coined
from ingest.scenario.structure import place_ref, setting_ref
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter

PART = "12-prevention"
PROGRAMMES = {
    "mentor": "Mentor",
    "exit": "Exitforløb",
    "parent_coach": "Forældrecoach",
    "job": "Job og uddannelse",
    "housing": "Bolig",
    "psychiatric": "Psykiatrisk opfølgning",
    "dialogue": "Dialog",
}
TEAMS = {
    "mentor": (6, 42),
    "exit": (18, 96),
    "parent_coach": (20, 18),
    "job": (24, 35),
    "housing": (8, 64),
    "psychiatric": (10, 88),
    "dialogue": (30, 2),
}
"""People that one team takes in, and thousand kroner a place and year, on average."""
SEGMENTS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("Løsladt med kort varsel", 30, ("mentor", "exit", "job", "housing")),
    ("Ud af bande eller miljø", 22, ("mentor", "exit", "job")),
    ("Psykiatrisk opfølgning", 16, ("psychiatric", "mentor")),
    ("Ude af skole og job", 48, ("mentor", "job", "dialogue")),
    ("Forældre, der beder om råd", 18, ("parent_coach", "dialogue")),
    ("Hjemvendt fra udlandet", 2, ("mentor", "exit", "psychiatric", "housing")),
    ("Online, uden lokalt netværk", 12, ("mentor", "dialogue", "parent_coach")),
    ("Trusler fra tidligere kreds", 9, ("exit", "housing")),
)
"""Need segments: what people ask for, never where they come from. Mean number of people per 100,000 inhabitants."""
_TOPICS = (
    "Tryghed i boligområdet",
    "Unge og nettet",
    "Vej ud af miljøet",
    "Samarbejde med skolen",
    "Efter løsladelsen",
)
_AGREED = (
    "Fast kontaktperson",
    "Nyt møde med forældregruppen",
    "Kort vejledning til frivillige",
    "Fælles opslag om tilbud",
)
_LANGUAGES = ("dansk", "engelsk", "arabisk", "somali", "tyrkisk", "dari", "polsk", "bosnisk", "ukrainsk")
_SKILLS = ("gældsrådgivning", "familiesamtale", "jobstøtte", "exit", "traumer", "netliv", "fritid")


def write_prevention(writer: ClaimWriter, seed: int, land: Landscape, block: Block, markings: Markings) -> None:
    """Everything the planner works with."""
    voice = Voice(writer, PART, "register:prevention", markings.open_map(), grade="4x4:A1")
    for kind, name in PROGRAMMES.items():
        programme = Ref(f"programme:{kind}", "Programme")
        voice.says(programme, "name", name)
        voice.says(programme, "step", TEAMS[kind][0])
        voice.says(programme, "cost", TEAMS[kind][1] * 1000)
    for index in range(len(municipalities())):
        _municipality(writer, seed, index, markings)
    for setting in land.settings:
        if setting.family == "section" and Dice(seed, "offers", setting.id).chance(500):
            voice.links(setting_ref(setting), "offers", Ref("programme:exit", "Programme"), span(day(2018), None))
    _mentors(writer, seed, markings)
    _dialogues(writer, seed, markings)
    _participation(writer, seed, block, markings)


def need_amount(seed: int, index: int, number: int) -> int:
    """People in a need segment of a municipality."""
    place, dice = municipalities()[index], Dice(seed, "need", municipalities()[index].code, number)
    return (place.people * SEGMENTS[number - 1][1] * dice.between(50, 150) // 100 + dice.below(100)) // 100


def need_years(seed: int, index: int, number: int) -> dict[int, int]:
    """People in a need segment of a municipality, by year: the same level, counted anew each year."""
    now, dice = need_amount(seed, index, number), Dice(seed, "need-years", municipalities()[index].code, number)
    before = [(now * dice.between(75, 125) + dice.below(100)) // 100 + dice.choice((0, 0, 0, 1)) for _ in range(2)]
    return dict(zip((2024, 2025, 2026), (*before, now), strict=True))


def _municipality(writer: ClaimWriter, seed: int, index: int, markings: Markings) -> None:
    place, dice = municipalities()[index], Dice(seed, "prevention", municipalities()[index].code)
    voice = Voice(writer, PART, f"municipality-desk:{place.code}", markings.planning(place.code), grade="4x4:A2")
    since = span(day(2024), None)
    need: dict[str, int] = dict.fromkeys(PROGRAMMES, 0)
    for number, (name, _, programmes) in enumerate(SEGMENTS, 1):
        years = need_years(seed, index, number)
        if not any(years.values()):
            continue
        segment = Ref(f"need:{place.code}-{number}", "NeedSegment")
        voice.says(segment, "name", name)
        for year, amount in years.items():
            voice.says(segment, "amount", amount, str(year))
        voice.links(segment, "located_in", place_ref(index), since)
        for programme in programmes:
            voice.links(segment, "needs", Ref(f"programme:{programme}", "Programme"), since)
            need[programme] += years[2026]
    for kind, name in PROGRAMMES.items():
        if need[kind] and kind != "dialogue" and (kind == "mentor" or dice.chance(min(900, 350 + place.people))):
            _measure(voice, place.code, kind, f"{name}, {place.name}", need[kind], index, dice)
            _terms(voice, seed, index, kind)


def _measure(voice: Voice, code: str, kind: str, name: str, need: int, index: int, dice: Dice) -> None:
    """A measure with places for part of the need; now and then none are left, and that binds."""
    measure, capacity = Ref(f"measure:{code}-{kind}", "Measure"), Ref(f"capacity:{code}-{kind}", "Capacity")
    since = span(day(2022) + dice.below(1000), None)
    voice.says(measure, "name", name)
    voice.says(measure, "kind", kind)
    voice.links(measure, "offers", Ref(f"programme:{kind}", "Programme"), since)
    voice.links(measure, "located_in", place_ref(index), since)
    voice.links(capacity, "part_of", measure, since)
    voice.says(capacity, "amount", need * dice.choice((0, 10, 15, 20, 25, 35, 50)) // 100, span(day(2026), None))


def _terms(voice: Voice, seed: int, index: int, kind: str) -> None:
    """What one more team of a measure brings and costs; some measures are shared with the next municipality."""
    place, dice = municipalities()[index], Dice(seed, "terms", municipalities()[index].code, kind)
    measure = Ref(f"measure:{place.code}-{kind}", "Measure")
    step, cost = TEAMS[kind]
    voice.says(measure, "step", max(2, step * dice.between(60, 180) // 100), span(day(2026), None))
    voice.says(measure, "cost", cost * dice.between(80, 130) * 10, span(day(2026), None))
    nearby = [i for i, m in enumerate(municipalities()) if m.district == place.district and i != index]
    if kind in ("exit", "psychiatric", "parent_coach") and nearby and dice.chance(180):
        voice.links(measure, "located_in", place_ref(dice.choice(nearby)), span(day(2026), None))


def _mentors(writer: ClaimWriter, seed: int, markings: Markings) -> None:
    for number in range(1, 141):
        dice = Dice(seed, "mentor", number)
        index = dice.weighted(range(len(municipalities())), [m.weight for m in municipalities()])
        code = municipalities()[index].code
        voice = Voice(writer, PART, f"municipality-desk:{code}", markings.planning(code), grade="4x4:A2")
        mentor = Ref(f"mentor:{number:03d}", "Mentor")
        voice.says(mentor, "name", _mentor_name(dice))
        voice.links(mentor, "located_in", place_ref(index), span(day(2023), None))
        voice.says(mentor, "language", "dansk")
        second = dice.choice(_LANGUAGES)
        if second != "dansk":
            voice.says(mentor, "language", second)
        for skill in dice.sample(_SKILLS, dice.between(1, 2)):
            voice.says(mentor, "skill", skill)
        voice.says(mentor, "amount", dice.between(1, 5))
        if dice.chance(350) and need_amount(seed, index, 4):
            voice.links(Ref(f"need:{code}-4", "NeedSegment"), "mentored_by", mentor, span(day(2026), None))


def _mentor_name(dice: Dice) -> str:
    while True:
        pool = dice.choice(POOLS)
        name = f"{dice.choice(pool.given)} {dice.choice(pool.last)}"
        if fingerprint(name) not in denied():
            return name


def _dialogues(writer: ClaimWriter, seed: int, markings: Markings) -> None:
    """Dialogues held, with organiser and a made-up association, and the segments each would reach."""
    used: set[str] = set()
    for number in range(1, 61):
        dice = Dice(seed, "dialogue", number)
        index = dice.weighted(range(len(municipalities())), [m.weight for m in municipalities()])
        place = municipalities()[index]
        voice = Voice(writer, PART, f"municipality-desk:{place.code}", markings.planning(place.code), grade="4x4:A2")
        held = day(2024) + dice.below(TODAY - day(2024))
        dialogue, host = Ref(f"dialogue:{number:03d}", "Dialogue"), Ref(f"association:{number:03d}", "Association")
        voice.says(host, "name", f"Foreningen {coined(dice, used)}")
        voice.links(host, "located_in", place_ref(index), span(day(2020), None))
        voice.says(dialogue, "date", iso(held))
        voice.says(dialogue, "topic", dice.choice(_TOPICS))
        voice.says(dialogue, "amount", Dice(seed, "dialogue-size", number).between(8, 34))
        voice.says(dialogue, "agreed", dice.choice(_AGREED))
        voice.says(dialogue, "next_on", iso(held + dice.between(60, 200)))
        voice.links(dialogue, "located_in", place_ref(index), iso(held))
        voice.links(dialogue, "organiser", Ref(f"unit:{place.district}", "Authority"), iso(held))
        voice.links(dialogue, "partner", host, iso(held))
        voice.links(dialogue, "offers", Ref("programme:dialogue", "Programme"), iso(held))
        for segment in (4, 5, 7):
            if dice.chance(700) and need_amount(seed, index, segment):
                voice.links(Ref(f"need:{place.code}-{segment}", "NeedSegment"), "referred_to", dialogue, iso(held))


def _participation(writer: ClaimWriter, seed: int, block: Block, markings: Markings) -> None:
    """Some people who left a milieu take part in a programme, a few with a mentor."""
    dice = Dice(seed, "participation")
    marking = markings.register("participation", "register:prevention")
    voice = Voice(writer, PART, "register:prevention", marking, grade="4x4:A2")
    left = np.flatnonzero(block.extremist_to < TODAY - 200)
    for row in sorted(dice.sample([int(i) for i in left], len(left) // 5)):
        person = Ref(f"person:{row + block.first:07d}", "Person")
        start = int(block.extremist_to[row]) - dice.between(0, 150)
        kind = dice.weighted(("exit", "mentor", "job"), (3, 4, 3))
        voice.with_(category="a").links(
            person,
            "participates_in",
            Ref(f"programme:{kind}", "Programme"),
            span(start, min(TODAY, start + dice.between(90, 700))),
        )
        if kind == "mentor":
            mentor = Ref(f"mentor:{dice.between(1, 140):03d}", "Mentor")
            voice.with_(category="a").links(person, "mentored_by", mentor, span(start, min(TODAY, start + 180)))
