"""Names that are nearly what was written are found through the pairs of letters as if all had been compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process, utils

from graph.text import fold
from graph.view_alike import ALIKE, OpenNames

NAMES = (
    "Kaja Lind",
    "Kai Lund",
    "Ib Dam",
    "Vera Holm",
    "Værkstedet Nord",
    "Mads Østergård",
    "Søren Åkjær",
    "Никита",
    "Li",
)
FOLDED = [(fold(name), name, n) for n, name in enumerate(NAMES)]
OPEN = OpenNames(FOLDED)


@st.composite
def misspelt(draw: st.DrawFn) -> str:
    """One of the names with one letter away, doubled or changed."""
    name = draw(st.sampled_from([n for n in NAMES if len(n) > 5]))
    at = draw(st.integers(1, len(name) - 2))
    way = draw(st.sampled_from(("away", "twice", "other")))
    return name[:at] + {"away": "", "twice": name[at] * 2, "other": "x"}[way] + name[at + 1 :]


@given(misspelt())
def test_nothing_is_missed_that_comparing_all_would_find(written: str) -> None:
    wanted = utils.default_process(fold(written))
    plain = [utils.default_process(folded) for folded, _, _ in FOLDED]
    whole = process.extract(wanted, plain, scorer=fuzz.WRatio, score_cutoff=ALIKE, limit=3)
    assert [nid for _, nid in OPEN.alike(written, 3)] == [place for _, _, place in whole]


def test_what_is_like_nothing_finds_nothing() -> None:
    assert OPEN.alike("Zzyxqw", 5) == [] and OPEN.near("Zzyxqw", 3) == []
    assert OPEN.alike("", 5) == [] and OPEN.near("x", 3) == []
    assert OpenNames([]).alike("Kaja Lind", 5) == []


def test_what_is_a_little_like_it_is_named() -> None:
    assert "Vera Holm" in OPEN.near("Vera Holmgaard", 3)
