"""A home is made whole or not at all, keeps its keys to itself, and refuses what a newer version wrote."""

from __future__ import annotations

import errno
import json
import random
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pyrage
import pytest
import yaml

from graph import disk
from graph.errors import BadDelivery, BadInput, NewerHome, NoSpace, StoreUnavailable
from graph.home import PERSONAS, Home
from graph.ledger import Ledger


def test_keys_are_private_and_different(tmp_path: Path) -> None:
    a, b = Home.init(tmp_path / "a"), Home.init(tmp_path / "b")
    assert stat.S_IMODE((a.path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(key.stat().st_mode) for key in (a.path / "keys").iterdir()} == {0o600}
    assert a.secret("entity-id") != b.secret("entity-id")
    assert a.secret("entity-id") != a.secret("claim-id")
    assert a.secret("entity-id") == Home.open(a.path).secret("entity-id")
    assert len(a.secret("pseudonym")) == 32
    assert a.sign_public != b.sign_public
    assert (
        pyrage.decrypt(pyrage.encrypt(b"x", [pyrage.x25519.Recipient.from_str(a.age_recipient)]), [a.age_identity])
        == b"x"
    )


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    (home.path / "keys" / "home.key").chmod(0o644)
    with pytest.raises(StoreUnavailable, match="chmod 600"):
        Home.open(home.path).secret("entity-id")


def test_personas_have_the_rights_of_their_roles_only(tmp_path: Path) -> None:
    with Ledger(Home.init(tmp_path / "bare")) as ledger:
        assert ledger.users() == {}
    with Ledger(Home.init(tmp_path / "home", personas=True)) as ledger:
        users = ledger.users()
    assert set(users) == set(PERSONAS)
    assert users["analyst"]["purposes"] == ["prevent", "investigate"]
    assert users["admin"]["purposes"] == ["oversight"]
    assert users["liaison"]["purposes"] == ["exchange"]
    assert {user["org"] for user in users.values()} == {"home"}


def test_something_else_is_never_overwritten(tmp_path: Path) -> None:
    Home.init(tmp_path / "home")
    with pytest.raises(BadInput):
        Home.init(tmp_path / "home")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput):
        Home.init(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_folder_becomes_the_home(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    assert Home.init(tmp_path / "home").path == tmp_path / "home"


def test_a_home_half_made_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("graph.home.write_synced", full)
    with pytest.raises(NoSpace):
        Home.init(tmp_path / "home")
    assert list(tmp_path.iterdir()) == []


def test_no_home_and_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="krydsfelt init"):
        Home.open(tmp_path / "nowhere")
    home = Home.init(tmp_path / "home")
    (home.path / "home.json").write_text("{")
    with pytest.raises(StoreUnavailable):
        Home.open(home.path)


def test_a_newer_home_is_refused(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    body = json.loads((home.path / "home.json").read_text())
    (home.path / "home.json").write_text(json.dumps({**body, "version": 2}))
    with pytest.raises(NewerHome):
        Home.open(home.path)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    with Ledger(home) as ledger, ledger.begin_write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerHome):
        Ledger(home)


def partner(folder: Path) -> Path:
    """A partner's folder as a made-up world writes it."""
    folder.mkdir(parents=True)
    (folder / "partner.yaml").write_text(yaml.safe_dump({"id": "partner-x", "org": "org-x", "name": "X"}))
    (folder / "sign.ed25519").write_text("07" * 32)
    (folder / "age.key").write_text(str(pyrage.x25519.Identity.generate()))
    return folder


def test_a_partner_brings_its_own_keys(tmp_path: Path) -> None:
    place = partner(tmp_path / "partner-x")
    home = Home.init(tmp_path / "home", partner=place)
    assert (home.org, home.party) == ("org-x", "partner-x")
    assert home.signing_key.private_bytes_raw() == b"\x07" * 32
    assert str(home.age_identity) == (place / "age.key").read_text()


@pytest.mark.parametrize(
    ("name", "content"), [("sign.ed25519", "zz"), ("age.key", "AGE-SECRET-KEY-0"), ("age.key", None)]
)
def test_a_partner_without_good_keys_makes_no_home(tmp_path: Path, name: str, content: str | None) -> None:
    place = partner(tmp_path / "partner-x")
    (place / name).unlink()
    if content is not None:
        (place / name).write_text(content)
    with pytest.raises(BadDelivery):
        Home.init(tmp_path / "home", partner=place)
    assert not (tmp_path / "home").exists()


def test_delivered_bytes_come_back_and_damage_is_seen(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    digest = home.keep(b"as received\r\n")
    assert home.keep(b"as received\r\n") == digest
    assert home.kept(digest) == b"as received\r\n"
    other = home.keep(b"something else")
    home.kept_path(digest).write_bytes(home.kept_path(other).read_bytes())
    with pytest.raises(StoreUnavailable, match="changed on disk"):
        home.kept(digest)
    home.kept_path(other).write_bytes(b"torn")
    with pytest.raises(StoreUnavailable):
        home.kept(other)


def test_a_file_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk.os, "fsync", torn)
    with pytest.raises(OSError, match="Input/output"):
        disk.write_synced(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []


def test_the_same_bytes_kept_by_many_at_once_are_whole(home: Home) -> None:
    content = random.Random(7).randbytes(2 << 20)
    ready = Barrier(8)

    def keep(_: int) -> str:
        ready.wait()
        return home.keep(content)

    with ThreadPoolExecutor(8) as keepers:
        (digest,) = set(keepers.map(keep, range(8)))
    assert home.kept(digest) == content
    assert [place.name for place in home.kept_path(digest).parent.iterdir()] == [f"{digest}.zst"]
