"""Taking a partner's package in.

Every check first, then its claims through the ordinary load, in the sender's namespace: made-up and research claims
have one each, so that what was published is never shown as made up.

Markings only tighten on the way: what comes in is ours to see, and leaves again only with the sender's consent
(handling H2 at least unless the sender said H0). A package taken in once changes nothing the second time.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import yaml

from graph.errors import BadPackage, Conflict
from graph.home import Home
from graph.ledger import Ledger
from ingest.exchange import stix
from ingest.exchange.package import Partner, parse_payload, verify_file
from ingest.exchange.verified import Verified
from ingest.load import LoadReport, load
from ingest.source import PARTNER_SPACE, open_claims_folder

Kind = Literal["synthetic", "published-research"]
REGIMES: Mapping[Kind, str] = {"synthetic": "synthetic", "published-research": "research"}
"""Manifest kind of a package -> regime under which its claims are kept here."""
COLUMNS = (
    "subject",
    "subject_kind",
    "predicate",
    "object",
    "object_kind",
    "value",
    "valid",
    "grade",
    "assertion",
    "category",
    "marking",
    "source",
)


def receive(home: Home, path: Path, *, clock: Callable[[], datetime]) -> LoadReport:
    """Verify a package, then load its claims as the sender's.

    Parameters
    ----------
    home : Home
        The recipient.
    path : Path
        A `.kxp` file.
    clock : callable

    Returns
    -------
    LoadReport
        As for any delivery: accepted, quarantined, new, unchanged.

    Raises
    ------
    BadPackage
        A check failed, the package is for somebody else, or the sender's key was not entered here. Nothing was taken
        in.
    """
    verified = verify_file(home, path, now=clock())
    verified.demand_whole()
    if verified.payload is None or verified.manifest is None:
        raise BadPackage(
            f"The package is for {verified.recipient}: this home cannot open it, so nothing was taken in.",
            code="wrong-recipient",
        )
    if not verified.trusted:
        raise _untrusted(verified)
    if verified.sender == home.party:
        raise Conflict("The package is this home's own; its claims are here already.", code="own-package")
    kind, nodes, claims = content(verified)
    space = f"{PARTNER_SPACE}{verified.sender}" if kind == "synthetic" else f"{PARTNER_SPACE}{verified.sender}:research"
    with tempfile.TemporaryDirectory(prefix="krydsfelt-") as folder:
        delivery = Path(folder)
        _write(delivery, verified, kind, nodes, claims)
        report = load(home, [replace(open_claims_folder(delivery), namespace=space)], clock=clock)
    _pin(home, verified, space)
    return report


def content(verified: Verified) -> tuple[Kind, dict[str, stix.Node], list[stix.Said]]:
    """Return what an opened package holds: what it says that its claims are, their ends by id, and the claims.

    Raises
    ------
    BadPackage
        It was not opened, is no bundle of ours, holds other claims than its manifest counts, or is of a kind that is
        never taken in.
    """
    if verified.payload is None or verified.manifest is None:
        raise BadPackage("The package is for another home: this one cannot open it.", code="wrong-recipient")
    nodes, claims = stix.from_bundle(parse_payload(verified.payload))
    if len(claims) != verified.manifest["claims"]:
        raise BadPackage(
            "The manifest counts other claims than the content holds. Tell the sender.", code="bad-manifest"
        )
    return _kind(verified), nodes, claims


def _kind(verified: Verified) -> Kind:
    """Return what the package says that its claims are, held to limit B8."""
    said = verified.manifest["kind"] if verified.manifest else None
    for kind in REGIMES:
        if said == kind:
            return kind
    raise BadPackage(
        f"The package says that its claims are {str(said)[:40]!r}. Only synthetic and published-research ones are "
        "taken in, so nothing was. Ask the sender for a package of those.",
        code="package-kind",
    )


def _untrusted(verified: Verified) -> BadPackage:
    sender, key = str(verified.sender), str(verified.sender_key)
    shown = Partner(sender, sender, sender, key, "").fingerprint
    return BadPackage(
        f"{sender} is not known here, so nothing was taken in. Its key has the fingerprint {shown}. Compare it with "
        f"{sender} by another way; if it is theirs, enter it: krydsfelt partner add PACKAGE --fingerprint '{shown}'",
        code="unknown-sender",
    )


def _pin(home: Home, verified: Verified, space: str) -> None:
    """Remember the key of a sender whose first contact the home allows; another is refused from then on."""
    with Ledger(home) as ledger:
        if verified.sender in ledger.partners():
            return
        body = {
            "name": verified.sender,
            "org": verified.sender,
            "sign_key": verified.sender_key,
            "age_recipient": "",
            "met": "first package",
        }
        with ledger.writer() as writer:
            writer.directory("partner", str(verified.sender), space, body)


def _write(
    folder: Path, verified: Verified, kind: Kind, nodes: Mapping[str, stix.Node], claims: list[stix.Said]
) -> None:
    markings: dict[str, dict[str, object]] = {}
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for said in claims:
        name = f"level-{said.level}-{said.handling}-{said.tlp or 'none'}"
        markings.setdefault(name, _marking(said, str(verified.sender), REGIMES[kind]))
        table.writerow(
            (
                said.subject,
                nodes[said.subject].kind,
                said.predicate,
                said.object or "",
                nodes[said.object].kind if said.object else "",
                (said.qualifiers if said.object else said.value) or "",
                said.valid,
                said.grade,
                said.assertion,
                said.category or "",
                name,
                said.source,
            )
        )
    (folder / "claims.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    (folder / "markings.yaml").write_text(yaml.safe_dump(markings, sort_keys=True), encoding="utf-8")
    manifest = {
        "kind": kind,
        "title": f"Packages from {verified.sender}",
        "licence": "as the sender's handling codes say",
        "citation": json.dumps(verified.manifest, sort_keys=True),
    }
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=True), encoding="utf-8")


def _marking(said: stix.Said, sender: str, regime: str) -> dict[str, object]:
    return {
        "level": said.level,
        "handling": said.handling if said.handling == "H0" else max(said.handling, "H2"),
        "tlp": said.tlp,
        "originator": sender,
        "open": True,
        "purposes": ["prevent", "investigate"],
        "legal_basis": "polintel-4",
        "case": "unbound",
        "regime": regime,
        "special": False,
        "minor": False,
        "sealed": False,
    }
