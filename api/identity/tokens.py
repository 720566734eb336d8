"""Tokens for programs: signed, for five minutes, for this home's API alone, and worth nothing after a revocation.

One algorithm, one key, and every claim required; what a header could bring along (`jwk`, `jku`, `x5u`, `crit` ...) is
refused. A token begins a session of its own on the server, which holds as any other and ends with the token.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from graph.access import access_of
from graph.audit import audit_of
from graph.errors import KrydsfeltError, NotSignedIn
from graph.home import Home
from graph.view_books import ledger_of

ALGORITHMS: Final = ("Ed25519",)
AUDIENCE: Final = "krydsfelt-api"
LIFE: Final = timedelta(minutes=5)
LONGEST: Final = 2_048
"""Characters of a token: ours have some 400."""
HEADER: Final = frozenset({"alg", "typ"})
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
CLAIMS: Final = ("iss", "sub", "aud", "iat", "exp", "jti", "epoch")


@dataclass(frozen=True, slots=True)
class Token:
    """What a token that holds says."""

    user: str
    id: str
    epoch: int
    expires: datetime


class Tokens:
    """Issues and checks the tokens of one home.

    Parameters
    ----------
    home : Home
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._issuer = f"urn:krydsfelt:{home.id}"
        key = Ed25519PrivateKey.from_private_bytes(home.secret("api-token"))
        private, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
        half = {"kty": "OKP", "crv": "Ed25519", "x": urlsafe_b64encode(public).decode("ascii")}
        self._public = OKPKey.import_key({**half})
        self._private = OKPKey.import_key({**half, "d": urlsafe_b64encode(private).decode("ascii")})

    def issue(self, user: str, *, by: str, at: datetime) -> str:
        """Return a new token for a user; that it was issued stands in the audit.

        Raises
        ------
        NotSignedIn
            There is no such user, or nobody comes in under this name.
        AuditUnavailable
        """
        log = audit_of(self._home)
        jti = secrets.token_hex(16)
        intent = log.intent("issue-token", {"user": by, "detail": {"of": user, "token": log.term(jti)}})
        result = "error"
        try:
            ledger = ledger_of(self._home)
            access = access_of(ledger, user)
            if access.disabled or user not in ledger.users():
                raise NotSignedIn(f"There is no user {user[:60]!r} in this home, or the access was taken away.")
            now = int(at.timestamp())
            claims = {
                "iss": self._issuer, "sub": user, "aud": AUDIENCE, "iat": now,
                "exp": now + int(LIFE.total_seconds()), "jti": jti, "epoch": access.epoch,
            }  # fmt: skip
            made = jwt.encode({"alg": ALGORITHMS[0], "typ": "JWT"}, claims, self._private, list(ALGORITHMS))
            result = "ok"
            return made
        except KrydsfeltError as error:
            result = error.reason_code
            raise
        finally:
            log.outcome(intent, result, {})

    def check(self, text: str, *, at: datetime) -> Token:
        """Return what a token says, when it holds. Revocations since are the session's matter.

        Raises
        ------
        NotSignedIn
            It does not, for whatever reason.
        """
        claims = verified(
            text, self._public, ALGORITHMS, {"iss": self._issuer, "aud": AUDIENCE}, at=at, required=CLAIMS,
            header=HEADER, longest=LONGEST,
        )  # fmt: skip
        user, jti, epoch = claims["sub"], claims["jti"], claims["epoch"]
        if not (isinstance(jti, str) and len(jti) == 32 and type(epoch) is int and claims["aud"] == AUDIENCE):
            raise refused()
        if claims["exp"] - claims["iat"] != int(LIFE.total_seconds()) or at.timestamp() < claims["iat"]:
            raise refused()
        return Token(str(user), jti, epoch, datetime.fromtimestamp(claims["exp"], at.tzinfo))


def verified(
    text: str,
    key: Any,
    algorithms: tuple[str, ...],
    expected: Mapping[str, str],
    *,
    at: datetime,
    required: tuple[str, ...],
    header: frozenset[str],
    longest: int,
    leeway: int = 0,
) -> dict[str, Any]:
    """Return the claims of a signed token, when every one of them holds.

    Parameters
    ----------
    text : str
    key : key, key set or callable
        As joserfc takes it; never one that the token brings along.
    algorithms : tuple of str
        The only ones.
    expected : mapping
        Claims that must say exactly this, `iss` and `aud` at least.
    at : datetime
    required : tuple of str
        Claims that must be there.
    header : frozenset of str
        All that the header may name.
    longest : int
        Characters.
    leeway : int
        Seconds by which the clock that dated it may be ahead of ours; its end is never stretched.

    Raises
    ------
    NotSignedIn
    """
    if len(text) > longest or not _FORM.fullmatch(text):
        raise refused()
    registry = JWSRegistry(algorithms=list(algorithms))
    options: dict[str, Any] = {claim: {"essential": True} for claim in required}
    options |= {claim: {"essential": True, "value": value} for claim, value in expected.items()}
    try:
        signature = text.rpartition(".")[2].encode()
        if urlsafe_b64encode(urlsafe_b64decode(signature)) != signature:
            raise refused()  # the same signature written another way would be another token
        token = jwt.decode(text, key, list(algorithms), registry)
        if not set(token.header) <= header or not isinstance(token.claims, dict):
            raise refused()
        jwt.JWTClaimsRegistry(now=int(at.timestamp()), leeway=leeway, **options).validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise refused() from None
    claims: dict[str, Any] = token.claims
    times = [claims[name] for name in ("exp", "iat") if name in required]
    if not all(type(time) is int for time in times) or not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise refused()
    if "exp" in required and at.timestamp() >= claims["exp"]:
        raise refused()
    return claims


def refused() -> NotSignedIn:
    """Return the one answer to a token that does not hold."""
    return NotSignedIn("This token does not hold here, or holds no more. Ask for a new one.", code="bad-token")
