"""Local accounts: which users of the directory sign in with a password of this home.

They lie in `identity/accounts.json` of the home, apart from the ledger: what is kept of a password is replaced when it
changes and is never part of the record. What a user may do stands in the directory, not here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from api.identity.passwords import Passwords, check_new, one_time
from graph.access import access_of
from graph.audit import audit_of
from graph.disk import locked, space_guard, write_synced
from graph.errors import BadInput, Conflict, KrydsfeltError, NotSignedIn, Refused, StoreUnavailable
from graph.home import PERSONAS, Home
from graph.ledger import stamp
from graph.view_books import ledger_of

ONE_TIME_LIFE: Final = timedelta(hours=72)
WRONG: Final = (
    "User name or password is not right, or the account is closed. Check both; whoever administers this home can reset "
    "a password: krydsfelt account reset USER"
)
"""One answer, whichever it is."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    Parameters
    ----------
    kept : str
        What is kept of the password.
    changed_at : str
        ISO 8601.
    one_time_until : str
        ISO 8601; where it is not empty, the password serves once, until then, to choose another.
    """

    kept: str
    changed_at: str
    one_time_until: str = ""


class Accounts:
    """The accounts of one home.

    Parameters
    ----------
    home : Home
    passwords : Passwords, optional
    """

    def __init__(self, home: Home, passwords: Passwords | None = None) -> None:
        self._home = home
        self._given = passwords
        self._place = home.path / "identity" / "accounts.json"
        self._read: tuple[tuple[int, int, int] | None, Mapping[str, Account]] = (None, {})

    @property
    def _passwords(self) -> Passwords:
        if self._given is None:  # made when the first one signs in: it takes a moment
            self._given = Passwords(self._home)
        return self._given

    def all(self) -> Mapping[str, Account]:
        """Return every account, by user; read again when the file has changed.

        Raises
        ------
        StoreUnavailable
            The file cannot be read, which lets nobody in.
        """
        try:
            found = self._place.stat()
        except FileNotFoundError:
            return {}
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self._read[0] != seen:
            try:
                body = json.loads(self._place.read_text(encoding="utf-8"))
                self._read = seen, {user: Account(**about) for user, about in body["accounts"].items()}
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                raise StoreUnavailable(f"{self._place} cannot be read. Restore it from a backup.") from None
        return self._read[1]

    def sign_in(self, user: str, password: str, new: str | None, *, at: datetime) -> None:
        """Check who somebody is; with a one-time password they choose their own in the same step.

        Whether the user is known, has an account or is disabled costs the same and is answered alike.

        Raises
        ------
        NotSignedIn
            It is not they.
        Refused
            The password serves only to choose another (`new-password`), or served too late (`one-time-expired`).
        BadInput
            The new password will not do.
        """
        account = self.all().get(user)
        right = self._passwords.check(user, password, account.kept if account else None)
        if not right or account is None or access_of(ledger_of(self._home), user).disabled:
            raise NotSignedIn(WRONG, code="wrong-credentials")
        if account.one_time_until:
            if at >= datetime.fromisoformat(account.one_time_until):
                raise Refused(
                    "This one-time password has run out. Ask for another: krydsfelt account reset USER",
                    code="one-time-expired",
                )
            if new is None:
                raise Refused(
                    "This is a one-time password: choose your own now, of at least twelve characters.",
                    code="new-password",
                )
        if new is not None:
            self._replace(user, password, new, at)

    def change(self, user: str, password: str, new: str, *, at: datetime) -> None:
        """Change one's own password.

        Raises
        ------
        NotSignedIn, BadInput
        """
        account = self.all().get(user)
        if not self._passwords.check(user, password, account.kept if account else None):
            raise NotSignedIn(WRONG, code="wrong-credentials")
        self._replace(user, password, new, at)

    def _replace(self, user: str, old: str, new: str, at: datetime) -> None:
        check_new(new, user)
        if new == old:
            raise BadInput("The new password is the old one. Choose another.", code="password-same")
        with self.audited("change-password", user, user):
            self._put(user, Account(self._passwords.hash(user, new), stamp(at)))

    def set(self, user: str, password: str, *, by: str, at: datetime) -> None:
        """Give a user an account with a password of their own.

        Raises
        ------
        BadInput, Conflict
        """
        check_new(password, user)
        with self.audited("add-account", by, user):
            self._put(user, Account(self._passwords.hash(user, password), stamp(at)), new=True)

    def set_one_time(self, user: str, *, by: str, at: datetime, new: bool) -> str:
        """Give a user an account, or a forgotten one back, with a password that serves once; return it.

        Raises
        ------
        BadInput
            Not a user, or has no account.
        Conflict
            Has one already.
        """
        given = one_time()
        with self.audited("add-account" if new else "reset-account", by, user):
            until = stamp(at + ONE_TIME_LIFE)
            self._put(user, Account(self._passwords.hash(user, given), stamp(at), until), new=new)
        return given

    def _put(self, user: str, account: Account, *, new: bool | None = None) -> None:
        with space_guard(self._place):
            self._place.parent.mkdir(mode=0o700, exist_ok=True)
            with locked(self._place.with_name("lock")):
                known = dict(self.all())
                if new is True and user in known:
                    raise Conflict(f"{user} has an account already: krydsfelt account reset {user}")
                if new is False and user not in known:
                    raise BadInput(f"{user[:60]!r} has no account here: krydsfelt account add", code="unknown-user")
                known[user] = account
                body = {"version": 1, "accounts": {name: asdict(one) for name, one in sorted(known.items())}}
                write_synced(self._place, json.dumps(body, indent=1).encode(), mode=0o600)

    @contextmanager
    def audited(self, action: str, by: str, user: str) -> Iterator[None]:
        """Write down who changes whose account; nothing is changed where that fails."""
        log = audit_of(self._home)
        intent = log.intent(action, {"user": by, "detail": {"of": user}})
        result = "error"
        try:
            yield
            result = "ok"
        except KrydsfeltError as error:
            result = error.reason_code
            raise
        finally:
            log.outcome(intent, result, {})


def enter_user(home: Home, user: str, rights: Mapping[str, Any]) -> None:
    """Enter a user of this home into the directory; who is there keeps their rights.

    Raises
    ------
    BadInput
        The name is a persona's, or not one.
    """
    if user in PERSONAS:
        raise BadInput(f"{user} is the name of a persona. Choose another name for a person.", code="persona-name")
    if not 0 < len(user) <= 100 or not user.isprintable() or user != user.strip():
        raise BadInput("A user's name has 1 to 100 printable characters.", code="bad-user")
    ledger = ledger_of(home)
    if user not in ledger.users():
        with ledger.writer() as writer:
            writer.directory("user", user, "home", {"org": home.org, **rights})
