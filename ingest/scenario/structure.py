"""What stands still: prisons, settings, units, milieus, groups, zones; and reports of units about settings."""

from __future__ import annotations

import numpy as np

from ingest.scenario.calendar import FIRST, TODAY, day, iso, iso_array, span
from ingest.scenario.draws import Dice, Stream
from ingest.scenario.markings import Markings
from ingest.scenario.milieus import CRIME_CODES, EXTREMIST_CODES
from ingest.scenario.partners import Partner
from ingest.scenario.people import NEVER, OFFENDER, Block
from ingest.scenario.places import municipalities
from ingest.scenario.settings import Landscape, Setting, unit_names
from ingest.scenario.size import WorldSize
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter, ids

MILIEU_NAMES = {
    "C.gang": "Gademiljø",
    "C.narcotics": "Narkomiljø",
    "C.rocker": "Rockermiljø",
    "C.fraud": "Svindelmiljø",
    "C.weapons": "Våbenmiljø",
    "C.document": "Dokumentfalsk",
    "C.violence": "Vold mod betaling",
    "C.other": "Andet kriminelt miljø",
    "E.isl": "Militant islamistisk miljø",
    "E.rwe": "Højreekstremt miljø",
    "E.lwe": "Venstreekstremt miljø",
    "E.anti": "Antimyndighedsmiljø",
    "E.single": "Enkeltsagsmiljø",
    "E.mixed": "Blandet ekstremistisk miljø",
    "E.hybrid": "Hybridt miljø",
}
COUNTRIES = {
    "DE": "Tyskland",
    "TR": "Tyrkiet",
    "SY": "Syrien",
    "IQ": "Irak",
    "SE": "Sverige",
    "BE": "Belgien",
    "AT": "Østrig",
}
ZONES = {"zone:1": ("Zone 1", "SY"), "zone:2": ("Zone 2", "SY"), "zone:3": ("Zone 3", "IQ")}
_GROUP_KINDS = ("street_gang", "rocker", "organised_crime", "extremist", "online_community")


def setting_ref(setting: Setting) -> Ref:
    """A setting as an entity."""
    return Ref(setting.id, setting.kind)


def place_ref(index: int) -> Ref:
    """A municipality as an entity, by its index."""
    return Ref(municipalities()[index].id, "Municipality")


def write_structure(writer: ClaimWriter, land: Landscape, partners: tuple[Partner, ...], markings: Markings) -> None:
    """Prisons, settings, units, milieus, countries, zones and partners."""
    voice = Voice(writer, "01-places", "register:map", markings.open_map(), grade="4x4:A1")
    always = span(FIRST, None)
    for prison in land.prisons:
        ref = Ref(prison.id, "Prison")
        voice.says(ref, "name", prison.name)
        voice.links(ref, "located_in", place_ref(prison.municipality), always)
    for setting in land.settings:
        _setting(voice, setting, always)
    for unit, (name, home, kind) in unit_names(land).items():
        voice.says(Ref(unit, "Authority"), "name", name)
        voice.links(Ref(unit, "Authority"), "part_of", Ref(home, kind), always)
    for code in (*CRIME_CODES, *EXTREMIST_CODES):
        voice.says(Ref(f"milieu:{code}", "Milieu"), "code", code)
        voice.says(Ref(f"milieu:{code}", "Milieu"), "name", MILIEU_NAMES[code])
    for code, name in COUNTRIES.items():
        voice.says(Ref(f"country:{code}", "Country"), "name", name)
        voice.says(Ref(f"country:{code}", "Country"), "code", code)
    for zone, (name, country) in ZONES.items():
        voice.says(Ref(zone, "Zone"), "name", name)
        voice.links(Ref(zone, "Zone"), "located_in", Ref(f"country:{country}", "Country"), span(day(2012), None))
    for partner in partners:
        voice.says(partner.ref, "name", partner.name)


def _setting(voice: Voice, setting: Setting, always: str) -> None:
    ref = setting_ref(setting)
    voice.says(ref, "name", setting.name)
    voice.links(ref, "located_in", place_ref(setting.municipality), always)
    if setting.prison:
        voice.links(ref, "part_of", Ref(setting.prison, "Prison"), always)
    if setting.capacity:
        voice.says(ref, "capacity", setting.capacity)
    if setting.security:
        voice.says(ref, "security_level", setting.security)
    if setting.kind == "Venue":
        voice.says(ref, "kind", setting.subkind)


def write_reports(
    writer: ClaimWriter, size: WorldSize, seed: int, land: Landscape, markings: Markings, days: list[int]
) -> None:
    """Reports of units: the volume follows the time people spent in a setting and how diligently its unit reports."""
    stream, begin, first = Stream(seed, "reports"), day(2009), 1
    for setting in land.settings:
        expected = days[setting.index] * size.reports_per_year * setting.intensity // 365_250
        count = max(1, (expected + Dice(seed, "reports", setting.index).below(1000)) // 1000)
        on = np.sort(begin + stream.below(TODAY - begin, count, setting.id))
        numbers = np.arange(first, first + count, dtype=np.int64)
        first += count
        marking = markings.unit("report", setting.unit)
        same = {"grade": "4x4:B2", "assertion": "fact", "marking": marking, "source": setting.unit}
        writer.columns(
            "09-reports",
            count,
            subject=setting.id,
            subject_kind=setting.kind,
            predicate="subject_of",
            object=ids("report", numbers),
            object_kind="Report",
            valid=iso_array(on),
            **same,
        )
        echo = np.flatnonzero(stream.chance(60, count, f"echo {setting.id}"))
        echo = echo[echo > 0]
        writer.columns(
            "09-reports",
            len(echo),
            subject=ids("report", numbers[echo]),
            subject_kind="Report",
            predicate="derived_from",
            object=ids("report", numbers[echo - 1]),
            object_kind="Report",
            valid=iso_array(on[echo]),
            **same,
        )


def write_groups(writer: ClaimWriter, size: WorldSize, seed: int, block: Block, markings: Markings) -> list[Ref]:
    """Groups, with members taken from one milieu and one part of the country; membership is always an assessment."""
    dice, out = Dice(seed, "groups"), []
    region = np.array([m.region for m in municipalities()])[block.municipality]
    for number in range(1, 24 * size.venues + 1):
        kind = _GROUP_KINDS[number % len(_GROUP_KINDS)]
        extremist = kind in ("extremist", "online_community")
        begin, end = (block.extremist_from, block.extremist_to) if extremist else (block.crime_from, block.crime_to)
        code = block.extremist_code if extremist else block.crime_code
        fits = np.flatnonzero((begin <= TODAY - 300) & (region == number % 5) & (code == number // 5 % 3))
        if len(fits) < 6:
            continue
        group = Ref(f"group:{number:03d}", "Group")
        out.append(group)
        seat = int(block.municipality[int(fits[0])])
        unit = f"unit:{municipalities()[seat].district}"
        voice = Voice(writer, "03-milieus", unit, markings.unit("milieu", unit))
        voice.says(group, "name", f"Gruppe {number}")
        voice.says(group, "kind", kind)
        voice.links(group, "located_in", place_ref(seat), span(day(2012), None))
        for person in sorted(dice.sample([int(i) for i in fits], dice.between(6, 14))):
            start = int(begin[person]) + dice.below(200)
            stop = max(start + 60, min(int(end[person]), start + dice.between(300, 2500)))
            member = voice.with_(
                assertion="assessment", category="a" if block.role[person] == OFFENDER else "d", grade=_grade(dice)
            )
            held = f"{iso(start)[:7]}/{'..' if stop > TODAY else iso(stop)[:4] + '?'}"
            if min(start, NEVER) <= TODAY - 100:
                member.links(Ref(f"person:{person + block.first:07d}", "Person"), "member_of", group, held)
    return out


def _grade(dice: Dice) -> str:
    return dice.weighted(("4x4:B2", "4x4:B3", "4x4:C2", "4x4:C3", "4x4:X4"), (10, 6, 3, 3, 1))
