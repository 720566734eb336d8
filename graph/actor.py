"""Who asks, what for, and which acts a role may do. A role decides actions, never data; data is the policy's matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graph.errors import NotInView, NotSignedIn, Refused
from graph.home import Home
from graph.interval import NO_END
from graph.ledger import Ledger
from graph.ontology import ontology

OPEN_REGIMES: Final = frozenset({"synthetic", "research"})
"""What a local persona may see; users of a made-up world may see that world's regimes."""

_READING: Final = frozenset(
    {"open-view", "read", "search", "look-up", "record", "case", "statistics", "chart", "list-kept", "read-kept"}
)

ROLE_ACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "analyst": _READING
    | {"analyse-settings", "analyse-transfers", "analyse-pathways", "analyse-sources", "analyse-coverage", "keep-plan"},
    "planner": frozenset({"open-view", "statistics", "analyse-coverage", "list-kept", "read-kept", "keep-plan"}),
    "liaison": _READING | {"export", "verify-package", "import-package", "list-partners"},
    "custodian": frozenset({"open-view", "statistics", "list-kept", "read-kept"}),
    "inspector": frozenset({"open-view", "statistics", "list-kept", "read-kept", "verify-audit", "read-audit"}),
    "admin": frozenset({"verify-audit"}),
    "service": frozenset(),
}
"""Acts by role. An act that no role of the actor lists is refused; an administrator opens no view, a.

planner sees no claim.
"""

NEVER_MEMBERS: Final = frozenset({"planner", "inspector", "admin"})
"""Roles that are members of no case, whoever lists them."""

ADMITTED_BY_DEFAULT: Final = frozenset({"analyst", "liaison"})
"""Members of a made-up world's case that names none."""

WITHOUT_CASE: Final = frozenset({"outreach-aggregate", "oversight"})
"""Purposes that look across and therefore never into one case."""


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
    confirmed_until: int = NO_END

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
    """

    purpose: str
    case: str | None = None
    legal_basis: str | None = None
    reason: str = ""
    as_of: datetime | None = None
    window: tuple[int, int] | None = None


def actor_of(home: Home, user: str) -> Actor:
    """Return a user of the home's directory.

    Raises
    ------
    NotSignedIn
        The directory has no such user.
    """
    with Ledger(home) as ledger:
        body = ledger.users().get(user)
    if body is None:
        raise NotSignedIn(f"There is no user {user[:60]!r} in this home. Name one that init or a loaded world entered.")
    return _actor(user, body)


def personas(home: Home) -> list[Actor]:
    """Return every user that the home's directory holds, by id."""
    with Ledger(home) as ledger:
        return [_actor(user, body) for user, body in sorted(ledger.users().items())]


def is_member(actor: Actor, case: Mapping[str, Any]) -> bool:
    """Say whether a case admits the actor: its lead, a named member, or the default where it names nobody."""
    if actor.roles & NEVER_MEMBERS:
        return False
    named = {str(member) for member in case.get("members") or ()}
    admitted = named or ADMITTED_BY_DEFAULT
    return actor.id in admitted or (bool(case.get("lead")) and actor.id == case["lead"])


def check_request(actor: Actor, request: ViewRequest) -> None:
    """Check what follows from the actor and the request alone.

    Raises
    ------
    Refused
        With what was wrong and how to mend it.
    """
    actor.demand("open-view")
    purposes = ontology().codes("purposes")
    if request.purpose not in purposes:
        raise Refused(
            f"A view needs a purpose, one of {', '.join(purposes.codes)}; got {request.purpose[:60]!r}.", code="purpose"
        )
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
        raise Refused(
            f"A view needs a legal basis, one of {', '.join(bases.codes)}; got {basis[:60]!r}.", code="legal-basis"
        )
    about = bases.get(basis).attributes
    if request.purpose in about.get("never", ()):
        raise Refused(
            f"The basis {basis} does not carry the purpose {request.purpose}. State another.", code="legal-basis"
        )
    if about.get("needs_case") and request.case is None:
        raise Refused(
            f"The basis {basis} holds inside a case only. Name the case, or state another basis.", code="legal-basis"
        )


def known_case(ledger: Ledger, actor: Actor, case: str) -> Mapping[str, Any]:
    """Return an open case that the actor is a member of.

    Raises
    ------
    NotInView
        Closed, of others, or never there: one answer.
    """
    body = ledger.cases().get(case)
    if body is None or body.get("state") != "open" or not is_member(actor, body):
        raise NotInView
    return body


def _actor(user: str, body: Mapping[str, Any]) -> Actor:
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
    )
