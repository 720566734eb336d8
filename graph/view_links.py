"""What a view answers about links: who is next to whom, how far, and by which path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final, Literal

from graph.answers import PathView, Subgraph
from graph.model import ClaimRow, Nid, PathRow
from graph.ontology import ontology
from graph.projection_build import links_among
from graph.view_acts import Act, ViewActs

MOST_LINKS: Final = 60_000
FEW: Final = 300
"""Entities up to which links among them are asked for one by one; from there on a scan is faster."""
NOT_WALKED: Final = frozenset({"in_milieu", "located_in", "same_as", "not_same_as"})
"""Links that put a thing into a class with thousands of others, and verdicts: no path runs along them."""
Overlap = Literal["possible", "certain"]


class ViewLinks(ViewActs):
    """The links of a view."""

    def neighbours(
        self, ref: str, predicates: Sequence[str] = (), kinds: Sequence[str] = (), limit: int = 1_000
    ) -> Subgraph:
        """Return the links at one entity and what they lead to.

        Raises
        ------
        NotInView
        """
        with self.act("read", self._meant(ref), {"what": "neighbours"}) as act:
            nid, asked = self.resolve(ref), (tuple(predicates), tuple(kinds), limit)
            return self._answer(act, ("neighbours", nid, *asked), lambda view, fresh: view._around(nid, *asked, fresh))

    def _around(self, nid: Nid, predicates: Sequence[str], kinds: Sequence[str], limit: int, act: Act) -> Subgraph:
        rows = [
            row
            for member in self._graph.same.members(nid)
            for row in self._graph.neighbours(member, predicates, kinds, MOST_LINKS)
        ]
        unique = sorted({row.cid: row for row in rows}.values(), key=lambda r: r.cid)
        kept = unique[:limit]
        return self._subgraph([nid], kept, len(unique) - len(kept), act)

    def k_hop(self, ref: str, hops: int, kinds: Sequence[str] = (), limit: int = 2_000) -> Subgraph:
        """Return what lies within some hops of an entity, nearest first, and the links among it.

        Raises
        ------
        NotInView
        """
        with self.act("read", self._meant(ref), {"what": "k-hop", "hops": hops}) as act:
            nid = self.resolve(ref)
            reached: dict[Nid, int] = {}
            for member in self._graph.same.members(nid):
                for other, far in self._graph.store.k_hop(self.scope, member, hops).items():
                    reached[other] = min(far, reached.get(other, far))
            there = self._graph.rows(reached)
            wanted = [n for n in reached if n in there and (not kinds or n == nid or there[n].kind in kinds)]
            wanted.sort(key=lambda n: (n != nid, reached[n], there[n].eid))
            kept = wanted[:limit]
            links = self._links_among(kept)
            found = self._subgraph(kept, links, len(wanted) - len(kept), act)
            return replace(found, left_out=Counter(there[n].kind for n in wanted[limit:]))

    def _links_among(self, nids: Sequence[Nid]) -> list[ClaimRow]:
        """Return the links both of whose ends are among some entities, by `cid`."""
        inside, words = set(nids), [p.name for p in ontology().predicates.values() if p.is_link]
        if len(inside) <= FEW:
            rows = self._graph.store.claims_about(self.scope, nids, predicates=words, limit=MOST_LINKS)
            return [r for r in rows if r.object is not None and r.subject in inside and r.object in inside]
        cids = links_among(self._graph.store.scan(self.scope, predicates=words), nids)
        return self._graph.store.claims(self.scope, cids)

    def _subgraph(self, nids: Sequence[Nid], rows: Sequence[ClaimRow], more: int, act: Act) -> Subgraph:
        refs = self._told([*nids, *(n for r in rows for n in (r.subject, r.object) if n is not None)], act)
        first = [refs[n].token for n in nids[:1] if n in refs]
        by_token = {ref.token: ref for ref in refs.values()}
        entities = sorted(by_token.values(), key=lambda r: (r.token not in first, r.kind, r.label, r.token))
        # a verdict that joins two entities is drawn as the one entity that they are; the card lists it
        told = [
            c
            for c in self._claims(rows, act)
            if c.subject.token in by_token and c.object and c.object.token in by_token
        ]
        return Subgraph(tuple(entities), tuple(told), more, markings=self._markings(act))

    def shortest_path(self, a: str, b: str, max_hops: int = 8) -> PathView | None:
        """Return a shortest path, links read both ways, or None where the view has none.

        Raises
        ------
        NotInView
            Either end.
        """
        with self.act("read", self._meant(a, b), {"what": "shortest-path"}) as act:
            start, end = self.resolve_all(a, b)
            row = self._graph.store.shortest_path(self.scope, start, end, predicates=_walked(), max_hops=max_hops)
            self._told([start, end, *(row.nodes if row else ())], act)
            return self._path(row, act)

    def time_path(self, a: str, b: str, overlap: Overlap = "possible") -> PathView | None:
        """Return the path that arrives first when links are taken in order of time, or None.

        Raises
        ------
        NotInView
            Either end.
        """
        with self.act("read", self._meant(a, b), {"what": "time-path", "overlap": overlap}) as act:
            start, end = self.resolve_all(a, b)
            row = self._graph.store.time_path(self.scope, start, end, predicates=_walked(), overlap=overlap)
            self._told([start, end, *(row.nodes if row else ())], act)
            return self._path(row, act)

    def _path(self, row: PathRow | None, act: Act) -> PathView | None:
        found = self._teller.path(row)
        if row is None or found is None:
            return None
        act.shown |= {claim.marking for claim in row.claims}
        return replace(found, markings=self._markings(act))


@cache
def _walked() -> tuple[str, ...]:
    """Return the links that a path between two entities may run along."""
    return tuple(p.name for p in ontology().predicates.values() if p.is_link and p.name not in NOT_WALKED)
