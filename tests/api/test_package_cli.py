"""`verify` and `import` of packages with something wrong: an exit code, a sentence, and nothing half taken in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.cli import main
from graph.home import Home
from graph.ledger import Ledger
from ingest.exchange import frame, stix
from ingest.exchange import package as packages
from tests.ingest.folders import claims_in

MADE = datetime.now(UTC).replace(microsecond=0)
MANIFEST = {
    "band": 1,
    "case": "case-x",
    "claims": 1,
    "handling": ["H1"],
    "kind": "synthetic",
    "purpose": "exchange",
    "request": None,
}
SAID = stix.Said(
    "note--1", "identity--1", "name", None, "Ada", None, "2020", "4x4:B2", "fact", "a", "H1", 1, None, "source-1"
)


@dataclass(frozen=True)
class Desk:
    """Two homes that know each other's keys, and a place for what goes between them."""

    sender: Home
    recipient: Home
    file: Path

    def package(self, *, life: timedelta = timedelta(days=90), to: str | None = None, age: str | None = None) -> bytes:
        bundle = stix.to_bundle("home", "p", MADE, [stix.Node("identity--1", "Person", "Ada")], [SAID], b"k" * 32)
        partner = packages.Partner(
            to or self.recipient.party,
            "North",
            "north",
            self.recipient.sign_public,
            age or self.recipient.age_recipient,
        )
        return packages.make(
            self.sender, partner, MANIFEST, frame.canonical(bundle), package="kxp-1", made=MADE, expires=MADE + life
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    sender = Home.init(tmp_path / "sender")
    keys = tmp_path / "north"
    keys.mkdir()
    about = Home.init(tmp_path / "about")
    for name in ("sign.ed25519", "age.key"):
        (keys / name).write_text((about.path / "keys" / name).read_text())
    (keys / "partner.yaml").write_text("id: partner-north\norg: north\n")
    recipient = Home.init(tmp_path / "recipient", partner=keys)
    body = {"name": "Home", "org": "home", "sign_key": sender.sign_public, "age_recipient": sender.age_recipient}
    with Ledger(recipient) as ledger, ledger.writer() as writer:
        writer.directory("partner", "home", "home", body)
    return Desk(sender, recipient, tmp_path / "p.kxp")


Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command on the package; return its exit code and what it said on standard error."""

    def run(command: str, package: bytes) -> tuple[int, str]:
        desk.file.write_bytes(package)
        monkeypatch.setattr(sys, "argv", ["krydsfelt", command, str(desk.file), "--home", str(desk.recipient.path)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, capsys.readouterr().err

    return run


def lies_in(home: Home) -> set[str]:
    """Every file of a home but its audit, which must grow, and the pages that reading a ledger makes beside it."""
    return {
        str(path.relative_to(home.path))
        for path in home.path.rglob("*")
        if path.is_file() and "audit" not in path.parts and path.suffix not in (".sqlite-wal", ".sqlite-shm")
    }


def changed(package: bytes) -> bytes:
    return package[:-9] + bytes([package[-9] ^ 1]) + package[-8:]


def signed_by_nobody(package: bytes) -> bytes:
    """Blank out the signature over the header."""
    begin = len(frame.MAGIC) + frame.LENGTH
    end = begin + int.from_bytes(package[len(frame.MAGIC) : begin], "big")
    return package[:end] + bytes(frame.SIGNATURE) + package[end + frame.SIGNATURE :]


SPOILED: dict[str, tuple[Callable[[Desk], bytes], str, str]] = {
    "a changed byte": (lambda d: changed(d.package()), "wrong-digest", "changed, lost or added"),
    "a missing byte": (lambda d: d.package()[:-1], "wrong-digest", "changed, lost or added"),
    "an added byte": (lambda d: d.package() + b"\n", "wrong-digest", "changed, lost or added"),
    "the beginning alone": (lambda d: d.package()[:40], "cut-short", "Ask the sender for it again"),
    "no package": (lambda d: b"PK\x03\x04", "not-a-package", "Ask the sender for it again"),
    "nothing": (lambda d: b"", "not-a-package", "Ask the sender for it again"),
    "no signature": (lambda d: signed_by_nobody(d.package()), "wrong-signature", "Do not use it"),
    "expired": (lambda d: d.package(life=timedelta(seconds=-1)), "expired", "Ask the sender for a new one"),
    "to us by name, not by key": (
        lambda d: d.package(age=d.sender.age_recipient),
        "wrong-recipient",
        "this home cannot open it",
    ),
}
"""What is wrong -> the package, the code of the refusal, and what a person is told."""


@pytest.mark.parametrize("wrong", sorted(SPOILED))
def test_what_is_wrong_is_said_and_nothing_taken_in(desk: Desk, say: Say, wrong: str) -> None:
    make, code, words = SPOILED[wrong]
    package, before = make(desk), lies_in(desk.recipient)
    left, told = say("import", package)
    assert left == 2 and told.startswith(f"error ({code}): ") and words in told, told
    assert lies_in(desk.recipient) == before
    assert claims_in(desk.recipient) == 0
    assert desk.file.read_bytes() == package


@pytest.mark.parametrize("wrong", sorted(SPOILED.keys() - {"to us by name, not by key"}))
def test_verify_refuses_alike(desk: Desk, say: Say, wrong: str) -> None:
    make, code, _ = SPOILED[wrong]
    left, told = say("verify", make(desk))
    assert left == 2 and f"error ({code}): " in told, told


def test_a_package_for_another_is_whole_outside_and_stays_outside(desk: Desk, say: Say) -> None:
    package = desk.package(to="partner-south", age=desk.sender.age_recipient)
    assert say("verify", package)[0] == 0
    left, told = say("import", package)
    assert left == 2 and told.startswith("error (wrong-recipient): ") and "partner-south" in told
    assert claims_in(desk.recipient) == 0


def test_the_same_package_unspoiled_is_taken_in(desk: Desk, say: Say) -> None:
    assert say("import", desk.package())[0] == 0
    assert claims_in(desk.recipient) == 1
