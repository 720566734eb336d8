"""Checkpoints as signed notes, proofs over the tree, and a witness that no rewriting gets past."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.witness import listen
from graph.audit import AuditLog
from graph.audit_format import CHECKPOINTS, WITNESSED, segments
from graph.audit_note import BadNote, Note, Verifier, signatures_of
from graph.audit_proof import consistency, inclusion, is_consistent, is_included, leaves, root_of
from graph.audit_verify import verify
from graph.audit_witness import (
    Forked,
    OtherSize,
    Witness,
    WitnessAway,
    ask_body,
    last_note,
    log_verifier,
    witness_by_file,
    witness_by_http,
)
from graph.errors import BadInput, Conflict
from graph.home import Home
from tests.factory import clock

AT = 1_795_000_000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.init(tmp_path / "home", clock=clock)
    write(made, 9)
    return made


def write(home: Home, count: int, note: str = "") -> None:
    log = AuditLog(home, clock=clock)
    for number in range(count):
        log.outcome(log.intent("read", {"number": number, "note": note}), "ok", {})
    log.close()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness", "witness.example/w1", lambda: AT)


def test_a_checkpoint_is_a_signed_note_in_the_form_others_read(home: Home) -> None:
    note, key = last_note(home), log_verifier(home)
    lines = note.write().split("\n")
    assert lines[0] == f"krydsfelt/audit/{home.id}" and int(lines[1]) == note.size and lines[3] == ""
    assert lines[4].startswith(f"— krydsfelt/audit/{home.id} ")
    blob = base64.b64decode(lines[4].rpartition(" ")[2])
    public = home.audit_key.public_key()
    expected = hashlib.sha256(lines[0].encode() + b"\n\x01" + public.public_bytes_raw()).digest()[:4]
    assert blob[:4] == expected
    public.verify(blob[4:], "\n".join(lines[:3]).encode() + b"\n")
    assert Note.parse(note.write()) == note and Verifier.parse(key.text()) == key
    assert key.signed(note) == 0 and key.signed(Note(note.origin, note.size + 1, note.root, note.signatures)) is None


@pytest.mark.parametrize("text", ["", "a\nb\nc\n\n", "a\n1\nAAAA\n\n", "a\n01\n" + "A" * 43 + "=\n\n", "x" * 20_000])
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Note.parse(text)
    with pytest.raises(BadNote):
        signatures_of("no signature")
    with pytest.raises(BadNote):
        Verifier.parse(text)


def test_a_note_has_one_form(home: Home) -> None:
    said = last_note(home).write()
    root = said.split("\n")[2]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same = root[:-2] + letters[letters.index(root[-2]) ^ 1] + "="  # decodes to the same bytes
    assert base64.b64decode(same) == base64.b64decode(root)
    for changed in (said.replace(root, same), said + "\n", said.replace("\n\n", "\n\n\n")):
        with pytest.raises(BadNote):
            Note.parse(changed)


def test_proofs_hold_for_every_entry_and_every_size_and_for_nothing_else() -> None:
    nodes = [hashlib.sha256(bytes([n])).digest() for n in range(35)]
    wrong = hashlib.sha256(b"x").digest()
    for size in range(1, 36):
        part = nodes[:size]
        root = root_of(part)
        for index in range(size):
            proof = inclusion(part, index)
            assert is_included(nodes[index], index, size, proof, root)
            assert not is_included(wrong, index, size, proof, root)
            assert not is_included(nodes[index], index, size, [*proof, wrong], root)
        for old in range(1, size + 1):
            proof = consistency(part, old)
            assert is_consistent(old, size, root_of(nodes[:old]), root, proof)
            assert not is_consistent(old, size, wrong, root, proof)
            assert old == size or not is_consistent(old, size, root_of(nodes[:old]), root, proof[:-1])


def test_the_roots_of_proofs_are_those_of_the_checkpoints(home: Home) -> None:
    note = last_note(home)
    found = leaves(home.audit, note.size)
    assert root_of(found).hex() == note.root
    line = segments(home.audit)[0].read_bytes().split(b"\n")[3]
    leaf = hashlib.sha256(b"\x00" + line).digest()
    assert is_included(leaf, 3, note.size, inclusion(found, 3), bytes.fromhex(note.root))


def test_a_witness_signs_what_goes_on_and_the_verifier_checks_it(home: Home, witness: Witness) -> None:
    for _ in range(3):
        done = witness_by_file(home, witness)
        report = verify(home, [witness.verifier])
        assert report.whole and report.witnessed == done.size and done.at == AT and "witnessed" in report.text()
        write(home, 4)
    stranger = Verifier.of("stranger", Ed25519PrivateKey.generate(), 4)
    refused = verify(home, [stranger])
    assert refused.fault is not None and refused.fault.kind == "witness" and "did not sign" in refused.fault.detail


def test_two_witnesses_sign_one_checkpoint(home: Home, witness: Witness, tmp_path: Path) -> None:
    second = Witness(tmp_path / "second", "second", lambda: AT + 1)
    witness_by_file(home, witness)
    witness_by_file(home, second)
    assert verify(home, [witness.verifier, second.verifier]).whole


def rewritten(home: Home, tmp_path: Path) -> None:
    """Replace the log by another, signed whole with the home's own key: what only somebody with the key can do."""
    kept = (home.audit / WITNESSED).read_bytes() if (home.audit / WITNESSED).exists() else None
    shutil.rmtree(home.audit)
    home.audit.mkdir()
    write(home, 15, "nothing happened")
    if kept is not None:
        (home.audit / WITNESSED).write_bytes(kept)
    assert tmp_path.exists()


def test_a_log_rewritten_with_its_own_key_is_found_by_the_witness(home: Home, witness: Witness, tmp_path: Path) -> None:
    seen = last_note(home)
    witness_by_file(home, witness)
    rewritten(home, tmp_path)
    report = verify(home)
    assert report.fault is not None and report.fault.kind == "witness" and "rewritten" in report.fault.detail
    with pytest.raises(Forked, match="does not go on"):
        witness_by_file(home, witness)
    (home.audit / WITNESSED).unlink()
    assert verify(home).whole  # the log alone cannot tell
    assert not verify(home, [witness.verifier]).whole
    assert not verify(home, seen=[seen]).whole


def test_a_cut_log_is_refused(home: Home, witness: Witness) -> None:
    witness_by_file(home, witness)
    size = last_note(home).size
    shutil.rmtree(home.audit)
    home.audit.mkdir()
    write(home, 2)
    with pytest.raises(Forked, match="it was cut"):
        witness.add(ask_body(home, size, last_note(home)))
    with pytest.raises(OtherSize):
        witness.add(ask_body(home, 1, last_note(home)))


def test_two_logs_of_one_size_are_a_fork(home: Home, witness: Witness, tmp_path: Path) -> None:
    shutil.copytree(home.path, tmp_path / "copy")
    copy = Home.open(tmp_path / "copy")
    write(home, 3, "one way")
    write(copy, 3, "another")
    assert last_note(home).size == last_note(copy).size
    witness_by_file(home, witness)
    with pytest.raises(Forked):
        witness_by_file(copy, witness)


def test_an_unknown_log_another_key_and_a_forged_checkpoint_are_refused(home: Home, witness: Witness) -> None:
    note = last_note(home)
    with pytest.raises(BadNote, match="not known"):
        witness.add(ask_body(home, 0, note))
    witness.trust(log_verifier(home))
    with pytest.raises(Conflict, match="another key"):
        witness.trust(Verifier.of(note.origin, Ed25519PrivateKey.generate()))
    forged = Note(note.origin, note.size, "00" * 32, note.signatures)
    with pytest.raises(BadNote, match="not signed by the log"):
        witness.add(ask_body(home, 0, forged))
    for nonsense in ("", "old x\n\n" + note.write(), "old 0\n!!\n\n" + note.write()):
        with pytest.raises(BadNote):
            witness.add(nonsense)


def test_a_log_without_a_checkpoint_says_how_to_get_one(tmp_path: Path, witness: Witness) -> None:
    empty = Home.init(tmp_path / "empty", clock=clock)
    with pytest.raises(BadInput, match="audit checkpoint"):
        witness_by_file(empty, witness)


@pytest.fixture
def served(witness: Witness) -> Iterator[str]:
    server = listen(witness, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_witness_over_http(home: Home, witness: Witness, served: str, tmp_path: Path) -> None:
    with pytest.raises(WitnessAway, match="key entered"):
        witness_by_http(home, served, witness.verifier)
    witness.trust(log_verifier(home))
    witness_by_http(home, served, witness.verifier)
    write(home, 5)
    (home.audit / WITNESSED).unlink()  # what the house knows of the witness is gone: it asks, and goes on from there
    done = witness_by_http(home, served, witness.verifier)
    assert verify(home, [witness.verifier]).witnessed == done.size
    stranger = Verifier.of("stranger", Ed25519PrivateKey.generate(), 4)
    write(home, 1)
    with pytest.raises(BadNote):
        witness_by_http(home, served, stranger)
    rewritten(home, tmp_path)
    write(home, 40)
    with pytest.raises(Forked):
        witness_by_http(home, served, witness.verifier)
    with pytest.raises(WitnessAway):
        witness_by_http(home, "http://127.0.0.1:9", witness.verifier)


def test_a_list_beside_the_log_is_part_of_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.audit.LISTED", 3)
    log = AuditLog(home, clock=clock)
    log.outcome(log.intent("analyse-settings", {}), "ok", {"touched": log.touched([b"%016d" % n for n in range(9)])})
    log.close()
    assert verify(home).whole
    place = next((home.audit / "touched").iterdir())
    held = place.read_bytes()
    place.write_bytes(held[:-8] + Random(1).randbytes(8))
    changed = verify(home).fault
    place.unlink()
    gone = verify(home).fault
    assert changed is not None and gone is not None and changed.kind == gone.kind == "sidecar"
    assert json.loads(segments(home.audit)[-1].read_bytes().split(b"\n")[gone.position])["kind"] == "outcome"


def test_a_checkpoint_whose_note_is_changed_is_found(home: Home) -> None:
    path = home.audit / CHECKPOINTS
    held = path.read_bytes()
    said = json.loads(held.splitlines()[-1])
    changed = said["note"][:-3] + ("AA=" if not said["note"].endswith("AA=") else "BB=")
    path.write_bytes(held.replace(said["note"].encode(), changed.encode()))
    found = verify(home).fault
    assert found is not None and found.kind == "checkpoint"
