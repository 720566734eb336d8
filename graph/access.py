"""Who may still come in: users whose access was taken away, and sign-ins that were revoked.

It stands in the ledger's directory beside the users and apart from them, so that no delivery that enters a user anew
gives back what somebody took away. Every door reads it: the server at each request, workers when they run, and the
command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, tuple_

from graph import tables
from graph.audit import audit_of
from graph.errors import BadInput, KrydsfeltError, StoreUnavailable
from graph.home import Home
from graph.ledger import Ledger, stamp

FAMILY: Final = "access"


@dataclass(frozen=True, slots=True)
class Access:
    """How a user's access stands.

    Parameters
    ----------
    epoch : int
        Counts revocations: whoever signed in under another number is signed in no more.
    disabled : bool
        Nobody comes in under this name.
    """

    epoch: int = 0
    disabled: bool = False


def access_of(ledger: Ledger, user: str) -> Access:
    """Return how a user's access stands; of whom nothing was taken away, the default.

    Raises
    ------
    StoreUnavailable
        What stands there cannot be read, which lets nobody in.
    """
    return access_from(bodies(ledger, [(FAMILY, user)]).get((FAMILY, user)))


def access_from(text: str | None) -> Access:
    """Read an entry of the directory.

    Raises
    ------
    StoreUnavailable
    """
    if text is None:
        return Access()
    try:
        body = json.loads(text)
        return Access(int(body["epoch"]), bool(body["disabled"]))
    except (ValueError, KeyError, TypeError):
        raise StoreUnavailable("The access of a user cannot be read. Restore the ledger from a backup.") from None


def bodies(ledger: Ledger, wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """Return entries of the directory as they are written, by family and id; what is not there is left out."""
    table = tables.directory
    query = select(table.c.family, table.c.id, table.c.body).where(tuple_(table.c.family, table.c.id).in_(list(wanted)))
    with ledger.read() as connection:
        return {(str(family), str(i)): str(body) for family, i, body in connection.execute(query)}


def revoke(home: Home, user: str, *, by: str, reason: str, at: datetime) -> Access:
    """End every sign-in and every token of a user. New ones may be had.

    Parameters
    ----------
    home : Home
    user : str
    by : str
        Who does it; whether they may was checked before.
    reason : str
    at : datetime

    Raises
    ------
    BadInput
        There is no such user.
    AuditUnavailable
    """
    return _change(home, user, "revoke-access", by, reason, at)


def disable(home: Home, user: str, *, by: str, reason: str, at: datetime) -> Access:
    """End every sign-in of a user and let nobody in under this name.

    Raises
    ------
    BadInput, AuditUnavailable
    """
    return _change(home, user, "disable-access", by, reason, at, disabled=True)


def enable(home: Home, user: str, *, by: str, reason: str, at: datetime) -> Access:
    """Let a user in again who was disabled.

    Raises
    ------
    BadInput, AuditUnavailable
    """
    return _change(home, user, "enable-access", by, reason, at, disabled=False)


def _change(home: Home, user: str, action: str, by: str, reason: str, at: datetime, **to: Any) -> Access:
    log = audit_of(home)
    intent = log.intent(action, {"user": by, "reason": reason, "detail": {"of": user}})
    result = "error"
    try:
        with Ledger(home) as ledger, ledger.writer() as writer:
            known = bodies(ledger, [("user", user), (FAMILY, user)])
            if ("user", user) not in known:
                raise BadInput(f"There is no user {user[:60]!r} in this home.", code="unknown-user")
            before = access_from(known.get((FAMILY, user)))
            after = replace(before, epoch=before.epoch + 1, **to)
            body = {"epoch": after.epoch, "disabled": after.disabled, "by": by, "reason": reason, "at": stamp(at)}
            writer.directory(FAMILY, user, "home", body)
        result = "ok"
        return after
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, {})
