"""Partners of a home: their keys are entered by somebody who compared the fingerprint, never by a package alone."""

from __future__ import annotations

from pathlib import Path

import pyrage
import yaml

from graph.errors import BadInput, Conflict
from graph.home import Home
from graph.ledger import Ledger
from ingest.exchange import frame
from ingest.exchange.package import LARGEST_FILE, NAME, Partner, is_key
from ingest.source import PARTNER_SPACE

LARGEST_CARD = 64 * 1024


def own_card(home: Home) -> Partner:
    """Return what a home gives to others so that they can check and answer its packages."""
    return Partner(home.party, home.party, home.org, home.sign_public, home.age_recipient)


def card_text(partner: Partner) -> str:
    """Return a partner as the YAML that `read_card` reads."""
    said = {
        "id": partner.id,
        "name": partner.name,
        "org": partner.org,
        "sign_key": partner.sign_key,
        "age_recipient": partner.age_recipient,
    }
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False)


def read_card(path: Path) -> Partner:
    """Read a partner's card, or the sender of a package; whether it is who it says is for the reader to compare.

    Raises
    ------
    BadInput
        The file is neither, or a name or key in it is not of the form.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}. Give a partner's card (.yaml) or a package (.kxp).",
            code="no-file",
        ) from error
    said = _sender(data) if data.startswith(frame.MAGIC) else _card(path, data[: LARGEST_CARD + 1])
    sign, age = str(said.get("sign_key") or ""), str(said.get("age_recipient") or "")
    if not NAME.fullmatch(str(said.get("id") or "")) or not is_key(sign) or not _is_recipient(age):
        raise BadInput(
            f"{path} lacks an id of letters, digits, dots and hyphens, a sign_key of 64 hex digits, or an "
            "age_recipient that age can read. Ask the partner for its card (krydsfelt partner show).",
            code="bad-card",
        )
    name = str(said["id"])
    return Partner(name, str(said.get("name") or name), str(said.get("org") or name), sign, age)


def _sender(data: bytes) -> dict[str, object]:
    part = frame.split(data, frame.MAGIC, frame.LARGEST_HEADER)
    key = str(part.head.get("sender_key") or "")
    if is_key(key):
        frame.check_signature(part, bytes.fromhex(key))
    return {"id": part.head.get("sender"), "sign_key": key}


def _card(path: Path, data: bytes) -> dict[str, object]:
    try:
        said = yaml.safe_load(data.decode("utf-8")) if len(data) <= LARGEST_CARD else None
    except (UnicodeDecodeError, yaml.YAMLError):
        said = None
    if not isinstance(said, dict):
        raise BadInput(f"{path} is neither a partner's card (.yaml) nor a package (.kxp).", code="bad-card")
    return said


def _is_recipient(text: str) -> bool:
    """Say whether age can encrypt to this; none is allowed, for a partner that only sends."""
    try:
        return not text or bool(pyrage.x25519.Recipient.from_str(text))
    except pyrage.RecipientError:
        return False


def enter(home: Home, partner: Partner, fingerprint: str) -> bool:
    """Enter a partner whose fingerprint somebody compared by another way; say whether anything was new.

    Raises
    ------
    BadInput
        The fingerprint is not that of the key.
    Conflict
        The home's own id, or a partner that is known with another key.
    """
    if "".join(fingerprint.split()).lower() != "".join(partner.fingerprint.split()):
        raise BadInput(
            f"The key of {partner.id} has the fingerprint {partner.fingerprint}, not the one given. Compare it with "
            f"{partner.id} by another way than the file came; if it is theirs: --fingerprint '{partner.fingerprint}'",
            code="fingerprint",
        )
    if partner.id == home.party:
        raise Conflict(f"{partner.id} is this home itself.", code="own-party")
    with Ledger(home) as ledger:
        known = ledger.partners().get(partner.id)
        if known is not None and known["sign_key"] != partner.sign_key:
            raise Conflict(
                f"{partner.id} is known here with another key. A partner's key is never replaced by this command; "
                "ask the partner by another way which is right.",
                code="other-key",
            )
        if known is not None and (known["age_recipient"] or not partner.age_recipient):
            return False
        body = {
            "name": partner.name,
            "org": partner.org,
            "sign_key": partner.sign_key,
            "age_recipient": partner.age_recipient,
            "met": "fingerprint compared",
        }
        with ledger.writer() as writer:
            writer.directory("partner", partner.id, f"{PARTNER_SPACE}{partner.id}", body)
    return True
