"""What registers say happened to a block of people: moves between sections, custody, offences, phones and vehicles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.scenario.calendar import TODAY, iso_array, spans
from ingest.scenario.draws import Ints, Stream
from ingest.scenario.pen import Pen, persons
from ingest.scenario.people import BYSTANDER, OFFENDER, STAGES, Block
from ingest.scenario.settings import Landscape
from ingest.scenario.writer import ids, texts

OFFENCE_KINDS = {
    "narcotics": 24, "violence": 17, "theft": 16, "fraud": 9, "weapons": 8, "threats": 8, "robbery": 5, "document": 4,
    "vandalism": 5, "other": 4,
}  # fmt: skip
REASONS = {"capacity": 52, "security": 14, "request": 16, "court": 10, "programme": 8}
"""Kinds of offence and reasons of moves, with weights."""
_MOVES, _CUSTODY, _OFFENCES, _ASSETS = "05-transfers", "06-custody", "07-offences", "08-assets"


class Happenings:
    """Writes blocks; numbers run over all blocks, so that ids stay unique."""

    def __init__(self, pen: Pen, custody_years: int, seed: int, land: Landscape) -> None:
        self._pen, self._custody_years, self._seed = pen, custody_years, seed
        self._sections = [s.id for s in land.settings]
        # one more, so that the index -1 of an unused slot reads as "not inside"
        self._is_section = np.array([s.family == "section" for s in land.settings] + [False])
        self._is_arrest = np.array([s.family == "arrest" for s in land.settings] + [False])
        self._transfer = self._custody = self._offence = 0

    def write(self, block: Block) -> None:
        """Write one block."""
        stream = Stream(self._seed, "happenings", block.first)
        self._moves(stream, block)
        self._custodies(stream, block)
        self._offences(stream, block)
        self._assets(stream, block)

    def _moves(self, stream: Stream, block: Block) -> None:
        """Moves from one section straight to another, with the reason given."""
        before, section = np.roll(block.setting, 1, axis=1), self._is_section
        moved = block.moved_directly & section[block.setting] & section[before]
        row, slot = np.nonzero(moved & (block.stay_from <= TODAY))
        subject = ids("transfer", np.arange(len(row), dtype=np.int64) + self._transfer)
        self._transfer += len(row)
        on = iso_array(block.stay_from[row, slot])
        reason = stream.pick(list(REASONS.values()), block.setting.shape, "reason")[row, slot]
        self._pen.thing(_MOVES, subject, "Transfer", "prison", "reason", value=texts(list(REASONS), reason), valid=on)
        ends = [
            ("moved_person", persons(block, row), "Person"),
            ("moved_from", texts(self._sections, before[row, slot]), "PrisonSection"),
            ("moved_to", texts(self._sections, block.setting[row, slot]), "PrisonSection"),
        ]
        for predicate, target, kind in ends:
            self._pen.thing(_MOVES, subject, "Transfer", "prison", predicate, object=target, object_kind=kind, valid=on)

    def _custodies(self, stream: Stream, block: Block) -> None:
        """Custody of recent years in full: status, expected and actual release, and its kind."""
        since = TODAY - 365 * self._custody_years
        inside = self._is_section[block.setting] | self._is_arrest[block.setting]
        row, slot = np.nonzero(inside & (block.stay_to >= since) & (block.stay_from <= TODAY))
        subject = ids("custody", np.arange(len(row), dtype=np.int64) + self._custody)
        self._custody += len(row)
        end = block.stay_to[row, slot]
        held = spans(block.stay_from[row, slot], end)
        self._pen.person(
            _CUSTODY, block, row, "prison", "subject_of", object=subject, object_kind="Custody", valid=held
        )
        remand = self._is_arrest[block.setting[row, slot]]
        late = stream.below(90, block.setting.shape, "expected")[row, slot]
        out = np.flatnonzero(end <= TODAY)
        how = np.where(remand, 2, (late > 45).astype(np.int64))[out]
        gone = subject.take(pa.array(out))
        status = texts(["sentence", "remand"], remand.astype(np.int64))
        expected = iso_array(np.minimum(end + late, TODAY + 400))
        kind = texts(["full_term", "parole", "remand_end"], how)
        self._pen.thing(_CUSTODY, subject, "Custody", "prison", "legal_status", value=status, valid=held)
        self._pen.thing(_CUSTODY, subject, "Custody", "prison", "release_expected", value=expected)
        self._pen.thing(_CUSTODY, gone, "Custody", "prison", "release_actual", value=iso_array(end[out]))
        self._pen.thing(_CUSTODY, gone, "Custody", "prison", "release_kind", value=kind)

    def _offences(self, stream: Stream, block: Block) -> None:
        row, slot = np.nonzero(block.offence >= 0)
        number, on = block.offence[row, slot], block.offence_on[row, slot]
        count = int(block.offence.max(initial=-1)) + 1
        if count == 0:
            return
        all_ids = ids("offence", np.arange(count, dtype=np.int64) + self._offence)
        self._offence += count
        days = np.zeros(count, dtype=np.int64)
        days[number] = on
        dates, kinds = iso_array(days), stream.pick(list(OFFENCE_KINDS.values()), count, "kind")
        self._pen.thing(_OFFENCES, all_ids, "Offence", "crime", "kind", value=texts(list(OFFENCE_KINDS), kinds))
        said = texts([f'{{"stage": "{stage}"}}' for stage in STAGES], block.stage[row, slot])
        self._at(block, row, "co_accused_in", all_ids, dates, number, value=said)
        # victims and witnesses stand beside the accused: no analysis may count them (B3)
        beside = np.flatnonzero(block.role == BYSTANDER)
        self._at(block, beside, "subject_of", all_ids, dates, stream.below(count, len(beside), "victim of"))

    def _at(
        self,
        block: Block,
        rows: Ints,
        predicate: str,
        all_ids: pa.Array,
        dates: pa.Array,
        which: Ints,
        value: pa.Array | None = None,
    ) -> None:
        picked = pa.array(which)
        self._pen.person(
            _OFFENCES,
            block,
            rows,
            "crime",
            predicate,
            object=all_ids.take(picked),
            object_kind="Offence",
            valid=dates.take(picked),
            value=value,
        )

    def _assets(self, stream: Stream, block: Block) -> None:
        """Vehicles and phones that registers tie to people."""
        for kind, prefix, predicate, permille in (
            ("Vehicle", "vehicle", "controls", 120),
            ("Phone", "phone", "uses", 150),
        ):
            rows = np.flatnonzero((block.role == OFFENDER) & stream.chance(permille, block.count, prefix))
            begin = block.crime_from[rows] + stream.below(2000, block.count, f"{prefix} from")[rows]
            begin = np.minimum(begin, TODAY - 30)
            numbers = rows + block.first
            things = ids(prefix, numbers)
            self._pen.person(
                _ASSETS,
                block,
                rows,
                "assets",
                predicate,
                object=things,
                object_kind=kind,
                valid=spans(begin, begin + 1200),
                grade="4x4:A2",
            )
            self._pen.thing(_ASSETS, things, kind, "assets", "number", value=_label(prefix, numbers))


def _label(prefix: str, number: Ints) -> pa.Array:
    """Plates and numbers outside any range that is in use."""
    digits = pc.utf8_lpad(pc.cast(pa.array(number * 7 % 1_000_000), pa.string()), 6, "0")
    if prefix == "vehicle":
        return pc.binary_join_element_wise(pa.scalar("ØØ "), digits, "")
    pairs = [pc.utf8_slice_codeunits(digits, k, k + 2) for k in (0, 2, 4)]
    return pc.binary_join_element_wise(pa.scalar("+45 00"), *pairs, " ")
