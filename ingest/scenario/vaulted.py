"""A note of the first case that holds what a vault is for: something of somebody's health, in one text."""

from __future__ import annotations

from typing import Final

from ingest.scenario.calendar import day, iso
from ingest.scenario.cases import CaseFile
from ingest.scenario.markings import Markings
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter

NOTE: Final = Ref("document:vault-1", "Document")
TEXT: Final = "Hjerteanfald i maj. Tager medicin morgen og aften, og skal kunne nå den, hvor som helst samtalen holdes."


def write_vaulted(writer: ClaimWriter, markings: Markings, case: CaseFile) -> None:
    """State that there is a note, for everybody in the case; whom it is about and what it says, for the vault."""
    case_marking = markings.bound(case.id, "visits")
    voice = Voice(writer, "17-vault", "register:prison", case_marking, grade="4x4:B2")
    voice.says(NOTE, "title", "Notat efter besøg")
    voice.says(NOTE, "date", iso(day(2026, 10, 5)))
    shut = voice.with_(marking=markings.bound(case.id, "health", special=True))
    shut.says(NOTE, "text", TEXT)
    shut.with_(category="a").links(case.cast.lead.person, "subject_of", NOTE)
