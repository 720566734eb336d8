"""What every answer of a view needs beside the graph itself, read once per state of the ledger and shared by its
views.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from graph import tables
from graph.home import Home
from graph.identity import MODULUS, Identity
from graph.ledger import Ledger
from graph.model import Marking, Source
from graph.policy import Decisions
from graph.policy.bundle import check


@dataclass(frozen=True)
class Books:
    """Small tables of a ledger at one head.

    Parameters
    ----------
    head : int
        The last sequence number it covers.
    markings : mapping of int to Marking
    contents : mapping of int to (str, bytes)
        Canonical content and set digest of every marking.
    sources : mapping of int to Source
    public : frozenset of str
        Namespaces whose labels are declared public.
    all_public : bool
        Every namespace is one of them.
    commit_seqs, commit_times : sequence
        Last sequence number and time of every commit, ascending.
    """

    head: int
    markings: Mapping[int, Marking]
    contents: Mapping[int, tuple[str, bytes]]
    sources: Mapping[int, Source]
    public: frozenset[str]
    all_public: bool
    commit_seqs: Sequence[int]
    commit_times: Sequence[datetime]

    def time_of(self, seq: int) -> datetime:
        """Return when the claim with this number was committed."""
        return self.commit_times[bisect_left(self.commit_seqs, seq)]

    def seq_at(self, time: datetime) -> int:
        """Return the last sequence number known at a time."""
        known = 0
        for seq, at in zip(self.commit_seqs, self.commit_times, strict=True):
            if at > time:
                break
            known = seq
        return known


@lru_cache(maxsize=32)
def _ledger(path: Path, home_id: str) -> Ledger:
    return Ledger(Home.open(path))


@lru_cache(maxsize=32)
def _decisions(path: Path, home_id: str) -> Decisions:
    check(Home.open(path))
    return Decisions()


def ledger_of(home: Home) -> Ledger:
    """Return this process's open ledger of a home."""
    return _ledger(home.path, home.id)


def decisions_of(home: Home) -> Decisions:
    """Return what this process remembers of the policy's answers for a home.

    Raises
    ------
    PolicyRefused
        The policy is not what the home's reviewers signed.
    """
    return _decisions(home.path, home.id)


def books_of(home: Home) -> Books:
    """Return the books at the ledger's present head."""
    return _books(home.path, home.id, ledger_of(home).head(), _directory_stamp(home))


@lru_cache(maxsize=32)
def _contents_at(path: Path, home_id: str, head: int, seq: int) -> Mapping[str, bytes]:
    """Return the set digests, by content of the marking, as they were at a sequence number."""
    ledger, c, r = _ledger(path, home_id), tables.claim.c, tables.retraction.c
    with ledger.read() as connection:
        claims = connection.execute(select(c.marking, c.cid).where(c.seq > seq)).all()
        gone = connection.execute(select(c.marking, c.cid).join(tables.retraction, r.claim == c.seq).where(r.at > seq))
        back = [(int(marking), bytes(cid)) for marking, cid in gone]
        now_ = connection.execute(
            select(tables.marking.c.nid, tables.marking.c.content, tables.marking.c.set_digest)
        ).all()
    identity = Identity(ledger.home)
    since: dict[int, int] = {}
    if claims:
        since = identity.held_by([int(m) for m, _ in claims], [bytes(cid) for _, cid in claims])
    for marking, cid in back:
        since[marking] = since.get(marking, 0) + identity.withdrawn(cid)
    return {
        str(content): ((int.from_bytes(digest, "big") - since.get(int(nid), 0)) % MODULUS).to_bytes(32, "big")
        for nid, content, digest in now_
    }


def books_back_to(home: Home, books: Books, seq: int) -> Books:
    """Return the books with what the markings held at an earlier sequence number.

    What was written since shows in no digest and no band of a view on that time: the same work on it has the same name
    for ever.
    """
    if seq >= books.head:
        return books
    held = _contents_at(home.path, home.id, books.head, seq)
    contents = {nid: (content, held.get(content, bytes(32))) for nid, (content, _) in books.contents.items()}
    return replace(books, contents=contents)


def _directory_stamp(home: Home) -> tuple[Any, ...]:
    """Return what changes when namespaces or markings do without a claim."""
    with ledger_of(home).read() as connection:
        spaces = connection.execute(select(tables.namespace.c.name, tables.namespace.c.public_labels)).all()
    return tuple(sorted((str(name), int(public)) for name, public in spaces))


@lru_cache(maxsize=8)
def _books(path: Path, home_id: str, head: int, stamp: tuple[Any, ...]) -> Books:
    ledger = _ledger(path, home_id)
    marking, commit = tables.marking, tables.commit_time
    with ledger.read() as connection:
        contents = {
            int(nid): (str(content), bytes(digest))
            for nid, content, digest in connection.execute(
                select(marking.c.nid, marking.c.content, marking.c.set_digest)
            )
        }
        commits = connection.execute(select(commit.c.last_seq, commit.c.at).order_by(commit.c.last_seq)).all()
    return Books(
        head=head,
        markings=ledger.markings(),
        contents=contents,
        sources=ledger.sources(),
        public=frozenset(name for name, public in stamp if public),
        all_public=all(public for _, public in stamp),
        commit_seqs=tuple(int(seq) for seq, _ in commits),
        commit_times=tuple(datetime.fromisoformat(str(at)) for _, at in commits),
    )
