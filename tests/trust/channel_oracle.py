"""What each declared channel may answer, read from a world's rows alone: nothing of the product is asked.

A claim counts unless it is sealed or rests on the basis of a section 115 cooperation.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from tests.factory import World, kind_of

NAMES_SOMEBODY = {"Person", "Phone", "Vehicle", "Account", "PaymentMeans", "TravelDocument"}
NUMBERS = {"number", "identifier"}
Row = tuple[dict[str, str], dict[str, Any]]


def counting(world: World) -> Iterator[Row]:
    """Give the rows that count, each with its marking."""
    for row in world.rows:
        marking = world.markings[row["marking"]]
        if not marking["sealed"] and not str(marking["legal_basis"]).startswith("rpl-115"):
            yield row, marking


def plain(number: str) -> str:
    """Return a number without country code, blanks and signs, in small letters."""
    said = "".join(c for c in number.lower() if c.isalnum())
    return said.removeprefix("45") if number.startswith("+45") else said


def ends(row: dict[str, str]) -> list[str]:
    return [end for end in (row["subject"], row["object"]) if end]


def overlaps(world: World) -> set[tuple[str, str]]:
    """Return the pairs of open cases that hold the same thing, or things of one kind with the same number."""
    rows, found = list(counting(world)), set()
    held = {case: _held(world, rows, case) for case, body in world.cases.items() if body["state"] == "open"}
    for one, two in combinations(sorted(held), 2):
        if held[one] & held[two]:
            found.add((one, two))
    return found


CONTROLLER = {"polintel-4": "led", "LED-8": "led", "rpl-742": "led", "pet-7": "pet", "gdpr-6-1-e": "gdpr"}
"""Legal basis of a case -> the regime of whoever keeps it."""


def _entered(world: World, rows: list[Row], case: str) -> set[tuple[str, ...]]:
    """Return the parties of a case, with or without a claim: under its controller's regime, and under what is nobody's
    where something that counts is said of them there.
    """
    found: set[tuple[str, ...]] = set()
    for party in world.cases[case]["parties"]:
        person = party["entity"]
        spoken = {marking["regime"] for row, marking in rows if person in ends(row)}
        regimes = {CONTROLLER[world.cases[case]["legal_basis"]]} | (spoken & {"research", "synthetic"})
        found |= {(regime, person) for regime in regimes}
    return found


def _held(world: World, rows: list[Row], case: str) -> set[tuple[str, ...]]:
    things = {
        (marking["regime"], end)
        for row, marking in rows
        if marking["case"] == case
        for end in ends(row)
        if kind_of(end) in NAMES_SOMEBODY
    } | _entered(world, rows, case)
    numbers = {
        (marking["regime"], kind_of(row["subject"]), plain(row["value"]))
        for row, marking in rows
        if row["predicate"] in NUMBERS
        and marking["case"] in ("unbound", case)
        and (marking["regime"], row["subject"]) in things
    }
    return things | numbers


def hit(world: World, case: str, number: str) -> bool:
    """Say whether a number is held outside a case."""
    return any(
        row["predicate"] in NUMBERS and marking["case"] != case and plain(row["value"]) == plain(number)
        for row, marking in counting(world)
    )


def restricted(world: World, case: str | None, purpose: str, entity: str) -> set[str] | None:
    """Return the leads of other open cases that hold more and let it be said; None where there is nothing to say."""
    leads = {
        str(world.cases[marking["case"]]["lead"])
        for row, marking in counting(world)
        if entity in ends(row)
        and marking["case"] in world.cases
        and marking["case"] != case
        and world.cases[marking["case"]]["state"] == "open"
        and world.cases[marking["case"]].get("existence") == "told"
        and purpose in marking["purposes"]
    }
    return leads or None
