"""Every way to tamper with a log, planted, is found and its position named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import audit_file
from graph.audit import AuditLog
from graph.audit_format import CHECKPOINTS, GENESIS, Tree, canonical, seal, segments, sha256
from graph.audit_verify import Fault, verify
from graph.home import Home
from tests.factory import clock


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose log has 41 entries in a few segments, signed to its end."""
    monkeypatch.setattr(audit_file, "SEGMENT_BYTES", 3_000)
    made = Home.init(tmp_path / "home", clock=clock)
    log = AuditLog(made, clock=clock)
    for number in range(18):
        log.outcome(log.intent("read", {"number": number}), "ok", {})
    log.close()
    assert verify(made).whole and len(segments(made.audit)) > 2
    return made


def test_a_whole_log_is_told_in_words_with_every_act(home: Home) -> None:
    log = AuditLog(home, clock=clock)
    log.outcome(log.intent("verify-package", {}), "ok", {})
    log.close()
    report = verify(home)
    assert report.acts_text().splitlines()[1:] == ["      18  read", "       1  verify-package"]
    assert "0 intents without outcome" in report.text() and "0 torn lines" in report.text()
    assert f"{report.entries} entries in {report.segments} segments" in report.text()


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1]


def put(path: Path, new: list[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in new))


def fault(home: Home) -> Fault:
    report = verify(home)
    assert not report.whole and report.fault is not None
    assert "NOT whole" in report.text() and report.to_json()["fault"]["kind"] == report.fault.kind
    return report.fault


def edited(line: bytes, **change: object) -> bytes:
    """The line changed, with a hash that fits it again."""
    body = {k: v for k, v in json.loads(line).items() if k != "hash"}
    return seal({**body, **change})


def test_an_edit_is_named(home: Home) -> None:
    path = segments(home.audit)[0]
    held = lines(path)
    put(path, [*held[:3], held[3].replace(b'"read"', b'"rest"').replace(b'"ok"', b'"no"'), *held[4:]])
    assert fault(home) == Fault("edit", 3, path.name, 4, "The entry does not fit its own hash.")


def test_an_edit_with_a_new_hash_is_named(home: Home) -> None:
    path = segments(home.audit)[0]
    held = lines(path)
    put(path, [*held[:3], edited(held[3], at="2020-01-01"), *held[4:]])
    found = fault(home)
    assert (found.kind, found.position) == ("edit", 3)


def test_an_edit_with_a_whole_new_chain_is_found_by_the_signature(home: Home) -> None:
    changed, prev = 0, GENESIS
    for path in segments(home.audit):
        new = []
        for line in lines(path):
            said = json.loads(line)
            change = {"action": "nothing"} if said.get("number") == 5 else {}
            changed += bool(change)
            new.append(edited(line, prev=prev, **change))
            prev = sha256(new[-1])
        put(path, new)
    assert changed == 1
    assert fault(home).kind == "edit" and "not those that were signed" in fault(home).detail


def test_a_deletion_is_named(home: Home) -> None:
    path = segments(home.audit)[1]
    held = lines(path)
    place = json.loads(held[2])["n"]
    put(path, held[:2] + held[3:])
    found = fault(home)
    assert (found.kind, found.position, found.segment, found.line) == ("deletion", place, path.name, 3)


def test_a_swap_is_named(home: Home) -> None:
    path = segments(home.audit)[0]
    held = lines(path)
    put(path, [*held[:2], held[3], held[2], *held[4:]])
    found = fault(home)
    assert (found.kind, found.position) == ("swap", 2)


def test_a_fork_is_named(home: Home) -> None:
    path = segments(home.audit)[0]
    held = lines(path)
    put(path, [*held[:4], edited(held[3], number=99), *held[4:]])
    found = fault(home)
    assert (found.kind, found.position) == ("fork", 3)


@pytest.mark.parametrize("cut", ["lines", "bytes", "segment"])
def test_a_cut_end_is_named(home: Home, cut: str) -> None:
    last = segments(home.audit)[-1]
    if cut == "segment":
        last.unlink()
    elif cut == "lines":
        put(last, lines(last)[:-3])
    else:
        last.write_bytes(last.read_bytes()[:-700])
    assert fault(home).kind == "truncation"
    assert fault(home).position == verify(home).entries


def test_a_missing_segment_is_named(home: Home) -> None:
    segments(home.audit)[1].unlink()
    found = fault(home)
    assert (found.kind, found.segment) == ("truncation", "000002.log")


def test_a_log_that_is_gone_is_not_an_empty_one(home: Home) -> None:
    for path in segments(home.audit):
        path.unlink()
    assert fault(home).kind == "truncation"


def test_an_unreadable_line_is_named(home: Home) -> None:
    path = segments(home.audit)[0]
    held = lines(path)
    put(path, [*held[:5], b"nonsense", *held[6:]])
    found = fault(home)
    assert (found.kind, found.position, found.line) == ("unreadable", 5, 6)


def _drop(held: list[bytes], home: Home) -> list[bytes]:
    return held[:-1]


def _loosen(held: list[bytes], home: Home) -> list[bytes]:
    said = json.loads(held[-1])
    return [*held[:-1], canonical({**said, "size": said["size"] - 1})]


def _forge(held: list[bytes], home: Home) -> list[bytes]:
    body = {k: v for k, v in json.loads(held[-1]).items() if k != "sig"}
    return [*held[:-1], canonical({**body, "sig": Ed25519PrivateKey.generate().sign(canonical(body)).hex()})]


@pytest.mark.parametrize("tamper", [_drop, _loosen, _forge])
def test_a_changed_or_missing_checkpoint_is_named(
    home: Home, tamper: Callable[[list[bytes], Home], list[bytes]]
) -> None:
    path = home.audit / CHECKPOINTS
    put(path, tamper(lines(path), home))
    assert fault(home).kind == "checkpoint"


def test_another_key_does_not_vouch(home: Home, tmp_path: Path) -> None:
    other = Home.init(tmp_path / "other", clock=clock)
    for path in home.audit.iterdir():
        (other.audit / path.name).write_bytes(path.read_bytes())
    assert fault(other).kind == "checkpoint"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_changed_byte_is_found(home: Home, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([*segments(home.audit), home.audit / CHECKPOINTS]))
    held = path.read_bytes()
    place = data.draw(st.integers(0, len(held) - 1))
    path.write_bytes(held[:place] + bytes([held[place] ^ data.draw(st.integers(1, 255))]) + held[place + 1 :])
    try:
        report = verify(home)
        last = path == segments(home.audit)[-1] and held[place:].count(b"\n") <= 1
        assert not report.whole or (last and report.torn == 1)
    finally:
        path.write_bytes(held)
    assert verify(home).whole


@given(st.integers(0, 70))
def test_the_tree_is_that_of_rfc_6962(count: int) -> None:
    leaves = [b"%d" % n for n in range(count)]
    tree = Tree()
    for leaf in leaves:
        tree = Tree(tree.size, tree.frontier())
        tree.add(leaf)
    assert tree.root() == _root(leaves).hex()


def _root(leaves: list[bytes]) -> bytes:
    """The recursive definition, as the RFC writes it."""
    import hashlib

    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + _root(leaves[:half]) + _root(leaves[half:])).digest()
