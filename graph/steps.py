"""What people decide in steps: parties of a case, names unmasked, notices, questions through a declared channel.

A step never changes; how a matter stands is what its steps come to. Each is taken under the audit: the intent is
durable before, the outcome follows.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import func, insert, select

from graph import tables
from graph.actor import Actor
from graph.audit import audit_of
from graph.changes import Changes
from graph.errors import Conflict, KrydsfeltError, Refused
from graph.home import Home
from graph.ledger import stamp
from graph.view_books import ledger_of

Family = Literal["party", "grant", "notice", "overlap", "question", "channel", "stop"]
LEAST_REASON: Final = 10
"""Characters of a reason that says something."""
MOST_REASON: Final = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a matter.

    Parameters
    ----------
    family, matter : str
        What sort of matter, and which.
    n : int
        Its place among the matter's steps, from 0.
    act, by : str
        What was done, and who did it.
    at : datetime
    case : str or None
    body : mapping
        Plain values; entities by their random ids, no names.
    """

    family: Family
    matter: str
    n: int
    act: str
    by: str
    at: datetime
    case: str | None
    body: Mapping[str, Any]


def new_matter(family: Family) -> str:
    """Return the id of a matter that begins."""
    return f"{family}-{secrets.token_hex(6)}"


def take(home: Home, *steps: Step) -> None:
    """Take some steps, all or none.

    Raises
    ------
    Conflict
        Somebody else took the matter's next step first.
    """
    table = tables.step
    with ledger_of(home).begin_write() as connection:
        for step in steps:
            there = select(table.c.nid).where(table.c.matter == step.matter, table.c.n == step.n)
            if connection.execute(there).first() is not None:
                raise Conflict("Somebody else was first in this matter. Look at how it stands now.")
            connection.execute(
                insert(table).values(
                    family=step.family,
                    matter=step.matter,
                    n=step.n,
                    act=step.act,
                    by=step.by,
                    at=stamp(step.at),
                    case=step.case,
                    body=json.dumps(step.body, sort_keys=True, ensure_ascii=False),
                )
            )


def steps_of(home: Home, family: Family) -> dict[str, list[Step]]:
    """Return the steps of every matter of a family, in order, oldest matter first."""
    return _by_matter(home, tables.step.c.family == family)


def steps_in(home: Home, family: Family, case: str | None) -> dict[str, list[Step]]:
    """Return the steps of the matters of one case, or of those without a case."""
    c = tables.step.c
    return _by_matter(home, c.family == family, c.case == case if case is not None else c.case.is_(None))


def newest(home: Home) -> int:
    """Return a number that grows with every step taken in a home."""
    with ledger_of(home).read() as connection:
        return int(connection.execute(select(func.max(tables.step.c.nid))).scalar() or 0)


def steps_about(home: Home, matter: str) -> list[Step]:
    """Return the steps of one matter, in order; none where there is no such matter."""
    return _by_matter(home, tables.step.c.matter == matter).get(matter, [])


def _by_matter(home: Home, *where: Any) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    with ledger_of(home).read() as connection:
        for row in connection.execute(select(tables.step).where(*where).order_by(tables.step.c.nid)).mappings():
            step = Step(
                family=row["family"],
                matter=str(row["matter"]),
                n=int(row["n"]),
                act=str(row["act"]),
                by=str(row["by"]),
                at=datetime.fromisoformat(str(row["at"])),
                case=row["case"],
                body=json.loads(row["body"]),
            )
            found.setdefault(step.matter, []).append(step)
    return found


def need_reason(reason: str, what: str, least: int = LEAST_REASON) -> str:
    """Return a reason without blanks round it.

    Raises
    ------
    Refused
        It says too little, or far too much.
    """
    said = reason.strip()
    if not least <= len(said) <= MOST_REASON:
        raise Refused(
            f"{what} needs a reason of {least} to {MOST_REASON} characters; it stands in the audit. Name nobody in it.",
            code="needs-reason",
        )
    return said


@contextmanager
def audited(
    home: Home,
    actor: Actor,
    action: str,
    *,
    case: str | None = None,
    subjects: Iterable[bytes] = (),
    detail: Mapping[str, Any] | None = None,
    loud: bool = False,
) -> Iterator[dict[str, Any]]:
    """Do something outside a view under the audit: the intent is durable when the block begins.

    Parameters
    ----------
    action : str
        One of the acts of `graph.actor.ROLE_ACTIONS`.
    subjects : iterable of bytes
        Random ids of whom it is about; only keyed hashes are written down.
    detail : mapping, optional
        Plain values without names.
    loud : bool
        Whoever oversees is to notice it.

    Yields
    ------
    dict
        What the outcome is to say besides.

    Raises
    ------
    AuditUnavailable
        The intent could not be made durable; the block does not run.
    Refused
        No role of the actor allows it.
    """
    log = audit_of(home)
    about: dict[str, Any] = {"user": actor.id, "roles": sorted(actor.roles), "case": case, "detail": dict(detail or {})}
    touched = list(subjects)
    if touched:
        about["subjects"] = [log.subject(eid) for eid in touched]
    if loud:
        about["loud"] = True
    intent = log.intent(action, about)
    result, told = "error", dict[str, Any]()
    try:
        actor.demand(action)
        yield told
        result = "ok"
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, told)


def changes_of(home: Home) -> Changes:
    """Return what tells this process whether anything was written to a home's ledger."""
    ledger_of(home)  # brings the file forward first
    return _changes(home.path, home.id)


@lru_cache(maxsize=32)
def _changes(path: Path, home_id: str) -> Changes:
    return Changes(Home.open(path))


def last(steps: Sequence[Step], *acts: str) -> Step | None:
    """Return the last of a matter's steps that is one of some acts."""
    return next((step for step in reversed(steps) if step.act in acts), None)
