"""The SQL of the embedded engine, in one place. Every text is built from the fixed parts below; values are parameters.

Marking numbers, which the home minted itself, stand in the text: the shorter of the visible and the hidden list, so
that a statement is prepared once per scope.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from graph.interval import NO_BEGINNING, NO_END

COLUMNS = (
    "c.seq, c.cid, c.subject, c.predicate, c.object, c.value, c.valid, c.valid_from, c.valid_to, c.certain_from,"
    " c.certain_to, c.grade, c.assertion, c.category, c.marking, c.source, c.report, c.locator, c.note,"
    " c.delivery, c.row"
)
ENTITY = "e.nid, e.eid, e.kind, e.namespace, e.delivered"
NOT_GONE = "NOT EXISTS (SELECT 1 FROM retraction r WHERE r.claim = c.seq AND r.at <= :as_of)"

HEAD = "SELECT max(last_seq) FROM commit_time"
TERMS = "SELECT nid, text FROM term"
NAMESPACES = "SELECT nid, name FROM namespace"
ALL_ENTITIES = "SELECT nid, eid, kind, namespace, delivered FROM entity"
ALL_CLAIMS = f"SELECT {COLUMNS}, r.at FROM claim c LEFT JOIN retraction r ON r.claim = c.seq"


@lru_cache(maxsize=256)
def scope_terms(visible: frozenset[int]) -> str:
    """Say in SQL which markings are visible; larger numbers than the largest visible one are hidden."""
    if not visible:
        return "0"
    most = max(visible)
    hidden = sorted(set(range(most + 1)) - visible - {0})
    if len(hidden) < len(visible):
        return f"c.marking <= {most}" + (f" AND c.marking NOT IN ({_listed(hidden)})" if hidden else "")
    return f"c.marking IN ({_listed(sorted(visible))})"


def in_scope(visible: frozenset[int], window: tuple[int, int]) -> str:
    """Return the condition that a claim `c` is in scope; parameters `as_of`, and `first` and `last` where a window is
    set.
    """
    parts = [scope_terms(visible), "c.seq <= :as_of", NOT_GONE]
    if window[0] > NO_BEGINNING or window[1] < NO_END:
        parts.append("c.valid_from <= :last AND c.valid_to >= :first")
    return " AND ".join(parts)


def entities(scope: str, wanted: str) -> str:
    """Entities that a claim in scope states. `wanted` says which, of an entity `e`."""
    return (
        f"SELECT {ENTITY} FROM entity e WHERE {wanted}"
        f" AND (EXISTS (SELECT 1 FROM claim c WHERE c.subject = e.nid AND {scope})"
        f" OR EXISTS (SELECT 1 FROM claim c WHERE c.object = e.nid AND {scope})) ORDER BY e.eid"
    )


def claims(scope: str, cids: str) -> str:
    """Claims by random id."""
    return f"SELECT {COLUMNS} FROM claim c WHERE c.cid IN ({cids}) AND {scope} ORDER BY c.cid"


def claims_about(scope: str, nids: str, predicates: Collection[int]) -> str:
    """Claims with one of some entities as subject or object, each once."""
    extra = _predicates(predicates)
    return (
        f"SELECT {COLUMNS} FROM claim c WHERE c.subject IN ({nids}) AND {scope}{extra} UNION ALL "
        f"SELECT {COLUMNS} FROM claim c WHERE c.object IN ({nids}) AND c.subject NOT IN ({nids}) AND {scope}{extra} "
        "ORDER BY 2 LIMIT :limit"
    )


def literals_about(scope: str, nids: str, predicates: Collection[int]) -> str:
    """Claims of predicates that never link, with one of some entities as subject: what links to a hub is not read."""
    return (
        f"SELECT {COLUMNS} FROM claim c WHERE c.subject IN ({nids}) AND {scope}{_predicates(predicates)}"
        " ORDER BY 2 LIMIT :limit"
    )


def neighbours(scope: str, predicates: Collection[int], kinds: Collection[int]) -> str:
    """Links at one entity, each once, whose other end is of one of some kinds."""
    extra = _predicates(predicates)
    of_kind = f" AND (SELECT e.kind FROM entity e WHERE e.nid = {{}}) IN ({_listed(kinds)})" if kinds else ""
    return (
        f"SELECT {COLUMNS} FROM claim c WHERE c.subject = :nid AND c.object IS NOT NULL AND {scope}{extra}"
        f"{of_kind.format('c.object')}"
        f" UNION ALL SELECT {COLUMNS} FROM claim c WHERE c.object = :nid AND c.subject <> :nid AND {scope}{extra}"
        f"{of_kind.format('c.subject')} ORDER BY 2 LIMIT :limit"
    )


def search(scope: str, kinds: Collection[int]) -> str:
    """Claims whose folded text holds every word as a prefix: the whole text first, then the shortest, then by text
    and ids.
    """
    of_kind = f" AND e.kind IN ({_listed(kinds)})" if kinds else ""
    return (
        f"SELECT {COLUMNS} FROM name_text n JOIN claim c ON c.seq = n.rowid JOIN entity e ON e.nid = c.subject"
        f" WHERE n.folded MATCH :words AND {scope}{of_kind}"
        " ORDER BY n.folded <> :whole, length(n.folded), n.folded, e.eid, c.cid"
    )


def _predicates(numbers: Collection[int]) -> str:
    return f" AND c.predicate IN ({_listed(numbers)})" if numbers else ""


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(str(int(n)) for n in numbers)
