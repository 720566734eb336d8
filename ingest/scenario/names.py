"""Made-up people's names, from six pools.

Which pool a person's name comes from is drawn from a stream of its own and decides nothing else (B2): all pools fill
all milieus, places and roles alike.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from ingest.scenario.draws import Ints, Stream


@dataclass(frozen=True, slots=True)
class Pool:
    """A naming tradition: given names, optional middle names, last names, and spelling variants of single names."""

    name: str
    given: tuple[str, ...]
    middle: tuple[str, ...]
    last: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]


def _load() -> tuple[Pool, ...]:
    text = resources.files("ingest.scenario").joinpath("pools.yaml").read_text(encoding="utf-8")
    return tuple(
        Pool(
            name,
            tuple(body["given"].split()),
            tuple(body["middle"].split()),
            tuple(body["last"].split()),
            tuple((pair.partition("/")[0], pair.partition("/")[2]) for pair in body["variants"].split()),
        )
        for name, body in yaml.safe_load(text).items()
    )


POOLS = _load()


def plain(name: str) -> str:
    """A name without accents, case and signs, for comparing."""
    swapped = name.lower().replace("æ", "ae").replace("ø", "oe").replace("å", "aa").replace("ı", "i")
    kept = unicodedata.normalize("NFKD", swapped)
    return " ".join("".join(c if c.isalpha() else " " for c in kept if not unicodedata.combining(c)).split())


def fingerprint(name: str) -> str:
    """What the deny list keeps instead of a name."""
    return hashlib.sha256(plain(name).encode()).hexdigest()[:20]


@cache
def denied() -> frozenset[str]:
    """Fingerprints of names that nobody and nothing in a made-up world may bear."""
    text = resources.files("ingest.scenario").joinpath("denied.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if line)


@cache
def _table(pool: int) -> np.ndarray:
    """For each given and last name of a pool, the last name to use: the next one whose full name is nobody's."""
    names, count = POOLS[pool], len(POOLS[pool].last)
    table = np.zeros((len(names.given), count), dtype=np.int64)
    for g, given in enumerate(names.given):
        for first in range(count):
            step = next(
                k for k in range(count) if fingerprint(f"{given} {names.last[(first + k) % count]}") not in denied()
            )
            table[g, first] = (first + step) % count
    return table


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a block of people, as numbers into the pools."""

    pool: Ints
    given: Ints
    middle: Ints
    last: Ints

    def full(self) -> pa.Array:
        """Full names."""
        out = np.empty(len(self.pool), dtype=object)
        for number, pool in enumerate(POOLS):
            mine = np.flatnonzero(self.pool == number)
            if len(mine) == 0:
                continue
            parts = [pa.array(pool.given).take(pa.array(self.given[mine]))]
            if pool.middle:
                parts.append(pa.array(pool.middle).take(pa.array(self.middle[mine] % len(pool.middle))))
            parts.append(pa.array(pool.last).take(pa.array(self.last[mine])))
            out[mine] = pc.binary_join_element_wise(*parts, " ").to_numpy(zero_copy_only=False)
        return pa.array(out, pa.string())


def draw_names(stream: Stream, count: int, pool_shift: int = 0) -> Names:
    """Names for `count` people. `pool_shift` moves everybody to another pool and must change nothing but names."""
    pool = (stream.below(len(POOLS), count, "pool") + pool_shift) % len(POOLS)
    raw_given, raw_last = stream.u32(count, "given"), stream.u32(count, "last")
    given, last = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for number, names in enumerate(POOLS):
        mine = pool == number
        given[mine] = raw_given[mine] % len(names.given)
        # the square of a draw makes some last names common and most rare
        half = raw_last[mine] >> 1
        last[mine] = _table(number)[given[mine], ((half * half >> 31) * len(names.last)) >> 31]
    return Names(pool, given, stream.below(1_000_000, count, "middle"), last)


def spelled_otherwise(pool: int, name: str) -> str | None:
    """The name in another spelling of the same tradition, or None where there is none."""
    parts = name.split(" ")
    for usual, other in POOLS[pool].variants:
        if usual in parts:
            return " ".join(other if part == usual else part for part in parts)
    return None
