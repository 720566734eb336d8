"""Checkpoints as signed notes, in the form of C2SP's *signed-note*, *tlog-checkpoint* and *tlog-cosignature*: witnesses
that are not of this house can read and sign them.

A note is a text (origin, size, root), an empty line, and
a line for each signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graph.errors import BadInput

PLAIN: Final = 1
"""Signature over the text, by the log."""
COSIGNED: Final = 4
"""Signature over a time and the text, by a witness."""
_MARK: Final = "— "
_LONGEST: Final = 16_384


def origin_of(home_id: str) -> str:
    """Return the name of a home's log in its checkpoints."""
    return f"krydsfelt/audit/{home_id}"


class BadNote(BadInput):
    """Not a signed checkpoint, or not signed by whom it should be."""

    code = "bad-note"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that signs notes, as others know it: `name+id+key`."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey, kind: int = PLAIN) -> Verifier:
        return cls(name, kind, key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read a key.

        Raises
        ------
        BadNote
        """
        try:
            name, known, key = text.strip().split("+", 2)
            raw = base64.b64decode(key, validate=True)
            found = cls(name, raw[0], raw[1:])
        except (ValueError, IndexError, binascii.Error):
            raise BadNote("A verifier key is written NAME+ID+KEY; this is not one.") from None
        if len(found.public) != 32 or found.kind not in (PLAIN, COSIGNED) or found.id.hex() != known:
            raise BadNote("The verifier key does not fit its own id. Copy it again.")
        return found

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def text(self) -> str:
        """Write it as `parse` reads it."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def signed(self, note: Note) -> int | None:
        """Return when this key signed a note, in seconds since 1970 (0 for the log itself); None where it did not."""
        for name, blob in note.signatures:
            if name == self.name and blob[:4] == self.id:
                try:
                    return self._check(note.text, blob[4:])
                except (InvalidSignature, ValueError):
                    continue
        return None

    def _check(self, text: str, signature: bytes) -> int:
        key = Ed25519PublicKey.from_public_bytes(self.public)
        if self.kind == PLAIN:
            key.verify(signature, text.encode())
            return 0
        at = int.from_bytes(signature[:8], "big")
        key.verify(signature[8:], _cosigned(at, text))
        return at


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with its signatures: each a name, and key id and signature."""

    origin: str
    size: int
    root: str
    """Hex."""
    signatures: tuple[tuple[str, bytes], ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(bytes.fromhex(self.root)).decode()}\n"

    def write(self) -> str:
        """Write text and signatures."""
        return self.text + "\n" + "".join(signature_line(name, blob) for name, blob in self.signatures)

    @classmethod
    def parse(cls, text: str) -> Note:
        """Read a note; who signed it is asked of `Verifier.signed`.

        Raises
        ------
        BadNote
        """
        try:
            if len(text) > _LONGEST:
                raise ValueError
            body, signed = text.split("\n\n", 1)
            origin, size, root = body.split("\n")
            raw = base64.b64decode(root, validate=True)
            found = cls(origin, int(size), raw.hex(), signatures_of(signed))
            if not origin or found.size < 0 or len(raw) != 32 or found.write() != text:
                raise ValueError  # one checkpoint has one form: base64 has bits to spare
            return found
        except (ValueError, binascii.Error):
            raise BadNote("This is no signed checkpoint of a log.") from None

    def with_signatures(self, more: tuple[tuple[str, bytes], ...]) -> Note:
        return Note(
            self.origin, self.size, self.root, (*self.signatures, *(s for s in more if s not in self.signatures))
        )


def signatures_of(text: str) -> tuple[tuple[str, bytes], ...]:
    """Read signature lines.

    Raises
    ------
    BadNote
    """
    found = []
    for line in text.splitlines():
        name, blank, blob = line.removeprefix(_MARK).rpartition(" ")
        if not line.startswith(_MARK) or not blank or not name:
            raise BadNote("A signature line is written '— NAME SIGNATURE'.")
        try:
            found.append((name, base64.b64decode(blob, validate=True)))
        except binascii.Error:
            raise BadNote("A signature is not base64.") from None
    return tuple(found)


def signature_line(name: str, blob: bytes) -> str:
    """Write one signature line."""
    return f"{_MARK}{name} {base64.b64encode(blob).decode()}\n"


def sign_note(key: Ed25519PrivateKey, origin: str, size: int, root: str) -> str:
    """Return the log's own signature line under a checkpoint, without its line end."""
    text = Note(origin, size, root).text
    blob = Verifier.of(origin, key).id + key.sign(text.encode())
    return signature_line(origin, blob).rstrip("\n")


def cosign(key: Ed25519PrivateKey, name: str, note: Note, at: int) -> tuple[str, bytes]:
    """Sign a checkpoint as a witness.

    Parameters
    ----------
    key : Ed25519PrivateKey
    name : str
        The witness.
    note : Note
    at : int
        Seconds since 1970.
    """
    blob = Verifier.of(name, key, COSIGNED).id + at.to_bytes(8, "big") + key.sign(_cosigned(at, note.text))
    return name, blob


def _cosigned(at: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
