"""Joined entities: what verdicts join, what keeps apart, and which member names the group."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from graph.same import join

NIDS = range(6)
Pairs = list[tuple[int, int]]
pairs = st.lists(st.tuples(st.sampled_from(NIDS), st.sampled_from(NIDS)), max_size=8)
orders = st.permutations(list(NIDS)).map(lambda order: {nid: bytes([place]) for place, nid in enumerate(order)})
EIDS = {nid: bytes([nid]) for nid in NIDS}


def test_a_chain_is_one_group() -> None:
    same = join([(0, 1), (1, 2)], [], EIDS)
    assert same.members(1) == (0, 1, 2)
    assert [same.canonical(nid) for nid in (0, 1, 2, 3)] == [0, 0, 0, 3]


def test_the_smallest_random_id_names_the_group_and_not_the_smallest_number() -> None:
    same = join([(0, 1), (1, 2)], [], {0: b"m", 1: b"z", 2: b"a"})
    assert same.canonical(0) == 2
    assert same.members(0) == (2, 0, 1)


def test_a_verdict_each_way_joins_nothing() -> None:
    assert join([(0, 1)], [(1, 0)], EIDS).groups == {}


def test_a_group_that_holds_a_pair_held_to_be_two_is_not_joined_at_all() -> None:
    same = join([(0, 1), (1, 2), (3, 4)], [(2, 0)], EIDS)
    assert [same.members(nid) for nid in (0, 1, 2)] == [(0,), (1,), (2,)]
    assert same.members(4) == (3, 4)


def told(same: Pairs, apart: Pairs, eids: dict[int, bytes]) -> dict[int, tuple[int, ...]]:
    """The plain reading: close the relation, then drop what contradicts itself."""
    kept = {frozenset(p) for p in same if p[0] != p[1]} - {frozenset(p) for p in apart}
    reach = {nid: {nid} for nid in NIDS}
    for _ in NIDS:
        for a, b in (tuple(p) for p in kept):
            reach[a] |= reach[b]
            reach[b] |= reach[a]
    answer = {}
    for nid, group in reach.items():
        broken = any({a, b} <= group for a, b in apart)
        answer[nid] = (nid,) if broken else tuple(sorted(group, key=lambda n: eids[n]))
    return answer


@given(pairs, pairs.map(lambda given: [(a, b) for a, b in given if a != b]), orders)
def test_it_is_the_plain_reading_in_any_order(same: Pairs, apart: Pairs, eids: dict[int, bytes]) -> None:
    wanted = told(same, apart, eids)
    for turned in (same, same[::-1], [(b, a) for a, b in same]):
        found = join(turned, apart, eids)
        assert {nid: found.members(nid) for nid in NIDS} == wanted
        assert {nid: found.canonical(nid) for nid in NIDS} == {nid: group[0] for nid, group in wanted.items()}


def test_the_order_of_verdicts_does_not_matter() -> None:
    verdicts = [(0, 1), (1, 2), (3, 2)]
    assert len({str(join(order, [(4, 5)], EIDS).groups) for order in permutations(verdicts)}) == 1
