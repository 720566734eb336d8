"""A masked name is in no output: unlikely names are planted, every route and command asked, every file looked at.

Answers, headers, errors, logs, charts, packages and all files of the home but the record itself are searched for them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

import api.cli
from api.app import create_app
from api.settings import Settings
from graph.actor import ViewRequest, actor_of
from graph.home import Home
from graph.text import fold
from graph.view import View, open_view
from tests.factory import NOW, World, clock
from tests.trust import paths
from tests.trust.paths import Known, Operation
from tests.trust.worlds import ASKER

CASE = "case-1"
CANARIES = ("Zyxwana Qvastekjaer", "Xylofon Bzrgmand", "Qwertz Yppersten")
PLACED = ("zyxnumber0071", "qvatext", "zyxid77")
"""Parts of an alias, a number and a delivered id."""
WALKS = 2
ROLES = {
    "analyst": ("investigate", CASE),
    "liaison": ("exchange", CASE),
    "planner": ("outreach-aggregate", None),
    "inspector": ("oversight", None),
    "custodian": ("oversight", None),
    "admin": ("oversight", None),
    "coordinator": ("oversight", None),
}
UNASKED = {"/api/v1/session", "/api/v1/views", "/api/v1/map"}
"""Signing in and opening happen once; the map is two megabytes of the same for everybody."""


def world() -> World:
    made = World().case(
        CASE, parties=[{"entity": "person:known", "category": "a", "role": "suspect", "reason": "seen"}]
    )
    made.person("known", "Kaja Lind", born="1990-05-01")
    made.user("lead")
    for n, name in enumerate(CANARIES):
        who = f"person:zyxid77-{n}"
        made.claim(who, "name", value=name).claim(who, "birth_date", value="1987-03-14")
        made.claim(who, "alias", value=f"Qvatext {name.split()[0]}").claim(who, "identifier", value=f"ZYXNUMBER0071{n}")
        made.claim(who, "associated_with", "person:known", {"kind": "call"}, marking=CASE, note=f"{name} ringede")
        made.claim(who, "uses", f"phone:{n}", marking=CASE, locator=f"om {name.split()[1]}, {name.split()[0]}")
        made.claim(f"document:{n}", "text", value=f"Ifølge {name}s ven kom {name[0]}. {name.split()[1]}.", marking=CASE)
    return made.claim("section:1", "name", value="Afdeling Nord")


def canaries_in(text: str) -> list[str]:
    """Return the planted words that a text holds, however they are spelt."""
    folded = fold(text)
    words = [part for name in CANARIES for part in fold(name).split()] + list(PLACED)
    return [word for word in words if word in folded]


@dataclass
class Seen:
    """Everything that came out, and where from."""

    texts: list[tuple[str, str]] = field(default_factory=list)

    def found(self) -> list[tuple[str, list[str]]]:
        return [(where, said) for where, text in self.texts if (said := canaries_in(text))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return world().home(tmp_path_factory.mktemp("canary"))


@pytest.fixture(scope="module")
def known(home: Home) -> Known:
    """What an asker may have got hold of: tokens and pseudonyms of everybody, and the whole names themselves."""
    view = _view(home)
    rows = view._graph.identifying
    tokens = [view._teller.tokens.entity(row.eid) for row in rows]
    names = [ref.label for ref in view._teller.refs([row.nid for row in rows]).values()]
    claims = [claim.token for claim in view.case_claims()]
    fields = {
        "seen": tokens, "tokens": tokens, "linked": tokens, "pseudonyms": [n for n in names if n.startswith("K-")],
        "delivered": ["person:zyxid77-0", "person:known"], "claims": claims, "seen_claims": claims,
        "names": [*CANARIES, "ZYXNUMBER00710"], "kept": [],
        "random": Random(7), "request": SimpleNamespace(
            purpose="investigate", case=CASE, legal_basis=None, necessity="",
            body=lambda: {"purpose": "investigate", "case": CASE, "reason": ""},
        ),
    }  # fmt: skip
    made = Known.__new__(Known)
    made.__dict__.update(fields)
    return made


def _view(home: Home, who: str = "analyst") -> View:
    return open_view(home, actor_of(home, who), ViewRequest("investigate", CASE), session="s", clock=clock)


@contextmanager
def logs(seen: Seen) -> Iterator[None]:
    """Collect what is logged meanwhile."""
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        seen.texts.append(("the log", "\n".join(heard)))


def test_no_route_tells_a_masked_name(home: Home, known: Known) -> None:
    seen, asked = Seen(), set[str]()
    app = create_app(home, Settings(home=home.path), clock=clock)
    with logs(seen):
        for role, (purpose, case) in ROLES.items():
            with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
                assert client.post("/api/v1/session", json={"persona": role}).status_code == 200
                opened = client.post("/api/v1/views", json={"purpose": purpose, "case": case})
                view = opened.json().get("id", "v0")
                for operation in paths.operations():
                    if operation.path in UNASKED or (operation.method, operation.path) in paths.SKIPPED:
                        continue
                    if "emergency" in operation.path or not paths.can_be_drawn(operation):
                        continue  # whoever unmasks is told the name: its own tests
                    if operation.method == "DELETE" and "{r}" not in operation.path:
                        continue
                    for _ in range(WALKS):
                        asked.add(_ask(client, operation, known, view, seen))
    assert len(asked) > 40
    assert seen.found() == []
    assert any("K-" in text for _, text in seen.texts)  # the people themselves were shown


def _ask(client: TestClient, operation: Operation, known: Known, view: str, seen: Seen) -> str:
    ask = paths.ask_of(operation, known)
    path = ask.path.replace("<view>", view)
    body = json.loads(json.dumps(ask.body)) if ask.body is not None else None
    params = cast(dict[str, Any], ask.query)
    answer = client.request(ask.method, path, params=params, json=body, content=ask.content)
    said = f"{dict(answer.headers)}\n{answer.content.decode('utf-8', 'replace')}"
    seen.texts.append((f"{operation.method} {operation.path} {answer.status_code}", said))
    return f"{operation.method} {operation.path}"


def test_no_command_tells_a_masked_name(home: Home, known: Known, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("KRYDSFELT_HOME", str(home.path))
    seen, runner = Seen(), CliRunner()
    names = [n for n in paths.commands() if n not in paths.NOT_READ and n not in ("unmask alone", "demo", "serve")]
    with logs(seen):
        for name in names:
            for n in range(2):
                words = paths.command_of(name, known).body
                out = tmp_path / f"{name.replace(' ', '-')}-{n}"
                given = [str(out) if word == "<out>" else "analyst" if word == ASKER else word for word in words]
                result = runner.invoke(api.cli.app, given)
                seen.texts.append((f"command {name}", f"{result.output}\n{result.exception}"))
                if out.exists():
                    seen.texts.append((f"file of {name}", f"{out.name}\n{out.read_bytes().decode('utf-8', 'replace')}"))
    assert len(names) > 15
    assert seen.found() == []
    assert any("file of chart" in where for where, _ in seen.texts)


def test_no_file_beside_the_record_holds_a_masked_name(home: Home, known: Known) -> None:
    view = _view(home)
    for name in (*CANARIES, "ZYXNUMBER00710"):
        view.search(name)
    view.projection("analyse-settings")
    record = {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}
    files = [p for p in home.path.rglob("*") if p.is_file() and p.name not in record and "deliveries" not in p.parts]
    assert any("audit" in p.parts for p in files)
    seen = Seen([(str(p), f"{p.name}\n{p.read_bytes().decode('utf-8', 'replace')}") for p in files])
    assert seen.found() == []


def test_the_search_would_see_one(home: Home) -> None:
    """The names are in the record, and in a view that names people."""
    from graph.emergencies import unmask_alone

    view = _view(home)
    who = next(r for r in view._teller.refs([row.nid for row in view._graph.identifying]).values() if r.kind == "Person"
               and r.form == "pseudonym")  # fmt: skip
    assert canaries_in(repr(view.card(who.token))) == []
    unmask_alone(view, who.token, "somebody may be hurt if nobody calls", at=NOW)
    assert canaries_in(repr(view.card(who.token)))
    assert canaries_in((home.path / "ledger.sqlite").read_bytes().decode("utf-8", "replace")) or canaries_in(
        (home.path / "ledger.sqlite-wal").read_bytes().decode("utf-8", "replace")
    )
