"""How registers write about a block of people: columns of claims under a register's marking."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ingest.scenario.draws import Ints
from ingest.scenario.markings import Markings
from ingest.scenario.people import BYSTANDER, STAGES, Block
from ingest.scenario.writer import ClaimWriter, Column, ids, texts

_REGISTERS = ("population", "crime", "prison", "assets")


def persons(block: Block, rows: Ints) -> pa.Array:
    """Ids of people of a block."""
    return ids("person", rows + block.first)


def categories(block: Block, rows: Ints) -> pa.Array:
    """LED article 6: convicted people, suspects; bystanders are victims or others."""
    record = (block.stage[rows] == STAGES.index("convicted")).any(axis=1)
    odd = (rows + block.first) % 2
    return texts(["a", "b", "c", "d"], np.where(block.role[rows] == BYSTANDER, 2 + odd, record.astype(np.int64)))


class Pen:
    """Writes facts of registers."""

    def __init__(self, writer: ClaimWriter, markings: Markings) -> None:
        self.writer = writer
        self.marking = {name: markings.register(name, f"register:{name}") for name in _REGISTERS}

    def person(self, part: str, block: Block, rows: Ints, register: str, predicate: str, **given: Column) -> None:
        """State something of people; `given` are further columns of the claims table."""
        columns: dict[str, Column] = {
            "grade": "4x4:A1",
            "assertion": "fact",
            "marking": self.marking[register],
            "source": f"register:{register}",
            "category": categories(block, rows),
            **given,
        }
        subject = persons(block, rows)
        self.writer.columns(part, len(rows), subject=subject, subject_kind="Person", predicate=predicate, **columns)

    def thing(self, part: str, subject: pa.Array, kind: str, register: str, predicate: str, **given: Column) -> None:
        """State something of transfers, custodies, offences, phones."""
        self.writer.columns(
            part,
            len(subject),
            subject=subject,
            subject_kind=kind,
            predicate=predicate,
            grade="4x4:A1",
            assertion="fact",
            marking=self.marking[register],
            source=f"register:{register}",
            **given,
        )
