"""The people who use the system, as the population register has them: like anybody else, so that whoever looks oneself
up can be noticed.
"""

from __future__ import annotations

from typing import Any, Final

from graph.home import PERSONAS
from ingest.scenario.calendar import FIRST, span
from ingest.scenario.markings import Markings
from ingest.scenario.structure import place_ref
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter

BORN: Final = {
    "person:staff-014": "1984-02-11",
    "person:staff-021": "1990-09-30",
    "person:staff-022": "1978-06-04",
    "person:staff-027": "1981-12-19",
    "person:staff-033": "1987-03-25",
    "person:staff-analyst": "1986-05-17",
    "person:staff-planner": "1979-10-02",
    "person:staff-liaison": "1982-08-21",
}
"""Birth dates of those who are in the register, by their id there."""


def write_staff(writer: ClaimWriter, markings: Markings, users: dict[str, dict[str, Any]]) -> None:
    """State name, birth date and residence of users and personas who are in the register."""
    register = markings.register("population", "register:population")
    voice = Voice(writer, "16-staff", "register:population", register, grade="4x4:A1", category="d")
    known = {
        str(body["entity"]): str(body["name"]) for body in (*users.values(), *PERSONAS.values()) if "entity" in body
    }
    for place, (entity, name) in enumerate(sorted(known.items())):
        person = Ref(entity, "Person")
        voice.says(person, "name", name)
        voice.says(person, "birth_date", BORN[entity])
        voice.links(person, "located_in", place_ref(place * 11), span(FIRST, None))
