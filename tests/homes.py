"""A small made-up world, loaded into a home of its own: what tests of the upper floors run on."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.home import Home
from ingest.load import load
from tests.ingest.scenario.worlds import make_tiny

MADE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CASE = "case-2026-001"
PARTNER = "partner-01"


def clock() -> datetime:
    return MADE


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny made-up Denmark."""
    out = tmp_path_factory.mktemp("world") / "W"
    make_tiny(out)
    return out


@pytest.fixture(scope="session")
def loaded(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with that world; read only: a test that writes takes `home`."""
    made = Home.init(tmp_path_factory.mktemp("home") / "H", personas=True)
    load(made, [world], clock=clock)
    return made


@pytest.fixture
def home(loaded: Home, tmp_path: Path) -> Home:
    """A copy of that home for one test."""
    shutil.copytree(loaded.path, tmp_path / "H")
    return Home.open(tmp_path / "H")


def alter(home: Path, family: str, key: str, **to: object) -> None:
    """Change what the directory of a home says of a case or a user."""
    with closing(sqlite3.connect(home / "ledger.sqlite")) as ledger, ledger:
        asked = "SELECT body FROM directory WHERE family = ? AND id = ?"
        body = json.loads(ledger.execute(asked, (family, key)).fetchone()[0]) | to
        changed = (json.dumps(body, sort_keys=True), family, key)
        ledger.execute("UPDATE directory SET body = ? WHERE family = ? AND id = ?", changed)
