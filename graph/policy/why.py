"""Why a decision fell as it did, as codes with values for a page and as a sentence for a terminal.

Only decisions about claims that the asker sees are explained claim by claim. Of everything else there is one answer,
`NotInView`, whatever the reason: an explanation of what is hidden would tell that it is there. What follows from the
actor and the request alone explains itself (`Refused`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graph.actor import Actor
from graph.errors import BadInput, NotInView
from graph.model import Marking
from graph.ontology import ontology
from graph.policy.asking import ACTS, BREAK_GLASS, OVERSIGHT, UNBOUND, Asking, act_of, marked
from graph.policy.rules import rules
from graph.policy.table import table

if TYPE_CHECKING:
    from graph.view import View


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `policy.why.*` for what allows, `policy.row.*` for a row of the decision table that refuses."""

    code: str
    values: Mapping[str, Any]
    says: str
    """In English."""

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "values": dict(self.values), "says": self.says}


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision with its reasons."""

    act: str
    allowed: bool
    reasons: tuple[Reason, ...]

    def sentence(self) -> str:
        """Say it in one sentence."""
        opening = f"{self.act}: allowed, because " if self.allowed else f"{self.act}: refused. "
        return opening + ("; ".join(r.says for r in self.reasons) + ("." if self.allowed else ""))

    def to_json(self) -> dict[str, Any]:
        return {"act": self.act, "allowed": self.allowed, "reasons": [r.to_json() for r in self.reasons]}


def why(actor: Actor, asking: Asking, marking: Marking) -> Answer:
    """Explain one decision about a claim that the actor sees.

    Parameters
    ----------
    actor : Actor
    asking : Asking
        With the act that is asked about.
    marking : Marking
        The claim's.
    """
    act = act_of(actor, asking)
    stated = replace(asking, act=act)
    if rules().ask([(actor, stated, marking)])[0]:
        return Answer(act, True, tuple(_allowing(actor, stated, marking)))
    refusing = rules().reasons([(actor, stated, marking)])[0]
    rows = {row.id: row.says for row in reversed(table().rows) if row.id in refusing}
    found = [Reason(f"policy.row.{name}", {}, says) for name, says in rows.items()]
    if not found:
        roles = ", ".join(sorted(role for role, acts in table().roles.items() if act in acts))
        found = [Reason("policy.why.no-role", {"act": act}, f"It takes one of the roles {roles}.")]
    return Answer(act, False, tuple(reversed(found)))


def why_in(view: View, claim: str, act: str, *, strength: int = 1) -> Answer:
    """Explain one decision about a claim of a view, or of its vault where that is open.

    Parameters
    ----------
    view : View
    claim : str
        Its token.
    act : str
        One of `ACTS`.
    strength : int
        2 where the session was signed in again just now.

    Raises
    ------
    NotInView
        The view does not show it: hidden, retracted, of another view or never there.
    BadInput
        There is no such act.
    Refused
        The actor may not read claims.
    """
    if act not in ACTS:
        raise BadInput(f"There is no act {act[:40]!r}. Acts are {', '.join(ACTS)}.", code="unknown-act")
    asking = replace(view.asking, act=act, strength=strength)
    try:
        shown = view.claims([claim])[0]
    except NotInView:
        if view.vault_until is None or act != "open-vault":
            raise
        marking, category = view.vault_marking(claim, strength=strength)
        return why(view.actor, asking, marked(marking, category))
    return why(view.actor, asking, marked(shown.marking, shown.category))


def _allowing(actor: Actor, asking: Asking, marking: Marking) -> list[Reason]:
    role = next(r for r in sorted(actor.roles) if asking.act in table().roles.get(r, ()))
    level, clearance = (ontology().codes("levels").get(str(n)).label.en for n in (marking.level, actor.clearance))
    found = [
        Reason("policy.why.role", {"role": role, "act": asking.act}, f"the role {role} may"),
        Reason("policy.why.purpose", {"purpose": asking.purpose}, f"the claim may be used to {asking.purpose}"),
        Reason(
            "policy.why.basis",
            {"basis": asking.legal_basis, "claim": marking.legal_basis},
            f"the request rests on {asking.legal_basis} and the claim on {marking.legal_basis}",
        ),
        Reason(
            "policy.why.level",
            {"level": marking.level, "clearance": actor.clearance},
            f"its level ({level}) is within the clearance ({clearance})",
        ),
        _shared(actor, marking),
        _placed(asking, marking),
    ]
    if marking.compartments:
        named = list(marking.compartments)
        found.append(
            Reason(
                "policy.why.compartments", {"compartments": named}, f"all compartments are held ({', '.join(named)})"
            )
        )
    return found


def _shared(actor: Actor, marking: Marking) -> Reason:
    if marking.originator and marking.originator == actor.org:
        return Reason("policy.why.own", {"org": actor.org}, "the reader's organisation gave it")
    if marking.open:
        return Reason("policy.why.open", {}, "it is stated to be open")
    return Reason("policy.why.shared", {"org": actor.org}, "it is shared with the reader's organisation")


_HOW = {BREAK_GLASS: "by broken glass", OVERSIGHT: "to oversee it"}


def _placed(asking: Asking, marking: Marking) -> Reason:
    if marking.case == UNBOUND:
        return Reason("policy.why.unbound", {}, "it belongs to no case")
    how = _HOW.get(asking.admitted, "as a member")
    return Reason(
        "policy.why.case",
        {"case": asking.case, "admitted": asking.admitted},
        f"it belongs to the case {asking.case}, which the reader entered {how}",
    )
