"""The append-only record on SQLite: opening it and reading it. `graph.ledger_write` writes.

Any number of processes may read while one writes (write-ahead log); writers take turns at the lock of the file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from graph import schema, tables
from graph.errors import Conflict, NoSpace, StoreUnavailable
from graph.home import Home, now
from graph.model import NARROWING, Marking, Source
from graph.turns import turn, wanted

if TYPE_CHECKING:
    from graph.claim_writer import ClaimWriter
    from graph.ledger_write import Writer
    from graph.scribe import Scribe

BUSY_SECONDS = 60
_MARKING_FIELDS = tuple(field.name for field in fields(Marking))
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    # Every number a writer enters was looked up in the same transaction; asking again costs a quarter of a load.
    "foreign_keys=OFF",
    "wal_autocheckpoint=50000",
    "cache_size=-65536",
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery as received: its files lie in the home under their digests."""

    nid: int
    namespace: str
    digest: str
    manifest: Mapping[str, Any]
    files: tuple[Mapping[str, Any], ...]
    """Each with `name`, `sha256`, `bytes`, `first_row` and `rows`."""
    received_at: str
    rows: int
    accepted: int
    quarantined: int
    state: str

    def locate(self, row: int) -> tuple[str, str, int]:
        """Return file name, SHA-256 and row within the file of a row counted through the delivery."""
        for file in self.files:
            if file["first_row"] <= row < file["first_row"] + file["rows"]:
                return str(file["name"]), str(file["sha256"]), row - int(file["first_row"])
        raise StoreUnavailable(f"Delivery {self.digest[:12]} has no row {row}: the ledger is damaged.")


@dataclass(frozen=True, slots=True)
class Artefact:
    """An immutable body with an owner and, where it has one, a case."""

    id: str
    family: str
    owner: str
    case: str | None
    view_digest: str
    created_at: str
    body: Mapping[str, Any]


def marking_text(marking: Marking) -> str:
    """Return the canonical JSON of a marking: equal content, equal text.

    What narrows only where it is stated is left out where it is not, so that markings written before there were such
    attributes keep their text.
    """
    body = {name: getattr(marking, name) for name in _MARKING_FIELDS}  # flat: `asdict` would copy deeply for nothing
    for name in NARROWING:
        if not body[name]:
            del body[name]
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def marking_from(text: str) -> Marking:
    """Read a marking back from its canonical JSON."""
    body: dict[str, Any] = json.loads(text)
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in body.items()}
    return Marking(**values)


class Ledger:
    """An opened ledger.

    Parameters
    ----------
    home : Home
        Where it lies. A new file is made and an older one brought forward.
    clock : callable
        Gives the time that commits carry.

    Raises
    ------
    NewerHome
        The schema is newer than this version of the product.
    StoreUnavailable
        The file cannot be opened.
    """

    def __init__(self, home: Home, *, clock: Callable[[], datetime] = now) -> None:
        self.home = home
        self.clock = clock
        self.engine = _engine(home)
        try:
            with store_errors(), self.engine.connect() as connection:
                version = schema.current(connection)
            schema.refuse_newer(version)
            if version != schema.HEAD:
                with store_errors(), self.begin_write() as connection:
                    schema.upgrade(connection)
        except BaseException:
            self.engine.dispose()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the ledger for as long as the block lasts."""
        with store_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def begin_write(self) -> Iterator[Connection]:
        """Give a connection that holds the write lock; the transaction is durable when the block has ended."""
        with store_errors(), self.engine.connect() as connection:
            connection.execution_options(ledger_write=True)
            with self._turn():
                transaction = connection.begin()
            with transaction:
                yield connection

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """Give a writer: one transaction, durable when the block has ended, nothing of it when it raises."""
        from graph.ledger_write import Writer

        with self.begin_write() as connection:
            writer = Writer(self, connection)
            yield writer
            writer.finish()

    @contextmanager
    def bulk(self) -> Iterator[Callable[[], AbstractContextManager[ClaimWriter]]]:
        """Give a maker of writers for claims whose statements a second process carries out.

        Each is one transaction, as with `writer`.
        """
        from graph.scribe import Scribe

        with store_errors(), Scribe(self.home.ledger_path, PRAGMAS, BUSY_SECONDS) as scribe:
            yield lambda: self._scribed(scribe)

    @contextmanager
    def _scribed(self, scribe: Scribe) -> Iterator[ClaimWriter]:
        from graph.claim_writer import ClaimWriter

        with store_errors():
            with self._turn():
                scribe.ask("BEGIN IMMEDIATE")
            try:
                writer = ClaimWriter(self, scribe)
                yield writer
                writer.finish()
                scribe.ask("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    scribe.ask("ROLLBACK")
                raise

    def wanted(self) -> bool:
        """Say whether somebody waits to write: one who holds the lock for long does well to end the transaction."""
        return wanted(self._turns)

    @property
    def _turns(self) -> Path:
        return self.home.ledger_path.with_name("ledger.turn")

    def _turn(self) -> AbstractContextManager[None]:
        return turn(self._turns, BUSY_SECONDS)

    def head(self) -> int:
        """Return the last knowledge sequence number, 0 for an empty ledger."""
        with self.read() as connection:
            return int(connection.execute(select(func.max(tables.commit_time.c.last_seq))).scalar() or 0)

    def seq_at(self, time: datetime) -> int:
        """Return the sequence number known at a time: of the last commit that is not later."""
        commit = tables.commit_time
        at = stamp(time)
        with self.read() as connection:
            found = connection.execute(select(func.max(commit.c.last_seq)).where(commit.c.at <= at)).scalar()
        return int(found or 0)

    def time_of(self, seq: int) -> datetime:
        """Return when the claim or retraction with this number was committed."""
        commit = tables.commit_time
        with self.read() as connection:
            query = select(commit.c.at).where(commit.c.last_seq >= seq).order_by(commit.c.last_seq).limit(1)
            found = connection.execute(query).scalar()
        if found is None:
            raise StoreUnavailable(f"The ledger has no commit that holds number {seq}.")
        return datetime.fromisoformat(str(found))

    def terms(self, family: str) -> dict[int, str]:
        """Return the interned terms of a family: `kind`, `predicate`, `grade` or `valid`."""
        term = tables.term
        with self.read() as connection:
            rows = connection.execute(select(term.c.nid, term.c.text).where(term.c.family == family))
            return {int(nid): str(text) for nid, text in rows}

    def markings(self) -> dict[int, Marking]:
        """Return every marking by number."""
        with self.read() as connection:
            rows = connection.execute(select(tables.marking.c.nid, tables.marking.c.content))
            return {int(nid): marking_from(content) for nid, content in rows}

    def sources(self) -> dict[int, Source]:
        """Return every source by number."""
        source, space = tables.source, tables.namespace
        query = select(source.c.nid, space.c.name, source.c.name).join(space, space.c.nid == source.c.namespace)
        with self.read() as connection:
            return {int(nid): Source(nid, namespace, name) for nid, namespace, name in connection.execute(query)}

    def namespaces(self) -> dict[int, Mapping[str, Any]]:
        """Return every namespace by number: `name`, `regime`, `title`, `public_labels`."""
        with self.read() as connection:
            rows = connection.execute(select(tables.namespace)).mappings()
            return {int(row["nid"]): {**row, "public_labels": bool(row["public_labels"])} for row in rows}

    def deliveries(self) -> dict[int, Delivered]:
        """Return every delivery by number, those still loading among them."""
        delivery, space = tables.delivery, tables.namespace
        query = select(delivery, space.c.name.label("space")).join(space, space.c.nid == delivery.c.namespace)
        with self.read() as connection:
            return {int(row["nid"]): _delivered(dict(row)) for row in connection.execute(query).mappings()}

    def quarantined(self, delivery: int) -> list[Mapping[str, Any]]:
        """Return the rows of a delivery that stay in quarantine: `file`, `row`, `code`, `reason`, `mend`, `raw`."""
        table = tables.quarantine
        query = select(table).where(table.c.delivery == delivery).order_by(table.c.file, table.c.row)
        with self.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def cases(self) -> dict[str, Mapping[str, Any]]:
        """Return the cases of the directory by id; each body also names its `namespace`."""
        return self._directory("case")

    def users(self) -> dict[str, Mapping[str, Any]]:
        """Return the users of the directory by id."""
        return self._directory("user")

    def partners(self) -> dict[str, Mapping[str, Any]]:
        """Return the partners of the directory by id."""
        return self._directory("partner")

    def artefacts(self, family: str, case: str | None = None) -> list[Artefact]:
        """Return the artefacts of a family, oldest first; of one case, or those without a case."""
        table = tables.artefact
        where = table.c.case == case if case is not None else table.c.case.is_(None)
        query = select(table).where(table.c.family == family, where).order_by(table.c.created_at, table.c.id)
        with self.read() as connection:
            return [
                Artefact(**{**row, "body": json.loads(row["body"])}) for row in connection.execute(query).mappings()
            ]

    def artefact(self, artefact_id: str) -> Artefact | None:
        """Return one artefact, None when there is none with this id."""
        query = select(tables.artefact).where(tables.artefact.c.id == artefact_id)
        with self.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Artefact(**{**row, "body": json.loads(row["body"])})

    def put_artefact(self, artefact: Artefact) -> None:
        """Keep an artefact. Putting the same one again changes nothing.

        Raises
        ------
        Conflict
            Another body is kept under this id.
        """
        with self.begin_write() as connection:
            found = connection.execute(
                select(tables.artefact.c.body).where(tables.artefact.c.id == artefact.id)
            ).scalar()
            body = json.dumps(artefact.body, sort_keys=True, ensure_ascii=False)
            if found is None:
                connection.execute(tables.artefact.insert().values(**{**asdict(artefact), "body": body}))
            elif found != body:
                raise Conflict(
                    f"Another {artefact.family} is kept under {artefact.id}. Artefacts never change: use a new id."
                )

    def _directory(self, family: str) -> dict[str, Mapping[str, Any]]:
        table = tables.directory
        query = select(table.c.id, table.c.namespace, table.c.body).where(table.c.family == family).order_by(table.c.id)
        with self.read() as connection:
            return {str(i): {**json.loads(body), "namespace": space} for i, space, body in connection.execute(query)}


def stamp(time: datetime) -> str:
    """Return a time as the ledger writes it: ISO 8601 in UTC with microseconds, so that text order is time order."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn an error of the store into one of ours.

    Every such error leaves open whether the last commit happened: run the same again, keys make that safe.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        text = str(error.orig if isinstance(error, DBAPIError) else error)
        again = "Whether the last step was kept is unknown; run the same again, nothing is doubled."
        if "full" in text:
            raise NoSpace(f"No space left for the ledger. Free some. {again}") from error
        if "locked" in text or "busy" in text:
            raise StoreUnavailable(f"Another process holds the ledger for over {BUSY_SECONDS} s. {again}") from error
        raise StoreUnavailable(f"The ledger answered: {text}. {again}") from error


def _delivered(row: Mapping[str, Any]) -> Delivered:
    return Delivered(
        nid=row["nid"],
        namespace=row["space"],
        digest=row["digest"],
        manifest=json.loads(row["manifest"]),
        files=tuple(json.loads(row["files"])),
        received_at=row["received_at"],
        rows=row["rows"],
        accepted=row["accepted"],
        quarantined=row["quarantined"],
        state=row["state"],
    )


def _engine(home: Home) -> Engine:
    engine = create_engine(f"sqlite:///{home.ledger_path}", connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin where `_begin` says so, not where the driver guesses
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("ledger_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
