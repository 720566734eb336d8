"""What stands beside the tables cannot take over, break or exhaust a home."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.actor import actor_of, personas
from graph.errors import BadDelivery
from graph.home import Home
from ingest.load import load
from tests.ingest.folders import claim, table

MANIFEST = "kind: synthetic\nnamespace: {}\ndefaults: {{grade: '4x4:B2', assertion: fact, source: s}}\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)


def delivery(place: Path, namespace: str = "test", **files: str) -> Path:
    place.mkdir()
    (place / "manifest.yaml").write_text(MANIFEST.format(namespace) + files.pop("manifest", ""))
    (place / "claims.csv").write_text(table([claim()]))
    for name, text in files.items():
        (place / f"{name}.yaml").write_text(text)
    return place


def refused(tmp_path: Path, place: Path, code: str) -> None:
    """Load what must be refused; who may do what stays as it was."""
    home = Home.init(tmp_path / "home", personas=True)
    before = personas(home)
    with pytest.raises(BadDelivery) as caught:
        load(home, [place])
    assert caught.value.reason_code == code, caught.value.message
    assert personas(home) == before


@pytest.mark.parametrize("namespace", ["home", "partner:north", "x" * 201, '"a\\u202eb"'])
def test_namespaces_that_no_delivery_may_take(tmp_path: Path, namespace: str) -> None:
    users = "analyst: {roles: [analyst], clearance: 3, purposes: [investigate]}\n"
    refused(tmp_path, delivery(tmp_path / "in", namespace, users=users), "namespace-reserved")


def test_a_world_leaves_the_personas_as_they_are(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home", personas=True)
    before = actor_of(home, "analyst")
    load(home, [delivery(tmp_path / "in", users="analyst: {roles: [analyst], clearance: 3}\n")])
    assert actor_of(home, "analyst") == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("users", "mallory: {roles: [analyst], clearance: abc}\n"),
        ("users", "mallory: {roles: 7}\n"),
        ("partners", "north: {}\n"),
        ("partners", "north: {name: N, org: n, sign_key: zz, age_recipient: zz}\n"),
        ("cases", "c: {title: T, state: open, legal_basis: polintel-4, purpose: investigate, members: 5}\n"),
        ("cases", "c: {members: [analyst], parties: 3}\n"),
    ],
)
def test_entries_that_would_break_who_reads_them(tmp_path: Path, name: str, text: str) -> None:
    refused(tmp_path, delivery(tmp_path / "in", **{name: text}), "bad-side-file")


@pytest.mark.parametrize("text", [BOMB, "a: &a\n  b: *a\n"])
def test_yaml_that_unfolds_without_end(tmp_path: Path, text: str) -> None:
    refused(tmp_path, delivery(tmp_path / "in", manifest=text), "too-long")
