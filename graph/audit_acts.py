"""The log as acts: each intent together with its outcome, and whom it touched.

Nothing here asks who reads: `graph.audit_desk` does, and every reading goes through it.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from graph.audit_format import segments, sidecar_path

UNFINISHED: Final = ""
"""The result of an intent that has no outcome: killed, or still under way."""
Touch = Literal["subject", "shown", "unknown"]
"""How an act touched somebody: it was about them, its answer showed them, or its list cannot be read any more."""
_KEY: Final = 8
"""Bytes of a keyed hash."""
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LoggedAct:
    """One act as the log has it.

    Parameters
    ----------
    n : int
        Number of its intent in the log.
    at : datetime
    action : str
    user, session, view, purpose, case, legal_basis, reason : str
        As they were; empty where the act had none. The session is a keyed hash.
    roles : tuple of str
    result : str
        `ok`, the code of the refusal or error, or `UNFINISHED`.
    detail : mapping
    subjects : tuple of str
        Keyed hashes of whom it was about.
    touched : mapping
        Whom the answer showed: number, digest and, where they are few, the packed set.
    said : mapping
        All else that the outcome says.
    """

    n: int
    at: datetime
    action: str
    user: str
    session: str
    view: str
    purpose: str
    case: str
    legal_basis: str
    reason: str
    roles: tuple[str, ...]
    result: str = UNFINISHED
    detail: Mapping[str, Any] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    touched: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)
    """The intent's whole body."""

    @property
    def done(self) -> bool:
        return self.result == "ok"

    @property
    def shown(self) -> int:
        """Number of entities that the answer showed."""
        return int(self.touched.get("count") or 0)


def acts(folder: Path, since: datetime | None = None, until: datetime | None = None) -> Iterator[LoggedAct]:
    """Yield the acts of a log as they ended; those without an outcome come last.

    Parameters
    ----------
    folder : Path
        `home.audit`.
    since, until : datetime, optional
        Bounds of when they began; `until` is not among them.
    """
    open_: dict[str, dict[str, Any]] = {}
    for entry in entries(folder):
        kind = entry.get("kind")
        if kind == "intent":
            at = _time(entry.get("at"))
            if (since is None or at >= since) and (until is None or at < until):
                open_[str(entry.get("id"))] = entry
        elif kind == "outcome":
            asked = open_.pop(str(entry.get("intent")), None)
            if asked is not None:
                yield _act(asked, entry)
    for asked in open_.values():
        yield _act(asked, {})


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield every entry on disk in order; what is not readable is left to `graph.audit_verify`."""
    for path in segments(folder):
        with path.open("rb") as lines:
            for line in lines:
                try:
                    entry = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(entry, dict):
                    yield entry


def touches(folder: Path, act: LoggedAct, subject: str) -> Touch | None:
    """Say how an act touched somebody; None where it did not.

    Parameters
    ----------
    folder : Path
    act : LoggedAct
    subject : str
        The keyed hash of `AuditLog.subject`.
    """
    if subject in act.subjects:
        return "subject"
    if not act.shown:
        return None
    packed = _packed(folder, act.touched)
    if packed is None:
        return "unknown"
    key = bytes.fromhex(subject)
    at = packed.find(key)
    while at % len(key) and at >= 0:  # a hit across two neighbours is none
        at = packed.find(key, at + 1)
    return "shown" if at >= 0 else None


def touched_by(folder: Path, act: LoggedAct) -> frozenset[bytes]:
    """Return the keyed hashes of whom an act was about and whom it showed, as far as they can be read."""
    about = frozenset(bytes.fromhex(s) for s in act.subjects)
    packed = (_packed(folder, act.touched) if act.shown else None) or b""
    return about | {packed[at : at + _KEY] for at in range(0, len(packed), _KEY)}


def _packed(folder: Path, touched: Mapping[str, Any]) -> bytes | None:
    """Return the sorted keyed hashes of whom an answer showed; None where they cannot be had."""
    try:
        if "packed" in touched:
            return base64.b64decode(touched["packed"], validate=True)
        if "set" in touched:  # as homes wrote it before
            return zlib.decompress(base64.b64decode(touched["set"], validate=True))
        return sidecar_path(folder, str(touched["digest"])).read_bytes()
    except (KeyError, OSError, ValueError, binascii.Error, zlib.error):
        return None


def _act(asked: Mapping[str, Any], ended: Mapping[str, Any]) -> LoggedAct:
    return LoggedAct(
        n=int(asked["n"]),
        at=_time(asked.get("at")),
        action=str(asked.get("action") or ""),
        user=str(asked.get("user") or ""),
        session=str(asked.get("session") or ""),
        view=str(asked.get("view") or ended.get("view") or ""),
        purpose=str(asked.get("purpose") or ""),
        case=str(asked.get("case") or ""),
        legal_basis=str(ended.get("legal_basis") or asked.get("legal_basis") or ""),
        reason=str(asked.get("reason") or ""),
        roles=tuple(asked.get("roles") or ()),
        result=str(ended.get("result") or UNFINISHED),
        detail=asked.get("detail") or {},
        subjects=tuple(asked.get("subjects") or ()),
        touched=ended.get("touched") or {},
        said=ended,
        asked=asked,
    )


def _time(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return _NEVER
