"""`policy`, `rights` and `glass` as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from graph.errors import KrydsfeltError, NotInView
from graph.policy.rules import POLICY_FILE, shipped
from tests.factory import World

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    world = World(public_labels=True).case("case-1").case("case-2", members=["other"]).person("p1", "Kaja Lind")
    home = world.claim("person:p1", "uses", "phone:1").marking("hidden", level=3).home(tmp_path)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--home", str(home.path), "--json"])

    return call


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output + str(result.exception)
    return json.loads(result.output)


AS = ("--as", "analyst", "--purpose", "investigate", "--case", "case-1")


def test_check_and_sign(run: Run) -> None:
    assert told(run("policy", "check"))["stored_decisions"] == 1_000
    assert told(run("policy", "sign", "--reviewer", "first"))["signed_by"] == ["first", "second"]
    assert isinstance(run("policy", "establish").exception, KrydsfeltError)


def test_why(run: Run) -> None:
    found = told(run("neighbours", "person:p1", *AS))
    token = found["links"][0]["claim"]["token"] if "claim" in found["links"][0] else found["links"][0]["token"]
    why = told(run("policy", "why", "--claim", token, *AS))
    assert why["allowed"] and {r["code"] for r in why["reasons"]} > {"policy.why.role", "policy.why.level"}
    other = run("policy", "why", "--claim", token[:-3] + "abc", *AS)
    assert isinstance(other.exception, NotInView)


def test_diff(run: Run, tmp_path: Path) -> None:
    wider = tmp_path / "wider.cedar"
    text = shipped(POLICY_FILE)
    assert '"H1" };' in text
    wider.write_text(text.replace('when { resource.pap == "RED" }', 'when { resource.pap == "NONE" }'))
    shipped_file = tmp_path / "shipped.cedar"
    shipped_file.write_text(text)
    found = told(run("policy", "diff", str(shipped_file), str(wider)))
    assert found["flips"][0]["says"].startswith("export by liaison becomes allowed where pap is RED")
    assert found["old"] != found["new"]


def test_rights_and_glass(run: Run) -> None:
    assert len(told(run("rights", "list", "--as", "inspector"))["rights"]) == 7
    assert told(run("rights", "confirm", "analyst", "--as", "admin"))["confirmed_by"] == "admin"
    assert told(run("rights", "take-back", "analyst", "--as", "admin"))["confirmed_by"] == ""
    assert told(run("rights", "lapse", "analyst", "--as", "admin"))["lapse_by"] == "admin"
    why = "Somebody in this case was threatened tonight"
    made = told(run("glass", "ask", "--case", "case-2", "--as", "analyst", "--reason", why))
    assert told(run("glass", "approve", made["id"], "--as", "custodian"))["approved_by"] == "custodian"
    seen = run("search", "Kaja", "--as", "analyst", "--purpose", "investigate", "--case", "case-2")
    assert told(seen)["hits"]
    assert [g["id"] for g in told(run("glass", "list", "--as", "inspector"))["glass"]] == [made["id"]]
    assert told(run("glass", "end", made["id"], "--as", "custodian"))["ended_at"]
    reviewed = run("glass", "review", made["id"], "unjustified", "--why", "the lead was not asked", "--as", "inspector")
    assert told(reviewed)["verdict"] == "unjustified"
    again = run("search", "Kaja", "--as", "analyst", "--purpose", "investigate", "--case", "case-2")
    assert isinstance(again.exception, NotInView)
