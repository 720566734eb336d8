"""Passwords: what is asked of a new one, and how one is kept.

Rules after ASVS 5.0, V6.2: at least twelve characters, no rule of composition, any letter of any script, nothing that
everybody thinks of. Kept as argon2id (RFC 9106) over a keyed hash of user and password, so that neither a stolen file
nor a line moved to another user's place opens anything without the home's key.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from graph.errors import BadInput, Overloaded
from graph.home import Home

SHORTEST: Final = 12
LONGEST: Final = 256
AT_ONCE: Final = 2
"""Hashes computed at the same time: each takes 64 MiB."""
PATIENCE: Final = 5.0
"""Seconds that a sign-in waits for its turn."""

_PLAIN: Final = str.maketrans("013457@$!", "oleastasi")
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Passwords:
    """Hashes and checks the passwords of one home.

    Parameters
    ----------
    home : Home
    hasher : PasswordHasher, optional
        Another cost than RFC 9106's for machines with little memory.
    """

    def __init__(self, home: Home, hasher: PasswordHasher | None = None) -> None:
        self._key = home.secret("password")
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, type=Type.ID)
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, user: str, password: str) -> str:
        """Return what is kept of a password."""
        return self._hasher.hash(self._keyed(user, password))

    def check(self, user: str, password: str, kept: str | None) -> bool:
        """Say whether it is the password; where nothing is kept the work is the same and the answer no.

        Raises
        ------
        Overloaded
            Too many sign-ins wait for their turn.
        """
        if not self._gate.acquire(timeout=PATIENCE):
            raise Overloaded("Too many people sign in at this moment. Try again in some seconds.")
        try:
            self._hasher.verify(kept or self._nobody, self._keyed(user, password))
            return kept is not None
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._gate.release()

    def _keyed(self, user: str, password: str) -> str:
        said = f"{user}\0{unicodedata.normalize('NFC', password)}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, said, "sha256").hex()


def check_new(password: str, user: str) -> None:
    """Check a password that somebody wants.

    Raises
    ------
    BadInput
        Too short, too long, or one that is guessed first.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            f"A password has {SHORTEST} to {LONGEST} characters, of any kind; this one has {len(password)}. "
            "Four words that do not belong together are easy to keep in mind.",
            code="password-length",
        )
    if is_common(password, user):
        raise BadInput(
            "This password is among those that are guessed first: common words, rows of keys, the name of the user. "
            "Choose four words that do not belong together.",
            code="password-common",
        )


def is_common(password: str, user: str) -> bool:
    """Say whether a password is made of nothing but common words, rows of keys, repetitions and the user's name."""
    folded = unicodedata.normalize("NFKD", password).casefold()
    # a figure or sign among letters stands for a letter
    spelt = re.sub(r"(?<=[a-z])[013457@$!](?=[a-z0-9@$!])", lambda sign: sign.group().translate(_PLAIN), folded)
    return any(_used_up(form, user.casefold()) for form in {folded, spelt, folded.translate(_PLAIN)})


def _used_up(form: str, user: str) -> bool:
    """Say whether next to nothing but figures is left when all that is common is taken out."""
    left = form
    for known in (*_common(), *(part for part in re.split(r"[^\w]+", user) if len(part) > 2)):
        left = left.replace(known, "")
    return len(set(re.sub(r"[\d\s]", "", left))) < 4


@cache
def _common() -> tuple[str, ...]:
    """Return common words, the longest first: what is inside another must not spoil it."""
    text = (files("api.identity") / "common.txt").read_text(encoding="utf-8")
    words = {line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")}
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def one_time() -> str:
    """Return a password for the first sign-in: some hundred bits, in letters that nobody mistakes."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
