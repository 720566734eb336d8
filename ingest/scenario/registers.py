"""What registers and units say about a block of people: who they are, milieus, stays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.scenario.calendar import TODAY, iso_array, spans
from ingest.scenario.draws import Ints, Stream
from ingest.scenario.markings import Markings
from ingest.scenario.milieus import CRIME_CODES, EXTREMIST_CODES
from ingest.scenario.names import spelled_otherwise
from ingest.scenario.pen import Pen, categories, persons
from ingest.scenario.people import NEVER, Block
from ingest.scenario.places import municipalities
from ingest.scenario.settings import Landscape
from ingest.scenario.writer import Column, texts

UNIT_GRADES = ["4x4:B2", "4x4:B3", "4x4:B1", "4x4:A2", "4x4:C2", "4x4:C3", "4x4:X4"]
_UNIT_WEIGHTS = [40, 18, 12, 12, 9, 7, 2]


class Registers:
    """Writes blocks of people. `days` adds up the person-days spent in each setting."""

    def __init__(self, pen: Pen, seed: int, land: Landscape, markings: Markings) -> None:
        self._pen, self._seed, self._land = pen, seed, land
        self.days = [0] * len(land.settings)
        self._units = [f"unit:{m.district}" for m in municipalities()]
        self._milieu_marking = [markings.unit("milieu", unit) for unit in self._units]
        self._stay_marking = [markings.unit("stay", s.unit) for s in land.settings]

    def write(self, block: Block) -> None:
        """Write one block."""
        stream = Stream(self._seed, "registers", block.first)
        self._people(stream, block)
        self._milieus(stream, block)
        self._stays(stream, block)

    def _people(self, stream: Stream, block: Block) -> None:
        part, rows, pen = "02-people", np.arange(block.count, dtype=np.int64), self._pen
        names = block.names.full()
        pen.person(part, block, rows, "population", "name", value=names)
        vague = stream.below(1000, block.count, "vague birth") < 25
        born = iso_array(block.birth)
        born = pc.if_else(pa.array(vague), pc.utf8_slice_codeunits(born, 0, 7), born)
        pen.person(part, block, rows, "population", "birth_date", value=born)
        digits = pc.cast(pa.array((rows + block.first) * 7 + 100_003), pa.string())
        number = pc.binary_join_element_wise("KR", pc.utf8_lpad(digits, 9, "0"), "-")
        pen.person(part, block, rows, "crime", "identifier", value=number)
        self._aliases(stream, block, names)
        self._homes(block, rows)

    def _homes(self, block: Block, rows: Ints) -> None:
        codes = [m.id for m in municipalities()]
        moved = np.flatnonzero(block.moved_on <= TODAY)
        until = np.where(block.moved_on <= TODAY, block.moved_on - 1, NEVER)
        always = np.full(block.count, NEVER)
        for where, begin, end, some in (
            (block.municipality, block.birth + 18 * 365, until, rows),
            (block.moved_to, block.moved_on, always, moved),
        ):
            self._pen.person(
                "02-people",
                block,
                some,
                "population",
                "located_in",
                object=texts(codes, where[some]),
                object_kind="Municipality",
                valid=spans(begin[some], end[some]),
            )

    def _aliases(self, stream: Stream, block: Block, names: pa.Array) -> None:
        chosen = np.flatnonzero(stream.chance(120, block.count, "alias"))
        other = [spelled_otherwise(int(block.names.pool[i]), names[int(i)].as_py()) for i in chosen]
        keep = [k for k, name in enumerate(other) if name]
        spelled = pa.array([other[k] for k in keep], pa.string())
        self._pen.person("02-people", block, chosen[keep], "crime", "alias", value=spelled, grade="4x4:B2")

    def _milieus(self, stream: Stream, block: Block) -> None:
        for side, codes, code, begin, end in (
            ("crime", CRIME_CODES, block.crime_code, block.crime_from, block.crime_to),
            ("extremist", EXTREMIST_CODES, block.extremist_code, block.extremist_from, block.extremist_to),
        ):
            rows = np.flatnonzero(begin <= TODAY)
            vague = stream.chance(50, block.count, f"vague {side}")[rows]
            vague_end = stream.chance(250, block.count, f"vague end {side}")[rows]
            self._pen.person(
                "03-milieus",
                block,
                rows,
                "crime",
                "in_milieu",
                object=texts([f"milieu:{c}" for c in codes], code[rows]),
                object_kind="Milieu",
                valid=spans(begin[rows], end[rows], vague, vague_end),
                grade=texts(UNIT_GRADES, stream.pick(_UNIT_WEIGHTS, block.count, f"grade {side}")[rows]),
                assertion="assessment",
                marking=texts(self._milieu_marking, block.municipality[rows]),
                source=texts(self._units, block.municipality[rows]),
            )

    def _stays(self, stream: Stream, block: Block) -> None:
        row, slot = np.nonzero((block.setting >= 0) & (block.stay_from <= TODAY))
        where, begin, end = block.setting[row, slot], block.stay_from[row, slot], block.stay_to[row, slot]
        np_days = np.minimum(end, TODAY) - begin + 1
        for index in range(len(self.days)):
            self.days[index] += int(np_days[where == index].sum())
        inside = np.array([s.family in ("arrest", "section") for s in self._land.settings])[where]
        shape = block.setting.shape
        unit_grade = stream.pick(_UNIT_WEIGHTS, shape, "stay grade")[row, slot]
        vague = stream.chance(35, shape, "vague stay")[row, slot] & ~inside
        common: dict[str, pa.Array] = {
            "subject": persons(block, row),
            "predicate": texts(["present_at", "placed_in"], inside.astype(np.int64)),
            "object": texts([s.id for s in self._land.settings], where),
            "object_kind": texts([s.kind for s in self._land.settings], where),
            "category": categories(block, row),
        }
        units = texts([s.unit for s in self._land.settings], where)
        self._stay(
            common,
            valid=spans(begin, end, None, vague),
            grade=texts([*UNIT_GRADES, "4x4:A1"], np.where(inside, len(UNIT_GRADES), unit_grade)),
            marking=texts(self._stay_marking, where),
            source=pc.if_else(pa.array(inside), "register:prison", units),
        )
        self._second_source(stream, block, row, slot, common)

    def _stay(self, common: dict[str, pa.Array], **given: Column) -> None:
        count = len(common["subject"])
        self._pen.writer.columns("04-stays", count, **common, subject_kind="Person", assertion="fact", **given)

    def _second_source(self, stream: Stream, block: Block, row: Ints, slot: Ints, common: dict[str, pa.Array]) -> None:
        """Some stays are also reported by a local unit, and now and then it gives another last day."""
        shape = block.setting.shape
        twice = stream.chance(25, shape, "second source")[row, slot] & (block.stay_to[row, slot] < TODAY)
        some = np.flatnonzero(twice)
        begin, end = (a[row[some], slot[some]] for a in (block.stay_from, block.stay_to))
        differs = stream.chance(500, shape, "disagree")[row[some], slot[some]]
        said = np.where(differs, end - np.minimum(59, (end - begin) // 2), end)
        home = block.municipality[row[some]]
        self._stay(
            {name: column.take(pa.array(some)) for name, column in common.items()},
            valid=spans(begin, said),
            grade="4x4:B3",
            marking=texts(self._milieu_marking, home),
            source=texts(self._units, home),
        )
