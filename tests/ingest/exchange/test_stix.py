"""Claims to STIX and back: nothing lost, nothing joined across partners, nothing unexpected let in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from stix2validator import ValidationOptions, validate_string

from graph.errors import BadPackage
from ingest.exchange import stix

SECRET = bytes(range(32))
MADE = datetime(2026, 3, 1, tzinfo=UTC)


def node(token: str, kind: str, to: str = "north") -> stix.Node:
    return stix.Node(stix.object_id(SECRET, to, kind, token), kind, f"label of {token}")


def parts() -> tuple[list[stix.Node], list[stix.Said]]:
    person, place = node("p", "Person"), node("s", "PrisonSection")
    link = stix.Said(
        id=stix.claim_id(SECRET, "north", "c1", link=True),
        subject=person.id,
        predicate="placed_in",
        object=place.id,
        value=None,
        qualifiers='{"role":"inmate"}',
        valid="2024-03/..",
        grade="admiralty:C3",
        assertion="fact",
        category="b",
        handling="H1",
        level=1,
        tlp=None,
        source="source-1",
    )
    literal = stix.Said(
        id=stix.claim_id(SECRET, "north", "c2", link=False),
        subject=person.id,
        predicate="name",
        object=None,
        value="Åse Ærø",
        qualifiers=None,
        valid="",
        grade="4x4:A1",
        assertion="assessment",
        category="a",
        handling="H0",
        level=0,
        tlp="GREEN",
        source="source-2",
    )
    return [person, place], [link, literal]


def bundle() -> dict[str, Any]:
    nodes, claims = parts()
    made: dict[str, Any] = json.loads(json.dumps(stix.to_bundle("home", "kxp-1", MADE, nodes, claims, SECRET)))
    return made


def test_it_comes_back_whole_and_the_oasis_validator_accepts_it() -> None:
    nodes, claims = parts()
    back_nodes, back_claims = stix.from_bundle(bundle())
    assert sorted(back_claims, key=lambda c: c.id) == sorted(claims, key=lambda c: c.id)
    assert back_nodes == {n.id: n for n in nodes}
    judged = validate_string(json.dumps(bundle()), ValidationOptions(version="2.1"))
    assert judged.is_valid, judged.errors


def test_two_partners_cannot_join_what_they_got() -> None:
    assert node("p", "Person", "north").id != node("p", "Person", "south").id
    assert node("p", "Person", "north").id == node("p", "Person", "north").id


def claim(made: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(o for o in made["objects"] if o["type"] == kind)
    return found


def extension(made: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = claim(made, kind)["extensions"][stix.EXTENSION]
    return found


SPOILERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no bundle": lambda b: b.update(type="report"),
    "an object of another type": lambda b: b["objects"].append({"type": "malware", "id": "malware--1"}),
    "an object without id": lambda b: claim(b, "note").pop("id"),
    "a field too many": lambda b: extension(b, "note").update(trust="high"),
    "a field too few": lambda b: extension(b, "note").pop("grade"),
    "a level that is text": lambda b: extension(b, "note").update(level="1"),
    "no extension": lambda b: claim(b, "note").pop("extensions"),
    "another extension": lambda b: claim(b, "note")["extensions"].update({"extension-definition--1": {}}),
    "an end that is not there": lambda b: claim(b, "relationship").update(target_ref="identity--1"),
    "two subjects": lambda b: claim(b, "note")["object_refs"].append("identity--1"),
    "a node twice": lambda b: b["objects"].append(copy.deepcopy(claim(b, stix.OWN_ENTITY))),
}


@pytest.mark.parametrize("what", list(SPOILERS))
def test_what_is_not_expected_is_refused_whole(what: str) -> None:
    made = bundle()
    SPOILERS[what](made)
    with pytest.raises(BadPackage):
        stix.from_bundle(made)
