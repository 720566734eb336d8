"""What registers and units say about a block of people: who they are, milieus, stays, moves, custody, offences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.scenario.calendar import TODAY, iso_array, spans
from ingest.scenario.draws import Ints, Stream
from ingest.scenario.markings import Markings
from ingest.scenario.milieus import CRIME_CODES, EXTREMIST_CODES
from ingest.scenario.names import spelled_otherwise
from ingest.scenario.people import BYSTANDER, NEVER, OFFENDER, Block
from ingest.scenario.places import municipalities
from ingest.scenario.settings import Landscape
from ingest.scenario.size import WorldSize
from ingest.scenario.writer import ClaimWriter, ids, texts

UNIT_GRADES = ["4x4:B2", "4x4:B3", "4x4:B1", "4x4:A2", "4x4:C2", "4x4:C3", "4x4:X4"]
_UNIT_WEIGHTS = [40, 18, 12, 12, 9, 7, 2]
OFFENCE_KINDS = [
    "narcotics",
    "violence",
    "theft",
    "fraud",
    "weapons",
    "threats",
    "robbery",
    "document",
    "vandalism",
    "other",
]
_OFFENCE_WEIGHTS = [24, 17, 16, 9, 8, 8, 5, 4, 5, 4]
REASONS = ["capacity", "security", "request", "court", "programme"]
_REASON_WEIGHTS = [52, 14, 16, 10, 8]


@dataclass(slots=True)
class Tally:
    """Counters that run over all blocks, so that ids stay unique; and person-days by setting."""

    offence: int = 0
    transfer: int = 0
    custody: int = 0
    days: dict[int, int] | None = None


class Registers:
    """Writes blocks of people."""

    def __init__(self, writer: ClaimWriter, size: WorldSize, seed: int, land: Landscape, markings: Markings) -> None:
        self._w, self._size, self._seed, self._land = writer, size, seed, land
        self.tally = Tally(days={s.index: 0 for s in land.settings})
        self._register = {
            name: markings.register(name, f"register:{name}") for name in ("population", "crime", "prison", "assets")
        }
        self._milieu_marking = [markings.unit("milieu", f"unit:{m.district}") for m in municipalities()]
        self._stay_marking = [markings.unit("stay", s.unit) for s in land.settings]

    def write(self, block: Block) -> None:
        """Write one block."""
        stream = Stream(self._seed, "registers", block.first)
        everyone = np.arange(block.count, dtype=np.int64)
        self._people(stream, block, everyone)
        self._milieus(stream, block)
        self._stays(stream, block)
        self._moves(stream, block)
        self._custody(stream, block)
        self._offences(stream, block)
        self._assets(stream, block)

    def _literal(
        self, part: str, who: Ints, predicate: str, value: pa.Array, source: str, category: pa.Array, **more: str
    ) -> None:
        self._w.columns(
            part,
            len(who),
            subject=ids("person", who),
            subject_kind="Person",
            predicate=predicate,
            value=value,
            grade="4x4:A1",
            assertion="fact",
            category=category,
            marking=self._register[source],
            source=f"register:{source}",
            **more,
        )

    def _category(self, block: Block, rows: Ints) -> pa.Array:
        """LED article 6: suspects and convicted people by whether they have a record, bystanders are victims or others."""
        record = (block.offence[rows] >= 0).sum(axis=1) >= 2
        odd = (rows + block.first) % 2
        return texts(["a", "b", "c", "d"], np.where(block.role[rows] == BYSTANDER, 2 + odd, record.astype(np.int64)))

    def _people(self, stream: Stream, block: Block, rows: Ints) -> None:
        part, who, category = "02-people", rows + block.first, self._category(block, rows)
        names = block.names.full()
        self._literal(part, who, "name", names, "population", category)
        vague = stream.below(1000, block.count, "vague birth") < 25
        born = pc.if_else(
            pa.array(vague), pc.utf8_slice_codeunits(iso_array(block.birth), 0, 7), iso_array(block.birth)
        )
        self._literal(part, who, "birth_date", born, "population", category)
        number = pc.binary_join_element_wise(
            "KR", pc.utf8_lpad(pc.cast(pa.array(who * 7 + 100_003), pa.string()), 9, "0"), "-"
        )
        self._literal(part, who, "identifier", number, "crime", category)
        self._aliases(stream, block, names)
        codes = [m.id for m in municipalities()]
        moved = np.flatnonzero(block.moved_on <= TODAY)
        until = np.where(block.moved_on <= TODAY, block.moved_on - 1, NEVER)
        for where, begin, end, some in (
            (block.municipality, block.birth + 18 * 365, until, rows),
            (block.moved_to, block.moved_on, np.full(block.count, NEVER), moved),
        ):
            self._w.columns(
                part,
                len(some),
                subject=ids("person", some + block.first),
                subject_kind="Person",
                predicate="located_in",
                object=texts(codes, where[some]),
                object_kind="Municipality",
                valid=spans(begin[some], end[some]),
                grade="4x4:A1",
                assertion="fact",
                category=self._category(block, some),
                marking=self._register["population"],
                source="register:population",
            )

    def _aliases(self, stream: Stream, block: Block, names: pa.Array) -> None:
        chosen = np.flatnonzero(stream.chance(120, block.count, "alias"))
        other = [spelled_otherwise(int(block.names.pool[i]), names[int(i)].as_py()) for i in chosen]
        keep = [k for k, name in enumerate(other) if name]
        rows = chosen[keep]
        self._w.columns(
            "02-people",
            len(rows),
            subject=ids("person", rows + block.first),
            subject_kind="Person",
            predicate="alias",
            value=pa.array([other[k] for k in keep], pa.string()),
            grade="4x4:B2",
            assertion="fact",
            category=self._category(block, rows),
            marking=self._register["crime"],
            source="register:crime",
        )

    def _milieus(self, stream: Stream, block: Block) -> None:
        units = [f"unit:{m.district}" for m in municipalities()]
        for side, codes, code, begin, end in (
            ("crime", CRIME_CODES, block.crime_code, block.crime_from, block.crime_to),
            ("extremist", EXTREMIST_CODES, block.extremist_code, block.extremist_from, block.extremist_to),
        ):
            rows = np.flatnonzero(begin <= TODAY)
            vague = stream.chance(50, block.count, f"vague {side}")[rows]
            vague_end = stream.chance(250, block.count, f"vague end {side}")[rows]
            self._w.columns(
                "03-milieus",
                len(rows),
                subject=ids("person", rows + block.first),
                subject_kind="Person",
                predicate="in_milieu",
                object=texts([f"milieu:{c}" for c in codes], code[rows]),
                object_kind="Milieu",
                valid=spans(begin[rows], end[rows], vague, vague_end),
                grade=texts(UNIT_GRADES, stream.pick(_UNIT_WEIGHTS, block.count, f"grade {side}")[rows]),
                assertion="assessment",
                category=self._category(block, rows),
                marking=texts(self._milieu_marking, block.municipality[rows]),
                source=texts(units, block.municipality[rows]),
            )

    def _stays(self, stream: Stream, block: Block) -> None:
        row, slot = np.nonzero((block.setting >= 0) & (block.stay_from <= TODAY))
        where, begin, end = block.setting[row, slot], block.stay_from[row, slot], block.stay_to[row, slot]
        days = np.minimum(end, TODAY) - begin + 1
        for index, total in enumerate(
            np.bincount(where, weights=days, minlength=len(self._land.settings)).astype(np.int64)
        ):
            assert self.tally.days is not None
            self.tally.days[index] += int(total)
        inside = np.array([s.family in ("arrest", "section") for s in self._land.settings])[where]
        shape = block.setting.shape
        unit_grade = stream.pick(_UNIT_WEIGHTS, shape, "stay grade")[row, slot]
        grades = np.where(inside, 7, unit_grade)
        vague = stream.chance(35, shape, "vague stay")[row, slot] & ~inside
        common: dict[str, pa.Array] = {
            "subject": ids("person", row + block.first),
            "predicate": texts(["present_at", "placed_in"], inside.astype(np.int64)),
            "object": texts([s.id for s in self._land.settings], where),
            "object_kind": texts([s.kind for s in self._land.settings], where),
            "category": self._category(block, row),
        }
        self._w.columns(
            "04-stays",
            len(row),
            **common,
            subject_kind="Person",
            valid=spans(begin, end, None, vague),
            assertion="fact",
            grade=texts([*UNIT_GRADES, "4x4:A1"], grades),
            marking=texts(self._stay_marking, where),
            source=pc.if_else(pa.array(inside), "register:prison", texts([s.unit for s in self._land.settings], where)),
        )
        self._second_source(stream, block, row, slot, common)

    def _second_source(self, stream: Stream, block: Block, row: Ints, slot: Ints, common: dict[str, pa.Array]) -> None:
        """Some stays are also reported by a local unit, and now and then it gives another last day."""
        shape = block.setting.shape
        some = np.flatnonzero(stream.chance(25, shape, "second source")[row, slot] & (block.stay_to[row, slot] < TODAY))
        where, begin, end = (a[row[some], slot[some]] for a in (block.setting, block.stay_from, block.stay_to))
        differs = stream.chance(500, shape, "disagree")[row[some], slot[some]]
        earlier = np.minimum(59, (end - begin) // 2)
        said = np.where(differs, end - earlier, end)
        picked = {name: column.take(pa.array(some)) for name, column in common.items()}
        units = [f"unit:{m.district}" for m in municipalities()]
        home = block.municipality[row[some]]
        self._w.columns(
            "04-stays",
            len(some),
            **picked,
            subject_kind="Person",
            valid=spans(begin, said),
            assertion="fact",
            grade="4x4:B3",
            marking=texts(self._milieu_marking, home),
            source=texts(units, home),
        )

    def _moves(self, stream: Stream, block: Block) -> None:
        """Moves from one section straight to another, with the reason given."""
        kinds = np.array([s.family == "section" for s in self._land.settings] + [False])
        before = np.roll(block.setting, 1, axis=1)
        moved = block.moved_directly & (block.setting >= 0) & (before >= 0) & kinds[block.setting] & kinds[before]
        row, slot = np.nonzero(moved & (block.stay_from <= TODAY))
        number = np.arange(len(row), dtype=np.int64) + self.tally.transfer
        self.tally.transfer += len(row)
        reason = texts(REASONS, stream.pick(_REASON_WEIGHTS, block.setting.shape, "reason")[row, slot])
        on = iso_array(block.stay_from[row, slot])
        sections, subject = [s.id for s in self._land.settings], ids("transfer", number)
        self._event("05-transfers", subject, "Transfer", "reason", value=reason, valid=on)
        self._event(
            "05-transfers", subject, "Transfer", "moved_person", ids("person", row + block.first), "Person", valid=on
        )
        for predicate, place in (("moved_from", before), ("moved_to", block.setting)):
            self._event(
                "05-transfers",
                subject,
                "Transfer",
                predicate,
                texts(sections, place[row, slot]),
                "PrisonSection",
                valid=on,
            )

    def _event(
        self,
        part: str,
        subject: pa.Array,
        kind: str,
        predicate: str,
        target: pa.Array | None = None,
        target_kind: str | None = None,
        *,
        value: pa.Array | str | None = None,
        valid: pa.Array | None = None,
        source: str = "prison",
    ) -> None:
        self._w.columns(
            part,
            len(subject),
            subject=subject,
            subject_kind=kind,
            predicate=predicate,
            object=target,
            object_kind=target_kind,
            value=value,
            valid=valid,
            grade="4x4:A1",
            assertion="fact",
            marking=self._register[source],
            source=f"register:{source}",
        )

    def _custody(self, stream: Stream, block: Block) -> None:
        """Custody of recent years in full: status, expected and actual release, and its kind."""
        kinds = np.array([s.family in ("arrest", "section") for s in self._land.settings] + [False])
        since = TODAY - 365 * self._size.custody_years
        row, slot = np.nonzero(
            (block.setting >= 0) & kinds[block.setting] & (block.stay_to >= since) & (block.stay_from <= TODAY)
        )
        number = np.arange(len(row), dtype=np.int64) + self.tally.custody
        self.tally.custody += len(row)
        begin, end = block.stay_from[row, slot], block.stay_to[row, slot]
        remand = np.array([s.family == "arrest" for s in self._land.settings] + [False])[block.setting[row, slot]]
        subject, part = ids("custody", number), "06-custody"
        held = spans(begin, end)
        self._w.columns(
            part,
            len(row),
            subject=ids("person", row + block.first),
            subject_kind="Person",
            predicate="subject_of",
            object=subject,
            object_kind="Custody",
            valid=held,
            grade="4x4:A1",
            assertion="fact",
            category=self._category(block, row),
            marking=self._register["prison"],
            source="register:prison",
        )
        self._event(
            part,
            subject,
            "Custody",
            "legal_status",
            value=texts(["sentence", "remand"], remand.astype(np.int64)),
            valid=held,
        )
        late = stream.below(90, block.setting.shape, "expected")[row, slot]
        self._event(part, subject, "Custody", "release_expected", value=iso_array(np.minimum(end + late, TODAY + 400)))
        out = np.flatnonzero(end <= TODAY)
        self._event(part, subject.take(pa.array(out)), "Custody", "release_actual", value=iso_array(end[out]))
        how = np.where(remand, 2, (late > 45).astype(np.int64))
        kind = texts(["full_term", "parole", "remand_end"], how[out])
        self._event(part, subject.take(pa.array(out)), "Custody", "release_kind", value=kind)

    def _offences(self, stream: Stream, block: Block) -> None:
        row, slot = np.nonzero(block.offence >= 0)
        number, on = block.offence[row, slot], block.offence_on[row, slot]
        part = "07-offences"
        self._w.columns(
            part,
            len(row),
            subject=ids("person", row + block.first),
            subject_kind="Person",
            predicate="co_accused_in",
            object=ids("offence", number + self.tally.offence),
            object_kind="Offence",
            valid=iso_array(on),
            grade="4x4:A1",
            assertion="fact",
            category=self._category(block, row),
            marking=self._register["crime"],
            source="register:crime",
        )
        count = int(block.offence.max(initial=-1)) + 1
        subject = ids("offence", np.arange(count, dtype=np.int64) + self.tally.offence)
        kinds = texts(OFFENCE_KINDS, stream.pick(_OFFENCE_WEIGHTS, count, "offence kind"))
        self._event(part, subject, "Offence", "kind", value=kinds, source="crime")
        self._victims(stream, block, count, on, number)
        self.tally.offence += count

    def _victims(self, stream: Stream, block: Block, count: int, on: Ints, number: Ints) -> None:
        """Victims and witnesses stand beside the accused: no analysis may count them (B3)."""
        rows = np.flatnonzero(block.role == BYSTANDER)
        if count == 0 or len(rows) == 0:
            return
        dates = np.zeros(count, dtype=np.int64)
        dates[number] = on
        which = stream.below(count, len(rows), "victim of")
        self._w.columns(
            "07-offences",
            len(rows),
            subject=ids("person", rows + block.first),
            subject_kind="Person",
            predicate="subject_of",
            object=ids("offence", which + self.tally.offence),
            object_kind="Offence",
            valid=iso_array(dates[which]),
            grade="4x4:A1",
            assertion="fact",
            category=self._category(block, rows),
            marking=self._register["crime"],
            source="register:crime",
        )

    def _assets(self, stream: Stream, block: Block) -> None:
        """Vehicles and phones that registers tie to people."""
        for kind, prefix, predicate, permille in (
            ("Vehicle", "vehicle", "controls", 120),
            ("Phone", "phone", "uses", 150),
        ):
            rows = np.flatnonzero((block.role == OFFENDER) & stream.chance(permille, block.count, prefix))
            begin = np.minimum(
                block.crime_from[rows] + stream.below(2000, block.count, f"{prefix} from")[rows], TODAY - 30
            )
            who = rows + block.first
            self._w.columns(
                "08-assets",
                len(rows),
                subject=ids("person", who),
                subject_kind="Person",
                predicate=predicate,
                object=ids(prefix, who),
                object_kind=kind,
                valid=spans(begin, begin + 1200),
                grade="4x4:A2",
                assertion="fact",
                category=self._category(block, rows),
                marking=self._register["assets"],
                source="register:assets",
            )
            self._event("08-assets", ids(prefix, who), kind, "number", value=_label(prefix, who), source="assets")


def _label(prefix: str, number: Ints) -> pa.Array:
    """Plates and numbers outside any range that is in use."""
    digits = pc.utf8_lpad(pc.cast(pa.array(number * 7 % 1_000_000), pa.string()), 6, "0")
    if prefix == "vehicle":
        return pc.binary_join_element_wise(pa.scalar("ØØ "), digits, "")
    pairs = [pc.utf8_slice_codeunits(digits, k, k + 2) for k in (0, 2, 4)]
    return pc.binary_join_element_wise(pa.scalar("+45 00"), *pairs, " ")
