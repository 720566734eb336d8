"""The cases of a world: title, state, members, parties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ingest.scenario.casting import Cast, Casting
from ingest.scenario.draws import Dice
from ingest.scenario.markings import Markings
from ingest.scenario.material import Material
from ingest.scenario.partners import Partner
from ingest.scenario.places import districts
from ingest.scenario.settings import Landscape, coined
from ingest.scenario.writer import ClaimWriter


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as `cases.yaml` lists it, and the entities that its README points to."""

    id: str
    entry: dict[str, Any]
    cast: Cast
    masked: bool
    state: str
    sharing: bool
    """It holds a phone that another open case holds too."""


_PLAN: tuple[tuple[str, bool, list[str] | None], ...] = (
    ("open", False, ["analyst", "liaison", "user-014", "user-033"]),
    ("open", True, ["analyst", "liaison", "user-014"]),
    ("open", False, None),
    ("open", False, ["user-021", "user-022"]),
    ("open", False, ["analyst", "liaison", "user-021"]),
    ("open", False, ["user-014", "user-022"]),
    ("open", False, None),
    ("closed", False, ["analyst", "user-014"]),
    ("sealed", False, ["user-021"]),
)
"""State, whether names are masked, and members (None: whoever the loader admits); more cases are like the third."""


_SHARING: Final = frozenset({1, 4})
"""Cases of two leads in two districts that hold the same phone, and neither knows of the other."""


_CONFIDING: Final = 3
"""The case that shares a little with its partner above the level at which files are made."""


class CaseMaker:
    """Makes the cases of a world, each from draws of its own."""

    def __init__(
        self,
        writer: ClaimWriter,
        seed: int,
        land: Landscape,
        markings: Markings,
        partners: tuple[Partner, ...],
        casting: Casting,
    ) -> None:
        self._w, self._seed, self._land, self._markings, self._partners = writer, seed, land, markings, partners
        self._casting, self._titles = casting, set[str]()
        self._document = 0

    def make(self, number: int, documents: int) -> CaseFile:
        """Case `number` (from 1) with that many documents."""
        state, masked, members = _PLAN[number - 1] if number <= len(_PLAN) else ("open", False, None)
        dice = Dice(self._seed, "case", number)
        case = f"case-2026-{number:03d}"
        cast = self._casting.cast(dice)
        partner = self._partners[(number - 1) % len(self._partners)]
        material = Material(self._w, self._markings, dice, self._land, case, cast, partner, masked, state == "sealed")
        material.write()
        if number in _SHARING:
            material.shared_phone()
        if number == _CONFIDING:
            material.confided()
        for _ in range(documents):
            self._document += 1
            material.document(self._document)
        entry: dict[str, Any] = {
            "title": coined(dice, self._titles),
            "state": state,
            "purpose": "investigate",
            "legal_basis": "polintel-4",
            "lead": "user-014" if number % 2 else "user-021",
            "district": districts()[(number - 1) % len(districts())][0],
            "parties": _parties(cast, state),
        }
        if members is not None:
            entry["members"] = members
        if masked:
            entry["masked"] = True
        return CaseFile(case, entry, cast, masked, state, number in _SHARING)


def _parties(cast: Cast, state: str) -> list[dict[str, Any]]:
    end = "2025-12-31" if state == "closed" else None
    roles = [("a", "suspect", "Har efter flere kilder forbindelse til begge miljøer")] + [
        ("a", "subject", "Set sammen med hovedpersonen")
    ] * 8
    out = [
        {
            "entity": actor.person.id,
            "category": category,
            "role": role,
            "reason": reason,
            "from": "2025-02-01",
            "to": end,
        }
        for actor, (category, role, reason) in zip(cast.parties, roles, strict=False)
    ]
    victim = {
        "entity": cast.victim.person.id,
        "category": "c",
        "role": "victim",
        "reason": "Forurettet i en af sagens hændelser",
    }
    return [*out, {**victim, "from": "2025-02-01", "to": end}]
