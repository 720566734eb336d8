"""What partners ask and what we ask them, with deadlines."""

from __future__ import annotations

from ingest.scenario.calendar import TODAY, iso
from ingest.scenario.cases import CaseFile
from ingest.scenario.draws import Dice
from ingest.scenario.markings import Markings
from ingest.scenario.partners import Partner
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter

PART = "15-requests"
_DAYS = {"normal": 42, "urgent": 14, "emergency": 2}
_PURPOSES = ("udrejse og hjemkomst", "hvervning på tværs af miljøer", "våben og penge", "trussel mod arrangement")


def write_requests(
    writer: ClaimWriter, seed: int, markings: Markings, partners: tuple[Partner, ...], cases: list[CaseFile]
) -> None:
    """Four requests a case: two open ones from the case's own partner, older ones already answered."""
    number = 0
    for at, case in enumerate(cases):
        if case.state != "open":
            continue
        for n in range(4):
            number += 1
            dice = Dice(seed, "request", case.id, n)
            partner = partners[at % len(partners)] if n < 2 else dice.choice(partners)
            marking = markings.bound(
                case.id, f"request-{partner.id}", handling="H0", share=(partner.id,), originator=partner.id
            )
            _request(
                Voice(writer, PART, partner.id, marking, grade="4x4:A1"),
                Ref(f"request:{number:04d}", "Request"),
                partner,
                dice,
                n,
                case,
            )


def _request(voice: Voice, request: Ref, partner: Partner, dice: Dice, n: int, case: CaseFile) -> None:
    urgency = "urgent" if n == 0 else dice.weighted(tuple(_DAYS), (6, 3, 1))
    received = TODAY - dice.between(1, 6) if n < 2 else TODAY - dice.between(60, 400)
    state = "open" if n < 2 else dice.weighted(("answered", "partly", "refused"), (6, 3, 1))
    voice.says(request, "direction", "out" if n == 3 else "in")
    voice.says(request, "partner", partner.id)
    voice.says(request, "reference", f"{partner.id[-2:]}/2026/{dice.below(9000) + 1000}")
    voice.says(request, "received", iso(received))
    voice.says(request, "urgency", urgency)
    # the made-up day ends with October 2026: what is open then falls due in the weeks after
    voice.says(request, "due", iso(received + _DAYS[urgency] + (30 if n < 2 else 0)))
    voice.says(request, "basis", "LED-8")
    voice.says(request, "purpose", dice.choice(_PURPOSES))
    voice.says(request, "state", state, iso(received))
    voice.with_(category="a").links(case.cast.lead.person, "subject_of", request, iso(received))
