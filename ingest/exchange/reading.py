"""What a received package says, to be read before it is taken in. Nothing is written, and nothing joins the record.

Names, kinds and words are the sender's, as the package gives them. A claim above the reader's clearance is not read,
one that `receive` would put in quarantine for its form is counted and not read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graph.errors import BadInput, BadPackage, PersonNumber
from graph.grade import parse_grade
from graph.identifiers import cpr_like
from graph.interval import Interval, parse_interval
from graph.model import Marking
from graph.ontology import ontology
from graph.text import clean_text, refuse_formula
from ingest.checks import qualifier_fault, value_fault
from ingest.exchange import stix
from ingest.exchange.receive import content
from ingest.exchange.verified import Verified

MOST = 200
"""Claims that one reading lists; the rest is counted."""

HANDLING = ("H0", "H1", "H2", "H3")


@dataclass(frozen=True, slots=True)
class ReadClaim:
    """One claim of a package. `object` is None for a literal."""

    id: str
    subject: stix.Node
    predicate: str
    object: stix.Node | None
    value: str | None
    qualifiers: Mapping[str, Any]
    valid: Interval
    grade: str
    assertion: Literal["fact", "assessment"]
    category: str | None
    marking: Marking


@dataclass(frozen=True, slots=True)
class Reading:
    """What a package says: `claims` listed and `more` like them, `above` the reader's clearance, `unfit` to be read."""

    claims: tuple[ReadClaim, ...]
    more: int
    above: int
    unfit: int
    markings: tuple[Marking, ...]
    """Of all that the reader may see, listed or not."""


def read(verified: Verified, clearance: int, *, most: int = MOST) -> Reading | None:
    """Read a verified package, or return None where `receive` would not take it in: it is for another, or its sender's
    key was not entered here.

    Parameters
    ----------
    verified : Verified
    clearance : int
        Highest level of who reads, 0 to 3.
    most : int
        Claims to list.

    Raises
    ------
    BadPackage
        The content is not a bundle of ours, not what its manifest says, or of a kind that is never taken in.
    PersonNumber
        Limit B8: something in it could be an assigned personal number.
    """
    if not verified.whole or not verified.inner or not verified.trusted:
        return None
    kind, nodes, said = content(verified)
    _tripwire(nodes, said)
    found, above, unfit = list[ReadClaim](), 0, 0
    for claim in said:
        if claim.level > clearance:
            above += 1
            continue
        try:
            found.append(_claim(nodes, claim, str(verified.sender), kind))
        except BadInput:
            unfit += 1
    markings = tuple(dict.fromkeys(claim.marking for claim in found))
    return Reading(tuple(found[:most]), max(0, len(found) - most), above, unfit, markings)


def _tripwire(nodes: Mapping[str, stix.Node], said: Sequence[stix.Said]) -> None:
    texts = [node.label for node in nodes.values()]
    texts += [text for claim in said for text in (claim.value, claim.qualifiers) if text is not None]
    if any(span.form == "hyphen" for text in texts for span in cpr_like(text)):
        raise PersonNumber(
            "The package holds what could be an assigned personal number, so it is not shown. Tell the sender: only "
            "made-up and published research data belong here."
        )


def _claim(nodes: Mapping[str, stix.Node], said: stix.Said, sender: str, kind: str) -> ReadClaim:
    words = ontology()
    words.predicate(said.predicate)
    subject, end = nodes[said.subject], nodes[said.object] if said.object is not None else None
    for node in (subject, end):
        if node is not None:
            words.kind(node.kind)
            clean_text(node.label)
    refuse_formula(clean_text(said.value or ""))
    parse_grade(said.grade)
    if said.level not in range(4) or said.handling not in HANDLING:
        raise BadPackage("A claim's level or handling is none that there is.", code="bad-content")
    text = said.qualifiers or ""
    fault = (
        value_fault(words, said.predicate, subject.kind, said.value or "")
        if end is None
        else qualifier_fault(words, said.predicate, text, kind)
    )
    if fault is not None:
        raise BadPackage("A claim's value or qualifiers are not of its predicate.", code="bad-content")
    stated = json.loads(text) if end is not None and text else {}
    if any(isinstance(item, dict | list) for item in stated.values()):
        raise BadPackage("A claim's qualifiers are not plain texts and numbers.", code="bad-content")
    return ReadClaim(
        said.id,
        subject,
        said.predicate,
        end,
        said.value,
        stated,
        parse_interval(said.valid),
        said.grade,
        _assertion(said.assertion),
        said.category,
        Marking(level=said.level, handling=said.handling, tlp=said.tlp, originator=sender),
    )


def _assertion(text: str) -> Literal["fact", "assessment"]:
    if text == "fact":
        return "fact"
    if text == "assessment":
        return "assessment"
    raise BadPackage("A claim is neither fact nor assessment.", code="bad-content")
