"""Arrays of what a view shows: all that analytics ever get. No handle leads from them back to the store.

Things are dense numbers in the order of their random ids, so equal visible worlds give equal arrays. People under 15 on
the day (limit B6), and people of whom the view knows only as victims, witnesses or other parties (limit B3), are not in
it, nor is anything said of somebody in such a capacity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graph.answers import EntityRef
from graph.pseudonyms import Tokens

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class ClaimTokens(Sequence[str]):
    """Tokens of claims, made when they are asked for."""

    def __init__(self, cids: pa.Array, tokens: Tokens) -> None:
        self._cids = cids
        self._tokens = tokens

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return self._tokens.claims(self._cids[at].to_pylist())
        return self._tokens.claims([self._cids[int(at)].as_py()])[0]

    def __len__(self) -> int:
        return len(self._cids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens.claims(self._cids.to_pylist()) if len(self) else ())


@dataclass(frozen=True, slots=True)
class Links:
    """Parallel arrays, one place per link claim of a predicate.

    Days are days since 1970-01-01, open ends the sentinels of `graph.interval`. `source` numbers the sources of the
    projection, `report` is a thing of it or -1, `claim` gives the claim's token.
    """

    subject: Ints
    object: Ints
    valid_from: Ints
    valid_to: Ints
    certain_from: Ints
    certain_to: Ints
    assessment: Flags
    source: Ints
    report: Ints
    claim: Sequence[str]
    value: Sequence[str]
    """Qualifiers as JSON, empty where there are none."""


@dataclass(frozen=True, slots=True)
class Literals:
    """Parallel arrays, one place per literal claim of a predicate; see `Links`."""

    subject: Ints
    value: Sequence[str]
    valid_from: Ints
    valid_to: Ints
    certain_from: Ints
    certain_to: Ints
    assessment: Flags
    source: Ints
    report: Ints
    claim: Sequence[str]


@dataclass(frozen=True)
class Projection:
    """The visible subgraph as arrays.

    Parameters
    ----------
    kinds : list of str
        Names of kinds; `kind` points into it.
    kind : int16[n]
    links, literals : mapping of str to Links or Literals
        By predicate. Names and identifiers of people and means are no literals here; `labels` gives what may be shown.
    digest : str
        The view's.
    """

    kinds: list[str]
    kind: NDArray[np.int16]
    links: Mapping[str, Links]
    literals: Mapping[str, Literals]
    digest: str
    _eids: NDArray[np.uint8]
    _name: Callable[[int], EntityRef]

    def refs(self, i: int) -> str:
        """Return the delivered id of a thing where the view may know it, else its pseudonym."""
        return self._name(int(i)).ref

    def labels(self, i: int) -> str:
        """Return what a thing is called."""
        return self._name(int(i)).label

    def person_ids(self) -> set[bytes]:
        """Return the random ids of the people in it, for the audit."""
        if "Person" not in self.kinds:
            return set()
        people = np.flatnonzero(self.kind == self.kinds.index("Person"))
        return {row.tobytes() for row in self._eids[people]}
