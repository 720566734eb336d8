"""What the command line says to somebody who meets it for the first time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_command

from api.cli import app
from graph import errors
from graph.home import Home
from tests.api.test_commands import as_analyst, krydsfelt
from tests.homes import CASE
from tests.ingest.scenario.worlds import rows


def a_party(world: Path) -> tuple[str, str]:
    """Return delivered id and name of a party of the case."""
    parties = yaml.safe_load((world / "cases.yaml").read_text(encoding="utf-8"))[CASE]["parties"]
    person = next(str(p["entity"]) for p in parties if str(p["entity"]).startswith("person:"))
    return person, next(r["value"] for r in rows(world) if r["subject"] == person and r["predicate"] == "name")


def test_a_misspelt_name_is_answered_with_names_that_are_near(home: Home, world: Path) -> None:
    _, name = a_party(world)
    first, _, last = name.partition(" ")
    wrong = f"Qq{first[1:]} {last[:2]}xq{last[2:]}"
    told = json.loads(krydsfelt("search", wrong, *as_analyst(home), "--json").stdout)
    if told["hits"]:
        assert name in {h["entity"]["label"] for h in told["hits"]}
    else:
        assert told["near"]
        assert krydsfelt("search", wrong, *as_analyst(home)).stdout.startswith("No match. Near: ")


def test_what_is_like_nothing_is_answered_as_what_never_was(home: Home) -> None:
    told = krydsfelt("search", "zzzzzzzzzzzzqx", *as_analyst(home), code=4)
    assert not told.stdout and "Not in this view. That does not mean that it does not exist." in told.stderr
    outside = krydsfelt("search", "zzzzzzzzzzzzqx", *as_analyst(home, "case-never"), code=4)
    assert told.stderr == outside.stderr
    as_json = [krydsfelt("search", "zzzzzzzzzzzzqx", *as_analyst(home, c), "--json", code=4) for c in (CASE, "never")]
    assert as_json[0].stdout == as_json[1].stdout


def test_a_chart_draws_no_more_than_asked_and_counts_the_rest_by_kind(home: Home, world: Path, tmp_path: Path) -> None:
    words = [*as_analyst(home), "--entity", a_party(world)[0], "--hops", "2", "--limit", "5"]
    few = json.loads(krydsfelt("chart", *words, "--out", str(tmp_path / "a.html"), "--json").stdout)
    assert few["entities"] <= 5 and few["not_drawn"] == sum(few["not_drawn_by_kind"].values()) > 0
    said = krydsfelt("chart", *words, "--out", str(tmp_path / "b.html")).stdout
    assert re.search(r"Not drawn: \d+ entities further out \(\w+", said) and "--limit (now 5" in said


def commands(group: Any, path: str = "krydsfelt") -> Iterator[tuple[str, Any]]:
    """Walk the whole command line."""
    for name, command in getattr(group, "commands", {}).items():
        yield f"{path} {name}", command
        yield from commands(command, f"{path} {name}")


def test_every_command_and_option_says_what_it_is_for() -> None:
    every = dict(commands(get_command(app)))
    assert {"krydsfelt chart", "krydsfelt partner add", "krydsfelt analyse settings"} <= set(every)
    for path, command in every.items():
        assert command.help, path
        for parameter in command.params:
            assert parameter.name == "help" or getattr(parameter, "help", None), f"{path} {parameter.name}"


def test_exit_codes_are_told_in_the_help_and_are_those_of_the_tree() -> None:
    told = " ".join(krydsfelt("--help").stdout.split())
    kinds = (errors.BadInput, errors.Refused, errors.NotInView, errors.Conflict, errors.Unavailable)
    for code in (0, *(kind.exit_code for kind in kinds), 130):
        assert re.search(rf"\b{code}\b [a-z]", told), code
