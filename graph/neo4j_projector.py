"""From the ledger into Neo4j: a projection that follows the ledger, and can be dropped and made again.

Each transaction carries entities and claims of the ledger's order and moves the watermark with them, so that wherever
the projector is killed, starting it again goes on from the last whole transaction. Claims are looked up by their
unique id and created where they are missing. A large ledger is loaded into an emptied database without those
look-ups, and the indexes are made at the end; until then the projection serves nobody.
"""

from __future__ import annotations

import fcntl
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from neo4j import Driver, ManagedTransaction, Session
from neo4j.exceptions import DriverError, Neo4jError

from graph import cypher
from graph.disk import space_guard
from graph.errors import Conflict, EngineUnavailable
from graph.home import Home
from graph.reading import open_reader, reading

DATABASE = "neo4j"
BATCH = 10_000
LARGE = 20_000
"""Claims from which on an emptied database is loaded without indexes."""
ASSERTIONS = ("fact", "assessment")

BUSY = "Another projector is at work on this Neo4j. Let it finish, then run the same again."

Progress = Callable[[str], None]
Row = list[Any]

_HEAD = "SELECT max(last_seq) FROM commit_time"
_ENTITIES = (
    "SELECT e.nid, e.eid, t.text, n.name, e.delivered FROM entity e JOIN term t ON t.nid = e.kind"
    " JOIN namespace n ON n.nid = e.namespace WHERE e.nid > ? ORDER BY e.nid LIMIT ?"
)
_CLAIMS = (
    "SELECT c.cid, c.subject, c.object, p.text, f.folded, c.seq, c.value, v.text, c.valid_from, c.valid_to,"
    " c.certain_from, c.certain_to, g.text, c.assertion, c.category, c.marking, c.source, c.report, c.locator, c.note,"
    " c.delivery, c.row, r.at FROM claim c JOIN term p ON p.nid = c.predicate JOIN term v ON v.nid = c.valid"
    " JOIN term g ON g.nid = c.grade"
    " LEFT JOIN retraction r ON r.claim = c.seq LEFT JOIN name_text f ON f.rowid = c.seq"
    " WHERE c.seq > ? AND c.seq <= ? ORDER BY c.seq LIMIT ?"
)
_LINKING = (
    "SELECT DISTINCT t.text FROM claim c JOIN term t ON t.nid = c.predicate WHERE c.object IS NOT NULL AND c.seq <= ?"
)
_RETRACTIONS = (
    "SELECT c.cid, p.text, c.object, r.at FROM retraction r JOIN claim c ON c.seq = r.claim"
    " JOIN term p ON p.nid = c.predicate WHERE r.at > ? AND r.at <= ? AND r.claim <= ? ORDER BY r.at"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a projection stands: of which home, up to which sequence and entity number; and its state.

    `clearing` and `loading` serve nobody, `ready` serves.
    """

    home: str
    seq: int
    entity: int
    state: str


@dataclass(frozen=True, slots=True)
class Projected:
    """What one run did."""

    watermark: int
    entities: int
    claims: int
    retractions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Step:
    """What one transaction carries."""

    before: Mark
    after: Mark
    entities: list[Row]
    claims: list[Row]
    retractions: list[Row]


def rebuild(home: Home, driver: Driver, progress: Progress) -> Projected:
    """Clear the projection and make it again from the ledger. What other tools keep in the database stays.

    Raises
    ------
    EngineUnavailable
        Neo4j does not answer.
    """
    with neo4j_errors(), driver.session(database=DATABASE) as session:
        session.run(cypher.CLEARING, home=home.id).consume()
    return catch_up(home, driver, progress)


def catch_up(home: Home, driver: Driver, progress: Progress) -> Projected:
    """Bring the projection up to the ledger's head, from wherever it stands.

    A projection of another home, of a longer ledger than this one, or one whose clearing was cut short, is made again.

    Raises
    ------
    Conflict
        Another projector is at work on the same database.
    EngineUnavailable
        Neo4j does not answer, or did not take what it was sent.
    """
    began, done = time.monotonic(), [0, 0, 0]
    engine = open_reader(home)
    try:
        with _alone(home), reading(engine) as connection, neo4j_errors(), driver.session(database=DATABASE) as session:
            cursor = connection.connection.cursor()
            head = int(cursor.execute(_HEAD).fetchone()[0] or 0)
            mark = _begin(session, home, head, progress)
            known = set() if mark.state == "loading" else _prepare(session)
            while (step := _next(cursor, mark, head)) is not None:
                if mark.state == "ready":
                    _constrain(session, {row[3] for row in step.claims if row[2] is not None} - known)
                    known |= {row[3] for row in step.claims}
                session.execute_write(_apply, step)
                mark = step.after
                for i, rows in enumerate((step.entities, step.claims, step.retractions)):
                    done[i] += len(rows)
                progress(f"  {mark.seq:,} of {head:,}")
            if mark.state == "loading":
                progress("Making the indexes ...")
                done[2] += _finish(session, cursor, mark)
            return Projected(mark.seq, done[0], done[1], done[2], time.monotonic() - began)
    finally:
        engine.dispose()


def mark_of(session: Session) -> Mark | None:
    """Return where the projection stands, None when there is none."""
    found = session.run(cypher.WATERMARK).single()
    return None if found is None else Mark(*found[0])


def _prepare(session: Session) -> set[str]:
    """Make constraints and indexes; return the predicates that have theirs."""
    for statement in cypher.REST:
        session.run(statement).consume()
    session.run(cypher.AWAIT_INDEXES).consume()
    return {name.removeprefix("link_") for name in _link_constraints(session)}


def _link_constraints(session: Session) -> list[str]:
    return [n for n in session.run(cypher.CONSTRAINT_NAMES).single(strict=True)[0] if n.startswith("link_")]


def _constrain(session: Session, predicates: Iterable[str]) -> None:
    for predicate in predicates:
        session.run(cypher.link_constraint(predicate)[1]).consume()


def _begin(session: Session, home: Home, head: int, progress: Progress) -> Mark:
    for statement in cypher.FIRST:
        session.run(statement).consume()
    mark = Mark(*session.run(cypher.BEGIN, home=home.id).single(strict=True)[0])
    goes_on = mark.home == home.id and mark.state != "clearing" and mark.seq <= head
    if goes_on and (mark.seq or mark.state == "loading" or head < LARGE):
        return mark
    state = "ready" if head < LARGE else "loading"
    session.run(cypher.CLEARING, home=home.id).consume()
    if max(mark.seq, head) >= LARGE:  # deleting, too, is several times faster without indexes
        for statement in (*cypher.DROP_REST, *map(cypher.drop_link_constraint, _link_constraints(session))):
            session.run(statement).consume()
    progress("Clearing the projection ...")
    session.run(cypher.CLEAR).consume()
    session.run(cypher.CLEARED, state=state).consume()
    return Mark(home.id, 0, 0, state)


def _finish(session: Session, cursor: Any, mark: Mark) -> int:
    """Make what loading went without, write what was retracted after its claim was read, and let it serve."""
    _prepare(session)
    _constrain(session, [row[0] for row in cursor.execute(_LINKING, (mark.seq,)).fetchall()])
    retractions = [list(row) for row in cursor.execute(_RETRACTIONS, (0, mark.seq, mark.seq)).fetchall()]
    for begin in range(0, len(retractions), BATCH):
        session.execute_write(_retract, retractions[begin : begin + BATCH])
    if session.run(cypher.LOADED, seq=mark.seq).single() is None:
        raise Conflict(BUSY)
    return len(retractions)


def _next(cursor: Any, mark: Mark, head: int) -> _Step | None:
    """Read what the next transaction carries, None when the projection is up to date."""
    entities = [list(row) for row in cursor.execute(_ENTITIES, (mark.entity, BATCH)).fetchall()]
    last_entity = entities[-1][0] if entities else mark.entity
    if len(entities) == BATCH:  # entities first: links need both their ends
        return _Step(mark, Mark(mark.home, mark.seq, last_entity, mark.state), entities, [], [])
    if mark.seq >= head and not entities:
        return None
    claims = [list(row) for row in cursor.execute(_CLAIMS, (mark.seq, head, BATCH)).fetchall()]
    upto = claims[-1][5] if len(claims) == BATCH else head
    retractions: list[Row] = []
    if mark.state == "ready":
        retractions = [list(row) for row in cursor.execute(_RETRACTIONS, (mark.seq, upto, mark.seq)).fetchall()]
    return _Step(mark, Mark(mark.home, upto, last_entity, mark.state), entities, claims, retractions)


def _apply(transaction: ManagedTransaction, step: _Step) -> None:
    """Run one step, all of it or nothing. Every count is compared: Neo4j drops a link without its end in silence."""
    moved = transaction.run(
        cypher.ADVANCE,
        {
            "home": step.before.home, "from": step.before.seq, "entity_from": step.before.entity,
            "to": step.after.seq, "entity_to": step.after.entity, "state": step.before.state,
        },
    ).single()  # fmt: skip
    if moved is None:
        raise Conflict(BUSY)
    loading = step.before.state == "loading"
    _create_entities(transaction, step.entities, cypher.load_entities if loading else cypher.create_entities)
    links, literals, searched = _sorted(step.claims)
    _create_links(transaction, links, cypher.load_links if loading else cypher.create_links)
    _create_literals(transaction, literals, cypher.LOAD_LITERALS if loading else cypher.CREATE_LITERALS)
    _create_literals(transaction, searched, cypher.LOAD_SEARCHED if loading else cypher.CREATE_SEARCHED)
    _retract(transaction, step.retractions)


def _create_entities(transaction: ManagedTransaction, entities: list[Row], statement: Callable[[str], str]) -> None:
    by_kind: defaultdict[str, list[Row]] = defaultdict(list)
    for nid, eid, kind, namespace, delivered in entities:
        by_kind[kind].append([nid, eid.hex(), namespace, delivered])
    for kind, rows in by_kind.items():
        made = transaction.run(statement(kind), rows=rows, kind=kind).consume().counters.nodes_created
        if made < len(rows):
            _all_there(transaction, cypher.COUNT_ENTITIES, {"nids": [row[0] for row in rows]}, len(rows))


def _sorted(claims: list[Row]) -> tuple[dict[str, list[Row]], list[Row], list[Row]]:
    """Return links by predicate, literals, and literals that are searched, as the statements take them."""
    links: defaultdict[str, list[Row]] = defaultdict(list)
    literals: list[Row] = []
    searched: list[Row] = []
    for cid, subject, target, predicate, folded, *rest in claims:
        rest[8] = ASSERTIONS[rest[8]]
        if target is not None:
            links[predicate].append([cid.hex(), subject, target, *rest])
        elif folded is None:
            literals.append([cid.hex(), subject, predicate, *rest])
        else:
            searched.append([cid.hex(), subject, predicate, *rest, folded])
    return links, literals, searched


def _create_links(
    transaction: ManagedTransaction, links: dict[str, list[Row]], statement: Callable[[str], str]
) -> None:
    for predicate, rows in links.items():
        made = transaction.run(statement(predicate), rows=rows).consume().counters.relationships_created
        if made < len(rows):
            _all_there(transaction, cypher.count_links(predicate), {"cids": [row[0] for row in rows]}, len(rows))


def _create_literals(transaction: ManagedTransaction, rows: list[Row], statement: str) -> None:
    if rows:
        made = transaction.run(statement, rows=rows).consume().counters.nodes_created
        if made < len(rows):
            _all_there(transaction, cypher.COUNT_LITERALS, {"cids": [row[0] for row in rows]}, len(rows))


def _retract(transaction: ManagedTransaction, retractions: list[Row]) -> None:
    statements: defaultdict[str, list[Row]] = defaultdict(list)
    for cid, predicate, target, at in retractions:
        statement = cypher.RETRACT_LITERALS if target is None else cypher.retract_links(predicate)
        statements[statement].append([cid.hex(), at])
    for statement, rows in statements.items():
        _all_there(transaction, statement, {"rows": rows}, len(rows))


def _all_there(
    transaction: ManagedTransaction, statement: str, parameters: dict[str, Sequence[Any]], expected: int
) -> None:
    found = transaction.run(statement, parameters).single(strict=True)[0]
    if found != expected:
        raise EngineUnavailable(
            f"Neo4j holds {found} of {expected} rows it was sent: something in it was changed by others. "
            "Make the projection again: krydsfelt rebuild --engine neo4j"
        )


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Let one projector of this home work at a time; the next one waits and finds little left to do."""
    with space_guard(home.neo4j):
        home.neo4j.mkdir(mode=0o700, exist_ok=True)
        file = (home.neo4j / "projector.lock").open("a")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def neo4j_errors() -> Iterator[None]:
    """Turn an error of the driver into one of ours."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise EngineUnavailable(f"Neo4j answered: {error}. Run the same again; nothing is doubled.") from error
