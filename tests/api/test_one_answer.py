"""What was never there, what is hidden, and what is another case's: one answer, byte for byte, on every route.

The routes are read from the router, so one that takes a new kind of id has to be entered here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import describe
from api.deps import Server
from graph.actor import ViewRequest, actor_of
from graph.home import Home
from graph.kept import keep
from graph.ledger import Ledger
from graph.pseudonyms import Tokens, partition_of
from graph.view import View, open_view
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE, MADE, PARTNER, clock

OTHER_CASE = "case-2026-003"
NO_IDS = {"v", "name", "n"}
"""The view of the address, the name of a method, and the number of an act in the log, which inspectors alone read."""
METHODS = ("get", "post", "put", "patch", "delete")
BODIES: Mapping[str, Mapping[str, Any]] = {
    "/packages/preview": {"partner": PARTNER, "claims": ["{c}"]},
    "/packages": {"partner": PARTNER, "claims": ["{c}"]},
}
"""Routes whose body names claims."""


def addresses() -> Iterator[tuple[str, str, str]]:
    """Yield method, address under the view and the one id in it, for each place of an id in each route."""
    for path, methods in describe()["paths"].items():
        under = path.partition("{v}")[2]
        for method in methods.keys() & set(METHODS):
            for name in re.findall(r"\{(\w+)\}", under):
                if name not in NO_IDS:
                    yield method, under, name
            if under == "/paths":
                yield method, "/paths?start={e}&end={known}", "e"
                yield method, "/paths?start={known}&end={e}&kind=time", "e"
            if method == "post" and under in BODIES:
                yield method, under, "c"


ADDRESSES = sorted(set(addresses()))


def opened(home: Home, case: str) -> View:
    return open_view(
        home, actor_of(home, "analyst"), ViewRequest("investigate", case=case), session="test", clock=clock
    )


def hidden(home: Home, view: View) -> tuple[str, str]:
    """Return an entity and a claim that are in the home and not in the view, as tokens of the view's own."""
    tokens = Tokens(home.secret("pseudonym"), partition_of(CASE, "investigate", "analyst"))
    seen = ", ".join(str(n) for n in sorted(view.scope.visible)) or "0"
    mine = f"SELECT 1 FROM claim s WHERE s.marking IN ({seen})"
    with Ledger(home) as ledger, ledger.read() as connection:
        eid = connection.execute(
            text(
                f"SELECT e.eid FROM entity e WHERE NOT EXISTS ({mine} AND s.subject = e.nid)"
                f" AND NOT EXISTS ({mine} AND s.object = e.nid) ORDER BY e.eid LIMIT 1"
            )
        ).scalar_one()
        cid = connection.execute(
            text(f"SELECT c.cid FROM claim c WHERE c.marking NOT IN ({seen}) ORDER BY c.cid LIMIT 1")
        ).scalar_one()
    return tokens.entity(eid), tokens.claims([cid])[0]


def refs(home: Home, client: TestClient, view: View) -> dict[str, list[str]]:
    """Return ids by kind: never there, hidden, another case's, malformed."""
    never = Tokens(home.secret("pseudonym"), partition_of(CASE, "investigate", "analyst"))
    entity, claim = hidden(home, view)
    other = opened(home, OTHER_CASE)
    theirs = other.case_claims()[0]
    body = {"finding": {}, "file": "0" * 64}
    for family, name in (("finding", "f-other"), ("package-sent", "p-other")):
        keep(other, family, name, body, MADE)
    server: Server = client.app.state.server  # type: ignore[attr-defined]
    run = server.jobs.start(other.id, "settings", {})
    server.jobs.cancel(run)
    return {
        "e": [never.entity(b"\x00" * 16), entity, theirs.subject.token, "K-ZZZZ", "nobody:1"],
        "c": [never.claims([b"\x00" * 16])[0], claim, theirs.token, "x"],
        "f": ["f-none", "f-other", "p-other"],
        "k": ["p-none", "p-other", "f-other"],
        "r": ["r-none", run.id],
        "party": ["party-000000000000", "case-2026-001"],
    }


@pytest.fixture
def asked(sign_in: SignIn, home: Home) -> tuple[TestClient, str, dict[str, list[str]]]:
    """A client in the case, the address of its view, and ids that are not in it."""
    client = sign_in("analyst")
    return client, view_of(client, "investigate", CASE), refs(home, client, opened(home, CASE))


def test_every_kind_of_id_is_known_here() -> None:
    assert {name for _, _, name in ADDRESSES} == {"e", "c", "f", "k", "r", "party"}
    assert len(ADDRESSES) >= 12


def test_not_in_the_view_is_one_answer_on_every_route(
    asked: tuple[TestClient, str, dict[str, list[str]]], home: Home
) -> None:
    client, view, ids = asked
    known = client.get(f"{view}/case").json()["parties"][0]["token"]
    for method, under, name in ADDRESSES:
        answers = {}
        for ref in ids[name]:
            body = (
                {k: [ref] if k == "claims" else v for k, v in BODIES[under].items()}
                if name == "c" and under in BODIES
                else {"reason": "a lead to follow"}
                if name == "party"
                else None
            )
            answer = client.request(
                method, view + under.replace("{known}", known).replace(f"{{{name}}}", ref), json=body
            )
            answers[ref] = (answer.status_code, sorted(answer.headers.items()), answer.content)
        first = next(iter(answers.values()))
        assert all(answer == first for answer in answers.values()), (method, under, answers)
        if (method, under) not in EARLIER:
            assert first[0] == 404, (method, under, first)


EARLIER: frozenset[tuple[str, str]] = frozenset(
    {("post", "/packages"), ("post", "/parties/{party}/end"), ("get", "/entities/{e}/vault")}
)
"""Routes at which an analyst who leads no case, or whose vault is shut, is refused before any id is read."""
