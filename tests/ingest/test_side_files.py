"""What stands beside the tables cannot take over, break or exhaust a home."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.actor import actor_of, personas
from graph.errors import BadDelivery
from graph.home import Home
from ingest.load import load
from ingest.source import read_markings
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


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "manifest",
            "kind: synthetic\nnamespace: a\nnamespace: b\n",
            "line 3: the key 'namespace' stands twice. Keep one",
        ),
        ("markings", "open: {level: 0, level: 3}\n", "the key 'level' stands twice"),
        ("markings", "open: {level: 0}\nopen: {level: 3}\n", "line 2: the key 'open' stands twice"),
        ("manifest", "kind: synthetic\nrow_keys: [subject]\n", "Did you mean row_key?"),
        ("manifest", "kind: synthetic\nexpects: {claims: {min: 9}}\n", "Did you mean expect?"),
        (
            "manifest",
            "kind: synthetic\ndefaults: {gradee: x}\n",
            "defaults.gradee: this name is not known here. Did you mean grade?",
        ),
        (
            "manifest",
            "kind: synthetic\nexpect: {claims: {least: 9}}\n",
            "expect.claims.least: this name is not known here. Known are max, min.",
        ),
        (
            "manifest",
            "kind: synthetic\nexpect: {claims: {min: many}}\n",
            "expected a whole number, got 'many'. Correct it",
        ),
        ("manifest", "kind: synthetic\nlabels: open\n", "expected one of 'public' or 'masked', got 'open'. Correct it"),
        ("markings", "m: {levle: 0}\n", "m.levle: this name is not known here. Did you mean level?"),
        ("markings", "m: {level: 4}\n", "m.level: expected at most 3, got '4'. Correct it"),
        ("markings", "m: {share: 5}\n", "m.share: expected a list, got '5'. Correct it"),
        (
            "markings",
            "m: {review_on: soon}\n",
            "m.review_on: expected a date such as 2026-03-01, got 'soon'. Correct it",
        ),
        ("cases", "c: {title: T}\n", "c.state: it is missing. Add it"),
        ("users", "u: {clearance: 9}\n", "u.clearance: expected at most 3, got '9'. Correct it"),
    ],
)
def test_what_does_not_fit_is_said_in_plain_words(tmp_path: Path, name: str, text: str, said: str) -> None:
    place = delivery(tmp_path / "in")
    (place / f"{name}.yaml").write_text(text)
    with pytest.raises(BadDelivery) as caught:
        load(Home.init(tmp_path / "home"), [place])
    assert said in caught.value.message and caught.value.reason_code == "bad-side-file"


def test_merged_keys_may_be_said_again(tmp_path: Path) -> None:
    text = "base: &base {level: 0, handling: H0}\nnarrow: {<<: *base, level: 1}\n"
    (tmp_path / "markings.yaml").write_text(text)
    assert {name: m.level for name, m in read_markings(tmp_path).items()} == {"base": 0, "narrow": 1}


def test_a_key_that_nothing_reads_is_named_in_the_report(tmp_path: Path) -> None:
    place = delivery(tmp_path / "in", manifest="author: somebody\n")
    report = load(Home.init(tmp_path / "home"), [place])
    assert "test: manifest.yaml says author, which is not read" in report.warnings
