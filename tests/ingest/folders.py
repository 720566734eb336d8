"""Folders to load, written on the spot."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from graph.home import Home
from ingest.source import COLUMNS

MARKINGS = {
    "plain": {
        "level": 0,
        "handling": "H0",
        "open": True,
        "purposes": ["prevent"],
        "legal_basis": "polintel-5",
        "case": "unbound",
        "regime": "synthetic",
        "sealed": False,
    },
    "bare": {},
}
MANIFEST: dict[str, Any] = {
    "kind": "synthetic",
    "title": "A test",
    "seed": 1,
    "namespace": "test",
    "defaults": {"grade": "4x4:B2", "assertion": "fact", "marking": "plain", "source": "unit:01"},
}


def claim(**cells: str) -> dict[str, str]:
    """A row that loads, with cells of one's own."""
    return {"subject": "person:1", "subject_kind": "Person", "predicate": "name", "value": "Ada Prøve", **cells}


def link(subject: str = "person:1", target: str = "person:2", **cells: str) -> dict[str, str]:
    """A link that loads."""
    return claim(
        subject=subject,
        predicate="associated_with",
        object=target,
        object_kind="Person",
        value='{"kind":"call"}',
        **cells,
    )


def table(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def folder(
    path: Path,
    rows: Sequence[Mapping[str, str]] | str | bytes,
    *,
    manifest: Mapping[str, Any] | None = None,
    markings: Mapping[str, Any] | None = None,
    **sides: Mapping[str, Any],
) -> Path:
    """Write a folder with one claims table and what stands beside it."""
    path.mkdir(parents=True, exist_ok=True)
    content = rows if isinstance(rows, bytes) else (rows if isinstance(rows, str) else table(rows)).encode()
    (path / "claims.csv").write_bytes(content)
    (path / "manifest.yaml").write_text(yaml.safe_dump({**MANIFEST, **(manifest or {})}), encoding="utf-8")
    (path / "markings.yaml").write_text(yaml.safe_dump(dict(markings or MARKINGS)), encoding="utf-8")
    for name, body in sides.items():
        (path / f"{name}.yaml").write_text(yaml.safe_dump(dict(body)), encoding="utf-8")
    return path


def claims_in(home: Home) -> int:
    """How many claims the ledger holds."""
    return ask(home, "SELECT count(*) FROM claim")[0][0]  # type: ignore[no-any-return]


def ask(home: Home, statement: str) -> list[tuple[Any, ...]]:
    """Rows of the ledger itself."""
    from graph.ledger import Ledger

    with Ledger(home) as ledger, ledger.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]
