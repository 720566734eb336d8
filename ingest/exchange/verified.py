"""What was found of a package: each check with its words, and the report of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from graph.errors import BadInput, BadPackage


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: `detail` in English, `code` and `values` for readers of another language."""

    name: str
    passed: bool
    detail: str
    code: str
    values: Mapping[str, str] = field(default_factory=dict)


FOUND: Mapping[str, str] = {
    "frame": "form, length and digest of the ciphertext fit the header",
    "signature": "signed with key {key}",
    "sender.self": "this home itself",
    "sender.first": "{sender} is met for the first time, as this made-up partner's folder allows; "
    "its key has the fingerprint {fingerprint}",
    "sender.unknown": "{sender} is not known here, and import refuses it: its key has the fingerprint {fingerprint}; "
    "compare it by another way, then enter it with krydsfelt partner add",
    "sender.known": "{sender}, with the key known here",
    "expiry": "valid until {until}",
    "recipient.other": "sent to {recipient}, not to this home: inner part not opened",
    "recipient.us": "sent to this home, and its key opens it",
    "content": "inner signature and digest fit",
}
"""What a check that passed can have found."""
TRUSTED = frozenset({"sender.self", "sender.known", "sender.first"})
"""What the check of the sender finds where its package may be taken in."""


def found(code: str, **values: str) -> Check:
    """Return a check that passed, by its code in `FOUND`."""
    return Check(code.partition(".")[0], True, FOUND[code].format(**values), code, values)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked of a package.

    `inner` is whether the inner part was opened; `payload` only then. `trusted` is whether the sender's key was entered
    here, or may be by this package.
    """

    package: str | None
    sender: str | None
    recipient: str | None
    expires: datetime | None
    checks: tuple[Check, ...]
    inner: bool
    manifest: Mapping[str, object] | None = None
    sender_key: str | None = None
    error: BadPackage | None = None
    payload: bytes | None = field(default=None, repr=False)
    trusted: bool = False

    @property
    def whole(self) -> bool:
        return self.error is None

    def demand_whole(self) -> None:
        """Raise the first failed check, if any."""
        if self.error is not None:
            raise self.error

    def to_json(self) -> dict[str, object]:
        return {
            "package": self.package,
            "sender": self.sender,
            "recipient": self.recipient,
            "expires": self.expires.isoformat() if self.expires else None,
            "whole": self.whole,
            "inner": self.inner,
            "trusted": self.trusted,
            "checks": [asdict(c) for c in self.checks],
            "manifest": self.manifest,
        }

    def text(self) -> str:
        lines = [f"{'ok ' if c.passed else 'NO '} {c.name}: {c.detail}" for c in self.checks]
        if self.whole and not self.inner:
            lines.append("The outer part is whole. The inner part opens only with the recipient's key.")
        return "\n".join(lines)


def failed(report: Verified, error: BadInput) -> Verified:
    """Return a report with what was found wrong of the content, once it was opened."""
    check = Check(error.reason_code, False, error.message, error.reason_code)
    told = error if isinstance(error, BadPackage) else BadPackage(error.message, code=error.reason_code)
    return replace(report, checks=(*report.checks, check), error=told)
