"""Who asks, what for, and which acts a role may do. A role decides actions, never data; data is the policy's matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from graph.access import access_of
from graph.errors import NotInView, NotSignedIn, Refused
from graph.home import Home
from graph.interval import NO_BEGINNING
from graph.ledger import Ledger
from graph.ontology import ontology
from graph.rights import check_confirmed, confirmed_until

OPEN_REGIMES: Final = frozenset({"synthetic", "research"})
"""What a local persona may see; users of a made-up world may see that world's regimes."""

_READING: Final = frozenset(
    {"open-view", "read", "search", "look-up", "record", "case", "statistics", "chart", "list-kept", "read-kept"}
) | {"print"}

_GLASS: Final = frozenset({"ask-break-glass", "end-break-glass", "list-break-glass"})
"""What who may ask for it does; the list is of their own (`graph.glass`)."""

_NAMES: Final = frozenset(
    {"list-parties", "enter-party", "end-party", "ask-unmask", "emergency-unmask", "approve-unmask", "refuse-unmask"}
    | {"withdraw-unmask", "review-unmask", "list-unmask", "list-notices"}
)
"""Of these a case's lead alone enters and ends parties, and decides and reviews what others ask (`graph.unmasking`)."""

_CONFIRMING: Final = frozenset({"confirm-rights", "lapse-rights", "take-back-rights", "list-rights"})
"""Looking at others' rights each quarter (`graph.rights`)."""

_STOPS: Final = frozenset({"stop"})
"""The two buttons of `graph.stops`; everybody sees how they stand."""

_DECIDING: Final = _NAMES - {"ask-unmask", "emergency-unmask"}
"""What of it is left to who may lead a case but never learns a name by asking."""

_ASKING: Final = frozenset({"ask-hit", "list-hits", "ask-restricted"})
"""Asking through declared channels (`graph.channels`)."""

_VAULT: Final = frozenset({"open-vault"})
"""Reading special categories, where a view states that it is strictly necessary (`graph.vault`)."""

ROLE_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "analyst": _READING
    | {"analyse-settings", "analyse-transfers", "analyse-pathways", "analyse-sources", "analyse-coverage", "keep-plan"}
    | _GLASS
    | _NAMES
    | _ASKING
    | _VAULT,
    "planner": frozenset(
        {"open-view", "print", "statistics", "analyse-coverage", "list-kept", "read-kept", "keep-plan"}
    )
    | {"list-notices"},
    "liaison": _READING
    | {"export", "verify-package", "import-package", "list-partners"}
    | _GLASS
    | _DECIDING
    | _ASKING,
    "custodian": frozenset({"open-view", "print", "statistics", "list-kept", "read-kept", "case", "review"})
    | {"approve-break-glass", "end-break-glass", "list-break-glass", "review-break-glass"}
    | _CONFIRMING
    | {"approve-unmask", "refuse-unmask", "withdraw-unmask", "review-unmask", "list-unmask", "list-notices"}
    | _STOPS,
    "inspector": frozenset({"open-view", "print", "statistics", "list-kept", "read-kept", "verify-audit", "read-audit"})
    | {"list-break-glass", "review-break-glass", "list-rights"}
    | {"withdraw-unmask", "review-unmask", "list-unmask", "list-notices", "explain-overlap"}
    | _STOPS,
    "coordinator": frozenset({"list-overlaps", "tell-overlap", "list-hits", "answer-hit", "list-notices"}),
    "admin": frozenset({"verify-audit", "manage-accounts", "list-notices"}) | _CONFIRMING | _STOPS,
    "service": frozenset(),
}
"""Acts by role. An act that no role of the actor lists is refused; an administrator and a coordinator open no
view, a planner sees no claim.
"""

NEVER_MEMBERS: Final = frozenset({"planner", "inspector", "admin", "coordinator"})
"""Roles that are members of no case, whoever lists them."""

ADMITTED_BY_DEFAULT: Final = frozenset({"analyst", "liaison"})
"""Members of a made-up world's case that names none."""

WITHOUT_CASE: Final = frozenset({"outreach-aggregate"})
"""Purposes that look across and therefore never into one case."""

OVERSEERS: Final[Mapping[str, frozenset[str]]] = {
    "closed": frozenset({"custodian", "inspector"}),
    "sealed": frozenset({"custodian"}),
}
"""Roles that enter a case which is not open, for oversight only."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A user of a home with all that policy asks of them.

    Parameters
    ----------
    id : str
    roles : frozenset of str
        Keys of `ROLE_ACTIONS`; others give nothing.
    clearance : int
        Highest level, 0 to 3.
    compartments, purposes : frozenset of str
    org : str
        The organisation that share lists name.
    regimes : frozenset of str
        Legal regimes whose claims may be seen.
    confirmed_until : int
        Last day for which somebody confirmed these rights, as a day number.
    """

    id: str
    roles: frozenset[str]
    clearance: int
    compartments: frozenset[str]
    purposes: frozenset[str]
    org: str
    regimes: frozenset[str] = OPEN_REGIMES
    confirmed_until: int = NO_BEGINNING

    @property
    def actions(self) -> frozenset[str]:
        """All acts that the roles allow."""
        return frozenset().union(*(ROLE_ACTIONS.get(role, frozenset()) for role in self.roles))

    def demand(self, action: str) -> None:
        """Check an act.

        Raises
        ------
        Refused
            No role of the actor allows it.
        """
        if action not in self.actions:
            able = sorted(role for role, actions in ROLE_ACTIONS.items() if action in actions)
            raise Refused(
                f"The act {action!r} needs one of the roles {', '.join(able) or '(none)'}; "
                f"{self.id} has {', '.join(sorted(self.roles)) or 'none'}. Ask somebody who has it.",
                code="role",
            )


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """What a view is asked for.

    Parameters
    ----------
    purpose : str
        One of the closed list of purposes.
    case : str, optional
    legal_basis : str, optional
        The case's own, or the purpose's default where there is no case, unless given.
    reason : str
    as_of : datetime, optional
        Knowledge time; now unless given.
    window : (int, int), optional
        Valid time as a closed interval of days.
    necessity : str
        Why special categories are strictly necessary in this case; without it the vault stays shut (`graph.vault`).
    """

    purpose: str
    case: str | None = None
    legal_basis: str | None = None
    reason: str = ""
    as_of: datetime | None = None
    window: tuple[int, int] | None = None
    necessity: str = ""


def actor_of(home: Home, user: str) -> Actor:
    """Return a user of the home's directory.

    Raises
    ------
    NotSignedIn
        The directory has no such user, or nobody comes in under this name any more.
    """
    ledger = _ledger_of(home)
    body = ledger.users().get(user)
    if body is None or access_of(ledger, user).disabled:
        raise NotSignedIn(
            f"There is no user {user[:60]!r} in this home, or the access was taken away. Name one that init or a "
            "loaded world entered, or ask whoever administers this home."
        )
    return _actor(home, user, body)


def personas(home: Home) -> list[Actor]:
    """Return every user that the home's directory holds, by id."""
    return [_actor(home, user, body) for user, body in sorted(_ledger_of(home).users().items())]


def _ledger_of(home: Home) -> Ledger:
    from graph.view_books import ledger_of  # which the policy, which asks about actors, is read with

    return ledger_of(home)


def is_member(actor: Actor, case: Mapping[str, Any]) -> bool:
    """Say whether a case admits the actor: its lead, a named member, or the default where it names nobody."""
    if actor.roles & NEVER_MEMBERS:
        return False
    named = {str(member) for member in case.get("members") or ()}
    admitted = named or ADMITTED_BY_DEFAULT
    return actor.id in admitted or (bool(case.get("lead")) and actor.id == case["lead"])


def check_request(actor: Actor, request: ViewRequest, today: date) -> None:
    """Check what follows from the actor and the request alone.

    Parameters
    ----------
    actor : Actor
    request : ViewRequest
    today : date
        On which the actor's rights must stand confirmed.

    Raises
    ------
    Refused
        With what was wrong and how to mend it.
    """
    actor.demand("open-view")
    check_confirmed(actor, today)
    purposes = ontology().codes("purposes")
    if request.purpose not in purposes:
        raise Refused(f"A view needs a purpose, one of {', '.join(purposes.codes)}.", code="purpose")
    if request.purpose not in actor.purposes:
        raise Refused(
            f"The purpose {request.purpose} is not granted to {actor.id}, who has "
            f"{', '.join(sorted(actor.purposes)) or 'none'}. Choose one of those.",
            code="purpose",
        )
    if request.case is not None and request.purpose in WITHOUT_CASE:
        raise Refused(
            f"The purpose {request.purpose} looks across cases and opens none. Leave the case out.", code="purpose"
        )
    if request.legal_basis is not None:
        _check_basis(request.legal_basis, request)


def legal_basis(request: ViewRequest, case: Mapping[str, Any] | None) -> str:
    """Return the basis that a request rests on: as stated, else the case's own, else the purpose's default.

    Raises
    ------
    Refused
        There is none, or it does not carry the purpose.
    """
    if request.legal_basis is not None:
        return request.legal_basis
    if case is not None:
        stated = str(case.get("legal_basis") or "")
    else:
        stated = str(ontology().codes("purposes").get(request.purpose).attributes.get("basis", ""))
    _check_basis(stated, request)
    return stated


def _check_basis(basis: str, request: ViewRequest) -> None:
    bases = ontology().codes("legal_bases")
    if basis not in bases:
        raise Refused(f"A view needs a legal basis, one of {', '.join(bases.codes)}.", code="legal-basis")
    about = bases.get(basis).attributes
    if request.purpose not in about.get("purposes", ()):
        raise Refused(
            f"The basis {basis} does not carry the purpose {request.purpose}. State another.", code="legal-basis"
        )
    if about.get("needs_case") and request.case is None:
        raise Refused(
            f"The basis {basis} holds inside a case only. Name the case, or state another basis.", code="legal-basis"
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """How an actor came into a case.

    Parameters
    ----------
    case : mapping
        The case as the directory has it.
    admitted : str
        `member`, `break-glass` or `oversight`.
    until : datetime, optional
        When it ends, where it ends by itself.
    glass : str
        The id of the broken glass.
    """

    case: Mapping[str, Any]
    admitted: str
    until: datetime | None = None
    glass: str = ""


def enter_case(ledger: Ledger, actor: Actor, request: ViewRequest, at: datetime) -> Entry | None:
    """Return how the actor comes into the request's case at a time; None where the request names no case.

    An open case admits its members, and who broke the glass with a second person. A closed or sealed one admits those
    who oversee it, for that purpose.

    Raises
    ------
    NotInView
        Of others, or never there: one answer.
    """
    from graph.glass import broken_for  # which asks about actors

    if request.case is None:
        return None
    body = ledger.cases().get(request.case)
    if body is not None:
        state = str(body.get("state") or "")
        if request.purpose == "oversight":
            if actor.roles & OVERSEERS.get(state, frozenset()):
                return Entry(body, "oversight")
        elif state == "open":
            if is_member(actor, body):
                return Entry(body, "member")
            glass = broken_for(ledger, actor, request.case, at)
            if glass is not None:
                return Entry(body, "break-glass", glass.until, glass.id)
    raise NotInView


def _actor(home: Home, user: str, body: Mapping[str, Any]) -> Actor:
    own = body.get("regimes")
    of_a_world = body.get("namespace") != "home"
    regimes = (
        frozenset(own)
        if own is not None
        else frozenset(ontology().codes("regimes").codes)
        if of_a_world
        else OPEN_REGIMES
    )
    return Actor(
        id=user,
        roles=frozenset(body.get("roles") or ()),
        clearance=int(body.get("clearance") or 0),
        compartments=frozenset(body.get("compartments") or ()),
        purposes=frozenset(body.get("purposes") or ()),
        org=str(body.get("org") or ""),
        regimes=regimes,
        confirmed_until=confirmed_until(body, home.made_at),
    )
