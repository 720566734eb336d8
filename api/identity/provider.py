"""Which OpenID provider signs people in at this home, and who of the directory its subjects are.

`identity/oidc.json` of the home, written by `krydsfelt account provider` and `krydsfelt account map`. Nobody is let in
because a provider knows them: whoever is not mapped to a user is refused.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from graph.disk import locked, space_guard, write_synced
from graph.errors import BadInput, StoreUnavailable
from graph.home import Home

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519")
"""Of which a provider is held to the one that it was entered with."""
RETURN: Final = "/sign-in/elsewhere/return"


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    Parameters
    ----------
    issuer : str
        Its address, as its tokens name it.
    client_id, client_secret : str
        As it knows this home.
    address : str
        Where this home is served, as browsers reach it.
    algorithm : str
        The one that its tokens are signed with.
    label : str
        How people call it.
    subjects : mapping of str to str
        Its subjects -> users of the directory.
    """

    issuer: str
    client_id: str
    client_secret: str
    address: str
    algorithm: str = "RS256"
    label: str = ""
    subjects: Mapping[str, str] = field(default_factory=dict)

    @property
    def back(self) -> str:
        """Where it sends people back to."""
        return self.address.rstrip("/") + RETURN


def provider_of(home: Home) -> Provider | None:
    """Return the provider of a home, None where there is none.

    Raises
    ------
    StoreUnavailable
        The file cannot be read, which lets nobody in.
    """
    place = home.path / "identity" / "oidc.json"
    try:
        return Provider(**json.loads(place.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise StoreUnavailable(f"{place} cannot be read. Restore it from a backup.") from None


def enter_provider(home: Home, provider: Provider) -> None:
    """Enter the provider of a home, or replace it; who was mapped stays where the issuer is the same.

    Raises
    ------
    BadInput
        An address that is neither https nor this machine, or an algorithm that is not known.
    """
    for name, address in (("issuer", provider.issuer), ("address", provider.address)):
        if not is_safe(address):
            raise BadInput(f"The {name} is an https address, or http on this machine; got {address[:100]!r}.")
    if provider.algorithm not in ALGORITHMS:
        raise BadInput(f"The algorithm is one of {', '.join(ALGORITHMS)}; got {provider.algorithm[:20]!r}.")
    before = provider_of(home)
    kept = before.subjects if before is not None and before.issuer == provider.issuer else {}
    _write(home, replace(provider, subjects=dict(kept)))


def map_subject(home: Home, subject: str, user: str) -> None:
    """Say which user of the directory a subject of the provider is.

    Raises
    ------
    BadInput
        There is no provider.
    """
    provider = provider_of(home)
    if provider is None:
        raise BadInput("This home has no provider yet: krydsfelt account provider --issuer ...", code="no-provider")
    _write(home, replace(provider, subjects={**provider.subjects, subject: user}))


def is_safe(address: str) -> bool:
    """Say whether an address is reached over TLS, or lies on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.username is not None or parts.fragment or not host:
            return False
        if parts.scheme == "https":
            return True
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _write(home: Home, provider: Provider) -> None:
    place = home.path / "identity" / "oidc.json"
    with space_guard(place):
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with locked(place.with_name("lock")):
            write_synced(place, json.dumps(asdict(provider), indent=1).encode(), mode=0o600)
