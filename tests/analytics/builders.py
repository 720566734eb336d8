"""Projections made by hand, or straight from a folder of claims, without a ledger."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import yaml

from graph.interval import parse_interval

OTHERS = ("c", "d")
"""Categories of victims, witnesses and contacts."""


@dataclass
class Made:
    """A projection as plain arrays: the shape that analytics read."""

    kinds: list[str]
    kind: np.ndarray
    names: list[str]
    links: dict[str, Any]
    literals: dict[str, Any]
    digest: str

    def refs(self, i: int) -> str:
        return self.names[i]

    def labels(self, i: int) -> str:
        named = self.literals.get("name")
        if not hasattr(self, "_labels"):
            self._labels = dict(zip(named.subject.tolist(), named.value, strict=True)) if named else {}
        return str(self._labels.get(i, self.names[i]))

    def number(self, ref: str) -> int:
        return self.names.index(ref)


@dataclass
class Builder:
    """Collects things and claims; `build` numbers things in the order of their ids."""

    kind_of: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    claims: int = 0

    def thing(self, ref: str, kind: str) -> str:
        assert self.kind_of.setdefault(ref, kind) == kind, ref
        return ref

    def link(
        self, subject: str, predicate: str, target: str, valid: str = "", source: str = "s", report: str = ""
    ) -> None:
        self.claims += 1
        self.rows[predicate].append((subject, target, parse_interval(valid), source, report, self.claims))

    def literal(self, subject: str, predicate: str, value: str, valid: str = "") -> None:
        self.claims += 1
        self.texts[predicate].append((subject, value, parse_interval(valid), self.claims))

    def build(self) -> Made:
        names = sorted(self.kind_of)
        number = {ref: i for i, ref in enumerate(names)}
        kinds = sorted(set(self.kind_of.values()))
        sources = sorted({r[3] for rows in self.rows.values() for r in rows})
        source_no = {s: i for i, s in enumerate(sources)}
        links = {}
        for predicate, rows in self.rows.items():
            links[predicate] = SimpleNamespace(
                subject=np.array([number[r[0]] for r in rows], dtype=np.int32),
                object=np.array([number[r[1]] for r in rows], dtype=np.int32),
                valid_from=np.array([r[2].valid_from for r in rows], dtype=np.int32),
                valid_to=np.array([r[2].valid_to for r in rows], dtype=np.int32),
                certain_from=np.array([r[2].certain_from for r in rows], dtype=np.int32),
                certain_to=np.array([r[2].certain_to for r in rows], dtype=np.int32),
                source=np.array([source_no[r[3]] for r in rows], dtype=np.int32),
                report=np.array([number.get(r[4], -1) for r in rows], dtype=np.int32),
                claim=np.array([r[5] for r in rows], dtype=np.int64),
            )
        literals = {
            predicate: SimpleNamespace(
                subject=np.array([number[r[0]] for r in rows], dtype=np.int32),
                value=[r[1] for r in rows],
                valid_from=np.array([r[2].valid_from for r in rows], dtype=np.int32),
                claim=np.array([r[3] for r in rows], dtype=np.int64),
            )
            for predicate, rows in self.texts.items()
        }
        kind = np.array([kinds.index(self.kind_of[ref]) for ref in names], dtype=np.int16)
        digest = hashlib.sha256(repr((names, dict(self.rows), dict(self.texts))).encode()).hexdigest()
        return Made(kinds, kind, names, links, literals, digest)


USED = {
    "in_milieu", "placed_in", "present_at", "co_accused_in", "located_in", "subject_of", "code",
    "birth_date", "kind", "name",
    "needs", "amount", "step", "cost", "offers", "part_of", "referred_to", "mentored_by",
}  # fmt: skip


def read_folder(folder: Path) -> Made:
    """Read a folder's claims tables straight into a projection: the fast path of tests, without ledger, view or policy.

    As the projection of a view does, it leaves out people known as victims, witnesses or contacts and nothing else.
    """
    builder = Builder()
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
    default = manifest.get("defaults", {}).get("source", "")
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob("*claims.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows += csv.DictReader(handle)
    told = {row["subject"] for row in rows if row["category"] in OTHERS and row["subject_kind"] == "Person"}
    own = {row["subject"] for row in rows if row["category"] in ("a", "b")}
    hidden = told - own
    rows = [row for row in rows if row["category"] not in OTHERS]
    for row in rows:
        if (
            row["predicate"] not in USED
            or (row["predicate"] == "name" and row["subject_kind"] == "Person")
            or row["subject"] in hidden
            or row["object"] in hidden
        ):
            continue
        builder.thing(row["subject"], row["subject_kind"])
        if row["object"]:
            builder.thing(row["object"], row["object_kind"])
            builder.link(
                row["subject"],
                row["predicate"],
                row["object"],
                row["valid"],
                row["source"] or default,
                row.get("report") or "",
            )
        else:
            builder.literal(row["subject"], row["predicate"], row["value"], row["valid"])
    return builder.build()
