"""Ids and set digests under the keys of a home."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.identity import Identity


class Fixed:
    def secret(self, purpose: str) -> bytes:
        return purpose.encode().ljust(32, b".")


identity = Identity(Fixed())
claims = st.lists(st.tuples(st.integers(1, 5), st.binary(min_size=16, max_size=16)), max_size=40)


@given(claims)
def test_what_many_claims_add_is_the_sum_of_what_each_adds(said: list[tuple[int, bytes]]) -> None:
    one_by_one: dict[int, int] = {}
    for marking, cid in said:
        one_by_one[marking] = one_by_one.get(marking, 0) + identity.held(cid)
    assert identity.held_by([marking for marking, _ in said], [cid for _, cid in said]) == one_by_one


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_every_place_in_a_row_has_its_own_id(one: int, other: int) -> None:
    content = bytes(32)
    same = identity.cid("n", content, content, one) == identity.cid("n", content, content, other)
    assert same == (one == other)
