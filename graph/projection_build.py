"""From the claims of a scope to the arrays of a projection: whom to leave out, dense numbers, one table a predicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import text

from graph.answers import EntityRef
from graph.columns_build import numbers
from graph.names import may_be_younger
from graph.ontology import ontology
from graph.projection import ClaimTokens, Ints, Links, Literals, Projection
from graph.scope import Scope
from graph.view_claims import Teller

CHILD_YEARS: Final = 15
_VERDICTS: Final = frozenset({"same_as", "not_same_as"})


@dataclass(frozen=True, slots=True)
class _Things:
    """Entities of a scan: number, random id and kind in parallel, by number."""

    nid: Ints
    eid: NDArray[np.uint8]
    kind: NDArray[Any]


def project(teller: Teller, scope: Scope, digest: str, *, today: date) -> Projection:
    """Make the projection of a view.

    Parameters
    ----------
    teller : Teller
        Tells how things may be named.
    scope : Scope
        The view's own, or what of it an analysis may use.
    digest : str
        The view's.
    today : date
        The day on which age counts.
    """
    graph = teller.graph
    table = graph.store.scan(scope)
    claims = _Claims(table, teller)
    things = _things(teller, claims.ends())
    people = things.nid[things.kind == "Person"]
    left_out = _children(teller, today) | _others(teller, claims, people)
    claims.drop(left_out, people)
    return _assemble(teller, claims, things, digest)


class _Claims:
    """The columns of a scan, joined entities under their common number."""

    def __init__(self, table: pa.Table, teller: Teller) -> None:
        self.table = table.combine_chunks()
        heads = teller.graph.same.head
        self.subject = _heads(self.column("subject"), heads)
        self.object = _heads(self.column("object", -1), heads)
        self.report = _heads(self.column("report", -1), heads)
        words = _whole(self.table.column("predicate")) if self.table.num_rows else None
        self.words = [str(w) for w in words.dictionary.to_pylist()] if words is not None else []
        self.word = _ints(words.indices, -1) if words is not None else np.zeros(0, np.int64)
        self.kept = np.isin(self.word, [i for i, w in enumerate(self.words) if w in _VERDICTS], invert=True)

    def column(self, name: str, missing: int = 0) -> Ints:
        return _ints(self.table.column(name), missing)

    def ends(self) -> Ints:
        """Return every entity that a claim states."""
        both = np.concatenate([self.subject, self.object, self.report])
        return np.unique(both[both >= 0])

    def of(self, predicate: str) -> Ints:
        """Return the rows of one predicate."""
        return (
            np.flatnonzero(self.word == self.words.index(predicate))
            if predicate in self.words
            else np.zeros(0, np.int64)
        )

    def rows_of(self, cids: Sequence[bytes]) -> Ints:
        """Return the rows of some claims, those not in the scan left out. The scan is ordered by claim id."""
        if not cids or not self.table.num_rows:
            return np.zeros(0, np.int64)
        held = _bytes16(self.table.column("cid"))
        order = held[:, :8].copy().view(">u8").ravel()
        asked = np.frombuffer(b"".join(cids), np.uint8).reshape(-1, 16)
        at = np.minimum(np.searchsorted(order, asked[:, :8].copy().view(">u8").ravel()), len(order) - 1)
        return np.asarray(at[(held[at] == asked).all(axis=1)], dtype=np.int64)

    def about(self, rows: Ints, people: Ints) -> Ints:
        """Return of whom some claims speak: their subject, or their object where the subject is no person."""
        subject = self.subject[rows]
        ends = np.unique(np.where(np.isin(subject, people), subject, self.object[rows]))
        return ends[np.isin(ends, people)]

    def drop(self, people: set[int], everybody: Ints) -> None:
        """Leave out what is said of some people, and what is said of anybody in another capacity."""
        gone = np.fromiter(people, np.int64, len(people))
        for ends in (self.subject, self.object):
            self.kept &= ~np.isin(ends, gone)
        self.kept[self.capacity] = False

    capacity: Ints = np.zeros(0, np.int64)
    """Rows that speak of somebody as victim, witness or other party."""


def _children(teller: Teller, today: date) -> set[int]:
    """Return who may be under 15 on the day, by any visible birth date, whichever times the view looks at."""
    graph = teller.graph
    table = graph.store.scan(Scope(graph.scope.visible, teller.books.head), predicates=("birth_date",))
    values = table.column("value").to_pylist()
    young = {v for v in set(values) if v and may_be_younger(v, CHILD_YEARS, today)}
    subjects = _heads(_ints(table.column("subject"), 0), graph.same.head)
    return {int(s) for s, v in zip(subjects, values, strict=True) if v in young}


def _others(teller: Teller, claims: _Claims, people: Ints) -> set[int]:
    """Return people whom the view knows as victims, witnesses or other parties and in no other capacity."""
    claims.capacity = claims.rows_of(_in_other_capacity(teller))
    told = claims.about(claims.capacity, people)
    if not len(told):
        return set()
    actors = claims.about(claims.rows_of(_in_own_capacity(teller, told)), people)
    return set(told.tolist()) - set(actors.tolist())


def _in_other_capacity(teller: Teller) -> list[bytes]:
    """Return the ids of all claims of the ledger, hidden ones among them, that speak of a victim or other party."""
    with teller.graph.ledger.read() as connection:
        return [bytes(r[0]) for r in connection.execute(text("SELECT cid FROM claim WHERE category IN ('c', 'd')"))]


def _in_own_capacity(teller: Teller, people: Ints) -> list[bytes]:
    """Return the ids of all claims of the ledger that speak of some people as suspected or convicted."""
    members = [m for nid in people.tolist() for m in teller.graph.same.members(nid)]
    found: list[bytes] = []
    with teller.graph.ledger.read() as connection:
        for first in range(0, len(members), 500):
            listed = ", ".join(map(str, members[first : first + 500]))
            for end in ("subject", "object"):
                query = f"SELECT cid FROM claim WHERE category IN ('a', 'b') AND {end} IN ({listed})"
                found += [bytes(r[0]) for r in connection.execute(text(query))]
    return found


def _things(teller: Teller, nids: Ints) -> _Things:
    """Read random id and kind of entities in one pass over the ledger."""
    if not len(nids):
        return _Things(nids, np.zeros((0, 16), np.uint8), np.zeros(0, object))
    words = teller.graph.ledger.terms("kind")
    last = int(nids[-1])
    with teller.graph.ledger.read() as connection:
        rows = connection.execute(
            text("SELECT nid, eid, kind FROM entity WHERE nid BETWEEN :first AND :last ORDER BY nid"),
            {"first": int(nids[0]), "last": last},
        ).all()
    held = np.fromiter((r[0] for r in rows), np.int64, len(rows))
    eids = np.frombuffer(b"".join(bytes(r[1]) for r in rows), np.uint8).reshape(-1, 16)
    kinds = np.array([words[int(r[2])] for r in rows], dtype=object)
    at = np.searchsorted(held, nids)
    return _Things(nids, eids[at], kinds[at])


def _assemble(teller: Teller, claims: _Claims, things: _Things, digest: str) -> Projection:
    rows = np.flatnonzero(claims.kept)
    stated = np.unique(np.concatenate([e[rows][e[rows] >= 0] for e in (claims.subject, claims.object, claims.report)]))
    at = np.searchsorted(things.nid, stated)
    eid = things.eid[at]
    order = np.lexsort(tuple(eid[:, i] for i in range(15, -1, -1)))
    nids, eid, kind_names = stated[order], eid[order], things.kind[at][order]
    kinds = sorted(set(kind_names.tolist()))
    kind = (
        np.searchsorted(np.array(kinds, dtype=object), kind_names).astype(np.int16) if kinds else np.zeros(0, np.int16)
    )
    rank = np.empty(len(stated), np.int64)
    rank[order] = np.arange(len(stated))
    split = _Split(teller, claims, stated, rank, nids, kinds, kind)
    links, literals = split.all(rows)

    def name(i: int) -> EntityRef:
        nid = int(nids[i])
        return teller.raw_refs([nid])[nid]

    return Projection(kinds, kind, links, literals, digest, eid, name)


@dataclass(frozen=True)
class _Split:
    """Cuts claims by predicate into arrays over dense numbers."""

    teller: Teller
    claims: _Claims
    stated: Ints
    rank: Ints
    nids: Ints
    kinds: list[str]
    kind: NDArray[np.int16]

    def all(self, rows: Ints) -> tuple[dict[str, Links], dict[str, Literals]]:
        claims = self.claims
        columns = {
            n: claims.column(n) for n in ("valid_from", "valid_to", "certain_from", "certain_to", "assertion", "source")
        }
        columns["source"] = self._sources(columns["source"], rows)
        words = ontology()
        hidden_kinds = [i for i, k in enumerate(self.kinds) if k in words.identifying_kinds]
        links: dict[str, Links] = {}
        literals: dict[str, Literals] = {}
        by_word = rows[np.argsort(claims.word[rows], kind="stable")]
        cuts = np.flatnonzero(np.diff(claims.word[by_word])) + 1
        for mine in np.split(by_word, cuts) if len(by_word) else ():
            predicate = claims.words[int(claims.word[mine[0]])]
            linked = mine[claims.object[mine] >= 0]
            if len(linked):
                links[predicate] = Links(
                    subject=self._dense(claims.subject[linked]),
                    object=self._dense(claims.object[linked]),
                    **self._common(columns, linked),
                )
            plain = mine[claims.object[mine] < 0]
            known = words.predicates.get(predicate)
            if len(plain) and (known is None or (known.identifying and predicate != "birth_date")):
                of = self._dense(claims.subject[plain])
                plain = plain[~np.isin(self.kind[of], hidden_kinds)]
            if len(plain):
                literals[predicate] = Literals(
                    subject=self._dense(claims.subject[plain]), **self._common(columns, plain)
                )
        return dict(sorted(links.items())), dict(sorted(literals.items()))

    def _common(self, columns: Mapping[str, Ints], rows: Ints) -> dict[str, Any]:
        values = self.claims.table.column("value").take(numbers(rows)).to_pylist()
        cids = self.claims.table.column("cid").take(numbers(rows))
        return {
            **{n: columns[n][rows] for n in ("valid_from", "valid_to", "certain_from", "certain_to", "source")},
            "assessment": columns["assertion"][rows] == 1,
            "report": self._dense(self.claims.report[rows]),
            "claim": ClaimTokens(cids, self.teller.tokens),
            "value": ["" if v is None else v for v in values],
        }

    def _dense(self, nids: Ints) -> Ints:
        """Return dense numbers; -1 stays -1."""
        at = np.minimum(np.searchsorted(self.stated, nids), max(len(self.stated) - 1, 0))
        return np.where(nids >= 0, self.rank[at], -1)

    def _sources(self, source: Ints, rows: Ints) -> Ints:
        """Number sources by namespace and name within the projection: the ledger's own numbers tell of others."""
        books = self.teller.books.sources
        held = np.unique(source[rows])
        named = sorted(held.tolist(), key=lambda n: (books[n].namespace, books[n].name))
        place = np.zeros(int(held[-1]) + 1 if len(held) else 1, np.int64)
        place[named] = np.arange(len(named))
        return place[np.minimum(source, len(place) - 1)]


def _heads(nids: Ints, heads: Mapping[int, int]) -> Ints:
    if not heads:
        return nids
    held = np.fromiter(sorted(heads), np.int64, len(heads))
    to = np.array([heads[int(n)] for n in held], np.int64)
    at = np.minimum(np.searchsorted(held, nids), len(held) - 1)
    return np.where(held[at] == nids, to[at], nids)


def links_among(table: pa.Table, nids: Sequence[int]) -> list[bytes]:
    """Return the ids of the claims of a scan both of whose ends are among some entities."""
    inside = np.sort(np.array(list(nids), np.int64))
    both = np.isin(_ints(table.column("subject"), 0), inside) & np.isin(_ints(table.column("object"), -1), inside)
    return table.column("cid").take(numbers(np.flatnonzero(both))).to_pylist() if both.any() else []


def _ints(column: pa.Array | pa.ChunkedArray, missing: int) -> Ints:
    """Return a column of numbers; missing ones as given. By way of the buffers: Arrow's own way would load pandas."""
    if not len(column):
        return np.zeros(0, np.int64)
    whole = _whole(column)
    valid, data = whole.buffers()
    values = np.frombuffer(data, np.dtype(f"i{whole.type.bit_width // 8}"))[whole.offset : whole.offset + len(whole)]
    if not whole.null_count:
        return values.astype(np.int64)
    there = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")[whole.offset : whole.offset + len(whole)]
    return np.where(there == 1, values, missing).astype(np.int64)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def _bytes16(column: pa.ChunkedArray) -> NDArray[np.uint8]:
    whole = _whole(column)
    data = np.frombuffer(whole.buffers()[1], np.uint8)
    return data[16 * whole.offset : 16 * (whole.offset + len(whole))].reshape(-1, 16)
