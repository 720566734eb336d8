from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.scenario.draws import Dice, Stream


def test_draws_are_those_of_splitmix64() -> None:
    """Reference outputs of SplitMix64 for seed 1234567 (the published test vector)."""
    dice = Dice(0)
    dice._state = 1234567
    assert [dice.u32() for _ in range(3)] == [
        x >> 32 for x in (6457827717110365317, 3203168211198807973, 9817491932198370423)
    ]


def test_streams_are_fixed_for_ever() -> None:
    assert (
        Stream(7, "people", 0).below(1000, 6, "age").tolist() == Stream(7, "people", 0).below(1000, 6, "age").tolist()
    )
    assert Stream(7, "a").u32(4, "x").tolist() != Stream(7, "b").u32(4, "x").tolist()
    assert Stream(7, "a").u32(4, "x").tolist() != Stream(8, "a").u32(4, "x").tolist()


def test_asking_for_more_draws_keeps_the_first_ones() -> None:
    stream = Stream(1, "s")
    assert stream.u32(100, "n")[:10].tolist() == stream.u32(10, "n").tolist()


@given(st.integers(0, 2**40), st.integers(1, 2**31))
def test_draws_stay_below_their_bound(seed: int, bound: int) -> None:
    values = Stream(seed, "b").below(bound, 50, "n")
    assert values.min() >= 0
    assert values.max() < bound
    assert 0 <= Dice(seed).below(bound) < bound


def test_weights_are_kept() -> None:
    picks = np.bincount(Stream(3, "w").pick([1, 0, 3], 40_000, "n"), minlength=3)
    assert picks[1] == 0
    assert picks[2] / picks[0] == pytest.approx(3, rel=0.1)
    dice = Dice(3, "w")
    drawn = [dice.weighted("abc", (1, 0, 3)) for _ in range(4000)]
    assert "b" not in drawn
    assert drawn.count("c") / drawn.count("a") == pytest.approx(3, rel=0.2)


def test_rare_events_have_their_mean() -> None:
    dice = Dice(4, "rare")
    assert sum(dice.rare(1500) for _ in range(3000)) / 3000 == pytest.approx(1.5, rel=0.1)


@given(st.lists(st.integers(), max_size=30, unique=True), st.integers(0, 10**6))
def test_a_sample_has_no_double(items: list[int], seed: int) -> None:
    drawn = Dice(seed).sample(items, 10)
    assert len(drawn) == min(10, len(items)) == len(set(drawn))
    assert set(drawn) <= set(items)
