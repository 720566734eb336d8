"""What is the same for every view with an equal scope: entities, labels, joined entities. Read when first needed, kept
while in use.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from cachetools import LRUCache
from sqlalchemy import text

from graph.errors import NotInView
from graph.ledger import Ledger
from graph.model import ClaimRow, EntityRow, Nid
from graph.names import LABELS
from graph.ontology import ontology
from graph.same import Same, join
from graph.scope import Scope
from graph.store import GraphStore

T = TypeVar("T")

MOST_KEPT: Final = 200_000
MOST_CLAIMS: Final = 20_000
"""Claims that answers read before may hold together."""
MOST_OF_ONE: Final = 2_000
"""Claims of one answer above which it is not kept."""
MOST_MADE: Final = 48
"""Things made of a scope that are kept."""
_MOST_SCOPES: Final = 16
_ABSENT: Final = object()


class _Answers:
    """Claims read before, by what was asked, the latest; a scope never changes, so none of them grows old."""

    def __init__(self) -> None:
        self._kept: LRUCache[Hashable, Sequence[ClaimRow]] = LRUCache(MOST_CLAIMS, getsizeof=lambda rows: len(rows) + 1)
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Sequence[ClaimRow]]) -> Sequence[ClaimRow]:
        """Return what was read under a key before, or read it."""
        with self._lock:
            known = self._kept.get(key)
        if known is not None:
            return known
        found = make()
        if len(found) <= MOST_OF_ONE:
            with self._lock:
                self._kept.setdefault(key, found)
        return found


class ScopedGraph:
    """An engine read through one scope, with what was read kept.

    Parameters
    ----------
    store : GraphStore
    scope : Scope
    ledger : Ledger
    """

    def __init__(self, store: GraphStore, scope: Scope, ledger: Ledger) -> None:
        self.store = store
        self.scope = scope
        self.ledger = ledger
        self._rows: dict[Nid, EntityRow] = {}
        self._by_eid: dict[bytes, EntityRow] = {}
        self._answers = _Answers()
        self._labels: dict[Nid, tuple[str, int] | None] = {}
        """What an entity is called, and the marking of the claim that says so."""
        self._kept: dict[Hashable, Any] = {}
        self._making: dict[Hashable, threading.RLock] = {}
        self._lock = threading.Lock()

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under a key before, or make it: what depends on the scope and the key alone.

        One thread makes it, others that want the same wait: such things take seconds in a large world.
        """
        found = self._kept.get(key, _ABSENT)
        if found is not _ABSENT:
            return cast("T", found)
        with self._lock:
            making = self._making.setdefault(key, threading.RLock())
        with making:
            found = self._kept.get(key, _ABSENT)
            if found is _ABSENT:
                try:
                    found = make()
                finally:
                    with self._lock:
                        self._making.pop(key, None)
                        if found is not _ABSENT:
                            while (
                                len(self._kept) >= MOST_MADE
                            ):  # of name rules that held before, as grants came and went
                                self._kept.pop(next(iter(self._kept)))
                            self._kept[key] = found
            return cast("T", found)

    def rows(self, nids: Iterable[Nid]) -> dict[Nid, EntityRow]:
        """Return those of the entities that exist in the scope."""
        wanted = set(nids)
        missing = [nid for nid in wanted if nid not in self._rows]
        if missing:
            if len(self._rows) > MOST_KEPT:
                self._rows.clear()
                missing = list(wanted)
            self._rows.update((row.nid, row) for row in self.store.entities(self.scope, missing))
        return {nid: self._rows[nid] for nid in wanted if nid in self._rows}

    def row(self, eid: bytes) -> EntityRow:
        """Return the entity with a random id.

        Raises
        ------
        NotInView
        """
        found = self.rows_by_eid([eid]).get(eid)
        if found is None:
            raise NotInView
        return found

    def rows_by_eid(self, eids: Iterable[bytes]) -> dict[bytes, EntityRow]:
        """Return those of the entities with some random ids that exist in the scope, read at once."""
        wanted = set(eids)
        known = {eid: row for eid in wanted if (row := self._by_eid.get(eid)) is not None}
        if missing := [eid for eid in wanted if eid not in known]:
            read = {row.eid: row for row in self.store.resolve(self.scope, missing)}
            if len(self._by_eid) > MOST_KEPT:
                self._by_eid.clear()
            self._by_eid.update(read)
            self._rows.update((row.nid, row) for row in read.values())
            known |= read
        return known

    def neighbours(self, nid: Nid, predicates: Sequence[str], kinds: Sequence[str], limit: int) -> Sequence[ClaimRow]:
        """Return the links at an entity, as `GraphStore.neighbours` does."""
        return self._answers.get(
            ("neighbours", nid, tuple(predicates), tuple(kinds), limit),
            lambda: self.store.neighbours(self.scope, nid, predicates=predicates, kinds=kinds, limit=limit),
        )

    def claims_about(self, nids: Sequence[Nid], limit: int) -> Sequence[ClaimRow]:
        """Return the claims about some entities, as `GraphStore.claims_about` does."""
        return self._answers.get(
            ("about", tuple(nids), limit), lambda: self.store.claims_about(self.scope, nids, limit=limit)
        )

    def labels(self, nids: Iterable[Nid]) -> dict[Nid, str]:
        """Return what visible claims call some entities; one of which nothing does is not in it."""
        return {nid: label for nid, (label, _) in self._labelled(nids).items()}

    def label_markings(self, nids: Iterable[Nid]) -> set[int]:
        """Return the markings of the claims that say what some entities are called."""
        return {marking for _, marking in self._labelled(nids).values()}

    def _labelled(self, nids: Iterable[Nid]) -> dict[Nid, tuple[str, int]]:
        wanted = set(nids)
        missing = [nid for nid in wanted if nid not in self._labels]
        if missing:
            if len(self._labels) > MOST_KEPT:
                self._labels.clear()
                missing = list(wanted)
            self._labels.update(self._read_labels(missing))
        return {nid: label for nid in wanted if (label := self._labels.get(nid)) is not None}

    def _read_labels(self, nids: Sequence[Nid]) -> dict[Nid, tuple[str, int] | None]:
        best: dict[Nid, tuple[int, bytes, str, int]] = {}
        asked = set(nids)
        for claim in self.store.claims_about(self.scope, list(nids), predicates=LABELS, limit=20 * len(nids) + 1_000):
            if claim.object is None and claim.value and claim.subject in asked:
                rank = (LABELS.index(claim.predicate), claim.cid, claim.value, claim.marking)
                if claim.subject not in best or rank < best[claim.subject]:
                    best[claim.subject] = rank
        return {nid: best[nid][2:] if nid in best else None for nid in nids}

    @cached_property
    def same(self) -> Same:
        """Entities that visible verdicts join."""
        table = self.store.scan(self.scope, predicates=("same_as", "not_same_as"))
        if not table.num_rows:
            return Same({}, {})
        said = table.select(["subject", "predicate", "object"]).to_pylist()
        pairs: dict[str, list[tuple[Nid, Nid]]] = {"same_as": [], "not_same_as": []}
        for claim in said:
            if claim["object"] is not None:
                pairs[claim["predicate"]].append((claim["subject"], claim["object"]))
        eids = {nid: row.eid for nid, row in self.rows({n for p in pairs.values() for pair in p for n in pair}).items()}
        return join(pairs["same_as"], pairs["not_same_as"], eids)

    def of_kinds(self, kinds: Iterable[str]) -> list[EntityRow]:
        """Return all entities of some kinds that exist in the scope, by `eid`."""
        names = sorted(set(kinds))
        marks = ", ".join(f":k{i}" for i in range(len(names)))
        query = (
            f"SELECT e.nid FROM entity e JOIN term t ON t.nid = e.kind WHERE t.family = 'kind' AND t.text IN ({marks})"
        )
        with self.ledger.read() as connection:
            nids = [int(r[0]) for r in connection.execute(text(query), {f"k{i}": n for i, n in enumerate(names)})]
        return sorted(self.rows(nids).values(), key=lambda row: row.eid)

    @cached_property
    def identifying(self) -> list[EntityRow]:
        """All entities in scope whose delivered ids name somebody, by `eid`."""
        return self.of_kinds(ontology().identifying_kinds)


_scoped: OrderedDict[tuple[Path, str, Scope], ScopedGraph] = OrderedDict()
_lock = threading.Lock()


def scoped(store: GraphStore, scope: Scope, ledger: Ledger) -> ScopedGraph:
    """Return the graph of a scope, the same one for equal scopes."""
    key = (ledger.home.path, f"{ledger.home.id}/{store.name}/{id(store)}", scope)
    with _lock:
        found = _scoped.get(key)
        if found is None or found.store is not store:
            found = _scoped[key] = ScopedGraph(store, scope, ledger)
        _scoped.move_to_end(key)
        while len(_scoped) > _MOST_SCOPES:
            _scoped.popitem(last=False)
    return found
