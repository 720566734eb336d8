"""What the record holds under which markings, asked for declared channels, for oversight of the log and to withhold
reasons alone: no view is behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, select, union

from graph import tables
from graph.ledger import Ledger
from graph.names import spellings
from graph.ontology import ontology
from graph.same import join

_CLAIM, _ENTITY, _GONE = tables.claim.c, tables.entity.c, tables.retraction.c
_STANDING = tables.claim.outerjoin(tables.retraction, _GONE.claim == _CLAIM.seq)


def things(ledger: Ledger, markings: Collection[int], kinds: Collection[int]) -> list[tuple[int, int, bytes, int]]:
    """Return entities that standing claims under some markings state: marking, number, random id, kind."""
    wanted = sorted(markings)
    ends = union(*(
        select(_CLAIM.marking.label("marking"), end.label("nid"))
        .select_from(_STANDING)
        .where(_GONE.claim.is_(None), end.is_not(None), _CLAIM.marking.in_(wanted))
        for end in (_CLAIM.subject, _CLAIM.object)
    )).subquery()  # fmt: skip
    query = (
        select(ends.c.marking, _ENTITY.nid, _ENTITY.eid, _ENTITY.kind)
        .join_from(ends, tables.entity, _ENTITY.nid == ends.c.nid)
        .where(_ENTITY.kind.in_(sorted(kinds)))
    )
    with ledger.read() as connection:
        return [(int(m), int(n), bytes(e), int(k)) for m, n, e, k in connection.execute(query)]


def people(ledger: Ledger, eids: Collection[bytes]) -> dict[bytes, tuple[int, int]]:
    """Return number and kind of those entities of some random ids that the record has."""
    query = select(_ENTITY.eid, _ENTITY.nid, _ENTITY.kind).where(_ENTITY.eid.in_(list(eids)))
    with ledger.read() as connection:
        return {bytes(e): (int(n), int(k)) for e, n, k in connection.execute(query)}


def names_of(ledger: Ledger, eids: Collection[bytes]) -> list[tuple[int, str]]:
    """Return every standing name, alias and identifier of some entities: who bears it, as written."""
    words = {p.name for p in ontology().predicates.values() if p.identifying and p.value in ("name", "identifier")}
    predicates = [nid for nid, name in ledger.terms("predicate").items() if name in words]
    query = (
        select(_CLAIM.subject, _CLAIM.value)
        .select_from(_STANDING.join(tables.entity, _ENTITY.nid == _CLAIM.subject))
        .where(_GONE.claim.is_(None), _CLAIM.value.is_not(None), _CLAIM.predicate.in_(predicates))
        .where(_ENTITY.eid.in_(list(eids)))
    )
    with ledger.read() as connection:
        return [(int(n), str(v)) for n, v in connection.execute(query)]


def markings_of(ledger: Ledger, nids: Collection[int]) -> set[tuple[int, int]]:
    """Return under which markings claims about some entities stand: pairs of entity and marking."""
    found: set[tuple[int, int]] = set()
    with ledger.read() as connection:
        for end in (_CLAIM.subject, _CLAIM.object):
            query = (
                select(end, _CLAIM.marking).select_from(_STANDING).where(_GONE.claim.is_(None), end.in_(sorted(nids)))
            ).distinct()
            found |= {(int(n), int(m)) for n, m in connection.execute(query)}
    return found


def numbers(ledger: Ledger, markings: Collection[int]) -> list[tuple[int, str, int]]:
    """Return standing numbers and identifiers: of which entity, how written, under which marking."""
    words = {p.name for p in ontology().predicates.values() if p.identifying and p.value == "identifier"}
    predicates = [nid for nid, name in ledger.terms("predicate").items() if name in words]
    query = (
        select(_CLAIM.subject, _CLAIM.value, _CLAIM.marking)
        .select_from(_STANDING)
        .where(_GONE.claim.is_(None), _CLAIM.object.is_(None), _CLAIM.value.is_not(None))
        .where(_CLAIM.predicate.in_(predicates))
    )
    with ledger.read() as connection:
        rows = [(int(s), str(v), int(m)) for s, v, m in connection.execute(query)]
    return [row for row in rows if row[2] in markings and spellings(row[1])]


def held_as_one(ledger: Ledger, eids: Collection[bytes]) -> set[bytes]:
    """Return some entities and all that standing verdicts join with them, by random id: their aliases."""
    words = {name: nid for nid, name in ledger.terms("predicate").items() if name in ("same_as", "not_same_as")}
    with ledger.read() as connection:
        start = {int(n): bytes(e) for n, e in connection.execute(_entities(_ENTITY.eid, eids))}
        known, front, pairs = dict(start), set(start), dict[str, set[tuple[int, int]]]()
        while front:
            near = set()
            for word, number in words.items():
                found = {(int(a), int(b)) for a, b in connection.execute(_verdicts(number, front))}
                pairs.setdefault(word, set()).update(found)
                near |= {n for pair in found for n in pair} - known.keys()
            known |= {int(n): bytes(e) for n, e in connection.execute(_entities(_ENTITY.nid, near))}
            front = near
    joined = join(pairs.get("same_as", ()), pairs.get("not_same_as", ()), known)
    return {*eids, *(known[n] for one in start for n in joined.members(one))}


def _entities(column: ColumnElement[Any], wanted: Iterable[Any]) -> Select[Any]:
    return select(_ENTITY.nid, _ENTITY.eid).where(column.in_(list(wanted)))


def _verdicts(predicate: int, about: Collection[int]) -> CompoundSelect[Any]:
    """Return the standing verdicts of one kind about some entities, whichever end they are."""
    return union(*(
        select(_CLAIM.subject, _CLAIM.object)
        .select_from(_STANDING)
        .where(_GONE.claim.is_(None), _CLAIM.predicate == predicate, _CLAIM.object.is_not(None))
        .where(end.in_(sorted(about)))
        for end in (_CLAIM.subject, _CLAIM.object)
    ))  # fmt: skip


def markings_about(ledger: Ledger, eids: Iterable[bytes]) -> set[int]:
    """Return the markings of the standing claims about some entities."""
    about = select(_ENTITY.nid).where(_ENTITY.eid.in_(list(eids))).scalar_subquery()
    found: set[int] = set()
    with ledger.read() as connection:
        for end in (_CLAIM.subject, _CLAIM.object):
            query = (
                select(_CLAIM.marking).select_from(_STANDING).where(_GONE.claim.is_(None), end.in_(about)).distinct()
            )
            found |= {int(row[0]) for row in connection.execute(query)}
    return found
