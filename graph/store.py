"""The graph contract: what an engine answers, whichever serves. No query language in it.

Two implementations: `graph.sql_graph.SqlGraph` (the ledger's own tables and columns) and `graph.neo4j_graph.Neo4jGraph` (a projection).
One contract suite (`tests/graph/test_contract.py`) runs on both with the same random script and an independent oracle.

Every answer is decided inside the scope alone: order and ties go by random ids (`eid`, `cid`), never by internal numbers, so that
two homes that agree on what a scope shows answer alike. A claim states its subject and, for a link, its object: an entity exists
in a scope when a claim in scope states it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from graph.model import ClaimRow, EntityRow, Nid, PathRow, Statistics
from graph.scope import Scope


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
        """Return entity -> least number of hops (0 for `nid` itself), up to `k`."""

    def shortest_path(
        self, scope: Scope, a: Nid, b: Nid, *, predicates: Sequence[str] = (), max_hops: int = 8
    ) -> PathRow | None:
        """Return one shortest path, links read in both directions; ties go by `eid`, then `cid`."""

    def search(self, scope: Scope, text: str, *, kinds: Sequence[str] = (), limit: int = 20) -> list[tuple[Nid, ClaimRow]]:
        """Return entities with a naming claim in scope that matches: every word a prefix, folded; best first."""

    def scan(self, scope: Scope, *, predicates: Sequence[str] = ()) -> pa.Table:
        """Return claims in scope as Arrow: subject, predicate, object, value, valid_from, valid_to, certain_from, certain_to, assertion, source, report, cid."""

    def statistics(self, scope: Scope) -> Statistics:
        """Count entities by kind and claims by predicate in the scope."""

    def digest(self) -> str:
        """Return a SHA-256 over the engine's own content (entities, claims, retractions), read back from the engine; equal across engines at one watermark."""

    def close(self) -> None:
        """Release what is held."""
