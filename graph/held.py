"""What the record holds under which markings, asked for declared channels alone: no view is behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select, union

from graph import tables
from graph.ledger import Ledger
from graph.names import spellings
from graph.ontology import ontology

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
