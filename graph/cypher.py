"""The closed catalogue of Cypher statements: nothing else is ever sent to Neo4j. Values are parameters.

The shape of the graph: `(:Entity:KIND)` with number, random id, kind, namespace and delivered id; a link claim is one
relationship whose type is the predicate in capitals; a literal claim is a `(:Literal)`, with the label `Searched` and
a folded text when it is searched; `(:Watermark)` says which ledger is held and up to where.

Every look-up names its index: a plan made while the database was small would scan, and stay when it has grown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from graph.errors import StoreUnavailable

NEVER = 2**62
"""Stands for the number of a retraction that has not happened."""
NULL = "\u0000"
"""Stands for an absent text in collected columns, which skip nulls. No text of a claim holds it."""

PROPERTIES = (
    "seq", "value", "valid", "valid_from", "valid_to", "certain_from", "certain_to", "grade", "assertion", "category",
    "marking", "source", "report", "locator", "note", "delivery", "row", "retracted_at",
)  # fmt: skip
"""Properties of links and literals besides `cid`, in the order of the rows that the projector sends."""

FIRST = (
    "CREATE CONSTRAINT entity_nid IF NOT EXISTS FOR (n:Entity) REQUIRE n.nid IS UNIQUE",
    "CREATE CONSTRAINT watermark_id IF NOT EXISTS FOR (n:Watermark) REQUIRE n.id IS UNIQUE",
)
"""What writing needs."""
REST = (
    "CREATE CONSTRAINT entity_eid IF NOT EXISTS FOR (n:Entity) REQUIRE n.eid IS UNIQUE",
    "CREATE CONSTRAINT literal_cid IF NOT EXISTS FOR (n:Literal) REQUIRE n.cid IS UNIQUE",
    "CREATE INDEX entity_delivered IF NOT EXISTS FOR (n:Entity) ON (n.delivered)",
    "CREATE INDEX literal_subject IF NOT EXISTS FOR (n:Literal) ON (n.subject)",
    "CREATE FULLTEXT INDEX searched IF NOT EXISTS FOR (n:Searched) ON EACH [n.folded] "
    "OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace', `fulltext.eventually_consistent`: false}}",
)
"""What reading needs, and the look-up of what is there already. Loading into an empty database goes without: indexes
that are made at the end cost a fraction of those that are kept up."""
DROP_REST = (
    *(f"DROP CONSTRAINT {name} IF EXISTS" for name in ("entity_eid", "literal_cid")),
    *(f"DROP INDEX {name} IF EXISTS" for name in ("entity_delivered", "literal_subject", "searched")),
)
AWAIT_INDEXES = "CALL db.awaitIndexes(600)"
CONSTRAINT_NAMES = "SHOW CONSTRAINTS YIELD name RETURN collect(name)"
WARM = "RETURN 1"

WATERMARK = "MATCH (w:Watermark {id: 'graph'}) RETURN [w.home, w.seq, w.entity, w.state]"
BEGIN = (
    "MERGE (w:Watermark {id: 'graph'}) ON CREATE SET w.home = $home, w.seq = 0, w.entity = 0, w.state = 'ready' "
    "RETURN [w.home, w.seq, w.entity, w.state]"
)
CLEARING = (
    "MERGE (w:Watermark {id: 'graph'}) ON CREATE SET w.seq = 0, w.entity = 0 SET w.home = $home, w.state = 'clearing'"
)
CLEAR = "MATCH (n) WHERE n:Entity OR n:Literal CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
CLEARED = "MATCH (w:Watermark {id: 'graph'}) SET w.state = $state, w.seq = 0, w.entity = 0"
LOADED = (
    "MATCH (w:Watermark {id: 'graph'}) WHERE w.state = 'loading' AND w.seq = $seq SET w.state = 'ready' RETURN w.seq"
)
ADVANCE = (
    "MATCH (w:Watermark {id: 'graph'}) SET w.lock = $home WITH w "
    "WHERE w.home = $home AND w.seq = $from AND w.entity = $entity_from AND w.state = $state "
    "SET w.seq = $to, w.entity = $entity_to RETURN w.seq"
)
"""Move the watermark.

Setting a property first takes the lock, so that of two projectors one sees what the other did.
"""

_SET = ", ".join(f"{name}: r[{i}]" for i, name in enumerate(PROPERTIES, 3))
_CLAIM = (
    "[x.seq, x.cid, {subject}, {predicate}, {object}, x.value, x.valid, x.valid_from, x.valid_to, x.certain_from,"
    " x.certain_to, x.grade, x.assertion, x.category, x.marking, x.source, x.report, x.locator, x.note, x.delivery,"
    " x.row, x.retracted_at]"
)
LINK = _CLAIM.format(subject="startNode(x).nid", predicate="toLower(type(x))", object="endNode(x).nid")
LITERAL = _CLAIM.format(subject="x.subject", predicate="x.predicate", object="null")
ENTITY = "[n.nid, n.eid, n.kind, n.namespace, n.delivered]"

_COLUMNS = (
    "collect({subject}), collect({predicate}), collect({object}), collect(coalesce(x.value, $p.null)),"
    " collect(x.valid_from), collect(x.valid_to), collect(x.certain_from), collect(x.certain_to),"
    " collect(x.assertion), collect(x.source), collect(coalesce(x.report, -1)), collect(x.marking), collect(x.cid)"
)

# what is read whole, in ranges of entity numbers

_ENTITIES_BETWEEN = "MATCH (n:Entity) USING INDEX n:Entity(nid) WHERE n.nid >= $p.low AND n.nid < $p.high"
_LITERALS_BETWEEN = "MATCH (x:Literal) USING INDEX x:Literal(subject) WHERE x.subject >= $p.low AND x.subject < $p.high"
ENTITY_RANGE = f"{_ENTITIES_BETWEEN} RETURN collect({ENTITY})"
LINK_RANGE = f"{_ENTITIES_BETWEEN} MATCH (n)-[x]->(:Entity) RETURN collect({LINK})"
LITERAL_RANGE = f"{_LITERALS_BETWEEN} RETURN collect({LITERAL})"
STRAYS = (
    "MATCH (x:Literal) WHERE x.subject IS NULL OR NOT x.subject IS :: INTEGER OR x.subject < 0 OR x.subject > $p.last"
    f" RETURN collect({LITERAL}) AS rows UNION ALL "
    "MATCH (n:Entity) WHERE n.nid IS NULL OR NOT n.nid IS :: INTEGER OR n.nid < 0 OR n.nid > $p.last"
    f" RETURN collect({ENTITY}) AS rows"
)
"""What lies outside of every range, because somebody changed a number by hand."""
LAST_ENTITY = "MATCH (n:Entity) RETURN coalesce(max(n.nid), 0)"


def type_of(predicate: str) -> str:
    """Return the relationship type of a predicate.

    Raises
    ------
    StoreUnavailable
        It is not a name that may stand in a statement.
    """
    return _name(predicate, r"[a-z][a-z0-9_]*").upper()


def label_of(kind: str) -> str:
    """Return the label of a kind. Raises as `type_of` does."""
    return _name(kind, r"[A-Za-z][A-Za-z0-9_]*")


def _name(word: str, pattern: str) -> str:
    if not re.fullmatch(pattern, word, re.ASCII):
        raise StoreUnavailable(f"Expected the name of a kind or predicate, got {word!r}: it cannot be projected.")
    return word


# writing


def link_constraint(predicate: str) -> tuple[str, str]:
    """Return name and statement of the constraint that a claim stands once among the links of a predicate."""
    kind = type_of(predicate)
    name = f"link_{predicate}"
    return name, f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR ()-[r:{kind}]-() REQUIRE r.cid IS UNIQUE"


def drop_link_constraint(name: str) -> str:
    """Drop a constraint that `link_constraint` made."""
    return f"DROP CONSTRAINT {_name(name, r'link_[a-z][a-z0-9_]*')} IF EXISTS"


@lru_cache(maxsize=512)
def load_entities(kind: str) -> str:
    """Create entities in a database that holds none of them."""
    return (
        f"UNWIND $rows AS r CREATE (:Entity:{label_of(kind)}"
        " {nid: r[0], eid: r[1], kind: $kind, namespace: r[2], delivered: r[3]})"
    )


@lru_cache(maxsize=512)
def load_links(predicate: str) -> str:
    """Create links in a database that holds none of them."""
    return (
        "UNWIND $rows AS r "
        "MATCH (a:Entity {nid: r[1]}) USING INDEX a:Entity(nid) MATCH (b:Entity {nid: r[2]}) USING INDEX b:Entity(nid) "
        f"CREATE (a)-[:{type_of(predicate)} {{cid: r[0], {_SET}}}]->(b)"
    )


@lru_cache(maxsize=512)
def create_entities(kind: str) -> str:
    """Create the entities that are missing; rows are number, random id, namespace, delivered id."""
    return (
        "UNWIND $rows AS r OPTIONAL MATCH (e:Entity {nid: r[0]}) USING INDEX e:Entity(nid) WITH r, e WHERE e IS NULL "
        f"CREATE (:Entity:{label_of(kind)} {{nid: r[0], eid: r[1], kind: $kind, namespace: r[2], delivered: r[3]}})"
    )


@lru_cache(maxsize=512)
def create_links(predicate: str) -> str:
    """Create the links that are missing; rows are random id, subject, object, then `PROPERTIES`."""
    kind = type_of(predicate)
    return (
        f"UNWIND $rows AS r OPTIONAL MATCH ()-[e:{kind} {{cid: r[0]}}]->() USING INDEX e:{kind}(cid)"
        " WITH r, e WHERE e IS NULL "
        "MATCH (a:Entity {nid: r[1]}) USING INDEX a:Entity(nid) MATCH (b:Entity {nid: r[2]}) USING INDEX b:Entity(nid) "
        f"CREATE (a)-[:{kind} {{cid: r[0], {_SET}}}]->(b)"
    )


def count_links(predicate: str) -> str:
    """Count which of some claims stand as links of a predicate."""
    kind = type_of(predicate)
    return f"UNWIND $cids AS c MATCH ()-[e:{kind} {{cid: c}}]->() USING INDEX e:{kind}(cid) RETURN count(e)"


LOAD_LITERALS = f"UNWIND $rows AS r CREATE (:Literal {{cid: r[0], subject: r[1], predicate: r[2], {_SET}}})"
LOAD_SEARCHED = (
    f"UNWIND $rows AS r CREATE (:Literal:Searched {{cid: r[0], subject: r[1], predicate: r[2], {_SET},"
    f" folded: r[{len(PROPERTIES) + 3}]}})"
)
CREATE_LITERALS = (
    "UNWIND $rows AS r OPTIONAL MATCH (e:Literal {cid: r[0]}) USING INDEX e:Literal(cid) WITH r, e WHERE e IS NULL "
    f"CREATE (:Literal {{cid: r[0], subject: r[1], predicate: r[2], {_SET}}})"
)
CREATE_SEARCHED = (
    "UNWIND $rows AS r OPTIONAL MATCH (e:Literal {cid: r[0]}) USING INDEX e:Literal(cid) WITH r, e WHERE e IS NULL "
    f"CREATE (:Literal:Searched {{cid: r[0], subject: r[1], predicate: r[2], {_SET},"
    f" folded: r[{len(PROPERTIES) + 3}]}})"
)
COUNT_LITERALS = "UNWIND $cids AS c MATCH (e:Literal {cid: c}) USING INDEX e:Literal(cid) RETURN count(e)"
COUNT_ENTITIES = "UNWIND $nids AS i MATCH (e:Entity {nid: i}) USING INDEX e:Entity(nid) RETURN count(e)"
RETRACT_LITERALS = (
    "UNWIND $rows AS r MATCH (e:Literal {cid: r[0]}) USING INDEX e:Literal(cid)"
    " SET e.retracted_at = r[1] RETURN count(e)"
)


def retract_links(predicate: str) -> str:
    """Write when links were retracted; rows are random id and number."""
    kind = type_of(predicate)
    return (
        f"UNWIND $rows AS r MATCH ()-[e:{kind} {{cid: r[0]}}]->() USING INDEX e:{kind}(cid)"
        " SET e.retracted_at = r[1] RETURN count(e)"
    )


# reading in a scope: one text for every scope, so that each statement is planned once. All values ride in one map `p`,
# because a plan is kept per length of a list that is itself a parameter, and per parameter that is null

SHOWN = (
    "x.marking <= $p.most AND (x.marking IN $p.markings) = $p.listed"
    f" AND x.seq <= $p.as_of AND coalesce(x.retracted_at, {NEVER}) > $p.as_of"
    " AND x.valid_from <= $p.last AND x.valid_to >= $p.first"
)
"""A claim `x` is in scope. `markings` is the shorter of the visible (`listed` is true) and the hidden list (false);
`most` is the largest visible one."""
_THERE = (
    f"(EXISTS {{ MATCH (n)-[x]-(:Entity) WHERE {SHOWN} }}"
    f" OR EXISTS {{ MATCH (x:Literal {{subject: n.nid}}) USING INDEX x:Literal(subject) WHERE {SHOWN} }})"
)
_OF_TYPE = " AND ($p.types IS NULL OR type(x) IN $p.types)"
_SAID = " AND ($p.predicates IS NULL OR x.predicate IN $p.predicates)"


def entities(wanted: str) -> str:
    """Entities that a claim in scope states; `wanted` says which `n`, and through which index."""
    return f"MATCH (n:Entity) {wanted} AND {_THERE} WITH n ORDER BY n.eid RETURN collect({ENTITY})"


BY_NUMBER = "USING INDEX n:Entity(nid) WHERE n.nid IN $p.nids"
BY_EID = "USING INDEX n:Entity(eid) WHERE n.eid IN $p.eids"
BY_DELIVERED = "USING INDEX n:Entity(delivered) WHERE n.delivered = $p.delivered"
BY_DELIVERED_THERE = "USING INDEX n:Entity(delivered) WHERE n.delivered = $p.delivered AND n.namespace = $p.namespace"


def claims(predicates: Sequence[str]) -> str:
    """Claims by random id; `predicates` are all that have links, since the index of links is one per type."""
    branches = [
        f"MATCH (x:Literal) USING INDEX x:Literal(cid) WHERE x.cid IN $p.cids AND {SHOWN}"
        f" RETURN collect({LITERAL}) AS rows"
    ]
    branches += [
        f"MATCH ()-[x:{type_of(p)}]->() USING INDEX x:{type_of(p)}(cid) WHERE x.cid IN $p.cids AND {SHOWN}"
        f" RETURN collect({LINK}) AS rows"
        for p in predicates
    ]
    return " UNION ALL ".join(branches)


CLAIMS_ABOUT = (
    f"MATCH (n:Entity) USING INDEX n:Entity(nid) WHERE n.nid IN $p.nids MATCH (n)-[x]-(:Entity) WHERE {SHOWN}{_OF_TYPE}"
    f" WITH DISTINCT x ORDER BY x.cid LIMIT $p.limit RETURN collect({LINK}) AS rows"
    " UNION ALL "
    f"MATCH (x:Literal) USING INDEX x:Literal(subject) WHERE x.subject IN $p.nids AND {SHOWN}{_SAID}"
    f" WITH x ORDER BY x.cid LIMIT $p.limit RETURN collect({LITERAL}) AS rows"
)
"""Claims with one of some entities as subject or object, each once; links, then literals."""


NEIGHBOURS = (
    f"MATCH (n:Entity {{nid: $p.nid}})-[x]-(m:Entity) USING INDEX n:Entity(nid) WHERE {SHOWN}{_OF_TYPE}"
    " AND ($p.kinds IS NULL OR m.kind IN $p.kinds)"
    f" WITH DISTINCT x ORDER BY x.cid LIMIT $p.limit RETURN collect({LINK})"
)
"""Links at one entity, each once, whose other end is of one of some kinds."""


def within(hops: int) -> str:
    """Entities within so many hops of one, without it."""
    return (
        f"MATCH (n:Entity {{nid: $p.nid}}) (()-[x WHERE {SHOWN}{_OF_TYPE}]-()){{1,{int(hops)}}} (m:Entity)"
        " USING INDEX n:Entity(nid) WHERE m <> n"
        " WITH DISTINCT m RETURN collect([m.nid, m.eid])"
    )


BESIDE = (
    "MATCH (n:Entity) USING INDEX n:Entity(nid) WHERE n.nid IN $p.nids "
    f"MATCH (n)-[x]-(m:Entity) WHERE {SHOWN}{_OF_TYPE} RETURN collect(DISTINCT m.nid)"
)
"""Entities one hop from any of some."""


def shortest_path(hops: int) -> str:
    """Of at most so many shortest paths the first by entity ids from the beginning, then by claim ids; and how many.

    There can be millions between two ends, so the caller says where to stop (`paths`) and takes another way then.
    """
    return (
        "MATCH (a:Entity {nid: $p.a}) USING INDEX a:Entity(nid) MATCH (b:Entity {nid: $p.b}) USING INDEX b:Entity(nid) "
        f"MATCH p = ALL SHORTEST (a) (()-[x WHERE {SHOWN}{_OF_TYPE}]-()){{1,{int(hops)}}} (b) WITH p LIMIT $p.paths "
        "WITH p, [n IN nodes(p) | n.eid] AS eids, [x IN relationships(p) | x.cid] AS cids ORDER BY eids, cids "
        "WITH collect(p) AS paths WITH paths[0] AS p, size(paths) AS count WHERE count > 0 "
        f"RETURN [count, [n IN nodes(p) | n.nid], [x IN relationships(p) | {LINK}]]"
    )


_RANK = "x.folded <> $p.whole, size(x.folded), x.folded, n.eid, x.cid"
SEARCH = (
    f"CALL db.index.fulltext.queryNodes('searched', $p.words) YIELD node AS x WITH x WHERE {SHOWN} "
    "MATCH (n:Entity {nid: x.subject}) USING INDEX n:Entity(nid) WHERE $p.kinds IS NULL OR n.kind IN $p.kinds "
    f"WITH n, x ORDER BY {_RANK} WITH n, collect(x)[0] AS x ORDER BY {_RANK} LIMIT $p.limit RETURN collect({LITERAL})"
)
"""Per entity its best searched claim: the whole text first, then the shortest, then by text and ids."""


_LINK_COLUMNS = _COLUMNS.format(subject="n.nid", predicate="toLower(type(x))", object="m.nid")
LINK_COLUMNS = f"{_ENTITIES_BETWEEN} MATCH (n)-[x]->(m:Entity) WHERE {SHOWN}{_OF_TYPE} RETURN {_LINK_COLUMNS}"
"""Links in scope of a range of entities, as columns."""


_LITERAL_COLUMNS = _COLUMNS.format(subject="x.subject", predicate="x.predicate", object="-1")
LITERAL_COLUMNS = f"{_LITERALS_BETWEEN} AND {SHOWN}{_SAID} RETURN {_LITERAL_COLUMNS}"
"""Literals in scope of a range of entities, as columns."""


ENTITY_COUNTS = f"MATCH (n:Entity) WHERE {_THERE} WITH n.kind AS word, count(*) AS count RETURN collect([word, count])"
"""Entities in scope by kind."""


CLAIM_COUNTS = (
    f"MATCH (:Entity)-[x]->(:Entity) WHERE {SHOWN} WITH toLower(type(x)) AS word, count(*) AS count"
    " RETURN collect([word, count]) AS rows UNION ALL "
    f"MATCH (x:Literal) WHERE {SHOWN} WITH x.predicate AS word, count(*) AS count"
    " RETURN collect([word, count]) AS rows"
)
"""Claims in scope by predicate; links, then literals."""


def readings(predicates: Sequence[str], hops: int, longest: int) -> tuple[str, ...]:
    """Return every statement that answers a request in a scope; the watermark is read without parameters.

    Parameters
    ----------
    predicates : sequence of str
        All that have links.
    hops : int
        How far neighbourhoods are asked for.
    longest : int
        The longest path that is asked for.
    """
    return (
        CONSTRAINT_NAMES,
        LAST_ENTITY,
        *(entities(wanted) for wanted in (BY_NUMBER, BY_EID, BY_DELIVERED, BY_DELIVERED_THERE)),
        claims(predicates),
        CLAIMS_ABOUT,
        NEIGHBOURS,
        *map(within, range(1, hops + 1)),
        shortest_path(longest),
        BESIDE,
        SEARCH,
        LINK_COLUMNS,
        LITERAL_COLUMNS,
        ENTITY_COUNTS,
        CLAIM_COUNTS,
    )
