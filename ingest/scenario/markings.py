"""The markings of a made-up world, one per distinct combination of access attributes, named as first used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

REGISTER_PURPOSES = ["prevent", "investigate", "outreach-aggregate"]
HOME = "home"
"""The organisation whose records the world shows; on every share list, so that its own people may read."""
_COOPERATION = {"ssp": "rpl-115-1", "psp": "rpl-115-2", "ksp": "rpl-115-3"}


@dataclass(slots=True)
class Markings:
    """Collects markings by name; asking for the same name again gives the same marking."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def _keep(self, name: str, **attributes: Any) -> str:
        base = {"level": 1, "compartments": [], "handling": "H1", "originator": HOME, "share": [HOME], "open": False}
        entry = {**base, **attributes, "regime": "synthetic", "special": False, "sealed": False}
        return self._put(name, entry)

    def _put(self, name: str, entry: dict[str, Any]) -> str:
        if self.entries.setdefault(name, entry) != entry:
            raise ValueError(f"two markings are called {name}")
        return name

    def open_map(self) -> str:
        """Public facts: the map, programmes, what a municipality offers."""
        return self._keep(
            "open-map",
            level=0,
            handling="H0",
            open=True,
            share=[HOME],
            case="unbound",
            legal_basis="gdpr-6-1-e",
            tlp="CLEAR",
            purposes=[*REGISTER_PURPOSES, "exchange", "oversight"],
        )

    def register(self, name: str, originator: str, level: int = 1) -> str:
        """A register that serves prevention, investigation and planning alike; bound to no case."""
        return self._keep(
            f"register-{name}",
            level=level,
            originator=originator,
            case="unbound",
            legal_basis="LED-8",
            purposes=REGISTER_PURPOSES,
        )

    def unit(self, what: str, unit: str) -> str:
        """What a unit observed or assessed, for the same purposes."""
        name = unit.replace(":", "-")
        level = 2 if what == "milieu" and unit.endswith(("1", "4", "7")) else 1
        return self._keep(
            f"{what}-{name}",
            level=level,
            originator=unit,
            case="unbound",
            legal_basis="polintel-5",
            purposes=REGISTER_PURPOSES,
        )

    def planning(self, code: str) -> str:
        """Needs and measures of a municipality: statistics and offers."""
        return self._keep(
            f"plan-{code}",
            level=0,
            handling="H0",
            originator=f"municipality:{code}",
            case="unbound",
            legal_basis="gdpr-6-1-e",
            purposes=["prevent", "outreach-aggregate"],
        )

    def cooperation(self, frame: str, code: str) -> str:
        """What a municipality said within SSP, PSP or KSP: prevention only, never investigation or exchange."""
        return self._keep(
            f"{frame}-{code}",
            originator=f"municipality:{code}",
            case="unbound",
            legal_basis=_COOPERATION[frame],
            purposes=["prevent", "outreach-aggregate"],
        )

    def foreign(self, partner: str, handling: str) -> str:
        """What a partner reported outside any case: readable here, not to be passed on without consent."""
        return self._keep(
            f"from-{partner}-{handling}",
            level=1,
            handling=handling,
            originator=partner,
            case="unbound",
            legal_basis="LED-8",
            purposes=[*REGISTER_PURPOSES, "exchange"],
            share=[HOME] if handling == "H2" else [HOME, partner],
        )

    def bound(
        self,
        case: str,
        what: str,
        *,
        level: int = 1,
        handling: str = "H1",
        share: tuple[str, ...] = (),
        originator: str = HOME,
        minor: bool = False,
        sealed: bool = False,
        special: bool = False,
        purposes: tuple[str, ...] = ("investigate", "exchange", "prevent"),
    ) -> str:
        """Material of one case."""
        entry = {
            "level": level,
            "compartments": [],
            "handling": handling,
            "originator": originator,
            "share": [HOME, *share],
            "open": False,
            "case": case,
            "legal_basis": "polintel-4",
            "purposes": list(purposes),
            "regime": "synthetic",
            "special": special,
            "sealed": sealed,
        }
        if minor:
            entry["minor"] = True
        return self._put(f"{case}-{what}", entry)
