"""Claims to load, and claims read back, for the rows that compare writing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import yaml

from bench.lab import Lab
from graph.home import Home
from graph.reading import open_reader, reading

COLUMNS = (
    "subject", "subject_kind", "predicate", "object", "object_kind", "value", "valid", "grade", "marking", "source",
)  # fmt: skip


def claims_folder(lab: Lab, name: str, most: int) -> tuple[Path, int]:
    """Write one claims table with an even share of every table of the large world; return folder and claims."""
    out = lab.scratch / name
    world = lab.world(lab.large)
    tables = [_read(path) for form in ("csv", "parquet") for path in sorted(world.glob(f"*-claims.{form}"))]
    share = min(1.0, most / sum(table.num_rows for table in tables))
    cut = [table.slice(0, int(table.num_rows * share)) for table in tables]
    whole = pa.concat_tables(cut, promote_options="default")
    filled = [column.fill_null("") for column in whole.columns]
    out.mkdir(parents=True)
    pyarrow.parquet.write_table(pa.table(filled, names=whole.column_names), out / "claims.parquet")
    shutil.copy(world / "markings.yaml", out)
    manifest = yaml.safe_load((world / "manifest.yaml").read_text(encoding="utf-8"))
    manifest.pop("expect", None)
    (out / "manifest.yaml").write_text(yaml.safe_dump({**manifest, "namespace": "bench"}), encoding="utf-8")
    return out, whole.num_rows


def rows_of(folder: Path) -> Iterator[tuple[Any, ...]]:
    """Yield the claims of a table as `bench.plain.create` takes them."""
    table = pyarrow.parquet.read_table(folder / "claims.parquet").select(COLUMNS)
    for batch in table.to_batches():
        columns = [column.to_pylist() for column in batch.columns]
        for subject, kind, predicate, target, target_kind, *rest in zip(*columns, strict=True):
            yield (subject, kind, predicate, target or None, target_kind, *rest)


def last_numbers(home: Home) -> tuple[int, int]:
    """Return the last number of an entity and of a claim that a home holds."""
    found = _asked(home, "SELECT (SELECT max(nid) FROM entity), (SELECT max(seq) FROM claim)", ())[0]
    return int(found[0] or 0), int(found[1] or 0)


def entities_between(home: Home, low: int, high: int) -> list[tuple[Any, ...]]:
    """Return number and kind of the entities after `low` up to `high`, as `bench.plain.NODES` takes them."""
    statement = (
        "SELECT e.nid, t.text FROM entity e JOIN term t ON t.nid = e.kind WHERE e.nid > ? AND e.nid <= ? ORDER BY e.nid"
    )
    return _asked(home, statement, (low, high))


def links_between(home: Home, low: int, high: int) -> list[tuple[Any, ...]]:
    """Return the links among the claims after `low` up to `high`: predicate, then what `bench.plain.links` takes."""
    statement = (
        "SELECT p.text, c.subject, c.object, c.value, v.text, g.text, c.marking, c.source"
        " FROM claim c JOIN term p ON p.nid = c.predicate JOIN term v ON v.nid = c.valid JOIN term g ON g.nid = c.grade"
        " WHERE c.seq > ? AND c.seq <= ? AND c.object IS NOT NULL ORDER BY c.object, c.subject"
    )
    return _asked(home, statement, (low, high))


def _asked(home: Home, statement: str, values: tuple[int, ...]) -> list[tuple[Any, ...]]:
    engine = open_reader(home)
    try:
        with reading(engine) as connection:
            return list(connection.connection.cursor().execute(statement, values))
    finally:
        engine.dispose()


def _read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path)
    with path.open(encoding="utf-8") as handle:
        head = handle.readline().strip().split(",")
    return pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(head, pa.string()), strings_can_be_null=False
        ),
    )
