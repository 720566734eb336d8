"""Makes a world: the land, people block by block, cases and prevention, and the files beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from graph.disk import demand_room_for, space_guard
from graph.errors import BadInput
from ingest.scenario.calendar import TODAY
from ingest.scenario.cases import CaseFile, CaseMaker
from ingest.scenario.casting import Casting
from ingest.scenario.concerns import write_concerns
from ingest.scenario.draws import Dice
from ingest.scenario.happenings import Happenings
from ingest.scenario.journeys import Journeys
from ingest.scenario.markings import Markings
from ingest.scenario.partners import Partner, make_partners, write_partners
from ingest.scenario.pen import Pen
from ingest.scenario.people import Block, make_block
from ingest.scenario.places import write_places
from ingest.scenario.prevention import write_prevention
from ingest.scenario.readme import write_readme
from ingest.scenario.registers import Registers
from ingest.scenario.requests import write_requests
from ingest.scenario.settings import Landscape, make_landscape
from ingest.scenario.sidefiles import USERS, write_sidefiles, write_truth
from ingest.scenario.size import SIZES, WorldSize
from ingest.scenario.staff import write_staff
from ingest.scenario.structure import write_groups, write_reports, write_structure
from ingest.scenario.vaulted import write_vaulted
from ingest.scenario.writer import ClaimWriter

Progress = Callable[[str, float], None]
_BIG = frozenset({"02-people", "03-milieus", "04-stays", "05-transfers", "06-custody", "07-offences", "08-assets"})


@dataclass(frozen=True, slots=True)
class WorldSummary:
    """What was made.

    Attributes
    ----------
    persons, settings, claims, relations, crossings : int
        How many; `relations` are the claims that link two entities.
    case, partner : str
        Where the README suggests to start.
    files : tuple of str
        The claims tables.
    """

    persons: int
    settings: int
    claims: int
    relations: int
    crossings: int
    case: str
    partner: str
    files: tuple[str, ...]


def make_world(
    size: Literal["S", "M", "L"], seed: int, out: Path, progress: Progress = lambda _what, _part: None
) -> WorldSummary:
    """Write a world of a named size into the empty or new folder `out`.

    Parameters
    ----------
    size : {"S", "M", "L"}
        5 thousand, 100 thousand or 1 million people.
    seed : int
        The same seed gives the same bytes.
    out : Path
    progress : callable
        Told what is being done and which part of the whole is behind, from 0 to 1.

    Raises
    ------
    BadInput
        `out` exists and is not an empty folder, or a file stands where a folder above it would.
    NoSpace, StoreUnavailable
        The disk is full, or the folder cannot be written. Nothing is left.
    """
    return make_world_of(SIZES[size], size, seed, out, progress)


def make_world_of(size: WorldSize, name: str, seed: int, out: Path, progress: Progress) -> WorldSummary:
    """Write a world of any size; see `make_world`. It grows beside its place and is renamed when whole."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out} exists and is not an empty folder. Give a new folder.", code="world-exists")
    demand_room_for(out)
    growing = out.absolute().with_name(f".{out.absolute().name}.{os.getpid()}.new")
    try:
        with space_guard(out):
            growing.mkdir(parents=True)
            summary = _write_world(size, name, seed, growing, progress)
            if out.exists():
                out.rmdir()
            growing.rename(out)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    progress("done", 1.0)
    return summary


def _write_world(size: WorldSize, name: str, seed: int, out: Path, progress: Progress) -> WorldSummary:
    land, markings, partners = make_landscape(size, seed), Markings(), make_partners(seed)
    with ClaimWriter(out, big=_BIG if size.big else frozenset()) as writer:
        write_places(writer)
        write_structure(writer, land, partners, markings)
        first, counts = _write_people(writer, size, seed, land, markings, partners, progress)
        progress("cases", 0.85)
        write_groups(writer, size, seed, first, markings)
        counts["concerns"] = write_concerns(writer, seed, first, markings)
        write_prevention(writer, seed, land, first, markings)
        cases = _write_cases(writer, size, seed, land, markings, partners, first)
        write_requests(writer, seed, markings, partners, cases)
        write_staff(writer, markings, USERS)
        write_vaulted(writer, markings, cases[0])
    progress("side files", 0.97)
    counts |= {"claims": writer.claims, "relations": writer.relations}
    write_sidefiles(out, name, seed, markings, cases, writer.claims)
    write_partners(out, partners)
    write_truth(out, land)
    write_readme(out, {"size": name, "seed": seed}, land, cases, partners, counts)
    return WorldSummary(
        size.persons,
        len(land.settings),
        writer.claims,
        writer.relations,
        counts["crossed"],
        cases[0].id,
        partners[0].id,
        tuple(writer.files),
    )


def _write_people(
    writer: ClaimWriter,
    size: WorldSize,
    seed: int,
    land: Landscape,
    markings: Markings,
    partners: tuple[Partner, ...],
    progress: Progress,
) -> tuple[Block, dict[str, int]]:
    """Blocks one after another; only the first is kept, as the pool that cases are cast from."""
    pen, journeys = Pen(writer, markings), Journeys(writer, seed, markings, partners)
    registers, happenings = Registers(pen, seed, land, markings), Happenings(pen, size.custody_years, seed, land)
    first: Block | None = None
    crossed = 0
    for start in range(0, size.persons, size.block):
        progress("people", 0.05 + 0.75 * start / size.persons)
        block = make_block(size, seed, land, start, min(size.block, size.persons - start))
        registers.write(block)
        happenings.write(block)
        journeys.write(block)
        crossed += int(np.count_nonzero(block.crossed & (np.maximum(block.crime_from, block.extremist_from) <= TODAY)))
        first = first or block
    assert first is not None
    progress("reports", 0.82)
    write_reports(writer, size, seed, land, markings, registers.days)
    return first, {
        "persons": size.persons,
        "crossed": crossed,
        "journeys": journeys.count,
        "returned": journeys.returned,
    }


def _write_cases(
    writer: ClaimWriter,
    size: WorldSize,
    seed: int,
    land: Landscape,
    markings: Markings,
    partners: tuple[Partner, ...],
    first: Block,
) -> list[CaseFile]:
    maker = CaseMaker(writer, seed, land, markings, partners, Casting(first, land))
    dice = Dice(seed, "documents")
    left, cases = size.documents, []
    for number in range(1, size.cases + 1):
        share = max(1, left // (size.cases - number + 1) + dice.between(-1, 1))
        cases.append(maker.make(number, share))
        left -= share
    return cases
