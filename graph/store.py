"""The graph contract: what an engine answers, whichever serves. No query language in it.

Two implementations: `graph.sql_graph.SqlGraph` (the ledger's own tables and columns) and
`graph.neo4j_graph.Neo4jGraph` (a projection). One contract suite (`tests/graph/test_contract.py`) runs on both with
the same random script and an independent oracle.

Every answer is decided inside the scope alone: order and ties go by random ids (`eid`, `cid`), never by internal
numbers, so that two homes that agree on what a scope shows answer alike. A claim states its subject and, for a link,
its object: an entity exists in a scope when a claim in scope states it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import pyarrow as pa

from graph.model import ClaimRow, EntityRow, Nid, PathRow, Statistics
from graph.scope import Scope

SCAN = pa.schema(
    [
        pa.field("subject", pa.int32(), nullable=False),
        pa.field("predicate", pa.dictionary(pa.int32(), pa.large_string()), nullable=False),
        pa.field("object", pa.int32()),
        pa.field("value", pa.large_string()),
        pa.field("valid_from", pa.int32(), nullable=False),
        pa.field("valid_to", pa.int32(), nullable=False),
        pa.field("certain_from", pa.int32(), nullable=False),
        pa.field("certain_to", pa.int32(), nullable=False),
        pa.field("assertion", pa.int8(), nullable=False),
        pa.field("source", pa.int32(), nullable=False),
        pa.field("report", pa.int32()),
        pa.field("marking", pa.int32(), nullable=False),
        pa.field("cid", pa.binary(16), nullable=False),
    ]
)
"""Columns of `GraphStore.scan`, rows by `cid`. `assertion` is 0 for a fact and 1 for an assessment."""

Overlap = Literal["possible", "certain"]
"""Which bounds of an interval count for a time-respecting path: the outer ones, or the inner ones."""


class GraphStore(Protocol):
    """Read access to entities and links."""

    name: str
    """`embedded` or `neo4j`: what the footer and `doctor` say."""

    def watermark(self) -> int:
        """Return the last knowledge sequence number this engine holds."""

    def entities(self, scope: Scope, nids: Sequence[Nid]) -> list[EntityRow]:
        """Return those of `nids` that exist in the scope, by `eid`."""

    def find(self, scope: Scope, delivered: str, namespace: str | None = None) -> list[EntityRow]:
        """Return the entities in scope that were delivered under this id, by `eid`."""

    def resolve(self, scope: Scope, eids: Sequence[bytes]) -> list[EntityRow]:
        """Return those of the entities with these random ids that exist in the scope, by `eid`."""

    def claims(self, scope: Scope, cids: Sequence[bytes]) -> list[ClaimRow]:
        """Return those of the claims with these random ids that are in the scope, by `cid`."""

    def claims_about(
        self, scope: Scope, nids: Sequence[Nid], *, predicates: Sequence[str] = (), limit: int = 10_000
    ) -> list[ClaimRow]:
        """Return claims with one of `nids` as subject or object, by `cid`; at most `limit`."""

    def neighbours(
        self,
        scope: Scope,
        nid: Nid,
        *,
        predicates: Sequence[str] = (),
        kinds: Sequence[str] = (),
        limit: int = 1_000,
    ) -> list[ClaimRow]:
        """Return the link claims at `nid` whose other end is of one of `kinds` (any when empty), by `cid`."""

    def k_hop(
        self, scope: Scope, nid: Nid, k: int, *, predicates: Sequence[str] = (), limit: int = 100_000
    ) -> Mapping[Nid, int]:
        """Return entity -> least number of hops (0 for `nid` itself), up to `k`, by hops and `eid`.

        Empty when `nid` is not in scope.
        """

    def shortest_path(
        self, scope: Scope, a: Nid, b: Nid, *, predicates: Sequence[str] = (), max_hops: int = 8
    ) -> PathRow | None:
        """Return one shortest path, links read in both directions; ties go by `eid`, then `cid`, from `a` on."""

    def time_path(
        self,
        scope: Scope,
        a: Nid,
        b: Nid,
        *,
        predicates: Sequence[str] = (),
        overlap: Overlap = "possible",
        max_hops: int = 8,
    ) -> PathRow | None:
        """Return the path from `a` to `b` that arrives first when links are taken in order of time.

        It runs on the columns, whichever engine serves. Each link is used on a day of its interval, no earlier than
        the day of the link before. Earliest arrival wins, then fewest links, then ties go by `eid` and `cid`.
        """

    def search(
        self, scope: Scope, text: str, *, kinds: Sequence[str] = (), limit: int = 20
    ) -> list[tuple[Nid, ClaimRow]]:
        """Return entities with a naming claim in scope that matches: every word a prefix, folded; best first."""

    def scan(self, scope: Scope, *, predicates: Sequence[str] = ()) -> pa.Table:
        """Return claims in scope as Arrow with the columns of `SCAN`, by `cid`."""

    def statistics(self, scope: Scope) -> Statistics:
        """Count entities by kind and claims by predicate in the scope."""

    def figures(self, scope: Scope) -> Statistics:
        """Count as `statistics` does, without what is said of victims, witnesses and other parties (LED 6, B3).

        Left out are claims that speak of somebody in that capacity, and all claims about people whom the scope knows in
        no other; a claim speaks of its subject, or of its object where the subject is no person. It runs on the
        columns.
        """

    def digest(self) -> str:
        """Return a SHA-256 over the engine's own content, read back from the engine.

        Entities, claims and retractions; equal across engines at one watermark.
        """

    def close(self) -> None:
        """Release what is held."""
