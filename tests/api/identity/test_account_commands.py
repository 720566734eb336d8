"""`krydsfelt account`: passwords are asked for and never arguments; an administrator does it, once there is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.identity.accounts import Accounts
from graph.access import access_of
from graph.errors import BadInput, KrydsfeltError, NotSignedIn, Refused
from graph.home import PERSONAS, Home
from graph.view_books import ledger_of
from tests.api.identity.conftest import WORD
from tests.homes import MADE

ANALYST = ("--role", "analyst", "--purpose", "prevent", "--clearance", "2")


@pytest.fixture
def bare(tmp_path: Any) -> Home:
    """A home without anybody."""
    return Home.init(tmp_path / "bare")


def call(home: Home, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(app, ["account", *words, "--home", str(home.path)], input=said)


def told(home: Home, *words: str) -> Mapping[str, Any]:
    result = call(home, *words, "--json")
    assert result.exit_code == 0, result.output
    found: Mapping[str, Any] = json.loads(result.output)
    return found


def refused(home: Home, *words: str, said: str = "") -> KrydsfeltError:
    result = call(home, *words, said=said)
    assert isinstance(result.exception, KrydsfeltError), result.output
    return result.exception


def test_the_password_is_asked_for_twice(bare: Home) -> None:
    error = refused(bare, "add", "ida.lind", *ANALYST, said=f"{WORD}\n{WORD}x\n")
    assert error.reason_code == "password-differs" and not Accounts(bare).all()
    result = call(bare, "add", "ida.lind", *ANALYST, said=f"{WORD}\n{WORD}\n")
    assert result.exit_code == 0 and WORD not in result.output
    Accounts(bare).sign_in("ida.lind", WORD, None, at=MADE)
    body = ledger_of(bare).users()["ida.lind"]
    assert (body["roles"], body["purposes"], body["clearance"]) == (["analyst"], ["prevent"], 2)


def test_no_option_takes_a_password() -> None:
    listed = CliRunner().invoke(app, ["account", "add", "--help"]).output
    assert "--one-time" in listed and "--password" not in listed


def test_whoever_holds_the_folder_enters_the_first_administrator_only(bare: Home) -> None:
    told(bare, "add", "eva.dam", "--role", "admin", "--one-time")
    assert isinstance(refused(bare, "add", "ida.lind", *ANALYST, "--one-time"), Refused)
    assert isinstance(refused(bare, "add", "ida.lind", *ANALYST, "--one-time", "--as", "nobody"), NotSignedIn)
    given = told(bare, "add", "ida.lind", *ANALYST, "--one-time", "--as", "eva.dam")
    assert given["one_time_password"]
    assert refused(bare, "list", "--as", "ida.lind").reason_code == "role"
    rows = told(bare, "list", "--as", "eva.dam")["accounts"]
    assert [(row["user"], row["roles"], row["disabled"]) for row in rows] == [
        ("eva.dam", ["admin"], False),
        ("ida.lind", ["analyst"], False),
    ]


def test_reset_and_disable_end_what_was_open(bare: Home) -> None:
    told(bare, "add", "ida.lind", *ANALYST, "--one-time")
    given = told(bare, "reset", "ida.lind")["one_time_password"]
    assert access_of(ledger_of(bare), "ida.lind").epoch == 1
    told(bare, "disable", "ida.lind", "--reason", "left")
    assert access_of(ledger_of(bare), "ida.lind").disabled
    with pytest.raises(NotSignedIn):
        Accounts(bare).sign_in("ida.lind", given, WORD, at=MADE)
    told(bare, "enable", "ida.lind", "--reason", "back")
    told(bare, "revoke", "ida.lind", "--reason", "lost telephone")
    assert (access_of(ledger_of(bare), "ida.lind").epoch, access_of(ledger_of(bare), "ida.lind").disabled) == (4, False)


def test_what_is_no_user_role_or_purpose_is_refused(bare: Home) -> None:
    for words in (("add", "x", "--role", "king"), ("add", "x", "--purpose", "fun"), ("reset", "x"), ("add", " x")):
        assert isinstance(refused(bare, *words, *(("--one-time",) if words[0] == "add" else ())), BadInput), words
    for name in PERSONAS:
        assert refused(bare, "add", name, "--one-time").reason_code == "persona-name"
    assert refused(bare, "revoke", "nobody", "--reason", "r").reason_code == "unknown-user"


def test_every_act_on_accounts_stands_in_the_audit(bare: Home) -> None:
    told(bare, "add", "ida.lind", *ANALYST, "--one-time")
    told(bare, "disable", "ida.lind", "--reason", "left the service")
    lines = [json.loads(line) for path in sorted(bare.audit.glob("*.log")) for line in path.read_text().splitlines()]
    acts = {line["action"]: line for line in lines if line["kind"] == "intent"}
    assert {"enter-user", "add-account", "disable-access"} <= set(acts)
    assert acts["disable-access"]["detail"] == {"of": "ida.lind"} and acts["disable-access"]["reason"]
