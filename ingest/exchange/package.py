"""Making and checking packages. The frame is `frame`; what lies inside is `stix`; what may leave is `release`.

`verify_file` without the recipient's key checks the outer part and says so; with it, everything. A sender that the
home does not know is said to be unknown, with the fingerprint to compare by another way, and `receive` refuses it; one
it knows must sign with the key it knows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyrage

from graph.errors import BadInput, BadPackage
from graph.home import Home
from graph.ledger import Ledger
from ingest.exchange import frame
from ingest.exchange.verified import TRUSTED, Check, Verified, found

LARGEST_FILE = 512 * 1024 * 1024
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Names in a header: they are printed and become names of ours, so nothing that moves a cursor or leads to a folder."""
_KEY = re.compile(r"[0-9a-f]{64}")
HEADER = frozenset(
    {"bytes", "created", "expires", "package", "recipient", "recipient_key", "sender", "sender_key", "sha256"}
)
MANIFEST = frozenset(
    {
        "band",
        "bytes",
        "case",
        "claims",
        "created",
        "handling",
        "kind",
        "package",
        "purpose",
        "recipient",
        "request",
        "sender",
        "sha256",
    }
)


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody packages go to or come from. `sign_key` is an Ed25519 public key as hex, `age_recipient` as age writes
    it.
    """

    id: str
    name: str
    org: str
    sign_key: str
    age_recipient: str

    @property
    def fingerprint(self) -> str:
        """What two people read to each other over the telephone."""
        digest = hashlib.sha256(bytes.fromhex(self.sign_key)).hexdigest()[:24]
        return " ".join(digest[i : i + 4] for i in range(0, 24, 4))


def is_key(text: str) -> bool:
    """Say whether a text is an Ed25519 public key as this product writes it."""
    return bool(_KEY.fullmatch(text))


def partner(ledger: Ledger, name: str) -> Partner:
    """Return a partner of the home.

    Raises
    ------
    BadInput
        There is none of that id.
    """
    body = ledger.partners().get(name)
    if body is None:
        known = ", ".join(sorted(ledger.partners())) or "none"
        raise BadInput(f"There is no such partner in this home. Known: {known}.", code="unknown-partner")
    return Partner(name, str(body["name"]), str(body["org"]), str(body["sign_key"]), str(body["age_recipient"]))


def make(
    home: Home,
    to: Partner,
    manifest: Mapping[str, object],
    payload: bytes,
    *,
    package: str,
    made: datetime,
    expires: datetime,
) -> bytes:
    """Return the bytes of a package.

    Parameters
    ----------
    home : Home
        The sender; its key signs both parts.
    to : Partner
        The recipient; only its key opens the inner part.
    manifest : mapping
        What the package says of itself: `band`, `case`, `claims`, `handling`, `kind`, `purpose`, `request`.
    payload : bytes
        The STIX bundle.
    package : str
        Random id.
    made, expires : datetime
    """
    times = {"created": _stamp(made)}
    inner_head = {
        **manifest,
        **times,
        "package": package,
        "sender": home.party,
        "recipient": to.id,
        "bytes": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    inner = frame.seal(frame.INNER, inner_head, payload, home.signing_key)
    try:
        recipient = pyrage.x25519.Recipient.from_str(to.age_recipient)
    except pyrage.RecipientError:
        raise BadInput(
            f"No key is known to encrypt to {to.id}. Ask for it, and enter it with the partner.", code="no-key"
        ) from None
    ciphertext = pyrage.encrypt(inner, [recipient])
    head = {
        **times,
        "expires": _stamp(expires),
        "package": package,
        "sender": home.party,
        "sender_key": home.sign_public,
        "recipient": to.id,
        "recipient_key": frame.key_id(to.age_recipient.encode()),
        "bytes": len(ciphertext),
        "sha256": hashlib.sha256(ciphertext).hexdigest(),
    }
    return frame.seal(frame.MAGIC, head, ciphertext, home.signing_key)


def verify_file(home: Home, path: Path, *, now: datetime) -> Verified:
    """Check a package on disk; see `verify`.

    Raises
    ------
    BadInput
        The file is missing or too large.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(
                f"{path} is larger than 512 MiB; a package never is. Ask the sender for it again.", code="too-large"
            )
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}. Give the path of a .kxp file.", code="no-file"
        ) from error
    return verify(home, data, now=now)


def verify(home: Home, data: bytes, *, now: datetime) -> Verified:
    """Check a package against what the home knows. Never raises for a bad package.

    The report's `error` says what failed.

    Parameters
    ----------
    home : Home
        Whose partners and keys count.
    data : bytes
    now : datetime
        Aware; a package past its expiry is refused.
    """
    checks: list[Check] = []
    head: Mapping[str, object] = {}
    try:
        part = frame.split(data, frame.MAGIC, frame.LARGEST_HEADER)
        head = _outer(part.head)
        checks.append(found("frame"))
        sender_key = str(head["sender_key"])
        frame.check_signature(part, bytes.fromhex(sender_key))
        checks.append(found("signature", key=frame.key_id(bytes.fromhex(sender_key))))
        checks.append(_known_sender(home, head))
        checks.append(_in_time(head, now))
        opened = _open(home, head, part.body, checks)
    except BadPackage as error:
        checks.append(Check(error.reason_code, False, error.message, error.reason_code))
        return _report(head, checks, error=error)
    if opened is None:
        return _report(head, checks)
    return _report(head, checks, inner=opened)


def _report(
    head: Mapping[str, object], checks: list[Check], *, inner: frame.Part | None = None, error: BadPackage | None = None
) -> Verified:
    def text(name: str) -> str | None:
        return str(head[name]) if name in head else None

    return Verified(
        package=text("package"),
        sender=text("sender"),
        recipient=text("recipient"),
        expires=_time(head["expires"]) if "expires" in head else None,
        checks=tuple(checks),
        inner=inner is not None,
        manifest=inner.head if inner else None,
        sender_key=text("sender_key"),
        error=error,
        payload=inner.body if inner else None,
        trusted=any(c.passed and c.code in TRUSTED for c in checks),
    )


def _outer(head: Mapping[str, object]) -> Mapping[str, object]:
    texts = HEADER - {"bytes"}
    if set(head) != HEADER or not all(isinstance(head[name], str) for name in texts):
        raise BadPackage(
            "The header does not have exactly the fields of version 1. Ask the sender for it again.", code="bad-head"
        )
    if not all(NAME.fullmatch(str(head[name])) for name in ("sender", "recipient", "package")):
        raise BadPackage(
            "A name in the header is not of letters, digits, dots and hyphens. Do not use the package.", code="bad-head"
        )
    try:
        _time(head["expires"])
        if not is_key(str(head["sender_key"])):
            raise ValueError
    except ValueError:
        raise BadPackage("The header's expiry or key is not of the form of version 1.", code="bad-head") from None
    return head


def _known_sender(home: Home, head: Mapping[str, object]) -> Check:
    sender, key = str(head["sender"]), str(head["sender_key"])
    if sender == home.party:
        if key != home.sign_public:
            raise BadPackage(
                f"The package says it is from {sender}, as this home itself is called, but this home did not sign it. "
                "Do not use it; a sender that is called the same needs another name to send here.",
                code="wrong-sender",
            )
        return found("sender.self")
    with Ledger(home) as ledger:
        known = ledger.partners().get(sender)
    if known is None:
        shown = Partner(sender, sender, sender, key, "").fingerprint
        met = "sender.first" if sender == home.first_contact else "sender.unknown"
        return found(met, sender=sender, fingerprint=shown)
    if known["sign_key"] != key:
        raise BadPackage(
            f"{sender} is known here with another key. Do not use the package; ask {sender} by another way.",
            code="wrong-sender",
        )
    return found("sender.known", sender=sender)


def _in_time(head: Mapping[str, object], now: datetime) -> Check:
    expires = _time(head["expires"])
    if expires <= now:
        raise BadPackage(f"The package expired on {head['expires']}. Ask the sender for a new one.", code="expired")
    return found("expiry", until=str(head["expires"]))


def _open(home: Home, head: Mapping[str, object], ciphertext: bytes, checks: list[Check]) -> frame.Part | None:
    """Open and check the inner part; None when it is for somebody else."""
    if head["recipient_key"] != frame.key_id(home.age_recipient.encode()):
        checks.append(found("recipient.other", recipient=str(head["recipient"])))
        return None
    try:
        inner = pyrage.decrypt(ciphertext, [home.age_identity])
    except pyrage.DecryptError:
        raise BadPackage("The package names this home, but its key does not open it.", code="wrong-recipient") from None
    part = frame.split(inner, frame.INNER, frame.LARGEST_MANIFEST)
    frame.check_signature(part, bytes.fromhex(str(head["sender_key"])))
    if set(part.head) != MANIFEST or any(
        part.head[n] != head[n] for n in ("package", "sender", "recipient", "created")
    ):
        raise BadPackage("The inner manifest does not belong to this header. Tell the sender.", code="bad-manifest")
    checks.append(found("recipient.us"))
    checks.append(found("content"))
    return part


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _time(text: object) -> datetime:
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError("a time without zone")
    return at


def parse_payload(payload: bytes) -> Mapping[str, object]:
    """Parse the bundle of a verified package, strictly.

    Raises
    ------
    BadPackage
        Not JSON, a key twice, or NaN.
    """

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key stands twice")
        return found

    def never(text: str) -> object:
        raise ValueError(f"{text} is no number")

    try:
        bundle = json.loads(payload, object_pairs_hook=once, parse_constant=never)
        json.dumps(bundle, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise BadPackage(f"The content is not strict JSON: {error}. Tell the sender.", code="bad-content") from None
    if not isinstance(bundle, dict):
        raise BadPackage("The content is not a STIX bundle. Tell the sender.", code="bad-content")
    return bundle
