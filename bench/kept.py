"""Names of what is kept from run to run: each says what it was made by, so that nothing stale is ever taken for new."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from graph import schema
from ingest.scenario import WorldSize

ROOT = Path(__file__).parents[1]
GENERATOR = (ROOT / "ingest" / "scenario",)
SCHEMA = (ROOT / "graph" / "tables.py", ROOT / "graph" / "migrations")
LENGTH = 10


def world_key(size: WorldSize, generator: Iterable[Path] = GENERATOR) -> str:
    """Return what a made-up world depends on, as a short text: the generator's files and the dials."""
    return _digest(repr(size), generator)


def home_key(size: WorldSize, generator: Iterable[Path] = GENERATOR, tables: Iterable[Path] = SCHEMA) -> str:
    """Return what a loaded home depends on: the version of the ledger's schema, its tables, and its world."""
    return f"{schema.HEAD}-{_digest(world_key(size, generator), tables)}"


def remove_stale(place: Path, stem: str) -> list[str]:
    """Remove what was kept under the same stem with another key, or with none; return the names.

    Parameters
    ----------
    place : Path
        What is kept now.
    stem : str
        The part of its name before the key.
    """
    stale = [
        path
        for path in place.parent.iterdir()
        if (path.name.removesuffix(".ready") == stem or path.name.startswith(f"{stem}-"))
        and path.name.removesuffix(".ready") != place.name
    ]
    for path in stale:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return sorted(path.name for path in stale)


def _digest(words: str, places: Iterable[Path]) -> str:
    total = hashlib.sha256(words.encode())
    for place in places:
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(f"\0{file.relative_to(place.parent)}\0".encode() + file.read_bytes())
    return total.hexdigest()[:LENGTH]
