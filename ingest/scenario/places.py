"""The map: 98 municipalities, 12 police districts, their info-houses and reporting units."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ingest.scenario.calendar import FIRST, span
from ingest.scenario.writer import ClaimWriter

REGIONS = ("1081", "1082", "1083", "1084", "1085")
TYPES = ("city", "suburb", "town", "rural")
_PART = "01-places"
_CRIME_WEIGHT = {"city": 16, "suburb": 11, "town": 10, "rural": 8}


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality; region and type are indices."""

    code: str
    name: str
    region: int
    district: str
    type: int
    people: int

    @property
    def id(self) -> str:
        return f"municipality:{self.code}"

    @property
    def weight(self) -> int:
        """Share of the made-up registers: population, a little more where towns are larger."""
        return self.people * _CRIME_WEIGHT[TYPES[self.type]]


@cache
def municipalities() -> tuple[Municipality, ...]:
    """The 98 municipalities in order of their codes."""
    with resources.files("ingest.scenario.denmark").joinpath("municipalities.csv").open(encoding="utf-8") as handle:
        return tuple(
            Municipality(
                row["code"],
                row["name"],
                REGIONS.index(row["region"]),
                row["district"],
                TYPES.index(row["type"]),
                int(row["population_thousands"]),
            )
            for row in csv.DictReader(handle)
        )


@cache
def districts() -> tuple[tuple[str, str], ...]:
    """Code and name of the 12 police districts."""
    with resources.files("ingest.scenario.denmark").joinpath("police_districts.csv").open(encoding="utf-8") as handle:
        return tuple((row["code"], row["name"]) for row in csv.DictReader(handle))


def write_places(writer: ClaimWriter) -> None:
    """The administrative map as claims."""

    def row(subject: str, kind: str, predicate: str, value: str) -> None:
        writer.row(
            _PART,
            subject=subject,
            subject_kind=kind,
            predicate=predicate,
            value=value,
            grade="4x4:A1",
            assertion="fact",
            marking="open-map",
            source="register:map",
        )

    def link(subject: str, kind: str, predicate: str, target: str, target_kind: str) -> None:
        writer.row(
            _PART,
            subject=subject,
            subject_kind=kind,
            predicate=predicate,
            object=target,
            object_kind=target_kind,
            valid=span(FIRST, None),
            grade="4x4:A1",
            assertion="fact",
            marking="open-map",
            source="register:map",
        )

    for code, name in districts():
        row(f"district:{code}", "PoliceDistrict", "name", name)
        row(f"infohouse:{code}", "InfoHouse", "name", f"Info-hus {name.removesuffix(' Politi').removesuffix('s')}")
        link(f"infohouse:{code}", "InfoHouse", "part_of", f"district:{code}", "PoliceDistrict")
    for place in municipalities():
        row(place.id, "Municipality", "name", f"{place.name} Kommune")
        row(place.id, "Municipality", "code", place.code)
        row(place.id, "Municipality", "kind", TYPES[place.type])
        row(place.id, "Municipality", "population", str(place.people * 1000))
        link(place.id, "Municipality", "part_of", f"district:{place.district}", "PoliceDistrict")
