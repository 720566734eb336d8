"""A second pair of eyes on the audit: a witness remembers how far the log was, signs each checkpoint that goes on from
there, and refuses one that does not.

Over HTTP it speaks as C2SP's *tlog-witness* (`POST /add-checkpoint`), so any such witness will do; a witness whose
folder is at hand is asked directly.
"""

from __future__ import annotations

import base64
import binascii
import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph.audit_format import CHECKPOINTS, WITNESSED
from graph.audit_note import COSIGNED, PLAIN, BadNote, Note, Verifier, cosign, origin_of, signature_line, signatures_of
from graph.audit_proof import consistency, is_consistent, leaves
from graph.disk import locked, write_synced
from graph.errors import BadInput, Conflict, Unavailable
from graph.home import Home

_HTTP_SECONDS = 10.0


class Forked(Conflict):
    """The log does not go on from what the witness saw: it was cut, rewritten or forked."""

    code = "audit-forked"


class OtherSize(Forked):
    """The proof does not start where the witness is."""

    code = "witness-size"

    def __init__(self, size: int, told: int) -> None:
        super().__init__(f"This witness has seen {size} entries, not {told}. Send the proof from there.")
        self.size = size


class WitnessAway(Unavailable):
    """The witness does not answer."""

    code = "witness-away"


def log_verifier(home: Home) -> Verifier:
    """Return the key that signs a home's checkpoints."""
    return Verifier(origin_of(home.id), PLAIN, home.audit_public.public_bytes_raw())


def last_note(home: Home) -> Note:
    """Return the latest checkpoint of a home as a note.

    Raises
    ------
    BadInput
        The log has not been signed yet.
    """
    path = home.audit / CHECKPOINTS
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    said = orjson.loads(lines[-1]) if lines else {}
    if "note" not in said:
        raise BadInput("The log has no signed checkpoint yet. Ask for one with: krydsfelt audit checkpoint")
    return Note(origin_of(home.id), int(said["size"]), str(said["root"]), signatures_of(str(said["note"])))


def ask_body(home: Home, old: int, note: Note) -> str:
    """Return what a witness is sent: how far it was, the proof from there, and the checkpoint."""
    proof = consistency(leaves(home.audit, note.size), old)
    lines = [base64.b64encode(node).decode() for node in proof]
    return "\n".join([f"old {old}", *lines, "", note.write()])


class Witness:
    """Keeps, for each log it knows, the last size and root it signed, in one folder of its own.

    Parameters
    ----------
    folder : Path
        On another machine, or at least another user's.
    name : str
        How it signs; written into the folder the first time.
    clock : callable
        Gives seconds since 1970.
    """

    def __init__(self, folder: Path, name: str, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = folder / "witness.json"
        if not place.exists():
            key = Ed25519PrivateKey.generate().private_bytes_raw().hex()
            write_synced(place, orjson.dumps({"name": name, "key": key}), mode=0o600)
        said = orjson.loads(place.read_bytes())
        self._name = str(said["name"])
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(said["key"]))

    @property
    def verifier(self) -> Verifier:
        """The key under which it signs."""
        return Verifier.of(self._name, self._key, COSIGNED)

    def trust(self, log: Verifier) -> None:
        """Enter a log; one that is known already stays as it was.

        Raises
        ------
        Conflict
            A log of this name is known under another key.
        """
        place = self._place(log.name)
        with locked(self._folder / "lock"):
            if not place.exists():
                write_synced(place, orjson.dumps({"verifier": log.text(), "size": 0, "root": ""}), mode=0o600)
        if self._known(log.name)["verifier"] != log.text():
            raise Conflict(f"The log {log.name} is known here under another key. A log does not change its key.")

    def size(self, origin: str) -> int:
        """Return how far the witness has seen a log."""
        return int(str(self._known(origin)["size"]))

    def add(self, body: str) -> str:
        """Sign a checkpoint that goes on from the last one; return the signature line.

        Raises
        ------
        Forked
            It is smaller than, or not a continuation of, what was signed before.
        BadNote
            It cannot be read, or the log that it names did not sign it.
        """
        old, proof, note = _parse(body)
        with locked(self._folder / "lock"):
            known = self._known(note.origin)
            if Verifier.parse(str(known["verifier"])).signed(note) is None:
                raise BadNote("The checkpoint is not signed by the log it names.")
            size, root = int(str(known["size"])), str(known["root"])
            if old != size:
                raise OtherSize(size, old)
            if note.size < size:
                raise Forked(f"The log had {size} entries when it was last signed and has {note.size} now: it was cut.")
            if not is_consistent(size, note.size, bytes.fromhex(root), bytes.fromhex(note.root), proof):
                raise Forked(f"The log of {note.size} entries does not go on from the {size} that were signed.")
            state = {"verifier": known["verifier"], "size": note.size, "root": note.root}
            write_synced(self._place(note.origin), orjson.dumps(state), mode=0o600)
        return signature_line(*cosign(self._key, self._name, note, int(self._clock())))

    def _place(self, origin: str) -> Path:
        return self._folder / f"log-{origin.replace('/', '-')}.json"

    def _known(self, origin: str) -> Mapping[str, object]:
        place = self._place(origin)
        if "\0" in origin or not place.is_file():
            raise BadNote(f"The log {origin[:80]!r} is not known to this witness. Enter its key first.")
        said: Mapping[str, object] = orjson.loads(place.read_bytes())
        return said


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a witness signed."""

    witness: str
    size: int
    root: str
    at: int
    """Seconds since 1970."""


def witness_by_file(home: Home, witness: Witness) -> Witnessed:
    """Have a witness whose folder is at hand sign the latest checkpoint.

    Raises
    ------
    Forked, BadNote, BadInput
    """
    witness.trust(log_verifier(home))
    note = last_note(home)
    signature = witness.add(ask_body(home, witness.size(note.origin), note))
    return keep(home, note, signature, witness.verifier)


def witness_by_http(home: Home, url: str, verifier: Verifier) -> Witnessed:
    """Have a witness elsewhere sign the latest checkpoint.

    Parameters
    ----------
    home : Home
    url : str
        Its submission prefix; `/add-checkpoint` is added.
    verifier : Verifier
        The key under which it signs, as it was told by its keeper.

    Raises
    ------
    Forked
        It saw another log.
    WitnessAway
    BadNote
        What came back is not its signature.
    """
    note, old = last_note(home), _held_size(home, verifier)
    for _ in range(2):
        status, said = _post(url, ask_body(home, old, note))
        if status != 409 or not said.strip().isdigit() or not 0 <= int(said) <= note.size or int(said) == old:
            break
        old = int(said)  # the witness was further than we knew: once more from there
    if status != 200:
        if status in (409, 422):
            raise Forked(f"The witness refuses this log ({status}): {said[:200]}")
        raise WitnessAway(f"The witness answered {status}: {said[:200]}. Is the log's key entered there?")
    return keep(home, note, said, verifier)


def keep(home: Home, note: Note, signature: str, verifier: Verifier) -> Witnessed:
    """Keep a witness's signature beside the log.

    Raises
    ------
    BadNote
        It is not a signature of that key over that checkpoint.
    """
    signed = note.with_signatures(signatures_of(signature))
    at = verifier.signed(signed)
    if at is None:
        raise BadNote("What the witness gave is not a signature of its key under this checkpoint.")
    place = home.audit / WITNESSED
    with locked(home.audit / "witness.lock"):
        held = Note.parse(place.read_text(encoding="utf-8")) if place.exists() else None
        if held is not None and (held.size, held.root) == (signed.size, signed.root):
            signed = held.with_signatures(signed.signatures)
        if held is None or held.size <= signed.size:
            write_synced(place, signed.write().encode(), mode=0o600)
    return Witnessed(verifier.name, note.size, note.root, at)


def _held_size(home: Home, verifier: Verifier) -> int:
    place = home.audit / WITNESSED
    held = Note.parse(place.read_text(encoding="utf-8")) if place.exists() else None
    return held.size if held is not None and verifier.signed(held) is not None else 0


def _parse(body: str) -> tuple[int, list[bytes], Note]:
    try:
        head, text = body.split("\n\n", 1)
        first, *lines = head.split("\n")
        word, number = first.split(" ")
        if word != "old" or len(lines) > 63:
            raise ValueError
        return int(number), [base64.b64decode(line, validate=True) for line in lines], Note.parse(text)
    except (ValueError, binascii.Error):
        raise BadNote("A witness is sent 'old SIZE', a proof, an empty line and a checkpoint.") from None


def _post(url: str, body: str) -> tuple[int, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput("A witness is named by an address that begins with http:// or https://.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=_HTTP_SECONDS)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/add-checkpoint", body.encode())
        answer = connection.getresponse()
        return answer.status, answer.read(65_536).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise WitnessAway(f"The witness at {parts.hostname} does not answer: {error}.") from error
    finally:
        connection.close()
