"""The claims of a home as memory-mapped arrays: traversal, projections and counts, whichever engine serves.

`HOME/columns` holds segments and a manifest that names the live ones. The ledger is what counts: segments are read
from it when they are missing, damaged or of another ledger, and the few claims since the last segment stay in memory
as one more.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from graph import columns_build as build
from graph.columns_build import Array, Segment
from graph.disk import space_guard, write_synced
from graph.errors import StoreUnavailable
from graph.home import Home
from graph.interval import NO_BEGINNING, NO_END
from graph.model import Nid, Statistics
from graph.reading import open_reader, reading
from graph.scan import in_order, scan_table
from graph.scope import Scope
from graph.shortest_path import shortest_path
from graph.store import Overlap
from graph.time_paths import time_path
from graph.traversal import LATER, Mask, Walker

FORMAT = 2
OVERLAY = 5_000
"""Claims that may stay in memory before a segment is written."""
BOUNDS: dict[Overlap, tuple[str, str]] = {
    "possible": ("valid_from", "valid_to"),
    "certain": ("certain_from", "certain_to"),
}
_OWN = [build.CATEGORIES.index(c) for c in ("a", "b")]
_OTHERS = [build.CATEGORIES.index(c) for c in ("c", "d")]
"""Suspected or convicted; victim or other party, as `category` has them."""
Found = tuple[tuple[Nid, ...], tuple[bytes, ...]]
"""A path: its entities, and the random ids of its claims."""


@dataclass(frozen=True, slots=True)
class _State:
    """What the ledger said when the columns were read."""

    head: int
    entity_last: int
    terms: dict[int, str]
    gone: tuple[Array, Array]


class Columns:
    """All claims of a home up to one sequence number.

    Parameters
    ----------
    segments : sequence of Segment
        Neighbouring ranges of the ledger, from its beginning.
    state : _State
        What the ledger held besides: its head, the terms, the retractions.

    Attributes
    ----------
    head : int
        The last sequence number they know, of a claim or a retraction.
    """

    def __init__(self, segments: Sequence[Segment], state: _State) -> None:
        self.segments = tuple(s for s in segments if s.size or len(s.entities["kind"])) or tuple(segments[:1])
        self.head = state.head
        self.terms = state.terms
        self._numbers = {word: number for number, word in state.terms.items()}
        gone = [_retracted(segment, *state.gone) for segment in self.segments]
        size = max((len(s.links["start"]) - 1 for s in self.segments), default=1)
        high, low, self.kind = (_entity_column(self.segments, name, size) for name in ("high", "low", "kind"))
        self.walker = Walker(self.segments, gone, high, low)
        self._markings = max((int(s.claims["marking"].max(initial=0)) for s in self.segments), default=0) + 1
        self._mask = lru_cache(maxsize=256)(self._compile)

    @classmethod
    def open(cls, home: Home, *, overlay: int = OVERLAY) -> Columns:
        """Open the columns at the ledger's head; write what is missing of them when that is more than `overlay` claims.

        Raises
        ------
        NoSpace, StoreUnavailable
            The segments cannot be written, or the ledger cannot be read.
        """
        engine = open_reader(home)
        try:
            # the manifest is read before the ledger, so that of the same ledger it never tells of more
            parts = _parts(home)
            with reading(engine) as connection:
                state = _state(connection)
                live = _live(home, connection, parts, state)
                if state.head - _last(live) <= overlay:
                    return cls([*live, *_overlay(connection, live, state)], state)
            with space_guard(home.columns), _alone(home.columns), reading(engine) as connection:
                state = _state(connection)
                return cls(_extended(home, connection, state, overlay), state)
        finally:
            engine.dispose()

    @classmethod
    def rebuild(cls, home: Home) -> Columns:
        """Read everything from the ledger anew and replace what is on disk. Raises as `open` does."""
        engine = open_reader(home)
        try:
            with space_guard(home.columns), _alone(home.columns), reading(engine) as connection:
                (home.columns / "manifest.json").unlink(missing_ok=True)
                state = _state(connection)
                return cls(_extended(home, connection, state, -1), state)
        finally:
            engine.dispose()

    def knows(self, nid: Nid) -> bool:
        """Say whether an entity has this number."""
        return 0 < nid < len(self.kind) and self.kind[nid] > 0

    def eid(self, nid: Nid) -> bytes:
        """Return the random id of an entity."""
        return int(self.walker.high[nid]).to_bytes(8, "big") + int(self.walker.low[nid]).to_bytes(8, "big")

    def k_hop(
        self, scope: Scope, nid: Nid, k: int, *, predicates: Sequence[str] = (), limit: int = 100_000
    ) -> dict[Nid, int]:
        """Return entity -> least number of hops, by hops and `eid`.

        Whether `nid` itself exists in the scope is not tested.
        """
        if not self.knows(nid):
            return {}
        mask = self._mask(scope, tuple(predicates))
        return {node: hop for nodes, hop in self.walker.k_hop(mask, nid, k, limit) for node in nodes.tolist()}

    def shortest_path(
        self, scope: Scope, a: Nid, b: Nid, *, predicates: Sequence[str] = (), max_hops: int = 8
    ) -> Found | None:
        """Return one shortest path between two different entities, see `graph.store.GraphStore.shortest_path`."""
        if not (self.knows(a) and self.knows(b)):
            return None
        return self._found(shortest_path(self.walker, self._mask(scope, tuple(predicates)), a, b, max_hops))

    def time_path(
        self,
        scope: Scope,
        a: Nid,
        b: Nid,
        *,
        predicates: Sequence[str] = (),
        overlap: Overlap = "possible",
        max_hops: int = 8,
    ) -> Found | None:
        """Return the path between two different entities that arrives first, see `graph.store.GraphStore.time_path`."""
        if not (self.knows(a) and self.knows(b)):
            return None
        return self._found(
            time_path(self.walker, self._mask(scope, tuple(predicates)), a, b, BOUNDS[overlap], max_hops)
        )

    def projection_arrays(self, scope: Scope, predicates: Sequence[str] = ()) -> pa.Table:
        """Return the claims in scope with the columns of `graph.store.SCAN`, by `cid`.

        What needs no filter is not copied.
        """
        mask = self._mask(scope, tuple(predicates))
        shown = [mask.of(s, gone, slice(None)) for s, gone in zip(self.segments, self.walker.gone, strict=True)]
        parts = [(s, np.flatnonzero(keep)) for s, keep in zip(self.segments, shown, strict=True) if keep.any()]
        if len(parts) == 1 and len(parts[0][1]) == parts[0][0].size:
            segment = parts[0][0]
            return self._table(segment.claims, segment.value)
        claims = {n: _joined([s.claims[n][rows] for s, rows in parts], n) for n in (*build.CLAIM_NUMBERS, "cid")}
        value = pa.concat_arrays([s.value.take(build.numbers(rows)) for s, rows in parts]) if parts else build.texts([])
        if len(parts) > 1:
            claims, value = in_order(claims, value)
        return self._table(claims, value)

    def statistics(self, scope: Scope) -> Statistics:
        """Count entities by kind and claims by predicate."""
        mask = self._mask(scope, ())
        return self._counted(
            mask.of(segment, gone, slice(None)) for segment, gone in zip(self.segments, self.walker.gone, strict=True)
        )

    def _counted(self, rows: Iterable[Array]) -> Statistics:
        """Count entities and claims of some rows of each segment."""
        there = np.zeros(len(self.kind), np.bool_)
        by_predicate = np.zeros(max(self.terms, default=0) + 1, np.int64)
        for segment, shown in zip(self.segments, rows, strict=True):
            there[segment.claims["subject"][shown]] = True
            target = segment.claims["object"][shown]
            there[target[target >= 0]] = True
            by_predicate += np.bincount(segment.claims["predicate"][shown], minlength=len(by_predicate))
        by_kind = np.bincount(self.kind[there], minlength=1)
        return Statistics(self._named(by_kind), self._named(by_predicate))

    def figures(self, scope: Scope) -> Statistics:
        """Count without victims and other parties, see `graph.store.GraphStore.figures`."""
        mask, size = self._mask(scope, ()), len(self.kind)
        told, acting = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        person = self.kind == self._numbers.get("Person", -1)
        shown = [mask.of(s, gone, slice(None)) for s, gone in zip(self.segments, self.walker.gone, strict=True)]
        for segment, keep in zip(self.segments, shown, strict=True):
            for those, capacities in ((told, _OTHERS), (acting, _OWN)):
                rows = keep & np.isin(segment.claims["category"], capacities)
                subject, target = segment.claims["subject"][rows], segment.claims["object"][rows]
                about = np.where(person[subject], subject, target)
                those[about[about >= 0]] = True
        left_out = told & ~acting & person
        kept = [
            keep & ~np.isin(s.claims["category"], _OTHERS) & ~_at(left_out, s.claims["subject"])
            & ~_at(left_out, s.claims["object"])
            for s, keep in zip(self.segments, shown, strict=True)
        ]  # fmt: skip
        return self._counted(kept)

    def _named(self, counts: Array) -> dict[str, int]:
        return dict(sorted((self.terms[int(i)], int(counts[i])) for i in np.flatnonzero(counts)))

    def _found(self, found: tuple[list[int], list[tuple[int, int]]] | None) -> Found | None:
        if found is None:
            return None
        return tuple(found[0]), tuple(self.walker.claim_id(*claim) for claim in found[1])

    def _compile(self, scope: Scope, predicates: tuple[str, ...]) -> Mask:
        visible = np.zeros(self._markings, np.bool_)
        visible[[m for m in scope.visible if 0 <= m < self._markings]] = True
        allowed = None
        if predicates:
            allowed = np.zeros(max(self.terms, default=0) + 1, np.bool_)
            allowed[[self._numbers[p] for p in predicates if p in self._numbers]] = True
        whole = scope.window[0] <= NO_BEGINNING and scope.window[1] >= NO_END
        return Mask(visible, scope.as_of if scope.as_of < self.head else None, None if whole else scope.window, allowed)

    def _table(self, claims: Mapping[str, Array], value: pa.Array) -> pa.Table:
        words = sorted(self.terms)
        place = np.zeros(max(words, default=0) + 1, np.int32)
        place[words] = np.arange(len(words), dtype=np.int32)
        return scan_table({**claims, "predicate": place[claims["predicate"]]}, [self.terms[w] for w in words], value)


def _at(flags: Array, nids: Array) -> Array:
    """Return the flags of some entities; none has number -1."""
    found = flags[nids]
    found[nids < 0] = False
    return found


def _joined(parts: list[Array], name: str) -> Array:
    if parts:
        return np.concatenate(parts)
    return np.zeros((0, 16), np.uint8) if name == "cid" else np.zeros(0, build.CLAIM_NUMBERS[name])


def _entity_column(segments: Sequence[Segment], name: str, size: int) -> Array:
    """Return one column of all entities by number; entity 0 does not exist."""
    whole = np.zeros(size, build.ENTITY_NUMBERS[name])
    for segment in segments:
        column = segment.entities[name]
        whole[segment.entity_first + 1 : segment.entity_first + 1 + len(column)] = column
    return whole


def _retracted(segment: Segment, claims: Array, at: Array) -> Array | None:
    """Return per row when it was retracted, None when none of the segment was."""
    here = (claims > segment.first) & (claims <= segment.last)
    if not here.any():
        return None
    by_seq = np.full(segment.last - segment.first, LATER, np.int64)
    by_seq[claims[here] - segment.first - 1] = at[here]
    gone: Array = by_seq[segment.claims["seq"] - segment.first - 1]
    return gone


def _state(connection: Connection) -> _State:
    head = int(connection.execute(text("SELECT max(last_seq) FROM commit_time")).scalar() or 0)
    entity_last = int(connection.execute(text("SELECT max(nid) FROM entity")).scalar() or 0)
    rows = connection.execute(text("SELECT nid, text FROM term WHERE family IN ('kind', 'predicate')"))
    terms = {int(nid): str(word) for nid, word in rows}
    pairs = connection.execute(text("SELECT claim, at FROM retraction")).all()
    gone = np.array([tuple(p) for p in pairs], np.int64).reshape(-1, 2)
    return _State(head, entity_last, terms, (gone[:, 0], gone[:, 1]))


# the folder


def _live(home: Home, connection: Connection, parts: list[dict[str, Any]], state: _State) -> list[Segment]:
    """Return the segments on disk that belong to this ledger; none when anything about them is wrong."""
    try:
        if not _matches(connection, parts, state):
            return []
        return [build.load(home.columns / part["folder"], part) for part in parts]
    except (StoreUnavailable, KeyError, TypeError, ValueError):
        return []


def _matches(connection: Connection, parts: list[dict[str, Any]], state: _State) -> bool:
    """Say whether the ranges follow each other and the ledger still ends each of them with the same claim."""
    last, entity_last = 0, 0
    query = text("SELECT cid FROM claim WHERE seq > :first AND seq <= :last ORDER BY seq DESC LIMIT 1")
    for part in parts:
        if part["first"] != last or part["entity_first"] != entity_last:
            return False
        last, entity_last = part["last"], part["entity_last"]
        cid = connection.execute(query, {"first": part["first"], "last": last}).scalar()
        if (cid.hex() if cid else "") != part["last_cid"]:
            return False
    return bool(last <= state.head and entity_last <= state.entity_last)


def _last(live: Sequence[Segment]) -> int:
    return live[-1].last if live else 0


def _overlay(connection: Connection, live: Sequence[Segment], state: _State) -> list[Segment]:
    """Read what the segments do not hold."""
    entity_first = live[-1].entity_last if live else 0
    if live and live[-1].last == state.head and entity_first == state.entity_last:
        return []
    return [build.read_segment(connection, _last(live), state.head, entity_first, state.entity_last)]


def _extended(home: Home, connection: Connection, state: _State, overlay: int) -> list[Segment]:
    """Write the claims since the last segment as a new one, merged with those before it that are not much larger.

    Whoever holds the lock is alone in writing and removing segments; another process may have done the work before.
    """
    parts = _parts(home)
    live = _live(home, connection, parts, state)
    group = _overlay(connection, live, state)
    if state.head - _last(live) <= overlay:
        return [*live, *group]
    while live and live[-1].size <= 2 * sum(s.size for s in group):
        group.insert(0, live.pop())
    segment = group[0] if len(group) == 1 else build.merge(group)
    folder = f"{segment.first}-{segment.last}-{secrets.token_hex(4)}"
    part = _describe(segment, folder, build.save(segment, home.columns / folder))
    body = {"format": FORMAT, "home": home.id, "segments": [*parts[: len(live)], part]}
    write_synced(home.columns / "manifest.json", json.dumps(body, indent=1).encode(), mode=0o600)
    _sweep(home.columns, {str(p["folder"]) for p in (*parts[: len(live)], part)})
    return [*live, build.load(home.columns / folder, part)]


def _parts(home: Home) -> list[dict[str, Any]]:
    """Read which segments are live; none when the manifest is missing, damaged, or of another format or home."""
    try:
        about = json.loads((home.columns / "manifest.json").read_bytes())
        parts = about["segments"] if (about["format"], about["home"]) == (FORMAT, home.id) else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return parts if isinstance(parts, list) else []


def _describe(segment: Segment, folder: str, files: dict[str, dict[str, int]]) -> dict[str, Any]:
    last = segment.claims["cid"][int(np.argmax(segment.claims["seq"]))].tobytes().hex() if segment.size else ""
    return {
        "folder": folder,
        "first": segment.first,
        "last": segment.last,
        "claims": segment.size,
        "entity_first": segment.entity_first,
        "entity_last": segment.entity_last,
        "last_cid": last,
        "files": files,
    }


def _sweep(columns: Path, live: set[str]) -> None:
    """Remove folders that no manifest names: merged segments, and what a killed builder left.

    Readers keep what they mapped.
    """
    for place in columns.iterdir():
        if place.is_dir() and place.name not in live:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _alone(columns: Path) -> Iterator[None]:
    """Keep other builders of this home out for as long as the block lasts."""
    columns.mkdir(mode=0o700, exist_ok=True)
    with (columns / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
