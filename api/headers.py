"""The headers that every answer carries, and which requests a browser makes for another site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers

REPORTS: Final = "/api/v1/csp-reports"
"""Where a browser says that a page tried what its policy forbids."""
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src "
    "'self'; font-src 'self'; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html krydsfelt; "
    f"report-uri {REPORTS}"
)
FEATURES: Final = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "microphone", "midi", "payment",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
"""What a browser could offer a page and no page of ours asks for."""
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{feature}=()" for feature in FEATURES),
}
TRANSPORT: Final = "max-age=63072000; includeSubDomains"
"""Two years. Only where the request came by TLS: over plain HTTP a browser must ignore it."""
KEPT_FOR_EVER: Final = frozenset({200, 206, 304})
"""Answers for an asset that a browser may keep: its name changes with its content. That it is not there is no such one.
"""
OWN_SITE: Final = frozenset({"same-origin", "none"})
"""A browser says `none` where a person typed the address or opened a bookmark."""

_ALWAYS: Final = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())
_TLS: Final = (*_ALWAYS, (b"strict-transport-security", TRANSPORT.encode()))
_NO_STORE: Final = (b"cache-control", b"no-store")
_FOR_EVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")


def dress(path: str, status: int, sent: list[tuple[bytes, bytes]], *, tls: bool) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with those that all answers have.

    Parameters
    ----------
    path : str
        Of the request.
    status : int
        Of the answer.
    sent : list
        Headers that the route gave, names in lower case.
    tls : bool
        Whether the request came by TLS.
    """
    dressed = [*sent, *(_TLS if tls else _ALWAYS)]
    if path.startswith("/assets/") and status in KEPT_FOR_EVER:
        return [*(pair for pair in dressed if pair[0] != b"cache-control"), _FOR_EVER]
    if not any(name == b"cache-control" for name, _ in sent):
        dressed.append(_NO_STORE)
    return dressed


def for_another_site(headers: Headers) -> bool:
    """Say whether a browser says that the page of another site caused this request."""
    return headers.get("sec-fetch-site", "none") not in OWN_SITE
