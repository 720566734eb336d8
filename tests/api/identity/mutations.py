"""Tokens that look like good ones and are not: what a forger would change, drawn by seed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KINDS = 14


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sealed(header: object, claims: object, key: Ed25519PrivateKey) -> str:
    head = b64(json.dumps(header).encode())
    body = b64(claims if isinstance(claims, bytes) else json.dumps(claims).encode())
    return f"{head}.{body}.{b64(key.sign(f'{head}.{body}'.encode()))}"


def mutants(good: str, key: Ed25519PrivateKey, at: datetime, random: Random) -> Iterator[tuple[str, str]]:
    """Give one mutant after the other with the name of its kind, without end.

    Parameters
    ----------
    good : str
        A token that holds.
    key : Ed25519PrivateKey
        The home's own: what is signed with it is refused for what it says.
    at : datetime
    random : Random
    """
    head, body, signature = good.split(".")
    header, claims = json.loads(unb64(head)), json.loads(unb64(body))
    now = int(at.timestamp())
    makers: list[tuple[str, Callable[[], str]]] = [
        ("a letter", lambda: _letter(good, random)),
        ("cut", lambda: good[: random.randrange(len(good))]),
        ("grown", lambda: good + random.choice((".", "=", "A", " ", "\n", ".e30", "." + signature))),
        ("parts", lambda: ".".join(random.sample([head, body, signature, "", head], random.randint(0, 5)))),
        ("no signature", lambda: f"{_none(random)}.{body}."),
        ("another algorithm", lambda: sealed({**header, "alg": _algorithm(random)}, claims, key)),
        ("a key in the header", lambda: sealed({**header, **_brought(random)}, claims, key)),
        (
            "a stranger's key",
            lambda: sealed(header, claims, Ed25519PrivateKey.from_private_bytes(random.randbytes(32))),
        ),
        ("a claim away", lambda: sealed(header, _without(claims, random), key)),
        ("a claim wrong", lambda: sealed(header, {**claims, **_wrong(now, random)}, key)),
        ("other claims", lambda: f"{head}.{b64(json.dumps({**claims, 'sub': 'admin'}).encode())}.{signature}"),
        ("no claims", lambda: sealed(header, random.choice(([], "x", 7, None, b"{", b"", b"\xff")), key)),
        ("huge", lambda: sealed(header, {**claims, "more": "x" * random.randint(2_000, 200_000)}, key)),
        ("out of time", lambda: sealed(header, {**claims, "iat": now - 900, "exp": now - random.randint(0, 600)}, key)),
    ]
    assert len(makers) == KINDS
    while True:
        name, make = random.choice(makers)
        made = make()
        if made != good:
            yield name, made


def _key(random: Random) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(random.randbytes(32))


def _letter(good: str, random: Random) -> str:
    at = random.choice((random.randrange(len(good)), len(good) - 1))
    return good[:at] + random.choice(LETTERS) + good[at + 1 :]


def _none(random: Random) -> str:
    return b64(json.dumps({"alg": random.choice(("none", "None", "NONE", "nOnE")), "typ": "JWT"}).encode())


def _algorithm(random: Random) -> Any:
    return random.choice(("none", "HS256", "RS256", "ES256", "EdDSA", "Ed448", "", None, 7, ["Ed25519"], "ed25519"))


def _brought(random: Random) -> dict[str, Any]:
    own = _key(random).public_key().public_bytes_raw()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(own)}
    return random.choice((
        {"jwk": jwk}, {"jku": "https://elsewhere.example/keys"}, {"x5u": "https://elsewhere.example/cert"},
        {"x5c": ["MIIB"]}, {"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"kid": "1"},
        {"cty": "JWT"}, {"zip": "DEF"}, {"x5t": "AAAA"},
    ))  # fmt: skip


def _without(claims: dict[str, Any], random: Random) -> dict[str, Any]:
    gone = random.sample(sorted(claims), random.randint(1, len(claims)))
    return {name: value for name, value in claims.items() if name not in gone}


def _wrong(now: int, random: Random) -> dict[str, Any]:
    day = int(timedelta(days=1).total_seconds())
    return random.choice((
        {"exp": now + day}, {"exp": str(now + 300)}, {"exp": float("nan")}, {"exp": float("inf")}, {"exp": None},
        {"exp": True}, {"exp": now + 300.5}, {"exp": -1}, {"exp": 10**30}, {"exp": [now + 300]},
        {"iat": now + 60, "exp": now + 360}, {"iat": "now"}, {"iat": None}, {"nbf": now + 60},
        {"iss": "urn:krydsfelt:another"}, {"iss": ""}, {"iss": None}, {"iss": 7}, {"iss": ["urn:krydsfelt"]},
        {"aud": "another"}, {"aud": ["krydsfelt-api", "another"]}, {"aud": []}, {"aud": None}, {"aud": {"a": 1}},
        {"sub": ""}, {"sub": None}, {"sub": 7}, {"sub": ["analyst"]}, {"jti": ""}, {"jti": None}, {"jti": "short"},
        {"epoch": "0"}, {"epoch": None}, {"epoch": 0.0}, {"epoch": False},
    ))  # fmt: skip
