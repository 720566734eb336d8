"""Signing in on a server: each way a person shows who they are ends in a session, and each try stands in the audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from api.deps import Asker, Server
from api.identity.provider import Provider, provider_of
from api.sessions import Session, Way
from graph.access import FAMILY, access_from, bodies
from graph.audit import audit_of
from graph.errors import KrydsfeltError, NotSignedIn, Refused
from graph.home import PERSONAS
from graph.regimes import only_open
from graph.view_books import ledger_of


@dataclass(frozen=True, slots=True)
class Offered:
    """A persona that may be chosen."""

    id: str
    roles: tuple[str, ...]
    org: str


def personas(parts: Server) -> list[Offered]:
    """Return the users whom anybody at this machine may choose to be, which is for made-up worlds.

    Only on loopback, only where nothing but synthetic and research data lies, only in a home that was made with
    personas, and no longer as soon as people sign in there as themselves.
    """
    if not parts.loopback or parts.accounts.all() or provider_of(parts.home) or not only_open(parts.home):
        return []
    ledger = ledger_of(parts.home)
    users = ledger.users()
    if not all(users.get(name, {}).get("namespace") == "home" for name in PERSONAS):
        return []
    known = bodies(ledger, [(FAMILY, user) for user in users])
    return [
        Offered(user, tuple(sorted(body.get("roles") or ())), str(body.get("org") or ""))
        for user, body in users.items()
        if not access_from(known.get((FAMILY, user))).disabled
    ]


def by_persona(parts: Server, persona: str, asker: Asker) -> Session:
    """Sign in as a persona.

    Raises
    ------
    Refused
        It is not offered.
    AuditUnavailable
    """
    with _tried(parts, "persona", persona, asker):
        _check_offered(parts, persona)
        return parts.sessions.start(persona, "persona", asker.bond)


def by_password(parts: Server, user: str, password: str, new: str | None, asker: Asker) -> Session:
    """Sign in with a password of this home.

    Raises
    ------
    NotSignedIn, Refused, BadInput
        As `Accounts.sign_in` says.
    TooMuch
        Too many were wrong before.
    AuditUnavailable
    """
    with _tried(parts, "password", user, asker):
        _check_password(parts, user, password, new, asker)
        return parts.sessions.start(user, "password", asker.bond)


def by_provider(
    parts: Server, provider: Provider, answer: Mapping[str, str], browser: str | None, asker: Asker
) -> tuple[Session, bool]:
    """Take back who comes from the provider: a new session, or the one that was to be proved, and whether it was that.

    Raises
    ------
    NotSignedIn, Refused, Unavailable, AuditUnavailable
    """
    with _tried(parts, "oidc", "", asker) as signed:
        came = parts.elsewhere.finish(provider, answer, browser)
        signed["user"] = came.user
        if not came.proves:
            return parts.sessions.start(came.user, "oidc", asker.bond), False
        session = parts.sessions.get(came.proves, asker.bond)
        if session.actor.id != came.user:
            raise Refused("Somebody else signed in than the one who is here.", code="other-way")
        parts.sessions.prove(session)
        return session, True


def again(parts: Server, session: Session, persona: str | None, password: str | None, asker: Asker) -> None:
    """Let the person who is signed in show once more who they are.

    Raises
    ------
    Refused
        It is not the way they signed in.
    NotSignedIn, TooMuch, AuditUnavailable
    """
    user = session.actor.id
    with _tried(parts, session.way, user, asker):
        if session.way == "persona" and persona == user:
            _check_offered(parts, persona)
        elif session.way == "password" and password is not None:
            _check_password(parts, user, password, None, asker)
        else:
            raise Refused(
                "Show who you are the way you signed in: your own persona again, your password, or a new sign-in where "
                "you signed in elsewhere.",
                code="other-way",
            )
        parts.sessions.prove(session)


def choose_password(parts: Server, session: Session, password: str, new: str, asker: Asker) -> None:
    """Change one's own password.

    Raises
    ------
    NotSignedIn, BadInput, Refused, TooMuch
    """
    user = session.actor.id
    if session.way != "password":
        raise Refused("You did not sign in with a password of this home.", code="other-way")
    parts.throttle.attempt(user, asker.address)
    parts.accounts.change(user, password, new, at=parts.clock())
    parts.throttle.passed(user, asker.address)
    parts.sessions.prove(session)


def _check_offered(parts: Server, persona: str) -> None:
    if persona not in {each.id for each in personas(parts)}:
        raise Refused(
            "Personas are offered on loopback, by homes that were made with them and hold only synthetic or research "
            "data, as long as nobody has an account there. Sign in as yourself, or run krydsfelt demo.",
            code="no-persona",
        )


def _check_password(parts: Server, user: str, password: str, new: str | None, asker: Asker) -> None:
    parts.throttle.attempt(user, asker.address)
    try:
        parts.accounts.sign_in(user, password, new, at=parts.clock())
    except NotSignedIn:
        raise
    except KrydsfeltError:  # the password itself was right
        parts.throttle.passed(user, asker.address)
        raise
    parts.throttle.passed(user, asker.address)


@contextmanager
def _tried(parts: Server, way: Way, name: str, asker: Asker) -> Iterator[dict[str, str]]:
    """Write down a try to sign in: the name as a keyed hash, for people type passwords there."""
    log = audit_of(parts.home)
    about = {"way": way, "name": log.term(name), "address": log.term(asker.address)}
    intent = log.intent("sign-in", about)
    result, signed = "error", {"user": name}
    try:
        yield signed
        result = "ok"
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, signed if result == "ok" else {})
