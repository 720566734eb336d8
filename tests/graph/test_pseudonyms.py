"""Tokens open again and join no two partitions; pseudonyms are short and unique."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import NotInView
from graph.pseudonyms import PREFIX, Pseudonyms, Tokens, looks_like_pseudonym, looks_like_token, partition_of

SECRET = bytes(range(32))
ids = st.binary(min_size=16, max_size=16)


@given(st.lists(ids, min_size=1, max_size=40))
def test_a_token_opens_to_what_it_names(eids: list[bytes]) -> None:
    tokens = Tokens(SECRET, partition_of("case-1", "investigate", "anna"))
    made = tokens.entities(eids)
    assert [tokens.open_entity(t) for t in made] == eids
    assert [tokens.open_claim(t) for t in tokens.claims(eids)] == eids
    assert all(looks_like_token(t) for t in made)
    assert [tokens.entity(e) for e in eids] == made


@given(ids)
def test_a_token_says_nothing_elsewhere(eid: bytes) -> None:
    one = Tokens(SECRET, partition_of("case-1", "investigate", "anna"))
    token = one.entity(eid)
    for other in (
        Tokens(SECRET, partition_of("case-2", "investigate", "anna")),
        Tokens(SECRET, partition_of(None, "investigate", "anna")),
        Tokens(bytes(32), partition_of("case-1", "investigate", "anna")),
    ):
        assert other.entity(eid) != token
        assert other.open_entity(token) != eid
    assert one.claims([eid])[0][1:] != token[1:]


def test_members_of_a_case_share_its_tokens() -> None:
    assert partition_of("c", "investigate", "anna") == partition_of("c", "exchange", "bo")
    assert partition_of(None, "prevent", "anna") != partition_of(None, "prevent", "bo")


@pytest.mark.parametrize(
    "text", ["", "e", "x" * 27, "e" + "!" * 26, "e" + "a" * 25, "c" + "a" * 26, "e" + "æ" * 26, "e" + "1" * 26]
)
def test_other_text_is_no_token(text: str) -> None:
    with pytest.raises(NotInView):
        Tokens(SECRET, "p").open_entity(text)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=60, unique_by=lambda n: n >> 4))
def test_pseudonyms_are_unique_and_lead_back(blocks: list[int]) -> None:
    made = Pseudonyms.over(np.array(blocks, dtype=np.uint64))
    names = [made.name(b) for b in blocks]
    assert len(set(names)) == len(names)
    assert [made.position(n) for n in names] == list(range(len(names)))
    assert [made.position(n.lower()) for n in names] == list(range(len(names)))
    assert all(looks_like_pseudonym(n) for n in names)


def test_a_pseudonym_grows_only_where_two_would_collide() -> None:
    base = 0b00001_00010_00011_00100 << 44
    blocks = [base | 1 << 43, base, 5 << 59]
    made = Pseudonyms.over(np.array(blocks, dtype=np.uint64))
    assert [made.name(b) for b in blocks] == [f"{PREFIX}1234G", f"{PREFIX}12340", f"{PREFIX}5000"]
    with pytest.raises(NotInView):
        made.position("K-1234")
    assert made.position("k-I234G") == 0


@pytest.mark.parametrize("text", ["K-", "K-12", "K-UUUU", "K-9999", "K-" + "1" * 20])
def test_a_name_that_nobody_bears(text: str) -> None:
    with pytest.raises(NotInView):
        Pseudonyms.over(np.array([1 << 60], dtype=np.uint64)).position(text)
