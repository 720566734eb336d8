"""Open names that are nearly what was written: pairs of letters say which are worth comparing, then they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Nid
from graph.text import fold

ALIKE: Final = 84
"""Least similarity, 0 to 100, of the forgiving pass."""
NEAR: Final = 60
"""Least similarity, 0 to 100, of a name that is only mentioned where nothing was found."""
MOST_NAMES: Final = 400_000
MOST_COMPARED: Final = 4_000
"""Names that one question is compared with: those with most pairs of letters in common."""
LEAST_COMMON: Final = 0.4
"""Share of the pairs of letters of what was written that a name has at least; one wrong letter spoils two pairs."""
MOST_OF_ITS_OWN: Final = 0.7
"""Or so many of its own: a short name within what was written."""
_LETTERS: Final = 1 << 9
"""Letters are told apart up to this number and folded together beyond: a pair too many is compared in vain."""


class OpenNames:
    """The names and aliases that a view may show.

    Parameters
    ----------
    names : sequence of (str, str, int)
        Folded, as written, entity; in the order of claim ids.
    """

    def __init__(self, names: Sequence[tuple[str, str, Nid]]) -> None:
        from rapidfuzz import utils

        self.names = names if len(names) <= MOST_NAMES else ()
        self._plain = [utils.default_process(name[0]) for name in self.names]

    def alike(self, text: str, limit: int) -> list[tuple[str, Nid]]:
        """Return names that are nearly what was written, with whose they are, nearest first."""
        from rapidfuzz import fuzz, utils

        wanted = fold(text)
        if len(wanted) < 4:
            return []
        return self._close(utils.default_process(wanted), fuzz.WRatio, ALIKE, limit)

    def near(self, text: str, limit: int) -> list[str]:
        """Return names that are most like what was written, each once, nearest first."""
        from rapidfuzz import fuzz

        wanted = fold(text)
        if len(wanted) < 3:
            return []
        close = self._close(wanted, fuzz.token_sort_ratio, NEAR, 4 * limit)
        return list(dict.fromkeys(written for written, _ in close))[:limit]

    def _close(self, wanted: str, scorer: Any, least: int, limit: int) -> list[tuple[str, Nid]]:
        from rapidfuzz import process

        places = self._worth(wanted)
        choices = [self._plain[place] for place in places]
        found = process.extract(wanted, choices, scorer=scorer, score_cutoff=least, limit=limit)
        return [self.names[places[at]][1:] for _, _, at in found]

    def _worth(self, wanted: str) -> list[int]:
        """Return the places of names that have enough pairs of letters in common with a text, in their order."""
        starts, holders = self._pairs
        asked = np.unique(_pairs_of([wanted])[0])
        if not len(asked) or not len(holders):
            return []
        held = [holders[starts[pair] : starts[pair + 1]] for pair in asked.tolist()]
        common = np.bincount(np.concatenate(held), minlength=len(self.names))
        least = np.minimum(np.ceil(LEAST_COMMON * len(asked)), np.ceil(MOST_OF_ITS_OWN * self._own))
        worth = np.flatnonzero(common >= np.maximum(least, 1))
        if len(worth) > MOST_COMPARED:
            best = np.argsort(-common[worth], kind="stable")[:MOST_COMPARED]
            worth = np.sort(worth[best])
        found: list[int] = worth.tolist()
        return found

    @cached_property
    def _own(self) -> NDArray[np.int64]:
        """How many pairs of letters each name has."""
        return np.bincount(self._pairs[1], minlength=len(self.names))

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Where the holders of each pair of letters begin, and the places of names that hold it, each once."""
        pairs, places = _pairs_of(self._plain)
        both = np.unique(pairs.astype(np.int64) << 32 | places)
        starts = np.searchsorted(both >> 32, np.arange(_LETTERS * _LETTERS + 1))
        return starts, (both & 0xFFFFFFFF).astype(np.int32)


def _pairs_of(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of letters that stand together in some texts, as numbers, and in which text each stands."""
    whole = np.frombuffer("\n".join(texts).encode("utf-32-le"), np.uint32)
    letters = (whole % _LETTERS).astype(np.int64)
    ends = whole == ord("\n")
    place = np.cumsum(ends)
    inside = ~(ends[:-1] | ends[1:])
    return (letters[:-1] * _LETTERS + letters[1:])[inside], place[:-1][inside]
