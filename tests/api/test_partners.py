"""Who may send: no package brings its own trust, through the command line as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.home import Home
from graph.ledger import Ledger
from tests.api.test_commands import krydsfelt
from tests.homes import CASE, PARTNER


@pytest.fixture
def package(home: Home, tmp_path: Path) -> Path:
    file = tmp_path / "p.kxp"
    view = ["--home", str(home.path), "--as", "liaison", "--purpose", "exchange", "--case", CASE]
    krydsfelt("export", *view, "--to", PARTNER, "--out", str(file))
    return file


@pytest.fixture
def wary(world: Path, tmp_path: Path) -> Home:
    """The partner's home, from a folder that allows nobody's first contact."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("sign.ed25519", "age.key"):
        (folder / name).write_bytes((world / "partners" / PARTNER / name).read_bytes())
    (folder / "partner.yaml").write_text(json.dumps({"id": PARTNER, "org": "x"}))
    return Home.init(tmp_path / "wary", personas=True, partner=folder)


def claims(home: Home) -> int:
    return int(json.loads(krydsfelt("doctor", "--home", str(home.path), "--json").stdout)["head"])


def test_a_sender_that_is_not_known_is_refused_with_its_fingerprint(home: Home, wary: Home, package: Path) -> None:
    where = ["--home", str(wary.path)]
    shown = json.loads(krydsfelt("partner", "show", "--home", str(home.path), "--json").stdout)["fingerprint"]
    checked = json.loads(krydsfelt("verify", str(package), *where, "--json").stdout)
    assert checked["whole"] and not checked["trusted"]
    refused = krydsfelt("import", str(package), *where, code=2)
    assert "unknown-sender" in refused.stderr and shown in refused.stderr and "partner add" in refused.stderr
    assert claims(wary) == 0
    with Ledger(wary) as ledger:
        assert ledger.partners() == {}


def test_a_compared_fingerprint_lets_the_package_in(home: Home, wary: Home, package: Path) -> None:
    where = ["--home", str(wary.path)]
    shown = json.loads(krydsfelt("partner", "show", "--home", str(home.path), "--json").stdout)["fingerprint"]
    wrong = "0000 " * 6
    for given in ([], ["--fingerprint", wrong]):
        assert "(fingerprint)" in krydsfelt("partner", "add", str(package), *where, *given, code=2).stderr
    assert json.loads(krydsfelt("partner", "list", *where, "--json").stdout)["partners"] == []
    krydsfelt("partner", "add", str(package), *where, "--fingerprint", shown.upper())
    assert json.loads(krydsfelt("import", str(package), *where, "--json").stdout)["accepted"] > 0
    (known,) = json.loads(krydsfelt("partner", "list", *where, "--json").stdout)["partners"]
    assert (known["fingerprint"], known["can_receive"]) == (shown, False)


def test_a_card_lets_packages_come_and_go_and_a_known_key_is_never_replaced(
    home: Home, wary: Home, tmp_path: Path
) -> None:
    card = tmp_path / "home.yaml"
    where = ["--home", str(wary.path)]
    card.write_text(krydsfelt("partner", "show", "--home", str(home.path)).stdout)
    shown = card.read_text().splitlines()[0].removeprefix("# fingerprint: ")
    told = json.loads(krydsfelt("partner", "add", str(card), *where, "--fingerprint", shown, "--json").stdout)
    assert told["new"] and told["partner"] == "home"
    again = json.loads(krydsfelt("partner", "add", str(card), *where, "--fingerprint", shown, "--json").stdout)
    assert not again["new"]
    other = Home.init(tmp_path / "other")
    card.write_text(krydsfelt("partner", "show", "--home", str(other.path)).stdout)
    shown = card.read_text().splitlines()[0].removeprefix("# fingerprint: ")
    assert "other-key" in krydsfelt("partner", "add", str(card), *where, "--fingerprint", shown, code=5).stderr


@pytest.mark.parametrize("text", ["", "just words", "id: ../x\nsign_key: ab\n", "\xff\xfe", "[1, 2]", "{"])
def test_what_is_no_card_is_refused(home: Home, tmp_path: Path, text: str) -> None:
    card = tmp_path / "card.yaml"
    card.write_bytes(text.encode("latin-1"))
    assert "bad-card" in krydsfelt("partner", "add", str(card), "--home", str(home.path), code=2).stderr
