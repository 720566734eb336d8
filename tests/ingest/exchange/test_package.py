"""Packages between two real homes: signed, encrypted, checked outside and inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graph.errors import BadPackage
from graph.home import Home
from graph.ledger import Ledger
from ingest.exchange import package as packages

MADE = datetime(2026, 3, 1, 12, tzinfo=UTC)
MANIFEST = {
    "band": 1,
    "case": "case-x",
    "claims": 0,
    "handling": ["H0"],
    "kind": "synthetic",
    "purpose": "exchange",
    "request": None,
}


@pytest.fixture
def sender(tmp_path: Path) -> Home:
    return Home.init(tmp_path / "sender", personas=True, clock=lambda: MADE)


@pytest.fixture
def recipient(tmp_path: Path) -> Home:
    keys = tmp_path / "partner-north"
    keys.mkdir()
    made = Home.init(tmp_path / "keys", clock=lambda: MADE)
    (keys / "sign.ed25519").write_text((made.path / "keys" / "sign.ed25519").read_text())
    (keys / "age.key").write_text((made.path / "keys" / "age.key").read_text())
    (keys / "partner.yaml").write_text("id: partner-north\norg: north\n")
    return Home.init(tmp_path / "recipient", partner=keys, clock=lambda: MADE)


def as_partner(home: Home) -> packages.Partner:
    return packages.Partner(home.party, "North", home.org, home.sign_public, home.age_recipient)


def made(sender: Home, recipient: Home, payload: bytes = b'{"type":"bundle"}') -> bytes:
    return packages.make(
        sender, as_partner(recipient), MANIFEST, payload, package="kxp-1", made=MADE, expires=MADE + timedelta(days=90)
    )


def test_the_recipient_checks_everything(sender: Home, recipient: Home) -> None:
    report = packages.verify(recipient, made(sender, recipient), now=MADE)
    assert report.whole and report.inner and report.payload == b'{"type":"bundle"}'
    assert "not known here, and import refuses it" in report.text() and not report.trusted


def test_the_sender_checks_the_outer_part_and_says_so(sender: Home, recipient: Home) -> None:
    report = packages.verify(sender, made(sender, recipient), now=MADE)
    assert report.whole and not report.inner and report.payload is None
    assert "opens only with the recipient's key" in report.text()


def test_any_changed_byte_is_refused_by_the_recipient(sender: Home, recipient: Home) -> None:
    whole = made(sender, recipient)
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        assert not packages.verify(recipient, bytes(changed), now=MADE).whole, place


def test_an_expired_package_is_refused(sender: Home, recipient: Home) -> None:
    report = packages.verify(recipient, made(sender, recipient), now=MADE + timedelta(days=90))
    assert report.error is not None and report.error.reason_code == "expired"


def test_a_known_sender_with_another_key_is_refused(sender: Home, recipient: Home, tmp_path: Path) -> None:
    impostor = Home.init(tmp_path / "impostor", clock=lambda: MADE)
    body = {"name": "Home", "org": "home", "sign_key": impostor.sign_public, "age_recipient": ""}
    with Ledger(recipient) as ledger, ledger.writer() as writer:
        writer.directory("partner", "home", "home", body)
    report = packages.verify(recipient, made(sender, recipient), now=MADE)
    assert report.error is not None and report.error.reason_code == "wrong-sender"


def test_a_sender_called_like_this_home_is_refused(sender: Home, recipient: Home, tmp_path: Path) -> None:
    namesake = Home.init(tmp_path / "namesake", clock=lambda: MADE)
    report = packages.verify(namesake, made(sender, recipient), now=MADE)
    assert report.error is not None and report.error.reason_code == "wrong-sender"
    assert "is from home," in report.error.message and "another name" in report.error.message


def test_somebody_else_cannot_open_it(sender: Home, recipient: Home, tmp_path: Path) -> None:
    stranger = Home.init(tmp_path / "stranger", clock=lambda: MADE)
    (stranger.path / "home.json").write_text(
        (stranger.path / "home.json").read_text().replace('"party": "home"', '"party": "other"')
    )
    report = packages.verify(Home.open(stranger.path), made(sender, recipient), now=MADE)
    assert report.whole and not report.inner


@pytest.mark.parametrize("payload", [b'{"a":1,"a":2}', b'{"a":NaN}', b"[1]", b"no", b"[" * 100_000])
def test_content_that_is_not_strict_json_is_refused(payload: bytes) -> None:
    with pytest.raises(BadPackage):
        packages.parse_payload(payload)
