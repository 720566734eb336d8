"""Writing a world into a home's ledger in a few milliseconds: the rows that the product's own writer would make.

`test_stage` holds the two side by side. The speed is what lets one campaign play tens of thousands of worlds; the file
is not synced, which only a test may leave out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from graph import tables
from graph.home import Home
from graph.identity import MODULUS, Identity
from graph.interval import Interval, parse_interval
from graph.ledger import Artefact, marking_text, stamp
from graph.ledger_write import row_identity, searched
from graph.text import fold
from tests.factory import COLUMNS
from tests.trust.worlds import NOW, Said, World

TABLES: Final = (
    "claim", "entity", "retraction", "delivery", "commit_time", "marking", "source", "namespace", "artefact",
    "directory", "row_state", "quarantine", "name_text", "step",
)  # fmt: skip
CLAIM_COLUMNS: Final = tuple(column.name for column in tables.claim.columns)
GAP: Final = 3
"""How far sequence numbers jump between worlds: nothing remembered from one is of the next one's head."""
LEAST_TIME: Final = "2000-01-01T00:00:00.000000+00:00"


class Press:
    """Writes worlds into one home, each in the place of the one before; its numbers go on counting."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ids = Identity(home)
        self.db = sqlite3.connect(home.ledger_path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=OFF"):
            self.db.execute(f"PRAGMA {pragma}")
        self.seq = 0
        self._terms: dict[tuple[str, str], int] = {
            (f, t): n for n, f, t in self.db.execute("SELECT nid, family, text FROM term")
        }

    def print(
        self, world: World, directory: Mapping[str, Mapping[str, Mapping[str, Any]]], kept: Iterable[Artefact]
    ) -> None:
        """Write a world, the cases, users and partners beside it, and what people kept."""
        page = _Page(self, world)
        page.claims()
        self.db.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            self.db.execute(f"DELETE FROM {table}")
        page.write(self.db)
        self._many(
            "directory",
            [
                (family, key, str(body.get("namespace", "alfa")), json.dumps(body, sort_keys=True, ensure_ascii=False))
                for family, entries in directory.items()
                for key, body in entries.items()
            ],
        )
        self._many(
            "artefact",
            [
                (
                    a.id,
                    a.family,
                    a.owner,
                    a.case,
                    a.view_digest,
                    a.created_at,
                    json.dumps(a.body, sort_keys=True, ensure_ascii=False),
                )
                for a in kept
            ],
        )
        self.db.execute("COMMIT")

    def term(self, family: str, text: str) -> int:
        """Return the number of a word; words stay from world to world, as they do in a home."""
        key = (family, text)
        if key not in self._terms:
            self._terms[key] = len(self._terms) + 1
            self.db.execute("INSERT INTO term (nid, family, text) VALUES (?, ?, ?)", (self._terms[key], family, text))
        return self._terms[key]

    def cid(self, said: Said) -> bytes:
        content = said.claim.content()
        return self.ids.cid(said.space, row_identity(content, 0), content, 0)

    def _many(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self.db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    def close(self) -> None:
        self.db.close()


class _Page:
    """The rows of one world, collected in the order in which they were delivered."""

    def __init__(self, press: Press, world: World) -> None:
        self.press = press
        self.world = world
        self.spaces = {name: number for number, name in enumerate(world.spaces, 1)}
        self.entities: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.sources: dict[tuple[str, str], int] = {}
        self.markings: dict[str, list[Any]] = {}
        self.rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        self.placed: dict[Said, tuple[int, str]] = {}

    def claims(self) -> None:
        press, world = self.press, self.world
        press.seq += GAP
        self.rows["commit_time"].append((press.seq, LEAST_TIME))
        for at in sorted({s.at for s in world.claims} | {s.retracted for s in world.claims if s.retracted}):
            for space in sorted({s.space for s in world.claims if s.at == at}):
                self._delivery(space, at)
            for said in world.claims:
                if said.retracted == at:
                    self._retraction(said)
            self.rows["commit_time"].append((press.seq, stamp(at)))

    def _delivery(self, space: str, at: datetime) -> None:
        here = [said for said in self.world.claims if said.at == at and said.space == space]
        content = as_csv(here)
        number = len(self.rows["delivery"]) + 1
        file = {
            "name": "claims.csv", "sha256": self.press.home.keep(content), "bytes": len(content), "first_row": 0,
            "rows": len(here),
        }  # fmt: skip
        digest = hashlib.sha256(f"{space}{at}".encode() + content).hexdigest()
        self.rows["delivery"].append(
            (number, self.spaces[space], digest, "{}", json.dumps([file]), stamp(at), len(here), len(here), 0, "done")
        )
        for row, said in enumerate(here):
            self._claim(said, number, row)

    def _claim(self, said: Said, delivery: int, row: int) -> None:
        press, claim = self.press, said.claim
        press.seq += 1
        cid, held = press.cid(said), _held(claim.valid)
        mark = marking_text(claim.marking)
        number, digest = self.markings.setdefault(mark, [len(self.markings) + 1, 0])
        self.markings[mark][1] = (digest + press.ids.held(cid)) % MODULUS
        self.placed[said] = (press.seq, mark)
        ends = [
            self._entity(said.space, end, kind) if end is not None else None
            for end, kind in (
                (claim.subject, claim.subject_kind),
                (claim.object, claim.object_kind),
                (claim.report, "Report"),
            )
        ]
        source = self.sources.setdefault((said.space, claim.source), len(self.sources) + 1)
        self.rows["claim"].append((
            press.seq, cid, ends[0], press.term("predicate", claim.predicate), ends[1], claim.value,
            press.term("valid", claim.valid), held.valid_from, held.valid_to, held.certain_from, held.certain_to,
            press.term("grade", claim.grade), int(claim.assertion == "assessment"), claim.category, number, source,
            ends[2], claim.locator, claim.note, delivery, row,
        ))  # fmt: skip
        if claim.object is None and claim.value and searched(claim.predicate):
            self.rows["name_text"].append((press.seq, claim.value, fold(claim.value)))

    def _entity(self, space: str, delivered: str, kind: str | None) -> int:
        key = (space, delivered)
        if key not in self.entities:
            number = len(self.entities) + 1
            eid = self.press.ids.eid(space, delivered)
            self.entities[key] = (number, eid, self.spaces[space], delivered, self.press.term("kind", kind or "Thing"))
        return int(self.entities[key][0])

    def _retraction(self, said: Said) -> None:
        self.press.seq += 1
        seq, mark = self.placed[said]
        self.rows["retraction"].append((seq, self.press.seq, "wrong", "somebody", None))
        self.markings[mark][1] = (self.markings[mark][1] + self.press.ids.withdrawn(self.press.cid(said))) % MODULUS

    def write(self, db: sqlite3.Connection) -> None:
        self.rows["entity"] = list(self.entities.values())
        self.rows["source"] = [(number, self.spaces[space], name) for (space, name), number in self.sources.items()]
        self.rows["marking"] = [(n, text, digest.to_bytes(32, "big")) for text, (n, digest) in self.markings.items()]
        self.rows["namespace"] = [
            (number, name, "synthetic", name, int(self.world.spaces[name])) for name, number in self.spaces.items()
        ]
        for table, rows in self.rows.items():
            if table == "name_text":
                db.executemany("INSERT INTO name_text (rowid, text, folded) VALUES (?, ?, ?)", rows)
            elif table == "claim":
                db.executemany(f"INSERT INTO claim ({', '.join(CLAIM_COLUMNS)}) VALUES ({', '.join('?' * 21)})", rows)
            elif rows:
                db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


@lru_cache(maxsize=1000)
def _held(valid: str) -> Interval:
    return parse_interval(valid)


def as_csv(said: list[Said]) -> bytes:
    """Write claims as the file that they were delivered in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in said:
        writer.writerow(["m" if name == "marking" else getattr(one.claim, name) or "" for name in COLUMNS])
    return out.getvalue().encode()


def artefacts(world: World) -> list[Artefact]:
    """Return what people kept, as the product keeps it."""
    return [
        Artefact(
            id=kept.id,
            family=kept.family,
            owner=kept.owner,
            case=kept.case,
            view_digest="0" * 64,
            created_at=stamp(NOW),
            body={**_body(kept.family, kept.word), "purpose": kept.purpose},
        )
        for kept in world.kept
    ]


def _body(family: str, word: str) -> dict[str, Any]:
    from analytics.result import Finding

    if family == "finding":
        finding = Finding(
            id=f"coverage-{word}", question=f"asked {word}", method="coverage", version="1", parameters={}, seed=1,
            view="0" * 64, null_model="", power="", limits=(), explanations=(), expires=NOW, evidence=(), rows=(),
        ).to_json()  # fmt: skip
        return {**finding, "next": [{"measure": word}]}
    if family == "plan":
        return {"title": f"plan {word}", "note": "", "finding": "x", "measures": []}
    return {
        "partner": "partner-x", "request": None, "level": 0, "claims": 1, "sha256": None, "file": None,
        "expires": stamp(NOW),
    }  # fmt: skip
