"""The digest of what an engine holds: any property changes it, the order of rows does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.digest import ContentDigest

ENTITIES = [(1, "aa", "Person", "test", "person:1"), (2, "bb", "Phone", "test", "phone:1")]
CLAIMS = [(1, "cc", 1, 2, "uses", None, None), (2, "dd", 1, None, "name", "Ada", None)]


def digest(entities: list[tuple[object, ...]], claims: list[tuple[object, ...]]) -> str:
    content = ContentDigest()
    content.entities(entities)
    content.claims(claims)
    return content.hexdigest()


@given(st.permutations(ENTITIES), st.permutations(CLAIMS))
def test_the_order_of_rows_does_not_matter(
    entities: list[tuple[object, ...]], claims: list[tuple[object, ...]]
) -> None:
    assert digest(entities, claims) == digest(list(ENTITIES), list(CLAIMS))


@pytest.mark.parametrize("place", range(5))
def test_a_property_of_an_entity_changes_it(place: int) -> None:
    changed = [(*ENTITIES[0][:place], "else", *ENTITIES[0][place + 1 :]), ENTITIES[1]]
    assert digest(list(changed), list(CLAIMS)) != digest(list(ENTITIES), list(CLAIMS))


@pytest.mark.parametrize("place", range(7))
def test_a_property_of_a_claim_changes_it(place: int) -> None:
    changed = [(*CLAIMS[0][:place], "else", *CLAIMS[0][place + 1 :]), CLAIMS[1]]
    assert digest(list(ENTITIES), list(changed)) != digest(list(ENTITIES), list(CLAIMS))


def test_an_entity_is_no_claim_and_a_row_twice_is_not_once() -> None:
    row: tuple[object, ...] = (1, "aa")
    assert len({digest([row], []), digest([], [row]), digest([row, row], []), digest([], [])}) == 4
