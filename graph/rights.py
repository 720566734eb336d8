"""Rights lapse unless somebody confirms them: every quarter, and never one's own.

Whoever was never confirmed counts as confirmed when the home was made. Who looks at somebody's rights confirms them,
or says that they are to lapse on their last day, and may take either back for a short while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from graph.audit import audit_of
from graph.errors import BadInput, Conflict, KrydsfeltError, Refused
from graph.home import Home
from graph.interval import NO_BEGINNING, day_number, to_date
from graph.ledger import Ledger

if TYPE_CHECKING:
    from graph.actor import Actor
    from graph.notices import Code

QUARTER: Final = timedelta(days=92)
SOON: Final = timedelta(days=30)
"""How long before they lapse somebody is to look at them."""
SECOND_THOUGHTS: Final = timedelta(minutes=10)
"""How long who decided may take it back."""

State = Literal["holds", "soon", "lapsed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the rights of one user stand."""

    user: str
    roles: tuple[str, ...]
    until: date | None
    """The last day they hold; None where that cannot be read, which is never."""
    confirmed_by: str
    lapse_by: str = ""
    """Who said that they are to lapse on that day; empty where nobody did."""
    decided_by: str = ""
    decided_at: datetime | None = None

    def state(self, at: datetime) -> State:
        """Say how they stand at a time: to be looked at is what lapses soon and nobody has decided on."""
        if self.until is None or at.date() > self.until:
            return "lapsed"
        return "soon" if self.until - at.date() <= SOON else "holds"

    def may_decide(self, by: Actor) -> bool:
        """Say whether an actor may confirm them or let them lapse."""
        return "confirm-rights" in by.actions and by.id != self.user

    def may_undo(self, by: Actor, at: datetime) -> bool:
        """Say whether an actor may take back what was decided last."""
        recent = self.decided_at is not None and at - self.decided_at <= SECOND_THOUGHTS
        return recent and self.decided_by == by.id and self.may_decide(by)

    def to_json(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "roles": list(self.roles),
            "until": self.until.isoformat() if self.until else None,
            "confirmed_by": self.confirmed_by,
            "lapse_by": self.lapse_by,
        }


def confirmed_until(body: Mapping[str, Any], made_at: str) -> int:
    """Return the last day for which a user's rights are confirmed, as a day number; what cannot be read is long past.

    Parameters
    ----------
    body : mapping
        The user as the directory has them.
    made_at : str
        When the home was made.
    """
    try:
        if body.get("confirmed_until"):
            return day_number(date.fromisoformat(str(body["confirmed_until"])))
        return day_number(datetime.fromisoformat(made_at).date() + QUARTER)
    except ValueError:
        return NO_BEGINNING


def standing(home: Home) -> list[Standing]:
    """Return how the rights of every user stand, those that lapse first at the top."""
    with Ledger(home) as ledger:
        users = ledger.users()
    found = [(confirmed_until(body, home.made_at), _standing(home, user, body)) for user, body in users.items()]
    return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].user))]


def listed(home: Home, by: Actor) -> list[Standing]:
    """Return how the rights of every user stand, for those who may confirm or oversee.

    Raises
    ------
    Refused
    AuditUnavailable
    """
    log = audit_of(home)
    intent = log.intent("list-rights", {"user": by.id, "roles": sorted(by.roles)})
    result = "error"
    try:
        by.demand("list-rights")
        result = "ok"
        return standing(home)
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, {})


def check_confirmed(actor: Actor, today: date) -> None:
    """Check that an actor's rights were confirmed in the last quarter.

    Raises
    ------
    Refused
        They have lapsed.
    """
    if day_number(today) > actor.confirmed_until:
        last = to_date(actor.confirmed_until)
        raise Refused(
            f"The rights of {actor.id} lapsed{f' after {last.isoformat()}' if last else ''}. An administrator looks at "
            f"them and confirms them for another quarter: krydsfelt rights confirm {actor.id} --as ADMIN",
            code="rights-lapsed",
        )


def confirm(home: Home, by: Actor, user: str, *, at: datetime) -> Standing:
    """Confirm a user's rights for another quarter.

    Parameters
    ----------
    home : Home
    by : Actor
        Whose role allows it, and who is somebody else.
    user : str
    at : datetime

    Raises
    ------
    Refused
        The role does not allow it, or it is one's own rights.
    BadInput
        There is no such user.
    AuditUnavailable
    """

    def confirmed(body: Mapping[str, Any]) -> Mapping[str, Any]:
        until = (at.date() + QUARTER).isoformat()
        return _decided(body, by, at, {"confirmed_until": until, "confirmed_by": by.id})

    return _change(home, by, user, "confirm-rights", confirmed)


def let_lapse(home: Home, by: Actor, user: str, *, at: datetime) -> Standing:
    """Say that a user's rights are to lapse on their last day; the user is told.

    Raises
    ------
    Refused
        The role does not allow it, or it is one's own rights.
    BadInput
        There is no such user.
    AuditUnavailable
    """

    def lapsing(body: Mapping[str, Any]) -> Mapping[str, Any]:
        return _decided(body, by, at, {**_kept(body), "confirmed_lapse_by": by.id})

    done = _change(home, by, user, "lapse-rights", lapsing)
    _tell(home, by, done, "rights-lapse", at)
    return done


def take_back(home: Home, by: Actor, user: str, *, at: datetime) -> Standing:
    """Take back what the same actor decided on a user's rights a short while ago.

    Raises
    ------
    Refused
        The role does not allow it, or it is one's own rights.
    Conflict
        Somebody else decided last, it was too long ago, or nothing was decided.
    BadInput
        There is no such user.
    AuditUnavailable
    """
    were_to_lapse = False

    def before(body: Mapping[str, Any]) -> Mapping[str, Any]:
        nonlocal were_to_lapse
        if not _standing(home, user, body).may_undo(by, at):
            minutes = int(SECOND_THOUGHTS.total_seconds() // 60)
            raise Conflict(f"Only what you decided yourself in the last {minutes} minutes is taken back here.")
        were_to_lapse = bool(body.get("confirmed_lapse_by"))
        plain = {key: value for key, value in body.items() if not key.startswith(_OWN)}
        return {**plain, **body["confirmed_before"]}

    done = _change(home, by, user, "take-back-rights", before)
    if were_to_lapse:
        _tell(home, by, done, "rights-kept", at)
    return done


_OWN: Final = "confirmed_"
"""What begins everything that a user's entry says of being confirmed."""


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in ("confirmed_until", "confirmed_by", "confirmed_lapse_by") if key in body}


def _decided(body: Mapping[str, Any], by: Actor, at: datetime, decided: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a user's entry with a decision, and with what stood before it."""
    plain = {key: value for key, value in body.items() if not key.startswith(_OWN)}
    mark = {"confirmed_decided": by.id, "confirmed_at": at.isoformat(), "confirmed_before": _kept(body)}
    return {**plain, **decided, **mark}


def _standing(home: Home, user: str, body: Mapping[str, Any]) -> Standing:
    return Standing(
        user,
        tuple(sorted(body.get("roles") or ())),
        to_date(confirmed_until(body, home.made_at)),
        str(body.get("confirmed_by") or ""),
        str(body.get("confirmed_lapse_by") or ""),
        str(body.get("confirmed_decided") or ""),
        datetime.fromisoformat(str(body["confirmed_at"])) if body.get("confirmed_at") else None,
    )


def _change(
    home: Home, by: Actor, user: str, action: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Standing:
    """Enter a decision on a user's rights under the audit."""
    log = audit_of(home)
    intent = log.intent(action, {"user": by.id, "roles": sorted(by.roles), "detail": {"of": user}})
    result = "error"
    try:
        by.demand(action)
        if by.id == user:
            raise Refused(
                "Nobody confirms their own rights. Ask another administrator or custodian.", code="own-rights"
            )
        with Ledger(home) as ledger, ledger.writer() as writer:
            body = ledger.users().get(user)
            if body is None:
                raise BadInput(f"There is no user {user[:60]!r} in this home.", code="unknown-user")
            space = str(body.get("namespace") or "home")
            after = change({key: value for key, value in body.items() if key != "namespace"})
            writer.directory("user", user, space, after)
        result = "ok"
        return _standing(home, user, after)
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, {})


def _tell(home: Home, by: Actor, of: Standing, code: Code, at: datetime) -> None:
    from graph.notices import to_user  # which asks about actors, who ask about rights
    from graph.steps import take

    take(home, to_user(of.user, code, at, by.id, by=by.id, until=of.until.isoformat() if of.until else ""))
