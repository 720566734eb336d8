"""What Cedar is told: the actor, the request and the marking as plain values, and what the code lists say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from graph.actor import Actor, Entry, ViewRequest
from graph.errors import KrydsfeltError
from graph.interval import NO_BEGINNING, NO_END, day_number
from graph.model import Marking
from graph.ontology import ontology
from graph.words import Code

UNBOUND: Final = "unbound"
"""The explicit word for a marking of no case."""

ACTS: Final = ("read", "look-up", "analyse", "count", "export", "unmask", "open-vault", "review")
"""Everything that may be done with a claim, as the policy knows it."""

MEMBER: Final = "member"
BREAK_GLASS: Final = "break-glass"
OVERSIGHT: Final = "oversight"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for, besides the actor and the claim: everything of the request that a decision may depend on.

    Parameters
    ----------
    purpose, legal_basis : str
    case : str or None
    act : str
        One of `ACTS`; empty for the widest that the actor's roles open a view with.
    day : int
        Days since 1970-01-01. A day that is not stated is past every date.
    basis_from, basis_to : int
        Days on which the request's basis is in force, where the case limits it.
    case_state : str
        `open`, `closed` or `sealed`.
    admitted : str
        How the actor comes into the case: `member`, `break-glass` or `oversight`.
    reason : bool
        A reason is written down.
    necessary : bool
        The actor states that special categories are strictly necessary.
    recipient : str
        The organisation that an export goes to.
    consent : bool
        The originator's consent to that export is recorded.
    strength : int
        How strongly the session was signed in: 1 once, 2 again just now.
    """

    purpose: str
    legal_basis: str
    case: str | None
    act: str = ""
    day: int = NO_END
    basis_from: int = NO_BEGINNING
    basis_to: int = NO_END
    case_state: str = "open"
    admitted: str = MEMBER
    reason: bool = False
    necessary: bool = False
    recipient: str = ""
    consent: bool = False
    strength: int = 1


def asking_for(request: ViewRequest, basis: str, entry: Entry | None, today: date) -> Asking:
    """Return what a view's request asks the policy, on a day.

    Parameters
    ----------
    request : ViewRequest
    basis : str
        The legal basis that it rests on.
    entry : Entry or None
        How the actor came into the request's case.
    today : date
    """
    case: Mapping[str, Any] = entry.case if entry is not None else {}
    return Asking(
        purpose=request.purpose,
        legal_basis=basis,
        case=request.case,
        day=day_number(today),
        basis_from=_day(str(case.get("legal_basis_from") or ""), NO_BEGINNING, NO_END),
        basis_to=_day(str(case.get("legal_basis_to") or ""), NO_END, NO_BEGINNING),
        case_state=str(case.get("state") or "") if entry is not None else "open",
        admitted=entry.admitted if entry is not None else "",
        reason=bool(request.reason.strip()),
        necessary=bool(request.necessity.strip()),
    )


class UnknownAct(KrydsfeltError):
    """Something was asked of the policy that it has no word for. Nothing is answered."""

    code = "unknown-act"


def act_of(actor: Actor, asking: Asking) -> str:
    """Return the act that is asked about: the stated one, else the widest that the actor's roles open a view with.

    Raises
    ------
    UnknownAct
    """
    if asking.act:
        if asking.act not in ACTS:
            raise UnknownAct(f"There is no act {asking.act[:40]!r}; the policy knows {', '.join(ACTS)}.")
        return asking.act
    if actor.roles & {"analyst", "liaison"} and asking.admitted != OVERSIGHT:
        return "read"
    return "review" if "custodian" in actor.roles and asking.case_state != "open" else "count"


def user_of(actor: Actor) -> dict[str, Any]:
    """Return what Cedar is told of an actor."""
    return {
        "roles": sorted(actor.roles),
        "clearance": actor.clearance,
        "compartments": sorted(actor.compartments),
        "purposes": sorted(actor.purposes),
        "org": actor.org,
        "regimes": sorted(actor.regimes),
        "confirmedUntil": actor.confirmed_until,
    }


def resource_of(marking: Marking) -> dict[str, Any]:
    """Return what Cedar is told of a marking. A date that cannot be read is one that has passed."""
    return {
        "level": marking.level,
        "compartments": list(marking.compartments),
        "handling": marking.handling,
        "tlp": marking.tlp or "",
        "pap": marking.pap or "",
        "purposes": list(marking.purposes),
        "originator": marking.originator,
        "share": list(marking.share),
        "open": marking.open,
        "legalBasis": marking.legal_basis,
        "ground": _ground(marking.regime, marking.legal_basis),
        "basisFrom": _day(marking.basis_from, NO_BEGINNING, NO_END),
        "basisTo": _day(marking.basis_to, NO_END, NO_BEGINNING),
        "bound": marking.case != UNBOUND,
        "case": marking.case or "",
        "regime": marking.regime,
        "category": marking.category,
        "special": marking.special,
        "minor": marking.minor,
        "sealed": marking.sealed,
        "reviewOn": _day(marking.review_on, NO_END, NO_BEGINNING),
    }


def marked(marking: Marking, category: str | None) -> Marking:
    """Return a claim's marking with the category that the claim itself states, so that both narrow.

    A marking that is about victims or others stays so, whatever the claim states.
    """
    if not category or marking.category not in ("", "a", "b"):
        return marking
    return replace(marking, category=category)


def request_of(asking: Asking) -> dict[str, Any]:
    """Return what Cedar is told of a request, with what the code lists say of its purpose and basis."""
    return {
        "day": asking.day,
        "purpose": asking.purpose,
        "legalBasis": asking.legal_basis,
        **_words_of(asking.purpose, asking.legal_basis, asking.day),
        "basisFrom": asking.basis_from,
        "basisTo": asking.basis_to,
        "hasCase": asking.case is not None,
        "case": asking.case or "",
        "caseState": asking.case_state if asking.case is not None else "",
        "admitted": asking.admitted if asking.case is not None else "",
        "reasoned": asking.reason,
        "necessary": asking.necessary,
        "recipient": asking.recipient,
        "consent": asking.consent,
        "strength": asking.strength,
    }


@lru_cache(maxsize=1024)
def _words_of(purpose: str, basis: str, day: int) -> Mapping[str, Any]:
    words = ontology()
    purposes, bases, regimes = (words.codes(name).codes for name in ("purposes", "legal_bases", "regimes"))
    in_force = {name: code for name, code in bases.items() if _in_force(code, day)}
    under = {name: frozenset(code.attributes.get("bases", bases)) for name, code in regimes.items()}
    acts = purposes[purpose].attributes.get("acts", ()) if purpose in purposes else ()
    return {
        "acts": [{"__entity": {"type": "Action", "id": act}} for act in acts],
        "bases": sorted(name for name, code in in_force.items() if purpose in code.attributes.get("purposes", ())),
        "grounds": sorted(_ground(regime, name) for regime, known in under.items() for name in known & in_force.keys()),
        "neverHere": sorted(name for name, code in bases.items() if purpose in code.attributes.get("never", ())),
        "regimes": sorted(regime for regime, known in under.items() if basis in known),
    }


def _ground(regime: str, basis: str) -> str:
    return f"{regime}/{basis}"


def _in_force(code: Code, day: int) -> bool:
    begin, end = str(code.attributes.get("from", "")), str(code.attributes.get("to", ""))
    return _day(begin, NO_BEGINNING, NO_END) <= day <= _day(end, NO_END, NO_BEGINNING)


@lru_cache(maxsize=4096)
def _day(text: str, unstated: int, unreadable: int) -> int:
    if not text:
        return unstated
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        return unreadable
