"""What of a received package may be read before it is taken in, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from graph.errors import BadPackage, PersonNumber
from graph.home import Home
from ingest.exchange import frame, stix
from ingest.exchange import package as packages
from ingest.exchange.reading import Reading, read
from ingest.exchange.verified import Verified
from tests.ingest.exchange.test_hostile_package import SAID, meeting
from tests.ingest.exchange.test_package import MADE, MANIFEST, as_partner


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Home]:
    base: Path = tmp_path_factory.mktemp("pair")
    return Home.init(base / "from", clock=lambda: MADE), Home.init(base / "to", clock=lambda: MADE)


def sent(pair: tuple[Home, Home], claims: list[stix.Said], *, kind: str = "synthetic", label: str = "Ada") -> Verified:
    """Return a package of these claims as its recipient verified it, met for the first time."""
    sender, recipient = replace(pair[0], party="partner-north"), meeting(pair[1])
    nodes = [stix.Node("identity--1", "Person", label), stix.Node("identity--2", "Person", "Bo")]
    bundle = stix.to_bundle("x", "p", MADE, nodes, claims, b"k" * 32)
    manifest = {**MANIFEST, "claims": len(claims), "kind": kind}
    times = {"made": MADE, "expires": MADE + timedelta(days=9)}
    data = packages.make(sender, as_partner(recipient), manifest, frame.canonical(bundle), package="kxp-1", **times)
    return packages.verify(recipient, data, now=MADE)


def told(reading: Reading | None) -> tuple[int, int, int, int]:
    assert reading is not None
    return len(reading.claims), reading.more, reading.above, reading.unfit


def test_claims_are_read_in_the_senders_names(pair: tuple[Home, Home]) -> None:
    reading = read(sent(pair, [SAID]), 1)
    assert reading is not None and told(reading) == (1, 0, 0, 0)
    (claim,) = reading.claims
    assert (claim.subject.label, claim.predicate, claim.value, claim.grade) == ("Ada", "name", "Ada", "4x4:B2")
    assert (claim.assertion, claim.marking.level, claim.marking.handling, claim.valid.text) == ("fact", 1, "H1", "2020")


def test_the_rest_of_a_long_package_is_counted(pair: tuple[Home, Home]) -> None:
    many = [replace(SAID, id=f"note--{n}", value=f"Ada {n}") for n in range(5)]
    assert told(read(sent(pair, many), 1, most=2)) == (2, 3, 0, 0)


def test_what_is_above_the_readers_clearance_is_counted_alone(pair: tuple[Home, Home]) -> None:
    package = sent(pair, [SAID, replace(SAID, id="note--2", value="Hidden", level=2)])
    below, cleared = read(package, 1), read(package, 2)
    assert told(below) == (1, 0, 1, 0) and "Hidden" not in repr(below)
    assert told(cleared) == (2, 0, 0, 0) and cleared is not None and max(m.level for m in cleared.markings) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"predicate": "no-such-predicate"},
        {"value": "=cmd()"},
        {"valid": "2020-02-31"},
        {"grade": "B2"},
        {"assertion": "rumour"},
        {"handling": "H7"},
        {"level": -1},
    ],
)
def test_what_is_no_claim_is_not_read(pair: tuple[Home, Home], wrong: dict[str, object]) -> None:
    spoiled = replace(SAID, id="note--2", **wrong)  # type: ignore[arg-type]
    package = sent(pair, [SAID, spoiled])
    assert told(read(package, 3)) == (1, 0, 0, 1)


def test_only_what_may_be_taken_in_is_read(pair: tuple[Home, Home]) -> None:
    good = sent(pair, [SAID])
    assert read(replace(good, trusted=False), 3) is None
    assert read(replace(good, inner=False, payload=None), 3) is None
    with pytest.raises(BadPackage) as refused:
        read(sent(pair, [SAID], kind="operational"), 3)
    assert refused.value.reason_code == "package-kind"


@pytest.mark.parametrize("where", ["value", "label"])
def test_what_could_be_a_personal_number_is_not_shown(pair: tuple[Home, Home], where: str) -> None:
    number = "311299" + "-0000"
    package = sent(pair, [replace(SAID, value=number)]) if where == "value" else sent(pair, [SAID], label=number)
    with pytest.raises(PersonNumber) as refused:
        read(package, 3)
    assert number not in refused.value.message
