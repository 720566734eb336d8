"""Which markings an actor may read: Cedar, asked once per marking and remembered.

The rules are `read.cedar` beside this module, checked against `krydsfelt.cedarschema` before the first question. A
claim is as visible as its marking, so the answer for all claims is a set of marking numbers.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import cedarpy

from graph.actor import Actor
from graph.errors import KrydsfeltError
from graph.model import Marking
from graph.ontology import ontology

UNBOUND = "unbound"
"""The explicit word for a marking of no case."""

_MOST_CONTEXTS = 256


class PolicyBroken(KrydsfeltError):
    """The shipped policy does not fit its schema, or the engine could not decide. Nothing is answered."""

    code = "policy-broken"


@dataclass(frozen=True, slots=True)
class Asking:
    """What Cedar is told of an opened view: everything besides the actor that a decision may depend on."""

    purpose: str
    legal_basis: str
    case: str | None


@dataclass(frozen=True, slots=True)
class _Rules:
    policies: cedarpy.PolicySet
    schema: cedarpy.Schema
    digest: str


@cache
def _rules() -> _Rules:
    folder = resources.files("graph.policy")
    text = folder.joinpath("read.cedar").read_text(encoding="utf-8")
    schema = folder.joinpath("krydsfelt.cedarschema").read_text(encoding="utf-8")
    checked = cedarpy.validate_policies(text, schema)
    if not checked.validation_passed:
        raise PolicyBroken(f"The policy does not fit its schema: {'; '.join(str(e) for e in checked.errors)}")
    digest = hashlib.sha256(f"{text}\0{schema}".encode()).hexdigest()
    return _Rules(cedarpy.PolicySet.from_str(text), cedarpy.Schema.from_str(schema), digest)


def policy_digest() -> str:
    """Return the SHA-256 of rules and schema."""
    return _rules().digest


def decide(actor: Actor, asking: Asking, markings: Iterable[Marking]) -> list[bool]:
    """Ask Cedar about each marking, one decision each, nothing remembered.

    Raises
    ------
    PolicyBroken
        A decision ended in an error, which is never an answer.
    """
    asked = list(markings)
    rules = _rules()
    entities = [_user(actor), *(_resource(str(i), m) for i, m in enumerate(asked))]
    parsed = cedarpy.Entities.from_json_str(json.dumps(entities), rules.schema)
    context = _context(asking)
    requests = [
        {
            "principal": {"type": "User", "id": actor.id},
            "action": {"type": "Action", "id": "read"},
            "resource": {"type": "Marking", "id": str(i)},
            "context": context,
        }
        for i in range(len(asked))
    ]
    results = cedarpy.is_authorized_batch(requests, rules.policies, parsed, rules.schema)
    for result in results:
        if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
            raise PolicyBroken(f"The policy could not decide: {'; '.join(map(str, result.diagnostics.errors))}")
    return [bool(result.allowed) for result in results]


class Decisions:
    """Remembers what Cedar said, per actor and asking; new markings are asked as they come.

    A change of rights is another actor value, a change of policy another process: neither meets an old answer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Actor, Asking, str], dict[Marking, bool]] = OrderedDict()

    def visible(self, actor: Actor, asking: Asking, markings: Mapping[int, Marking]) -> frozenset[int]:
        """Return the numbers of the markings that the actor may read.

        Handling code, TLP and PAP gate what leaves, not what is read: markings that differ in them alone are one
        question.
        """
        plain = {nid: _plain(marking) for nid, marking in markings.items()}
        with self._lock:
            key = (actor, asking, policy_digest())
            known = self._known.setdefault(key, {})
            self._known.move_to_end(key)
            while len(self._known) > _MOST_CONTEXTS:
                self._known.popitem(last=False)
            missing = list(dict.fromkeys(m for m in plain.values() if m not in known))
            if missing:
                known.update(zip(missing, decide(actor, asking, missing), strict=True))
            return frozenset(nid for nid, marking in plain.items() if known[marking])


def _plain(marking: Marking) -> Marking:
    return Marking(
        level=marking.level,
        compartments=marking.compartments,
        handling="",
        tlp=None,
        pap=None,
        originator=marking.originator,
        share=marking.share,
        open=marking.open,
        purposes=marking.purposes,
        legal_basis=marking.legal_basis,
        case=marking.case,
        regime=marking.regime,
        special=marking.special,
        minor=marking.minor,
        sealed=marking.sealed,
    )


def _context(asking: Asking) -> dict[str, Any]:
    bases = ontology().codes("legal_bases").codes
    return {
        "purpose": asking.purpose,
        "legalBasis": asking.legal_basis,
        "hasCase": asking.case is not None,
        "case": asking.case or "",
        "bases": sorted(bases),
        "neverHere": sorted(b for b, code in bases.items() if asking.purpose in code.attributes.get("never", ())),
    }


def _user(actor: Actor) -> dict[str, Any]:
    attributes = {
        "clearance": actor.clearance,
        "compartments": sorted(actor.compartments),
        "purposes": sorted(actor.purposes),
        "org": actor.org,
        "regimes": sorted(actor.regimes),
    }
    return {"uid": {"type": "User", "id": actor.id}, "attrs": attributes, "parents": []}


def _resource(name: str, marking: Marking) -> dict[str, Any]:
    attributes = {
        "level": marking.level,
        "compartments": list(marking.compartments),
        "purposes": list(marking.purposes),
        "originator": marking.originator,
        "share": list(marking.share),
        "open": marking.open,
        "legalBasis": marking.legal_basis,
        "bound": marking.case != UNBOUND,
        "case": marking.case or "",
        "regime": marking.regime,
        "special": marking.special,
        "minor": marking.minor,
        "sealed": marking.sealed,
    }
    return {"uid": {"type": "Marking", "id": name}, "attrs": attributes, "parents": []}
