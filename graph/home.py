"""A home: the folder that holds one record, its keys, its deliveries and everything derived from them.

A home is made whole or not at all: it grows in a folder beside its place and is renamed into it at the end.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyrage import x25519

from graph.disk import demand_room_for, space_guard, write_synced
from graph.errors import BadDelivery, BadInput, NewerHome, StoreUnavailable

VERSION = 1
PERSONAS: dict[str, dict[str, Any]] = {
    "analyst": {
        "clearance": 2, "purposes": ["prevent", "investigate"], "name": "Asta Vinterdal",
        "entity": "person:staff-analyst",
    },
    "planner": {
        "clearance": 1, "purposes": ["outreach-aggregate", "prevent"], "name": "Palle Sommerby",
        "entity": "person:staff-planner",
    },
    "liaison": {
        "clearance": 2, "purposes": ["exchange"], "name": "Liva Høstholm", "entity": "person:staff-liaison",
    },
    "custodian": {"clearance": 1, "purposes": ["oversight"]},
    "inspector": {"clearance": 2, "purposes": ["oversight"]},
    "admin": {"clearance": 0, "purposes": ["oversight"]},
    "coordinator": {"clearance": 0, "purposes": []},
}  # fmt: skip
"""Local personas, named after their roles. A purpose that is not listed is denied. Who they are in the made-up Denmark
(`name`, and `entity`, a delivered id) is what the sign of looking oneself up goes by.
"""


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Home:
    """An opened home.

    Parameters
    ----------
    path : Path
        The folder.
    id : str
        Random id of the home.
    org : str
        The organisation it belongs to: `home`, or the partner's own when it was made for one.
    party : str
        The id under which others know the organisation: `home`, or the partner's id.
    made_at : str
        ISO 8601, UTC.
    first_contact : str
        Id of the sender whose first package may bring its key, where the made-up partner's folder said so; else empty,
        and every sender's key is entered by somebody who compared it.
    """

    path: Path
    id: str
    org: str
    party: str
    made_at: str
    first_contact: str = ""

    @classmethod
    def init(
        cls,
        path: Path | str,
        *,
        personas: bool = False,
        partner: Path | None = None,
        clock: Callable[[], datetime] = now,
    ) -> Home:
        """Make a new home.

        Parameters
        ----------
        path : Path
            Where it goes; must not exist, or be an empty folder.
        personas : bool
            Also enter the local personas of `PERSONAS` as users.
        partner : Path, optional
            Folder of a made-up partner (`partner.yaml`, `sign.ed25519`, `age.key`) whose keys become the home's own.
        clock : callable
            Gives the time.

        Raises
        ------
        BadInput
            Something is there already, or a file stands where a folder above it would.
        BadDelivery
            The partner's folder is not complete.
        NoSpace, StoreUnavailable
            The disk is full, or the folder cannot be written.
        """
        path = Path(path).absolute()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise BadInput(
                f"{path} exists and is not empty. Give another folder, or open this home.", code="home-exists"
            )
        demand_room_for(path)
        keys = _partner_keys(partner) if partner is not None else _new_keys()
        growing = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
        try:
            with space_guard(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                growing.mkdir(mode=0o700)
                home = _fill(growing, keys, clock())
                home._make_ledger(personas)
                home._sign_policy(clock())
                if path.exists():
                    path.rmdir()
                growing.rename(path)
        except BaseException:
            shutil.rmtree(growing, ignore_errors=True)
            raise
        return cls.open(path)

    @classmethod
    def open(cls, path: Path | str) -> Home:
        """Open a home.

        Raises
        ------
        BadInput
            There is no home at `path`.
        NewerHome
            It was written by a newer version of the product.
        """
        path = Path(path).absolute()
        try:
            text = (path / "home.json").read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            raise BadInput(
                f"There is no home at {path}. Make one: krydsfelt init --home {path}", code="no-home"
            ) from None
        except OSError as error:
            raise StoreUnavailable(f"{path} cannot be read: {error.strerror}.") from error
        try:
            body = json.loads(text)
            version = int(body["version"])
        except (ValueError, KeyError, TypeError):
            raise StoreUnavailable(f"{path}/home.json is damaged. Restore it from a backup.") from None
        if version > VERSION:
            raise NewerHome(
                f"{path} was written by a newer version (home format {version}; this one knows {VERSION}). "
                "Use the newer version of krydsfelt."
            )
        return cls(path, body["id"], body["org"], body["party"], body["made_at"], body.get("first_contact", ""))

    @property
    def ledger_path(self) -> Path:
        return self.path / "ledger.sqlite"

    @property
    def deliveries(self) -> Path:
        return self.path / "deliveries"

    @property
    def columns(self) -> Path:
        return self.path / "columns"

    @property
    def audit(self) -> Path:
        return self.path / "audit"

    @property
    def neo4j(self) -> Path:
        return self.path / "neo4j"

    def secret(self, purpose: str) -> bytes:
        """Derive the 32-byte key for one use: `entity-id`, `claim-id`, `set-digest`, `pseudonym`, `audit-term`."""
        return HKDF(SHA256(), 32, salt=b"krydsfelt", info=purpose.encode()).derive(self._root)

    @cached_property
    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs the home's packages."""
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self._key("sign.ed25519")))

    @cached_property
    def audit_key(self) -> Ed25519PrivateKey:
        """The key that signs the audit's checkpoints."""
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self._key("audit.ed25519")))

    @cached_property
    def audit_public(self) -> Ed25519PublicKey:
        """The public half of `audit_key`; in `keys/audit.pub` where a user of its own keeps the key."""
        place = self.path / "keys" / "audit.pub"
        if place.exists():
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(self._key(place.name)))
        return self.audit_key.public_key()

    @cached_property
    def age_identity(self) -> x25519.Identity:
        """The key that opens packages sent to this home."""
        return x25519.Identity.from_str(self._key("age.key"))

    @property
    def sign_public(self) -> str:
        """The public half of `signing_key`, 32 bytes as hex."""
        return self.signing_key.public_key().public_bytes_raw().hex()

    @property
    def age_recipient(self) -> str:
        """The public half of `age_identity`, as age writes it."""
        return str(self.age_identity.to_public())

    def keep(self, content: bytes) -> str:
        """Keep the bytes of a delivered file under their SHA-256, compressed and durable; return it as hex."""
        digest = hashlib.sha256(content).hexdigest()
        place = self.kept_path(digest)
        if not place.exists():
            with space_guard(place):
                place.parent.mkdir(parents=True, exist_ok=True)
                write_synced(place, zstandard.ZstdCompressor(level=3).compress(content))
        return digest

    def kept(self, digest: str) -> bytes:
        """Return the bytes of a delivered file, checked against their digest.

        Raises
        ------
        StoreUnavailable
            The file is not there or not what it was.
        """
        try:
            content = zstandard.ZstdDecompressor().decompress(self.kept_path(digest).read_bytes())
        except (OSError, zstandard.ZstdError) as error:
            raise StoreUnavailable(
                f"The delivered file {digest[:12]} cannot be read. Restore it from a backup."
            ) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreUnavailable(f"The delivered file {digest[:12]} has changed on disk. Restore it from a backup.")
        return content

    def kept_path(self, digest: str) -> Path:
        """Return where the bytes with this digest lie."""
        return self.deliveries / digest[:2] / f"{digest}.zst"

    @cached_property
    def _root(self) -> bytes:
        root = bytes.fromhex(self._key("home.key"))
        if len(root) != 32:
            raise StoreUnavailable("keys/home.key is damaged. Restore it from a backup.")
        return root

    def _key(self, name: str) -> str:
        place = self.path / "keys" / name
        try:
            if stat.S_IMODE(place.stat().st_mode) & 0o077:
                raise StoreUnavailable(f"{place} may be read by others. Run: chmod 600 {place}", code="open-key")
            return place.read_text(encoding="ascii").strip()
        except OSError as error:
            raise StoreUnavailable(f"{place} cannot be read: {error.strerror}. Restore it from a backup.") from error

    def _make_ledger(self, personas: bool) -> None:
        from graph.ledger import Ledger

        with Ledger(self) as ledger, ledger.writer() as writer:
            for name, body in PERSONAS.items() if personas else ():
                writer.directory("user", name, "home", {"roles": [name], "compartments": [], "org": self.org, **body})

    def _sign_policy(self, at: datetime) -> None:
        from graph.policy.bundle import establish

        establish(self, at)


def _new_keys() -> dict[str, str]:
    return {
        "sign.ed25519": secrets.token_hex(32),
        "age.key": str(x25519.Identity.generate()),
        "org": "home",
        "party": "home",
    }


def _partner_keys(folder: Path) -> dict[str, str]:
    try:
        about = yaml.safe_load((folder / "partner.yaml").read_text(encoding="utf-8")) or {}
        sign = (folder / "sign.ed25519").read_text(encoding="ascii").strip()
        age = (folder / "age.key").read_text(encoding="ascii").strip()
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sign))
        x25519.Identity.from_str(age)
        party = str(about.get("id") or folder.name)
        first = str(about.get("first_contact") or "")
        org = str(about.get("org") or party)
        return {"sign.ed25519": sign, "age.key": age, "org": org, "party": party, "first_contact": first}
    except FileNotFoundError as error:
        raise BadDelivery(
            f"{folder} is not a partner's folder: {Path(error.filename).name} is missing. "
            "Give the folder that a made-up world wrote under partners/."
        ) from None
    except (ValueError, AttributeError, yaml.YAMLError, OSError) as error:
        raise BadDelivery(f"{folder} holds a key or partner.yaml that cannot be read: {error}.") from None
    except Exception as error:  # pyrage has its own error class per key form
        raise BadDelivery(f"{folder}/age.key is not an age identity: {error}.") from None


def _fill(path: Path, keys: dict[str, str], at: datetime) -> Home:
    """Write keys and `home.json` into a new folder."""
    stamp = at.astimezone(UTC).isoformat(timespec="seconds")
    home = Home(path, secrets.token_hex(8), keys["org"], keys["party"], stamp, keys.get("first_contact", ""))
    body = {"version": VERSION, "id": home.id, "org": home.org, "party": home.party, "made_at": home.made_at}
    if home.first_contact:
        body["first_contact"] = home.first_contact
    (path / "keys").mkdir(mode=0o700)
    for folder in ("deliveries", "audit"):
        (path / folder).mkdir(mode=0o700)
    private = {
        "home.key": secrets.token_hex(32),
        "sign.ed25519": keys["sign.ed25519"],
        "age.key": keys["age.key"],
        "audit.ed25519": secrets.token_hex(32),
    }
    for name, text in private.items():
        write_synced(path / "keys" / name, (text + "\n").encode(), mode=0o600)
    write_synced(path / "home.json", (json.dumps(body, indent=1) + "\n").encode())
    return home
