"""A home that an earlier version made: brought forward where it may be, and told what a person has to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from graph import schema
from graph.errors import BadInput
from graph.home import Home
from graph.ledger import Ledger
from graph.policy.bundle import PolicyRefused
from tests.factory import World

AS = ("--as", "analyst", "--purpose", "investigate", "--case", "case-1")


@pytest.fixture
def older(tmp_path: Path) -> Home:
    """A home as it was before policies were signed and before people decided in steps."""
    home = World(public_labels=True).case("case-1").person("p1", "Kaja Lind").home(tmp_path)
    shutil.rmtree(home.path / "policy")
    for key in (home.path / "keys").glob("reviewer-*"):
        key.unlink()
    with sqlite3.connect(home.ledger_path) as ledger:
        ledger.execute("DROP TABLE step")
        ledger.execute("UPDATE alembic_version SET version_num = '0002'")
    return home


def run(home: Home, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--home", str(home.path), "--json"])


def test_what_a_person_has_to_do_is_said_and_then_it_works(older: Home) -> None:
    refused = run(older, "search", "Kaja", *AS).exception
    assert isinstance(refused, PolicyRefused) and "krydsfelt policy establish" in str(refused)
    nobody = run(older, "policy", "sign", "--reviewer", "first").exception
    assert isinstance(nobody, BadInput) and "krydsfelt policy establish" in str(nobody)

    made = run(older, "policy", "establish")
    assert made.exit_code == 0 and json.loads(made.output) == {"reviewers": ["first", "second"]}
    found = run(older, "search", "Kaja", *AS)
    assert found.exit_code == 0, str(found.exception)
    assert [hit["entity"]["label"] for hit in json.loads(found.output)["hits"]] == ["Kaja Lind"]

    log = json.loads(run(older, "audit", "verify").output)
    assert log["whole"] and log["actions"]["establish-reviewers"] == 1


def test_its_ledger_learns_the_later_steps(older: Home) -> None:
    with Ledger(older) as ledger, ledger.read() as connection:
        assert schema.current(connection) == schema.HEAD
        assert connection.exec_driver_sql("SELECT count(*) FROM step").scalar() == 0
