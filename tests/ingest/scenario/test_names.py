from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ingest.scenario.draws import Dice, Stream
from ingest.scenario.names import POOLS, denied, draw_names, fingerprint, spelled_otherwise
from ingest.scenario.settings import coined
from tests.ingest.scenario.worlds import make_tiny, rows

NAMED = {"name", "alias", "text"}
BESIDE_NAMES = (
    "subject",
    "predicate",
    "object",
    "valid",
    "grade",
    "assertion",
    "category",
    "marking",
    "source",
    "report",
)


def test_six_traditions_are_drawn_alike() -> None:
    pools = np.bincount(draw_names(Stream(9, "names"), 30_000).pool, minlength=len(POOLS))
    assert len(POOLS) == 6
    assert pools.max() / pools.min() < 1.1


def test_names_have_the_form_of_their_tradition() -> None:
    names = draw_names(Stream(9, "names"), 2000)
    parts = [len(name.split(" ")) for name in names.full().to_pylist()]
    somali = next(i for i, pool in enumerate(POOLS) if pool.middle)
    assert {n for n, pool in zip(parts, names.pool, strict=True) if pool == somali} == {3}
    assert {n for n, pool in zip(parts, names.pool, strict=True) if pool != somali} == {2}


def test_last_names_are_common_and_rare() -> None:
    counts = np.sort(np.bincount(draw_names(Stream(9, "names"), 60_000).last))[::-1]
    assert counts[0] > 4 * counts[-1]


def test_nobody_bears_a_denied_name() -> None:
    possible = {f"{given} {last}" for pool in POOLS for given in pool.given for last in pool.last}
    denied_here = {name for name in possible if fingerprint(name) in denied()}
    assert denied_here  # the pools do hold such pairs, so there is something to keep away
    drawn = set(draw_names(Stream(2, "names"), 200_000).full().to_pylist())
    assert len(drawn & possible) > 5000
    assert not drawn & denied_here


def test_other_spellings_change_one_name_of_the_tradition() -> None:
    pool = next(i for i, p in enumerate(POOLS) if p.name == "somali")
    assert spelled_otherwise(pool, "Maxamed Cabdi Rooble") == "Mohamed Cabdi Rooble"
    assert spelled_otherwise(pool, "Hodan Cabdi Rooble") is None


def test_swapping_name_pools_changes_nothing_but_names(world: Path, tmp_path: Path) -> None:
    """B2: the pool of a name decides nothing."""
    make_tiny(tmp_path / "swapped", pool_shift=2)
    mine, other = list(rows(world)), list(rows(tmp_path / "swapped"))
    changed = 0

    def beside(row: dict[str, str]) -> tuple[str, ...]:
        return tuple(row[column] for column in BESIDE_NAMES) + (() if row["predicate"] in NAMED else (row["value"],))

    # which people have a second spelling depends on their name, so aliases are left out
    plain = [[row for row in side if row["predicate"] != "alias"] for side in (mine, other)]
    for a, b in zip(*plain, strict=True):
        assert beside(a) == beside(b)
        changed += a["value"] != b["value"]
    assert changed > 900
    for side_file in ("truth.json", "markings.yaml", "cases.yaml", "partners.yaml"):
        assert (world / side_file).read_bytes() == (tmp_path / "swapped" / side_file).read_bytes()


def test_no_place_or_company_is_real(world: Path, shared_data: Path) -> None:
    real = set[str]()
    with (shared_data / "denmark" / "housing_areas_2022.csv").open(encoding="utf-8") as handle:
        real |= {fingerprint(row["area"]) for row in csv.DictReader(handle)}
    with (shared_data / "denmark" / "postal_codes.csv").open(encoding="utf-8") as handle:
        real |= {fingerprint(row["city"]) for row in csv.DictReader(handle)}
    assert len(real) > 500
    named = "Prison PrisonSection ArrestHouse Venue HousingArea OnlineForum Workplace Association Company Group".split()
    names = {r["value"] for r in rows(world) if r["predicate"] == "name" and r["subject_kind"] in named}
    assert len(names) > 100
    for name in names:
        words = name.replace(",", "").split()
        for phrase in (name, *words, " ".join(words[1:])):
            assert fingerprint(phrase) not in real | denied(), phrase


def test_every_coined_name_is_free_of_real_ones(shared_data: Path) -> None:
    with (shared_data / "denmark" / "postal_codes.csv").open(encoding="utf-8") as handle:
        cities = {row["city"].lower() for row in csv.DictReader(handle)}
    dice, used = Dice(1, "coined"), set[str]()
    names = {coined(dice, used) for _ in range(130)}
    assert len(names) == 130
    assert not {name.lower() for name in names} & cities
    assert not {name for name in names if fingerprint(name) in denied()}


@pytest.mark.parametrize("word", ["Vestre", "Nyborg", "Herstedvester"])
def test_the_deny_list_knows_real_prisons(word: str) -> None:
    assert fingerprint(word) in denied()
