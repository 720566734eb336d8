"""The signed bundle: in force with two reviewers, refused in every other state."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph.errors import BadInput, Conflict
from graph.home import Home
from graph.policy import bundle
from graph.policy.bundle import (
    CORPUS_FILE,
    Approval,
    PolicyRefused,
    ask_stored,
    check,
    corpus,
    establish,
    reviewers,
    sign,
    start,
)
from graph.policy.rules import POLICY_FILE, SCHEMA_FILE, Rules, shipped
from graph.policy.table import table

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.init(tmp_path / "home")


def approvals(home: Home) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((home.path / "policy" / "approvals.json").read_text())["approvals"]
    return found


def write(home: Home, found: list[dict[str, str]]) -> None:
    (home.path / "policy" / "approvals.json").write_text(json.dumps({"approvals": found}))


def refused(home: Home) -> str:
    with pytest.raises(PolicyRefused) as caught:
        check(home)
    assert caught.value.exit_code == 8
    return caught.value.reason_code


def test_a_new_home_has_two_reviewers_who_signed(home: Home) -> None:
    start(home)
    assert sorted(reviewers(home)) == ["first", "second"]
    keys = list((home.path / "keys").glob("reviewer-*"))
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]


def test_a_home_from_before_gets_its_reviewers_once(home: Home) -> None:
    with pytest.raises(Conflict):
        establish(home, AT)
    shutil.rmtree(home.path / "policy")
    with pytest.raises(PolicyRefused, match="policy establish"):
        check(home)
    establish(home, AT)
    check(home)


def test_one_reviewer_is_not_enough(home: Home) -> None:
    write(home, approvals(home)[:1])
    assert refused(home) == "policy-unreviewed"
    sign(home, "second", at=AT)
    check(home)


def test_the_same_reviewer_twice_is_one(home: Home) -> None:
    write(home, approvals(home)[:1] * 2)
    assert refused(home) == "policy-unreviewed"


def test_unsigned(home: Home) -> None:
    for name in ("approvals.json", "approved.json"):
        (home.path / "policy" / name).unlink()
    assert refused(home) == "policy-unsigned"
    assert [sign(home, name, at=AT) for name in reviewers(home)][-1]
    check(home)


@pytest.mark.parametrize("name", [*bundle.FILES])
def test_any_file_that_changes_afterwards_is_refused(home: Home, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "shipped", lambda asked: shipped(asked) + ("\n" if asked == name else ""))
    assert refused(home) == "policy-changed"


def test_a_code_list_that_changes_afterwards_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LISTS", ("purposes", "legal_bases", "regimes", "levels"))
    assert refused(home) == "policy-changed"


@pytest.mark.parametrize(
    "forge",
    [
        lambda a: {**a, "signature": a["signature"][:-2] + ("00" if a["signature"][-2:] != "00" else "01")},
        lambda a: {**a, "signature": ""},
        lambda a: {**a, "at": "2020-01-01T00:00:00+00:00"},
        lambda a: {**a, "reviewer": "second"},
        lambda a: {**a, "reviewer": "nobody"},
        lambda a: {k: v for k, v in a.items() if k != "digest"},
    ],
)
def test_a_forged_approval_counts_nothing(home: Home, forge: Callable[[dict[str, str]], dict[str, str]]) -> None:
    first = next(a for a in approvals(home) if a["reviewer"] == "first")
    write(home, [forge(first), *(a for a in approvals(home) if a["reviewer"] == "second")])
    assert refused(home) in ("policy-unreviewed", "policy-changed")


def test_a_foreign_key_signs_nothing(home: Home, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_text(Ed25519PrivateKey.generate().private_bytes_raw().hex())
    with pytest.raises(BadInput):
        sign(home, "first", at=AT, key=other)
    with pytest.raises(BadInput):
        sign(home, "third", at=AT)
    with pytest.raises(BadInput):
        sign(home, "first", at=AT, key=tmp_path / "none")


def test_a_key_that_was_handed_over_signs_from_where_it_lies(home: Home, tmp_path: Path) -> None:
    handed = (home.path / "keys" / "reviewer-first.ed25519").rename(tmp_path / "first.key")
    write(home, [a for a in approvals(home) if a["reviewer"] == "second"])
    with pytest.raises(BadInput):
        sign(home, "first", at=AT)
    assert len(sign(home, "first", at=AT, key=handed)) == 2
    check(home)


def test_a_signature_is_over_who_when_and_what() -> None:
    one = Approval("first", "d", "t", "").signed()
    others = {Approval(*each, "").signed() for each in (("second", "d", "t"), ("first", "e", "t"), ("first", "d", "u"))}
    assert one not in others and len(others) == 3


def test_the_stored_decisions_are_those_of_the_table() -> None:
    assert shipped(CORPUS_FILE) == corpus(table())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("resource.level <= principal.clearance", "resource.level <= 3"),
        ("containsAll(resource.compartments)", "containsAny(resource.compartments)"),
        ("when { resource.sealed }", "when { !resource.sealed }"),
    ],
)
def test_a_policy_that_answers_otherwise_fails_its_self_test(old: str, new: str) -> None:
    text = shipped(POLICY_FILE)
    assert old in text
    changed = Rules.parse(text.replace(old, new), shipped(SCHEMA_FILE))
    with pytest.raises(PolicyRefused) as caught:
        ask_stored(changed, shipped(CORPUS_FILE))
    assert caught.value.reason_code == "policy-self-test"


@pytest.mark.parametrize(
    "cut", [lambda lines: lines[:999], lambda lines: [x for x in lines if '"allowed": false' in x]]
)
def test_a_corpus_that_means_nothing_is_refused(cut: Callable[[list[str]], list[str]]) -> None:
    lines = cut(shipped(CORPUS_FILE).splitlines())
    with pytest.raises(PolicyRefused):
        ask_stored(Rules.parse(shipped(POLICY_FILE), shipped(SCHEMA_FILE)), "\n".join(lines))
