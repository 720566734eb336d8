"""Every error the product raises, in one tree.

An error says three things: what was expected, what came, what to do. `code` is stable and machine-readable, `status`
is the HTTP answer the outward mapping gives, `exit_code` what the command line returns.

::

    KrydsfeltError
    ├── BadInput            what somebody handed in is wrong            400, exit 2
    │   ├── BadValue        one value (date, grade, identifier, text)
    │   ├── BadRow          one row; becomes a line in quarantine
    │   ├── BadDelivery     a whole folder or file
    │   └── BadPackage      an exchange package
    ├── Refused             the actor or the request may not            403, exit 3
    │   ├── NotSignedIn     nobody is signed in                         401
    │   ├── StepUp          signed in too long ago for this act         403
    │   └── TooMuch         a rate or a budget is used up               429
    ├── NotInView           not there, or not for you: one answer       404, exit 4
    ├── Conflict            somebody else was first                     409, exit 5
    └── Unavailable         the machine cannot now                      503, exit 6
"""

from __future__ import annotations

from typing import ClassVar


class KrydsfeltError(Exception):
    """Base of the tree.

    Parameters
    ----------
    message : str
        What happened, for a person: expected, came, do.
    code : str, optional
        A finer machine-readable code than the class's own.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason_code = code or type(self).code


class BadInput(KrydsfeltError):
    """What somebody handed in is wrong."""

    code, status, exit_code = "bad-input", 400, 2


class BadValue(BadInput):
    """One value is wrong."""

    code = "bad-value"


class BadDate(BadValue):
    """Not a date, or an impossible or reversed one."""

    code = "bad-date"


class BadGrade(BadValue):
    """Not a grade of a scheme that is known."""

    code = "bad-grade"


class HostileText(BadValue):
    """Control or bidirectional characters, or a cell that a spreadsheet would run.

    `what` is the message without the way to mend it, for those who tell that in a place of its own.
    """

    code = "hostile-text"

    def __init__(self, what: str, *, code: str | None = None, mend: str = "") -> None:
        super().__init__(f"{what} {mend}".rstrip(), code=code)
        self.what = what


class UnknownTerm(BadValue):
    """A word that the ontology does not have."""

    code = "unknown-term"


class UnknownKind(UnknownTerm):
    """No such kind of entity."""

    code = "unknown-kind"


class UnknownPredicate(UnknownTerm):
    """No such predicate."""

    code = "unknown-predicate"


class BadRow(BadInput):
    """One row that cannot become claims. It goes to quarantine with this code and the way to mend it."""

    code = "bad-row"

    def __init__(self, message: str, *, code: str | None = None, mend: str = "") -> None:
        super().__init__(message, code=code)
        self.mend = mend


class BadDelivery(BadInput):
    """A whole folder or file cannot be taken in."""

    code = "bad-delivery"


class PersonNumber(BadDelivery):
    """The tripwire of limit B8: something that could be an assigned CPR number."""

    code = "person-number"


class BadPackage(BadInput):
    """An exchange package that is not what it says."""

    code = "bad-package"


class Refused(KrydsfeltError):
    """Follows from the actor or the request alone, so it may say why and how to mend it."""

    code, status, exit_code = "refused", 403, 3


class NotSignedIn(Refused):
    """Nobody is signed in, or the user is not known."""

    code, status = "not-signed-in", 401


class StepUp(Refused):
    """Signed in, but too long ago for this act: the person proves once more who they are.

    Parameters
    ----------
    message : str
    max_age : int
        Seconds that the last proof may be old.
    """

    code = "step-up"

    def __init__(self, message: str, *, max_age: int) -> None:
        super().__init__(message)
        self.max_age = max_age


class TooMuch(Refused):
    """A rate or a budget of the asker is used up.

    Parameters
    ----------
    message : str
    retry_after : int
        Seconds after which asking again has a point.
    code : str, optional
    """

    code, status = "too-many-requests", 429

    def __init__(self, message: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class NotInView(KrydsfeltError):
    """One answer for deleted, hidden and never existed. The message never depends on which."""

    code, status, exit_code = "not-in-view", 404, 4

    MESSAGE: ClassVar[str] = "Not in this view. That does not mean that it does not exist."

    def __init__(self) -> None:
        super().__init__(self.MESSAGE)


class Conflict(KrydsfeltError):
    """Somebody else was first."""

    code, status, exit_code = "conflict", 409, 5


class NewerHome(Conflict):
    """The home was written by a newer version of the product."""

    code = "newer-home"


class PortInUse(Conflict):
    """Something listens there already."""

    code = "port-in-use"


class Unavailable(KrydsfeltError):
    """The machine cannot now."""

    code, status, exit_code = "unavailable", 503, 6


class Overloaded(Unavailable):
    """More is being asked for than the machine can answer; what waits is bounded."""

    code = "overloaded"
    retry_after: ClassVar[int] = 1


class AuditUnavailable(Unavailable):
    """No answer leaves before its intent is durable; when it cannot be written there is no answer."""

    code = "audit-unavailable"


class StoreUnavailable(Unavailable):
    """The store does not answer as it should."""

    code = "store-unavailable"


class NoSpace(Unavailable):
    """The disk is full."""

    code = "no-space"


class EngineUnavailable(Unavailable):
    """The graph engine that is to serve does not answer."""

    code = "engine-unavailable"
