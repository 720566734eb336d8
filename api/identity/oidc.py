"""Signing in at an OpenID provider: code flow with PKCE, state bound to the browser, nonce bound to the answer.

What comes back is believed only as far as the provider's signature over it goes: one algorithm, its own keys, our
client as audience. Whom the subject is stands in this home.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from api.identity.provider import Provider, is_safe
from api.identity.tokens import verified
from graph.errors import NotSignedIn, Refused, TooMuch, Unavailable

PATIENCE: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""
MOST_PENDING: Final = 1_000
SECONDS: Final = 5
"""How long the provider may take for one answer."""
LARGEST: Final = 1 << 20
KEYS_SECONDS: Final = 300
CLAIMS: Final = ("iss", "sub", "aud", "exp", "iat", "nonce")
LEEWAY: Final = 60
"""Seconds by which the provider's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody on the way."""

    browser: str
    nonce: str
    verifier: str
    until: datetime
    proves: str = ""
    """The key of the session that is to be proved afresh; empty for a new sign-in."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Who came back."""

    user: str
    proves: str


class Elsewhere:
    """Sign-ins that are under way at the provider.

    Parameters
    ----------
    clock : callable
        Gives the time, aware, UTC.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[str, Pending] = {}
        self._keys: tuple[str, float, Any] = ("", 0.0, None)

    def begin(self, provider: Provider, *, proves: str = "") -> tuple[str, str]:
        """Return the address to send the browser to, and what it keeps as a cookie until it comes back.

        Parameters
        ----------
        provider : Provider
        proves : str
            The key of a session whose person is to sign in once more.

        Raises
        ------
        TooMuch, Unavailable
        """
        now = self._clock()
        state, browser, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        metadata = self._metadata(provider)
        with self._lock:
            self._pending = {key: one for key, one in self._pending.items() if one.until > now}
            if len(self._pending) >= MOST_PENDING:
                raise TooMuch("Too many sign-ins are under way. Try again in a moment.", retry_after=10)
            self._pending[state] = Pending(browser, nonce, verifier, now + PATIENCE, proves)
        more = {"prompt": "login", "max_age": "0"} if proves else {}
        url, _ = _client(provider).create_authorization_url(
            metadata["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce, **more
        )
        return str(url), browser

    def finish(self, provider: Provider, answer: Mapping[str, str], browser: str | None) -> Returned:
        """Return who came back from the provider.

        Parameters
        ----------
        provider : Provider
        answer : mapping
            The parameters of the address that the browser was sent back to.
        browser : str, optional
            What it kept.

        Raises
        ------
        NotSignedIn
            Nobody was sent there from this browser, it took too long, or what came back does not hold.
        Refused
            The provider refused, or nobody here is its subject.
        Unavailable
            The provider does not answer.
        """
        with self._lock:
            pending = self._pending.pop(answer.get("state", ""), None)
        if pending is None or pending.until <= self._clock() or not hmac.compare_digest(pending.browser, browser or ""):
            raise _failed("This sign-in did not begin in this browser, or it took too long.")
        if "error" in answer:
            raise Refused(
                f"{provider.label or 'The provider'} did not sign you in. Try again.", code="provider-refused"
            )
        metadata = self._metadata(provider)
        if answer.get("iss", provider.issuer) != provider.issuer or not answer.get("code"):
            raise _failed("What came back is not from the provider that you were sent to.")
        claims = self._claims(provider, metadata, self._exchanged(provider, metadata, answer["code"], pending), pending)
        user = provider.subjects.get(claims["sub"])
        if user is None:
            raise Refused(
                f"{_named(provider)} knows you as {claims['sub'][:100]}, and nobody here is that. Whoever administers "
                f"this home can enter it: krydsfelt account map USER --subject {claims['sub'][:100]}",
                code="unknown-subject",
            )
        return Returned(user, pending.proves)

    def _exchanged(self, provider: Provider, metadata: Mapping[str, Any], code: str, pending: Pending) -> str:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            token = _client(provider).fetch_token(
                metadata["token_endpoint"], code=code, code_verifier=pending.verifier, grant_type="authorization_code",
                timeout=SECONDS, allow_redirects=False,
            )  # fmt: skip
        except AuthlibBaseError:
            raise _failed("The provider did not take its own answer back.") from None
        except (RequestException, ValueError):
            raise _silent(provider) from None
        found = token.get("id_token")
        if not isinstance(found, str):
            raise _failed("The provider did not say who you are.")
        return found

    def _claims(
        self, provider: Provider, metadata: Mapping[str, Any], id_token: str, pending: Pending
    ) -> dict[str, Any]:
        now = self._clock()

        def check(keys: Any) -> dict[str, Any]:
            return verified(
                id_token, keys, (provider.algorithm,), {"iss": provider.issuer, "aud": provider.client_id}, at=now,
                required=CLAIMS, header=frozenset({"alg", "typ", "kid"}), longest=16_384, leeway=LEEWAY,
            )  # fmt: skip

        try:
            claims = check(self._keys_of(metadata["jwks_uri"], fresh=False))
        except NotSignedIn:  # the provider may have changed its keys
            claims = check(self._keys_of(metadata["jwks_uri"], fresh=True))
        audience = claims["aud"]
        if audience not in (provider.client_id, [provider.client_id]):
            raise _failed("What came back is for others as well.")
        if claims.get("azp", provider.client_id) != provider.client_id or not isinstance(claims["nonce"], str):
            raise _failed("What came back is for somebody else.")
        if not hmac.compare_digest(claims["nonce"].encode(), pending.nonce.encode()):
            raise _failed("What came back belongs to another sign-in.")
        showed, sent = claims.get("auth_time"), (pending.until - PATIENCE).timestamp()
        if pending.proves and (type(showed) is not int or showed < sent - LEEWAY):
            raise _failed("The provider did not ask you once more who you are.")
        return claims

    def _metadata(self, provider: Provider) -> Mapping[str, Any]:
        found = _read(provider, provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != provider.issuer or not all(is_safe(str(found.get(name))) for name in needed):
            raise Unavailable("The provider's own description names another issuer or addresses without TLS.")
        return found

    def _keys_of(self, address: str, *, fresh: bool) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        place, at, keys = self._keys
        if fresh or place != address or time.monotonic() - at > KEYS_SECONDS:
            try:
                keys = KeySet.import_key_set(_fetched(address))
            except (JoseError, ValueError, TypeError, KeyError):
                raise Unavailable("The provider's keys cannot be read.") from None
            self._keys = (address, time.monotonic(), keys)
        return keys


def _client(provider: Provider) -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        provider.client_id, provider.client_secret, scope="openid", redirect_uri=provider.back,
        code_challenge_method="S256",
    )  # fmt: skip


def _read(provider: Provider, address: str) -> Mapping[str, Any]:
    found = _fetched(address)
    if not isinstance(found, dict):
        raise _silent(provider)
    return found


def _fetched(address: str) -> Any:
    """Return JSON from an address of the provider's: no redirect is followed, and nothing large is read."""
    import requests

    try:
        with requests.get(address, timeout=SECONDS, allow_redirects=False, stream=True) as answer:
            content = answer.raw.read(LARGEST + 1, decode_content=True)
            if answer.status_code != 200 or len(content) > LARGEST:
                raise Unavailable("The provider does not answer as one.")
            return json.loads(content)
    except (requests.RequestException, ValueError):
        raise Unavailable("The provider does not answer. Try again later, or sign in another way.") from None


def _silent(provider: Provider) -> Unavailable:
    return Unavailable(f"{_named(provider)} does not answer. Try again later.")


def _named(provider: Provider) -> str:
    return provider.label or "The provider"


def _failed(why: str) -> NotSignedIn:
    return NotSignedIn(f"{why} Sign in again.", code="sign-in-failed")
