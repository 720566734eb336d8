"""The settings of the world: where people are, and which of them are bridges or decoys.

A setting's share is the part of all settings' person-time it is meant to get. Settings of strength `s` multiply the
hazard of crossing between milieus by `s` while a person is there and for 30 days after. A weak bridge gets more
person-time than a strong one, so that each can be found at all: about as many cross there whatever the strength.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingest.scenario.draws import Dice
from ingest.scenario.places import TYPES, Municipality, districts, municipalities
from ingest.scenario.size import WorldSize

LAG_DAYS = 30
"""Days after a stay during which a bridge still works."""
FAMILIES = ("arrest", "section", "venue", "housing", "forum", "work")
STAY_DAYS = {
    "arrest": (20, 160),
    "section": (60, 480),
    "venue": (90, 800),
    "housing": (300, 1500),
    "forum": (90, 700),
    "work": (90, 600),
}
"""Shortest and longest stay, by family of settings."""
_COUNT = {"arrest": 12, "section": 20, "venue": 34, "housing": 12, "forum": 10, "work": 8}
_FAMILY_SHARE = {"arrest": 6, "section": 24, "venue": 38, "housing": 10, "forum": 12, "work": 10}
BRIDGE_SHARE = {3: 85, 4: 56, 5: 34, 6: 24, 7: 18, 8: 14}
"""Share of person-time of a bridge in thousandths at size S, by strength."""
HEAVY = 3000
"""Reports and noticed crossings per person-time of a heavily reporting unit, in thousandths of an ordinary one."""

_HEAD = (
    "Nøkke Glim Jætte Drossel Kvist Sølvhat Tjørne Ulvefod Ørneløv Hasselmus Brandur Iverslev Fyrre Lygte Måneskin "
    "Rimfrost Siv Talg"
).split()
_TAIL = "mose sund krog ås vang holt eng kær næs tofte bakke led stræde dam fold".split()
_VENUES = (
    ("gym", "Bokseklub"), ("gym", "Træningscenter"), ("club", "Motorklub"), ("club", "Klubben"),
    ("association", "Foreningen"), ("school", "Voksenskole"), ("gym", "Kampsport"), ("association", "Studiekredsen"),
)  # fmt: skip
_NAMING = {
    "arrest": ("ArrestHouse", "arrest", 3, "Arresthus"),
    "section": ("PrisonSection", "section", 3, ""),
    "venue": ("Venue", "venue", 4, ""),
    "housing": ("HousingArea", "housing", 3, ""),
    "forum": ("OnlineForum", "forum", 3, "Forum"),
    "work": ("Workplace", "workplace", 3, "Værksted"),
}
"""By family: kind, prefix and width of ids, first word of names."""
_DECOYS = (
    ("large", "housing", 60), ("large", "venue", 60), ("reporting", "section", 18), ("reporting", "venue", 18),
    ("young", "venue", 18), ("young", "venue", 18), ("young", "forum", 18),
    ("crossed", "venue", 10), ("crossed", "work", 10), ("crossed", "section", 10),
)  # fmt: skip
"""Reason, family, and share of person-time in thousandths at size S."""


@dataclass(frozen=True, slots=True)
class Prison:
    """A prison, in a municipality by its index, with the unit that reports from it."""

    id: str
    name: str
    municipality: int
    unit: str
    open: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `strength` is 1 unless it is a bridge; `intensity` is its unit's reporting in thousandths."""

    index: int
    id: str
    kind: str
    family: str
    subkind: str
    name: str
    municipality: int
    unit: str
    share: int
    capacity: int
    security: str
    prison: str = ""
    strength: int = 1
    decoy: str = ""
    intensity: int = 1000

    @property
    def young(self) -> bool:
        return self.decoy == "young"


@dataclass(frozen=True, slots=True)
class Landscape:
    """All settings, the prisons they lie in, and who reports about them."""

    prisons: tuple[Prison, ...]
    settings: tuple[Setting, ...]

    @property
    def bridges(self) -> tuple[Setting, ...]:
        return tuple(s for s in self.settings if s.strength > 1)

    @property
    def decoys(self) -> tuple[Setting, ...]:
        return tuple(s for s in self.settings if s.decoy)


def coined(dice: Dice, used: set[str]) -> str:
    """A place name that no map knows."""
    while True:
        name = dice.choice(_HEAD) + dice.choice(_TAIL)
        number = 1
        while f"{name}{'' if number == 1 else f' {number}'}" in used:
            number += 1
        name = name if number == 1 else f"{name} {number}"
        if number == 1 or len(used) > len(_HEAD) * len(_TAIL) // 2:
            used.add(name)
            return name


def make_landscape(size: WorldSize, seed: int) -> Landscape:
    """Lay out prisons and settings, then choose bridges and decoys among them."""
    dice, used = Dice(seed, "landscape"), set[str]()
    prisons = _prisons(size, dice, used)
    settings = _plain_settings(size, dice, used, prisons)
    settings = _plant(size, Dice(seed, "planted"), settings)
    return Landscape(prisons, tuple(_place(settings, dice)))


def _prisons(size: WorldSize, dice: Dice, used: set[str]) -> tuple[Prison, ...]:
    places = [i for i, m in enumerate(municipalities()) if 25 <= m.people <= 130]
    chosen = dice.sample(places, min(5 * size.venues, len(places)))
    return tuple(
        Prison(f"prison:{n:02d}", f"{coined(dice, used)} Fængsel", place, f"unit:{100 + n}", n % 3 == 2)
        for n, place in enumerate(chosen, 1)
    )


def _plain_settings(size: WorldSize, dice: Dice, used: set[str], prisons: tuple[Prison, ...]) -> list[Setting]:
    out: list[Setting] = []
    for family in FAMILIES:
        count = _COUNT[family] * size.venues
        weights = [dice.between(60, 140) for _ in range(count)]
        total = _FAMILY_SHARE[family] * 10_000
        for number in range(count):
            share = total * weights[number] // sum(weights)
            out.append(_plain(family, number, len(out), share, dice, used, prisons))
    return out


def _plain(
    family: str, number: int, index: int, share: int, dice: Dice, used: set[str], prisons: tuple[Prison, ...]
) -> Setting:
    kind, prefix, width, word = _NAMING[family]
    subkind, where, unit, security, prison = prefix, -1, "", "", ""
    capacity = dice.between(20, 90) * (20 if family == "housing" else 1)
    if family == "section":
        home = prisons[number % len(prisons)]
        wing = number // len(prisons)
        name = f"Afdeling {'ABCDEFGH'[wing // 3 % 8]}{wing % 3 + 1}, {home.name.split()[0]}"
        where, unit, security, prison = home.municipality, home.unit, "open" if home.open else "closed", home.id
    elif family == "housing":
        name = f"Boligområde {number + 1}"
    else:
        if family == "venue":
            subkind, word = _VENUES[number % len(_VENUES)]
        name = f"{word} {coined(dice, used)}"
    if family == "arrest":
        security = "arrest"
    elif family == "forum":
        capacity = 0
    delivered = f"{prefix}:{number + 1:0{width}d}"
    return Setting(index, delivered, kind, family, subkind, name, where, unit, share, capacity, security, prison)


def _plant(size: WorldSize, dice: Dice, settings: list[Setting]) -> list[Setting]:
    """Choose bridges and decoys. Bridges of every kind of family; the strong ones where stays are short."""
    by_family = {family: [s.index for s in settings if s.family == family] for family in FAMILIES}
    for pool in by_family.values():
        dice.shuffle(pool)
    low = (3, 4, 5, 6, 7, 7, 6, 6)
    strengths = [dice.between(strength, strength + 1) for strength in low]
    homes = ["venue", "forum", "venue", "section", "section", "arrest", "work", "venue"]
    out = {s.index: s for s in settings}
    for _ in range(min(size.venues, 3)):
        for strength, family in zip(strengths, homes, strict=True):
            where = by_family[family].pop()
            out[where] = replace(
                out[where], strength=strength, share=BRIDGE_SHARE[strength] * 1000 // min(size.venues, 3)
            )
        for reason, family, share in _DECOYS:
            where = by_family[family].pop()
            heavy = HEAVY if reason == "reporting" else 1000
            out[where] = replace(out[where], decoy=reason, share=share * 1000 // min(size.venues, 3), intensity=heavy)
    return [_rescale(out[i], list(out.values())) for i in range(len(settings))]


def _rescale(setting: Setting, settings: list[Setting]) -> Setting:
    """Give what bridges and decoys leave over to the ordinary settings, in proportion."""
    if setting.strength > 1 or setting.decoy:
        return setting
    planted = sum(s.share for s in settings if s.strength > 1 or s.decoy)
    plain = sum(s.share for s in settings if s.strength == 1 and not s.decoy)
    return replace(setting, share=max(1, setting.share * (1_000_000 - planted) // plain))


def _place(settings: list[Setting], dice: Dice) -> list[Setting]:
    """Give each setting a unit, and a municipality so that every region has its share of person-time."""
    places = municipalities()
    people = [sum(m.weight for m in places if m.region == r) for r in range(5)]
    out: list[Setting] = []
    for family in FAMILIES:
        mine = sorted((s for s in settings if s.family == family), key=lambda s: (-s.share, s.index))
        total, given = sum(s.share for s in mine), [0] * 5
        for setting in mine:
            region = max(range(5), key=lambda r: (people[r] * total // sum(people) - given[r], -r))
            where = (
                setting.municipality if setting.municipality >= 0 else _somewhere(dice, places, region, setting.young)
            )
            given[places[where].region] += setting.share
            unit = setting.unit or f"unit:{int(places[where].district):02d}"
            if setting.decoy == "reporting":
                unit = f"unit:{900 + setting.index}"
            out.append(replace(setting, municipality=where, unit=unit))
    return sorted(out, key=lambda s: s.index)


def _somewhere(dice: Dice, places: tuple[Municipality, ...], region: int, towns: bool) -> int:
    mine = [i for i, m in enumerate(places) if m.region == region and (not towns or TYPES[m.type] != "rural")]
    return dice.weighted(mine, [places[i].weight for i in mine])


def unit_names(landscape: Landscape) -> dict[str, tuple[str, str, str]]:
    """Each reporting unit: its name, and the id and kind of what it belongs to."""
    out = {
        f"unit:{code}": (f"Forebyggelsesenhed {code}", f"district:{code}", "PoliceDistrict") for code, _ in districts()
    }
    for prison in landscape.prisons:
        out[prison.unit] = (f"Efterretningsenhed, {prison.name}", prison.id, "Prison")
    for setting in landscape.settings:
        if setting.unit not in out:
            district = municipalities()[setting.municipality].district
            name = f"Lokal enhed {setting.unit.split(':')[1]}"
            out[setting.unit] = (
                (name, setting.prison, "Prison") if setting.prison else (name, f"district:{district}", "PoliceDistrict")
            )
    return out
