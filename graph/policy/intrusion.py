"""How deep an analysis reaches into people's lives, and who may therefore run it for what.

The classes and thresholds are data (`graph/policy/intrusion.yaml`): every analysis declares one class; class, purpose
and case decide, as BVerfG 1 BvR 1547/19 has it. It is asked before the data are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from graph.actor import Actor, ViewRequest
from graph.errors import Refused
from graph.ontology import ontology
from graph.policy.rules import shipped


@dataclass(frozen=True, slots=True)
class IntrusionClass:
    """A class of analyses with what it demands."""

    name: str
    says: str
    act: str
    """The act of the policy that its data are taken under: `count` or `analyse`."""
    roles: frozenset[str]
    purposes: frozenset[str]
    case: frozenset[str]
    """Purposes under which it runs inside a case only."""
    reason: frozenset[str]
    """Purposes under which a reason is to be written down."""


@dataclass(frozen=True, slots=True)
class Intrusion:
    """All classes, and the class of every analysis."""

    classes: Mapping[str, IntrusionClass]
    analyses: Mapping[str, str]

    def of(self, analysis: str) -> IntrusionClass:
        """Return the class of an analysis.

        Raises
        ------
        Refused
            It declares none, so nobody may run it.
        """
        if analysis not in self.analyses:
            raise Refused(
                f"The analysis {analysis[:60]!r} has no intrusion class, so nobody may run it. Those that have: "
                f"{', '.join(sorted(self.analyses))}.",
                code="intrusion",
            )
        return self.classes[self.analyses[analysis]]


@cache
def intrusion() -> Intrusion:
    """Return the product's table."""
    text = shipped("intrusion.yaml")
    body: dict[str, Any] = yaml.safe_load(text)
    classes = {name: _class(name, about) for name, about in body["classes"].items()}
    return Intrusion(classes, {name: str(of) for name, of in body["analyses"].items()})


def _class(name: str, about: Mapping[str, Any]) -> IntrusionClass:
    def words(key: str) -> frozenset[str]:
        return frozenset(about.get(key, ()))

    return IntrusionClass(
        name, about["says"], about["act"], words("roles"), words("purposes"), words("case"), words("reason")
    )


def check_analysis(actor: Actor, request: ViewRequest, analysis: str) -> IntrusionClass:
    """Check that an actor may run an analysis for this request; return its class.

    Raises
    ------
    Refused
        With what is missing: another role, another purpose, a case, a reason.
    """
    found = intrusion().of(analysis)
    if not actor.roles & found.roles:
        raise Refused(
            f"The analysis {analysis} ({found.says}) needs one of the roles {', '.join(sorted(found.roles))}.",
            code="role",
        )
    acts = ontology().codes("purposes").get(request.purpose).attributes.get("acts", ())
    if request.purpose not in found.purposes or found.act not in acts:
        raise Refused(
            f"The purpose {request.purpose} does not carry the analysis {analysis} ({found.says}). Purposes that do: "
            f"{', '.join(sorted(found.purposes))}.",
            code="purpose-analysis",
        )
    if request.purpose in found.case and request.case is None:
        raise Refused(
            f"The analysis {analysis} ({found.says}) runs inside a case only for the purpose {request.purpose}. "
            "Open a view of the case.",
            code="needs-case",
        )
    if request.purpose in found.reason and not request.reason.strip():
        raise Refused(
            f"The analysis {analysis} ({found.says}) needs a written reason for the purpose {request.purpose}. "
            "Open the view again with one.",
            code="needs-reason",
        )
    return found
