"""Packages that a hostile sender signs well: nothing of them reaches further than a partner's own claims."""

from __future__ import annotations

import json
from collections.abc import Callable
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


def bundle(said: stix.Said = SAID) -> dict[str, Any]:
    nodes = [stix.Node("identity--1", "Person", "Ada")]
    made: dict[str, Any] = json.loads(frame.canonical(stix.to_bundle("x", "p", MADE, nodes, [said], b"k" * 32)))
    return made


def sent(tmp_path: Path, recipient: Home, name: str, payload: bytes | None = None, kind: str = "synthetic") -> Path:
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
        {**MANIFEST, "claims": 1, "kind": kind},
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


def inside(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any, Any], tuple[Any, Any]]) -> None:
    """Let senders seal another inner part than the header belongs to: `change` takes and gives its head and key."""
    seal = frame.seal

    def sealed(magic: bytes, head: Any, body: bytes, key: Any) -> bytes:
        head, key = change(head, key) if magic == frame.INNER else (head, key)
        return seal(magic, head, body, key)

    monkeypatch.setattr(frame, "seal", sealed)


def test_an_inner_part_that_somebody_else_signed_is_refused(
    tmp_path: Path, recipient: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(monkeypatch, lambda head, key: (head, recipient.signing_key))
    path = sent(tmp_path, recipient, "stranger")
    report = packages.verify(recipient, path.read_bytes(), now=MADE)
    assert report.error is not None and report.error.reason_code == "wrong-signature" and report.payload is None


@pytest.mark.parametrize("field", ["package", "sender", "recipient", "created"])
def test_an_inner_part_that_was_for_another_package_is_refused(
    tmp_path: Path, recipient: Home, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    inside(monkeypatch, lambda head, key: ({**head, field: "south"}, key))
    path = sent(tmp_path, recipient, "stranger")
    report = packages.verify(recipient, path.read_bytes(), now=MADE)
    assert report.error is not None and report.error.reason_code == "bad-manifest" and report.payload is None


@pytest.mark.parametrize(("sent_as", "kept_as"), [("H0", "H0"), ("H1", "H2"), ("H2", "H2"), ("H3", "H3")])
def test_what_came_in_leaves_again_only_with_consent(
    tmp_path: Path, recipient: Home, sent_as: str, kept_as: str
) -> None:
    payload = frame.canonical(bundle(replace(SAID, handling=sent_as)))
    receive(meeting(recipient), sent(tmp_path, recipient, "stranger", payload), clock=lambda: MADE)
    with Ledger(recipient) as ledger:
        (marking,) = ledger.markings().values()
    assert (marking.handling, marking.originator, marking.level) == (kept_as, "stranger", 1)


def test_research_claims_come_in_as_research_beside_made_up_ones(tmp_path: Path, recipient: Home) -> None:
    for kind in ("synthetic", "published-research"):
        receive(meeting(recipient), sent(tmp_path, recipient, "stranger", kind=kind), clock=lambda: MADE)
    with Ledger(recipient) as ledger:
        spaces = {str(n["name"]): str(n["regime"]) for n in ledger.namespaces().values()}
        regimes = {marking.regime for marking in ledger.markings().values()}
    assert spaces == {"partner:stranger": "synthetic", "partner:stranger:research": "published-research"}
    assert regimes == {"synthetic", "research"}


def test_claims_that_are_neither_made_up_nor_research_are_refused(tmp_path: Path, recipient: Home) -> None:
    with pytest.raises(BadPackage, match="Only synthetic and published-research") as caught:
        receive(meeting(recipient), sent(tmp_path, recipient, "stranger", kind="led"), clock=lambda: MADE)
    assert caught.value.reason_code == "package-kind"
    with Ledger(recipient) as ledger:
        assert ledger.head() == 0 and not ledger.partners()
