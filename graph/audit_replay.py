"""A decision of the past, decided once more: the facts that the log kept, the record as it stood then, the policy of
today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from graph.actor import Actor, ViewRequest, check_request, enter_case, legal_basis
from graph.audit_acts import LoggedAct
from graph.errors import KrydsfeltError
from graph.home import Home
from graph.interval import NO_BEGINNING, NO_END
from graph.policy import policy_digest
from graph.policy.asking import asking_for
from graph.scope import Scope
from graph.vault import check_entered, check_stated
from graph.view_books import books_back_to, books_of, decisions_of, ledger_of


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of asking for a view."""

    result: str
    """`ok` or the code of the refusal."""
    digest: str
    """Of all that the view showed; empty where it was refused."""
    policy: str
    """SHA-256 of the policy; of a refusal of then it is not kept."""
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision of then beside the same decision now."""

    n: int
    at: datetime
    user: str
    roles: tuple[str, ...]
    purpose: str
    case: str
    reason: str
    then: Decision
    again: Decision
    same: bool
    """Result, digest and legal basis are equal."""
    same_policy: bool
    facts: Literal["kept", "directory"]
    """`kept` where the log holds all facts about the actor, `directory` where today's directory filled them in."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def replay(home: Home, opening: LoggedAct) -> Replay:
    """Decide an `open-view` of the log once more.

    What the directory says of cases is that of today: it is the one part that is not kept as it was.
    """
    kept = "actor" in opening.asked
    actor = _actor(home, opening) if not kept else _kept_actor(opening.user, opening.asked["actor"])
    request = _request(opening)
    at = datetime.fromisoformat(str(opening.asked.get("door_time") or opening.at.isoformat()))
    said = opening.said
    then = Decision(
        opening.result, str(said.get("digest") or ""), str(said.get("policy") or ""), str(said.get("legal_basis") or "")
    )
    again = _decide(home, actor, request, at, opening.at)
    return Replay(
        n=opening.n,
        at=opening.at,
        user=opening.user,
        roles=opening.roles,
        purpose=opening.purpose,
        case=opening.case,
        reason=opening.reason,
        then=then,
        again=again,
        same=(then.result, then.digest, then.legal_basis) == (again.result, again.digest, again.legal_basis),
        same_policy=not then.policy or then.policy == again.policy,
        facts="kept" if kept else "directory",
    )


def _decide(home: Home, actor: Actor, request: ViewRequest, at: datetime, known: datetime) -> Decision:
    from graph.view_open import view_digest

    try:
        check_request(actor, request, at.date())
        check_stated(actor, request)
        entry = enter_case(ledger_of(home), actor, request, at)
        check_entered(request, entry)
        basis = legal_basis(request, entry.case if entry is not None else None)
        books = books_of(home)
        visible = decisions_of(home).visible(actor, asking_for(request, basis, entry, at.date()), books.markings)
        as_of = books.seq_at(request.as_of or known)
        scope = Scope.of(visible, as_of, request.window or (NO_BEGINNING, NO_END))
        digest = view_digest(books_back_to(home, books, as_of), scope, request)
    except KrydsfeltError as error:
        return Decision(error.reason_code, "", policy_digest(), "")
    return Decision("ok", digest, policy_digest(), basis)


def _request(opening: LoggedAct) -> ViewRequest:
    asked = opening.asked
    window, as_of = asked.get("window"), asked.get("as_of")
    return ViewRequest(
        purpose=opening.purpose,
        case=opening.case or None,
        legal_basis=asked.get("legal_basis"),
        reason=opening.reason,
        as_of=datetime.fromisoformat(str(as_of)) if as_of else None,
        window=(int(window[0]), int(window[1])) if window else None,
        necessity=str(asked.get("necessity") or ""),
    )


def _kept_actor(user: str, facts: Mapping[str, Any]) -> Actor:
    return Actor(
        id=user,
        roles=frozenset(facts["roles"]),
        clearance=int(facts["clearance"]),
        compartments=frozenset(facts["compartments"]),
        purposes=frozenset(facts["purposes"]),
        org=str(facts["org"]),
        regimes=frozenset(facts["regimes"]),
        confirmed_until=int(facts["confirmedUntil"]),
    )


def _actor(home: Home, opening: LoggedAct) -> Actor:
    from graph.actor import personas

    found = next((each for each in personas(home) if each.id == opening.user), None)
    return found or Actor(opening.user, frozenset(opening.roles), 0, frozenset(), frozenset(), "")
