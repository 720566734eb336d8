"""Packages that a hostile sender signs well: nothing of them reaches further than a partner's own claims."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadDelivery, BadInput, BadPackage
from graph.home import Home
from graph.ledger import Ledger
from ingest.exchange import frame, stix
from ingest.exchange import package as packages
from ingest.exchange.receive import receive
from ingest.load import load
from tests.ingest.exchange.test_package import MADE, MANIFEST, as_partner
from tests.ingest.folders import MANIFEST as WORLD
from tests.ingest.folders import claim, folder, table

SAID = stix.Said(
    "note--1", "identity--1", "name", None, "Ada", None, "2020", "4x4:B2", "fact", "a", "H1", 1, None, "source-1"
)


def bundle() -> dict[str, Any]:
    nodes = [stix.Node("identity--1", "Person", "Ada")]
    made: dict[str, Any] = json.loads(frame.canonical(stix.to_bundle("x", "p", MADE, nodes, [SAID], b"k" * 32)))
    return made


def sent(tmp_path: Path, recipient: Home, name: str, payload: bytes | None = None) -> Path:
    """Write a package that a stranger of this name signed."""
    keys = tmp_path / "stranger-keys"
    if not keys.exists():
        keys.mkdir()
        plain = Home.init(tmp_path / "plain", clock=lambda: MADE)
        for key in ("sign.ed25519", "age.key"):
            (keys / key).write_text((plain.path / "keys" / key).read_text())
    (keys / "partner.yaml").write_text(json.dumps({"id": name, "org": "x"}))
    stranger = Home.init(tmp_path / f"stranger-{len(list(tmp_path.iterdir()))}", partner=keys, clock=lambda: MADE)
    data = packages.make(
        stranger,
        as_partner(recipient),
        {**MANIFEST, "claims": 1},
        payload if payload is not None else frame.canonical(bundle()),
        package="kxp-1",
        made=MADE,
        expires=MADE + timedelta(days=9),
    )
    path = tmp_path / "received.kxp"
    path.write_bytes(data)
    return path


class Anybody(str):
    """A sender's id that every name equals: whoever sends is met for the first time."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    __hash__ = str.__hash__


def meeting(recipient: Home) -> Home:
    """Return the home as it is when its folder allows the first contact, so that what comes after that check is met."""
    return replace(recipient, first_contact=Anybody())


@pytest.fixture
def recipient(tmp_path: Path) -> Home:
    return Home.init(tmp_path / "recipient", personas=True, clock=lambda: MADE)


@pytest.mark.parametrize("name", ["../evil", "evil\nok  sender: known", "a\x00b", "partner\u202e-01", "x" * 300])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, recipient: Home, name: str) -> None:
    with pytest.raises(BadPackage) as caught:
        receive(meeting(recipient), sent(tmp_path, recipient, name), clock=lambda: MADE)
    assert caught.value.reason_code == "bad-head"


def test_an_absolute_name_writes_nothing_there(tmp_path: Path, recipient: Home) -> None:
    with pytest.raises(BadPackage):
        receive(meeting(recipient), sent(tmp_path, recipient, str(tmp_path / "taken")), clock=lambda: MADE)
    assert not (tmp_path / "taken").exists()


def test_a_sender_called_like_a_namespace_does_not_join_it(tmp_path: Path, recipient: Home) -> None:
    load(recipient, [folder(tmp_path / "world", table([claim()]))])
    receive(meeting(recipient), sent(tmp_path, recipient, WORLD["namespace"]), clock=lambda: MADE)
    with Ledger(recipient) as ledger:
        spaces = {str(n["name"]) for n in ledger.namespaces().values()}
        assert ledger.partners()[WORLD["namespace"]]["namespace"] == "partner:test"
    assert spaces == {"test", "partner:test"}


def _without(bundle: dict[str, Any], change: str) -> bytes:
    for item in bundle["objects"]:
        if change == "kind" and item["id"] == "identity--1":
            del item["extensions"][stix.EXTENSION]["kind"]
        if change == "target" and item["type"] == "note":
            item.update(type="relationship", source_ref="identity--1")
        if change == "level" and item["type"] == "note":
            item["extensions"][stix.EXTENSION]["level"] = True
        if change == "surrogate" and item["type"] == "note":
            item["extensions"][stix.EXTENSION]["value"] = "\ud800"
    return json.dumps(bundle).encode()


@pytest.mark.parametrize("change", ["kind", "target", "level", "surrogate"])
def test_content_that_lacks_something_is_refused(tmp_path: Path, recipient: Home, change: str) -> None:
    with pytest.raises(BadPackage) as caught:
        receive(
            meeting(recipient), sent(tmp_path, recipient, "stranger", _without(bundle(), change)), clock=lambda: MADE
        )
    assert caught.value.reason_code == "bad-content"


def test_a_sender_whose_content_is_refused_is_not_remembered(tmp_path: Path, recipient: Home) -> None:
    payload = json.dumps(bundle()).replace('"handling": "H1"', '"handling": "H9"').encode()
    with pytest.raises(BadDelivery):
        receive(meeting(recipient), sent(tmp_path, recipient, "stranger", payload), clock=lambda: MADE)
    with Ledger(recipient) as ledger:
        assert "stranger" not in ledger.partners()


def test_a_sender_of_whom_only_the_signature_is_known_gets_no_package(tmp_path: Path, recipient: Home) -> None:
    receive(meeting(recipient), sent(tmp_path, recipient, "stranger"), clock=lambda: MADE)
    with Ledger(recipient) as ledger:
        to = packages.partner(ledger, "stranger")
    with pytest.raises(BadInput) as caught:
        packages.make(recipient, to, MANIFEST, b"{}", package="kxp-2", made=MADE, expires=MADE + timedelta(days=9))
    assert caught.value.reason_code == "no-key"


def test_a_number_of_thousands_of_digits_in_the_head_is_refused(recipient: Home) -> None:
    head = b'{"bytes":' + b"1" * 10_000 + b"}"
    data = frame.MAGIC + len(head).to_bytes(frame.LENGTH, "big") + head + bytes(frame.SIGNATURE)
    report = packages.verify(recipient, data, now=MADE)
    assert report.error is not None and report.error.reason_code == "bad-head"
