"""Reads a whole audit log and says whether it is as it was written; shares no code with the writer but the line format.

What it finds, by position: an edited, deleted, swapped or doubled entry, a cut or missing segment, a fork, a checkpoint
that does not fit, is not signed by the home, or is gone. Entries after the last checkpoint rest on the chain alone and
are counted as unsigned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from graph.audit_format import CHECKPOINTS, GENESIS, WITNESSED, Tree, canonical, segments, sha256, sidecar_path
from graph.audit_note import PLAIN, BadNote, Note, Verifier, origin_of, signatures_of
from graph.home import Home
from graph.text import several

FaultKind = Literal["edit", "deletion", "swap", "fork", "truncation", "checkpoint", "unreadable", "witness", "sidecar"]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the log is not what was written."""

    kind: FaultKind
    position: int
    """Number of the entry, from 0."""
    segment: str
    line: int
    """Line in the segment, from 1; 0 where the fault is of a whole file."""
    detail: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a reading of the log found."""

    whole: bool
    entries: int
    segments: int
    checkpoints: int
    unsigned: int
    unfinished: int
    """Intents without an outcome: killed, or still under way."""
    torn: int
    actions: dict[str, int] = field(default_factory=dict)
    """Intents by action."""
    witnessed: int = 0
    """Entries under the latest checkpoint that a witness signed as well."""
    fault: Fault | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        """Say it in a sentence or two."""
        if self.fault is not None:
            f = self.fault
            return (
                f"The audit is NOT whole: {f.kind} at entry {f.position} ({f.segment}, line {f.line}). "
                f"{f.detail} Keep the folder as it is and tell the inspector."
            )
        seen = f", {self.witnessed} witnessed" if self.witnessed else ""
        return (
            f"The audit is whole: {several(self.entries, 'entry', 'entries')} in {several(self.segments, 'segment')}, "
            f"{several(self.checkpoints, 'signed checkpoint')}, {several(self.unsigned, 'entry', 'entries')} since the "
            f"last{seen}; {several(self.unfinished, 'intent')} without outcome, "
            f"{several(self.torn, 'torn line')} set aside."
        )

    def acts_text(self) -> str:
        """Name every act that the log holds intents of, with how often."""
        return "\n".join(["Acts:", *(f"  {count:>6}  {act}" for act, count in sorted(self.actions.items()))])


class _Broken(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


@dataclass(slots=True)
class _State:
    entries: int = 0
    prev: str = GENESIS
    tree: Tree = field(default_factory=Tree)
    segments: int = 0
    open: set[str] = field(default_factory=set)
    actions: dict[str, int] = field(default_factory=dict)
    torn: int = 0
    noted: list[tuple[int, str, int, str]] = field(default_factory=list)
    """Checkpoints that the log itself mentions: size, root, position, segment."""
    signed: int = 0
    checked: int = 0
    roots: dict[int, str] = field(default_factory=dict)
    """Roots at the sizes that are asked for."""
    wanted: frozenset[int] = frozenset()
    lists: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Digests of lists beside the log, with the first entry and segment that name them."""


def verify(home: Home, witnesses: Sequence[Verifier] = (), seen: Sequence[Note] = ()) -> VerifyReport:
    """Read the log of a home from its first entry to its last.

    Parameters
    ----------
    home : Home
        Its public audit key is what checkpoints are held against.
    witnesses : sequence of Verifier
        Keys of witnesses; each must have signed the checkpoint kept beside the log.
    seen : sequence of Note
        Checkpoints that somebody kept elsewhere; the log must go on from each.
    """
    state, fault, witnessed = _State(), None, 0
    try:
        held = _held(home, witnesses)
        notes = [*seen, *([held] if held else [])]
        state.wanted = frozenset(note.size for note in notes)
        points = list(_checkpoints(home.audit / CHECKPOINTS, home.audit_public, _own(home)))
        _read(home.audit, state, points)
        _compare(state, points)
        _compare_notes(home, state, notes)
        _compare_lists(home, state)
        witnessed = held.size if held else 0
    except _Broken as broken:
        fault = broken.fault
    return VerifyReport(
        whole=fault is None,
        entries=state.entries,
        segments=state.segments,
        checkpoints=state.checked,
        unsigned=state.entries - state.signed,
        unfinished=len(state.open),
        torn=state.torn,
        actions=dict(sorted(state.actions.items())),
        witnessed=witnessed,
        fault=fault,
    )


def _checkpoints(path: Path, key: Ed25519PublicKey, log: Verifier) -> Iterator[dict[str, Any]]:
    """Yield the signed checkpoints; a half-written last line is none."""
    data = path.read_bytes() if path.exists() else b""
    before, size = GENESIS, -1
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            said = orjson.loads(line)
            body = {k: v for k, v in said.items() if k != "sig"}
            key.verify(bytes.fromhex(said["sig"]), canonical(body))
            right = said["prev"] == before and said["size"] > size and canonical(said) == line
            if "note" in said:
                note = Note(log.name, said["size"], said["root"], signatures_of(said["note"]))
                right = right and log.signed(note) is not None
        except (ValueError, KeyError, TypeError, InvalidSignature, BadNote):
            right = False
        if not right:
            at = max(size, 0)
            raise _Broken(
                Fault(
                    "checkpoint",
                    at,
                    path.name,
                    number,
                    "A checkpoint is changed, out of order or not signed by this home.",
                )
            )
        before, size = sha256(line), said["size"]
        yield said


def _read(folder: Path, state: _State, points: list[dict[str, Any]]) -> None:
    waiting = iter([*points, None])
    due = next(waiting)
    for expected, path in enumerate(segments(folder), start=1):
        if int(path.stem) != expected:
            raise _Broken(Fault("truncation", state.entries, f"{expected:06}.log", 0, "A segment is missing."))
        state.segments += 1
        data = path.read_bytes()
        lines = data.split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):
            _take(line, lines, number, path.name, state)
            if state.entries in state.wanted:
                state.roots[state.entries] = state.tree.root()
            if due is not None and state.entries == due["size"]:
                _meet(due, path.name, number, state)
                due = next(waiting)
        if lines[-1]:  # a killed writer's half line; the next append sets it aside
            state.torn += 1
    if due is not None:
        last = segments(folder)[-1].name if state.segments else "000001.log"
        detail = f"A signed checkpoint covers {due['size']} entries; the log ends after {state.entries}."
        raise _Broken(Fault("truncation", state.entries, last, 0, detail))


def _take(line: bytes, lines: list[bytes], number: int, segment: str, state: _State) -> None:
    """Check one line against its own hash and the line before it."""
    try:
        said = orjson.loads(line)
        body = {k: v for k, v in said.items() if k != "hash"}
        own = said["hash"] == sha256(canonical(body)) and canonical(said) == line
        place, prev = int(said["n"]), said["prev"]
    except (ValueError, KeyError, TypeError):
        raise _Broken(Fault("unreadable", state.entries, segment, number, "The line is no entry.")) from None
    if not own:
        raise _Broken(Fault("edit", state.entries, segment, number, "The entry does not fit its own hash."))
    if place != state.entries or prev != state.prev:
        raise _Broken(
            Fault(
                *_chain_fault(place, lines, number, state),
                segment,
                number,
                "The entry does not follow the one before it.",
            )
        )
    state.prev = sha256(line)
    state.tree.add(line)
    state.entries += 1
    _count(said, segment, state)


def _chain_fault(place: int, lines: list[bytes], number: int, state: _State) -> tuple[FaultKind, int]:
    """Name what broke the chain at an entry that is sound in itself, and the position it broke at."""
    if place > state.entries:
        later = {_place(line) for line in lines[number:-1]}
        return ("swap" if state.entries in later else "deletion"), state.entries
    if place < state.entries:
        return "fork", place
    return "edit", max(state.entries - 1, 0)  # the entry before was changed together with its own hash


def _place(line: bytes) -> int:
    try:
        return int(orjson.loads(line)["n"])
    except (ValueError, KeyError, TypeError):
        return -1


def _meet(due: dict[str, Any], segment: str, number: int, state: _State) -> None:
    """Hold the log so far against a signed checkpoint."""
    if due["root"] != state.tree.root() or due["last"] != state.prev:
        detail = f"Entries {state.signed} to {due['size'] - 1} are not those that were signed."
        raise _Broken(Fault("edit", state.signed, segment, number, detail))
    state.signed = due["size"]
    state.checked += 1


def _count(said: dict[str, Any], segment: str, state: _State) -> None:
    kind = said.get("kind")
    if kind == "intent":
        state.open.add(said["id"])
        state.actions[said["action"]] = state.actions.get(said["action"], 0) + 1
    elif kind == "outcome":
        state.open.discard(said["intent"])
        touched = said.get("touched") or {}
        if "digest" in touched and touched.get("count", 0) > 0 and not touched.keys() & {"packed", "set", "lost"}:
            state.lists.setdefault(str(touched["digest"]), (state.entries - 1, segment))
    elif kind == "torn":
        state.torn += 1
    elif kind == "checkpoint":
        state.noted.append((said["size"], said["root"], state.entries - 1, segment))


def _compare(state: _State, points: list[dict[str, Any]]) -> None:
    """Every checkpoint that the log mentions must still be there, signed."""
    signed = {(p["size"], p["root"]) for p in points}
    for size, root, position, segment in state.noted:
        if (size, root) not in signed:
            raise _Broken(
                Fault("checkpoint", position, segment, 0, f"The signed checkpoint over {size} entries is gone.")
            )


def _own(home: Home) -> Verifier:
    return Verifier(origin_of(home.id), PLAIN, home.audit_public.public_bytes_raw())


def _held(home: Home, witnesses: Sequence[Verifier]) -> Note | None:
    """Return the checkpoint that witnesses signed, once it is one and each of them did."""
    place = home.audit / WITNESSED
    if not place.exists():
        if witnesses:
            raise _Broken(Fault("witness", 0, place.name, 0, "There is no checkpoint that a witness signed."))
        return None
    try:
        note = Note.parse(place.read_text(encoding="utf-8"))
    except (BadNote, UnicodeDecodeError):
        raise _Broken(Fault("witness", 0, place.name, 1, "It is no signed checkpoint.")) from None
    for each in witnesses:
        if each.signed(note) is None:
            raise _Broken(Fault("witness", note.size, place.name, 0, f"The witness {each.name} did not sign it."))
    return note


def _compare_notes(home: Home, state: _State, notes: Sequence[Note]) -> None:
    """The log must go on from every checkpoint that was seen elsewhere."""
    own = _own(home)
    for note in notes:
        if own.signed(note) is None:
            detail = "The checkpoint that was seen elsewhere is not signed by this home."
        elif note.size > state.entries:
            detail = f"A checkpoint over {note.size} entries was seen; the log ends after {state.entries}."
        elif note.size and state.roots[note.size] != note.root:
            detail = f"The log was rewritten: its first {note.size} entries are not those that were seen."
        else:
            continue
        raise _Broken(Fault("witness", min(note.size, state.entries), WITNESSED, 0, detail))


def _compare_lists(home: Home, state: _State) -> None:
    """Every list of persons that an entry names must be there as it was."""
    for digest, (position, segment) in state.lists.items():
        place = sidecar_path(home.audit, digest)
        if not place.is_file() or not sha256(place.read_bytes()).startswith(digest):
            raise _Broken(
                Fault("sidecar", position, segment, 0, f"The list {digest[:12]} that it names is changed or gone.")
            )
