"""Rights lapse unless somebody confirms them: every quarter, and never one's own.

Whoever was never confirmed counts as confirmed when the home was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from graph.audit import audit_of
from graph.errors import BadInput, KrydsfeltError, Refused
from graph.home import Home
from graph.interval import NO_BEGINNING, day_number, to_date
from graph.ledger import Ledger

if TYPE_CHECKING:
    from graph.actor import Actor

QUARTER: Final = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the rights of one user stand."""

    user: str
    roles: tuple[str, ...]
    until: date | None
    """The last day they hold; None where that cannot be read, which is never."""
    confirmed_by: str

    def to_json(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "roles": list(self.roles),
            "until": self.until.isoformat() if self.until else None,
            "confirmed_by": self.confirmed_by,
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
    found = [
        (
            confirmed_until(body, home.made_at),
            Standing(
                user,
                tuple(sorted(body.get("roles") or ())),
                to_date(confirmed_until(body, home.made_at)),
                str(body.get("confirmed_by") or ""),
            ),
        )
        for user, body in users.items()
    ]
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
    log = audit_of(home)
    intent = log.intent("confirm-rights", {"user": by.id, "roles": sorted(by.roles), "detail": {"of": user}})
    result = "error"
    try:
        by.demand("confirm-rights")
        if by.id == user:
            raise Refused(
                "Nobody confirms their own rights. Ask another administrator or custodian.", code="own-rights"
            )
        until = at.date() + QUARTER
        with Ledger(home) as ledger, ledger.writer() as writer:
            body = ledger.users().get(user)
            if body is None:
                raise BadInput(f"There is no user {user[:60]!r} in this home.", code="unknown-user")
            space = str(body.get("namespace") or "home")
            kept = {key: value for key, value in body.items() if key != "namespace"}
            writer.directory("user", user, space, {**kept, "confirmed_until": until.isoformat(), "confirmed_by": by.id})
        result = "ok"
        return Standing(user, tuple(sorted(body.get("roles") or ())), until, by.id)
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, {})
