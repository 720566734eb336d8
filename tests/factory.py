"""A tiny made-up world as a folder that loads, and a home that holds it.

    world = World().person("p1", "Kaja Lind", born="1990-01-01")
    home = world.claim("person:p1", "uses", "phone:1").home(tmp_path)

Entities are named by `kind:id`; what a test does not state is open to the analyst: level 1, share `home`, all purposes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from graph.actor import Actor, actor_of
from graph.home import Home
from graph.ledger import Ledger
from ingest.load import load

COLUMNS = (
    "subject", "subject_kind", "predicate", "object", "object_kind", "value", "valid", "grade", "assertion", "category",
    "marking", "source", "report", "locator", "note",
)  # fmt: skip
KINDS = {
    "person": "Person", "phone": "Phone", "section": "PrisonSection", "venue": "Venue", "milieu": "Milieu",
    "offence": "Offence", "report": "Report", "document": "Document", "municipality": "Municipality", "group": "Group",
    "vehicle": "Vehicle", "request": "Request",
}  # fmt: skip
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OPEN: dict[str, Any] = {
    "level": 1,
    "compartments": [],
    "handling": "H1",
    "originator": "home",
    "share": ["home"],
    "purposes": ["prevent", "investigate", "outreach-aggregate", "exchange", "oversight"],
    "legal_basis": "LED-8",
    "case": "unbound",
    "regime": "synthetic",
    "special": False,
    "minor": False,
    "sealed": False,
}
"""A marking that every persona may read."""


def clock() -> datetime:
    """The time of every test world, in UTC."""
    return NOW


@dataclass
class Ticking:
    """A clock that a test moves."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: int) -> None:
        """Let time pass."""
        self.at += timedelta(**span)


def set_digests(ledger: Ledger) -> dict[int, bytes]:
    """The set digest of every marking: what it holds, as 32 bytes."""
    with ledger.read() as connection:
        rows = connection.exec_driver_sql("SELECT nid, set_digest FROM marking")
        return {int(nid): bytes(digest) for nid, digest in rows}


@dataclass
class World:
    """Collects claims, markings, cases and users; writes them as a folder; loads them into a home."""

    public_labels: bool = False
    namespace: str = "tiny"
    markings: dict[str, dict[str, Any]] = field(default_factory=lambda: {"open": dict(OPEN)})
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    partners: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)

    def marking(self, name: str, **attributes: Any) -> World:
        """Add a marking that differs from the open one in some attributes."""
        self.markings[name] = {**OPEN, **attributes}
        return self

    def bare_marking(self, name: str, **attributes: Any) -> World:
        """Add a marking of which nothing else is stated."""
        self.markings[name] = attributes
        return self

    def case(self, name: str, **attributes: Any) -> World:
        """Add an open case and a marking of the same name that is bound to it."""
        body = {
            "title": name.title(),
            "state": "open",
            "purpose": "investigate",
            "legal_basis": "polintel-4",
            "lead": "lead",
        }
        self.cases[name] = {**body, "members": ["analyst", "liaison"], "parties": [], **attributes}
        return self.marking(name, case=name, legal_basis="polintel-4")

    def user(self, name: str, **attributes: Any) -> World:
        """Add a user of the world."""
        body = {
            "roles": ["analyst"],
            "clearance": 2,
            "compartments": [],
            "purposes": ["prevent", "investigate"],
            "org": "home",
        }
        self.users[name] = {**body, **attributes}
        return self

    def claim(
        self,
        subject: str,
        predicate: str,
        target: str | None = None,
        value: str | Mapping[str, Any] | None = None,
        *,
        marking: str = "open",
        valid: str = "",
        grade: str = "4x4:B2",
        assertion: str = "",
        category: str = "",
        source: str = "register",
        **rest: str,
    ) -> World:
        """Add one claim; `target` is an entity, `value` a literal or the qualifiers of a link."""
        said = value if isinstance(value, str) else json.dumps(value) if value is not None else ""
        stated = assertion or (
            "assessment" if predicate in ("in_milieu", "member_of", "same_as", "not_same_as") else "fact"
        )
        row = {
            "subject": subject, "subject_kind": kind_of(subject), "predicate": predicate, "object": target or "",
            "object_kind": kind_of(target) if target else "", "value": said, "valid": valid, "grade": grade,
            "assertion": stated, "category": category or ("a" if kind_of(subject) == "Person" else ""),
            "marking": marking, "source": source,
        }  # fmt: skip
        self.rows.append({**dict.fromkeys(COLUMNS, ""), **row, **rest})
        return self

    def person(self, name: str, called: str, *, born: str = "", marking: str = "open", category: str = "a") -> World:
        """Add a person with a name and, where given, a birth date."""
        self.claim(f"person:{name}", "name", value=called, marking=marking, category=category)
        if born:
            self.claim(f"person:{name}", "birth_date", value=born, marking=marking, category=category)
        return self

    def folder(self, place: Path) -> Path:
        """Write the world as a folder that loads."""
        place.mkdir(parents=True, exist_ok=True)
        manifest = {
            "kind": "synthetic", "title": "A tiny world", "licence": "Apache-2.0", "namespace": self.namespace,
            "labels": "public" if self.public_labels else "masked", "seed": 1,
        }  # fmt: skip
        for name, body in (
            ("manifest", manifest), ("markings", self.markings), ("cases", self.cases), ("users", self.users),
            ("partners", self.partners),
        ):  # fmt: skip
            if body:
                (place / f"{name}.yaml").write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
        with (place / "claims.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        return place

    def home(self, place: Path) -> Home:
        """Make a home with the personas, load the world into it, and return it. Every row must be accepted."""
        home = Home.init(place / "home", personas=True)
        return self.load_into(home, place)

    def load_into(self, home: Home, place: Path) -> Home:
        """Load the world into a home that is there."""
        report = load(home, [self.folder(place / f"folder-{self.namespace}")], clock=clock)
        assert report.quarantined == 0, report
        assert report.accepted == len(self.rows)
        return home


def kind_of(entity: str) -> str:
    """Return the kind of an entity of a test world by the prefix of its id."""
    return KINDS[entity.partition(":")[0]]


def persona(home: Home, name: str = "analyst") -> Actor:
    """Return a persona of a home."""
    return actor_of(home, name)
