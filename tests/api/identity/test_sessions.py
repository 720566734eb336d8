"""Sessions: short, bound, rotated; and over as soon as the directory says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.identity.accounts import Accounts
from api.sessions import FRESH, IDLE, LIFE, MOST_PER_USER
from api.settings import Settings
from graph.access import disable, enable, revoke
from graph.home import Home
from graph.ledger import Ledger
from tests.api.conftest import view_of
from tests.api.identity.conftest import WORD
from tests.homes import CASE, MADE, PARTNER


class Served:
    """The application over a home, a clock that is set by hand, and clients of it."""

    def __init__(
        self, home: Home, stack: ExitStack, accounts: Accounts | None = None, url: str = "http://127.0.0.1"
    ) -> None:
        self.home, self.now, self._stack, self._url = home, MADE, stack, url
        self.app = create_app(home, Settings(home=home.path), loopback="127.0.0.1" in url, clock=self.clock)
        if accounts is not None:
            self.app.state.server = replace(self.app.state.server, accounts=accounts)

    def clock(self) -> datetime:
        return self.now

    def client(self, agent: str = "a browser", address: str = "127.0.0.1") -> TestClient:
        made = TestClient(self.app, base_url=self._url, headers={"user-agent": agent}, client=(address, 1))
        return self._stack.enter_context(made)

    def persona(self, name: str) -> TestClient:
        client = self.client()
        assert client.post("/api/v1/session", json={"persona": name}).status_code == 200
        return client


@pytest.fixture
def served(home: Home) -> Iterator[Served]:
    with ExitStack() as stack:
        yield Served(home, stack)


@pytest.fixture
def with_accounts(home: Home, accounts: Accounts) -> Iterator[Served]:
    with ExitStack() as stack:
        yield Served(home, stack, accounts)


def signed_in(client: TestClient) -> bool:
    return client.get("/api/v1/openings").status_code == 200


def change_user(home: Home, user: str, **to: Any) -> None:
    with Ledger(home) as ledger, ledger.writer() as writer:
        body = {k: v for k, v in ledger.users()[user].items() if k != "namespace"}
        writer.directory("user", user, "home", {**body, **to})


def change_case(home: Home, **to: Any) -> None:
    with Ledger(home) as ledger, ledger.writer() as writer:
        body = dict(ledger.cases()[CASE])
        space = body.pop("namespace")
        writer.directory("case", CASE, space, {**body, **to})


def entries(home: Home, action: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for path in sorted(home.audit.glob("*.log")) for line in path.read_text().splitlines()]
    return [line for line in lines if line.get("action") == action]


def test_a_session_ends_idle_and_absolutely(served: Served) -> None:
    client = served.persona("analyst")
    served.now += IDLE - timedelta(seconds=1)
    assert signed_in(client)
    served.now += IDLE
    assert not signed_in(client)
    client = served.persona("analyst")
    for _ in range(int(LIFE / (IDLE / 2)) - 1):
        served.now += IDLE / 2
        assert signed_in(client)
    served.now += IDLE / 2
    assert not signed_in(client)


def test_a_stolen_cookie_is_worth_nothing_and_ends_the_session(served: Served) -> None:
    client = served.persona("analyst")
    cookie = {"cookie": f"krydsfelt_session={client.cookies['krydsfelt_session']}"}
    assert served.client().get("/api/v1/openings", headers=cookie).status_code == 200
    for agent, address in (("another browser", "127.0.0.1"), ("a browser", "10.0.0.9")):
        client = served.persona("analyst")
        cookie = {"cookie": f"krydsfelt_session={client.cookies['krydsfelt_session']}"}
        assert served.client(agent, address).get("/api/v1/openings", headers=cookie).status_code == 401
        assert not signed_in(client), "whose cookie was seen elsewhere signs in anew"
    assert len(entries(served.home, "foreign-session")) == 2


def test_every_sign_in_and_every_proof_has_a_key_of_its_own(served: Served) -> None:
    client = served.persona("analyst")
    view = view_of(client, "prevent")
    keys = [client.cookies["krydsfelt_session"]]
    assert client.post("/api/v1/session/proof", json={"persona": "analyst"}).status_code == 200
    keys.append(client.cookies["krydsfelt_session"])
    assert client.get(view).status_code == 200, "what was open stays open"
    client.post("/api/v1/session", json={"persona": "analyst"})
    keys.append(client.cookies["krydsfelt_session"])
    assert len(set(keys)) == 3
    for old in keys[:2]:
        cookie = {"cookie": f"krydsfelt_session={old}"}
        assert served.client().get("/api/v1/openings", headers=cookie).status_code == 401
    assert client.get(view).status_code == 404


def test_over_tls_the_cookie_is_bound_to_this_host(home: Home) -> None:
    with ExitStack() as stack:
        client = Served(home, stack, url="https://127.0.0.1").client()
        flags = client.post("/api/v1/session", json={"persona": "analyst"}).headers["set-cookie"]
        assert flags.startswith("__Host-krydsfelt_session=")
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(flags.split("; "))
        assert signed_in(client)
        plain = {"cookie": f"krydsfelt_session={flags.partition('=')[2].partition(';')[0]}"}
        assert stack.enter_context(TestClient(client.app, base_url="https://127.0.0.1", headers=plain)).get(
            "/api/v1/openings"
        ).status_code == 401  # fmt: skip


@pytest.mark.parametrize("act", [revoke, disable])
def test_taking_away_access_ends_everything_at_once(served: Served, act: Any) -> None:
    client, other = served.persona("analyst"), served.persona("planner")
    view = view_of(client, "investigate", CASE)
    act(served.home, "analyst", by="test", reason="lost telephone", at=MADE)
    for path in (view, f"{view}/case", "/api/v1/openings", f"{view}/findings"):
        assert client.get(path).status_code == 401, path
    assert client.get("/api/v1/session").json()["actor"] is None
    assert signed_in(other)
    assert len(entries(served.home, "close-view")) == 1
    again = served.client().post("/api/v1/session", json={"persona": "analyst"})
    assert again.status_code == (200 if act is revoke else 403)
    enable(served.home, "analyst", by="test", reason="back", at=MADE)
    assert signed_in(served.persona("analyst"))


def test_a_right_that_is_taken_away_takes_the_views_that_rested_on_it(served: Served) -> None:
    client = served.persona("analyst")
    view = view_of(client, "investigate", CASE)
    change_user(served.home, "analyst", confirmed_until="2027-01-31", confirmed_by="admin")
    assert client.get(view).status_code == 200, "confirming rights takes nothing away"
    change_user(served.home, "analyst", purposes=["prevent"])
    assert client.get(view).status_code == 404
    refused = client.post("/api/v1/views", json={"purpose": "investigate", "case": CASE})
    assert refused.status_code == 403 and refused.json()["code"] == "purpose"
    assert client.get(view_of(client, "prevent")).status_code == 200


def test_a_case_that_closes_or_lets_a_member_go_closes_its_views(served: Served) -> None:
    client = served.persona("analyst")
    for change in ({"state": "closed"}, {"members": ["liaison"], "lead": "liaison"}):
        view, other = view_of(client, "investigate", CASE), view_of(client, "prevent")
        change_case(served.home, title="another title")
        assert client.get(view).status_code == 200
        change_case(served.home, **change)
        assert client.get(f"{view}/case").status_code == 404
        assert client.get(other).status_code == 200, "what did not rest on it stays open"
        change_case(served.home, state="open", members=[], lead="")


def test_a_user_who_is_there_no_more_is_signed_out(served: Served) -> None:
    client = served.persona("analyst")
    with Ledger(served.home) as ledger, ledger.begin_write() as connection:
        connection.exec_driver_sql("DELETE FROM directory WHERE family = 'user' AND id = 'analyst'")
    assert not signed_in(client)


def test_one_has_so_many_sign_ins_and_no_more(served: Served) -> None:
    clients = [served.persona("analyst") for _ in range(MOST_PER_USER + 1)]
    assert [signed_in(client) for client in clients] == [False, *[True] * MOST_PER_USER]


def test_signing_out_everywhere(served: Served) -> None:
    clients = [served.persona("analyst") for _ in range(3)]
    assert clients[0].delete("/api/v1/sessions").status_code == 204
    assert not any(signed_in(client) for client in clients)
    assert signed_in(served.persona("analyst"))


def test_an_export_needs_a_fresh_sign_in(served: Served) -> None:
    client = served.persona("liaison")
    view = view_of(client, "exchange", CASE)
    served.now += FRESH + timedelta(seconds=1)
    said = client.post(f"{view}/packages", json={"partner": PARTNER, "request": None, "claims": ["x"]})
    assert (said.status_code, said.json()["code"], said.json()["max_age"]) == (403, "step-up", 300)
    assert client.post("/api/v1/session/proof", json={"persona": "analyst"}).status_code == 403
    fresh = client.post("/api/v1/session/proof", json={"persona": "liaison"})
    assert fresh.status_code == 200 and fresh.json()["fresh_until"]
    said = client.post(f"{view}/packages", json={"partner": PARTNER, "request": None, "claims": ["x"]})
    assert said.json()["code"] != "step-up"


def test_a_password_signs_in_proves_and_changes(with_accounts: Served) -> None:
    client = with_accounts.client()
    wrong = client.post("/api/v1/session/password", json={"user": "ida.lind", "password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong-credentials")
    right = client.post("/api/v1/session/password", json={"user": "ida.lind", "password": WORD})
    assert right.status_code == 200 and right.json()["way"] == "password" and signed_in(client)
    assert client.post("/api/v1/session/proof", json={"persona": "ida.lind"}).status_code == 403
    assert client.post("/api/v1/session/proof", json={"password": "wrong"}).status_code == 401
    assert client.post("/api/v1/session/proof", json={"password": WORD}).status_code == 200
    new = {"password": WORD, "new_password": "syv blå sejl i vinden"}
    assert client.post("/api/v1/session/new-password", json={**new, "new_password": "kort"}).status_code == 400
    assert client.post("/api/v1/session/new-password", json=new).status_code == 200
    assert client.post("/api/v1/session/proof", json={"password": new["new_password"]}).status_code == 200


def test_wrong_sign_ins_make_the_next_wait_whoever_it_is(with_accounts: Served) -> None:
    said: list[dict[str, Any]] = []
    for user in ("ida.lind", "nobody"):
        client = with_accounts.client(address=f"10.0.0.{len(said)}")
        for _ in range(5):
            assert client.post("/api/v1/session/password", json={"user": user, "password": "wrong"}).status_code == 401
        answer = client.post("/api/v1/session/password", json={"user": user, "password": WORD})
        assert answer.status_code == 429 and 800 < int(answer.headers["retry-after"]) <= 900
        said.append({k: v for k, v in answer.json().items() if k != "retry_after"})
    assert said[0] == said[1]
    elsewhere = with_accounts.client(address="10.0.0.77")
    right = elsewhere.post("/api/v1/session/password", json={"user": "ida.lind", "password": WORD})
    assert right.status_code == 200, "one machine's mistakes do not lock the person out"


def test_personas_go_when_people_have_accounts(home: Home, accounts: Accounts) -> None:
    with ExitStack() as stack:
        client = Served(home, stack, accounts).client()
        said = client.get("/api/v1/session").json()
        assert said["personas"] == [] and said["ways"] == {"persona": False, "password": True, "elsewhere": None}
        refused = client.post("/api/v1/session", json={"persona": "analyst"})
        assert (refused.status_code, refused.json()["code"]) == (403, "no-persona")


def test_personas_are_for_homes_made_with_them_on_this_machine(home: Home, tmp_path: Any) -> None:
    plain = Home.init(tmp_path / "plain")
    with Ledger(plain) as ledger, ledger.writer() as writer:
        writer.directory("user", "somebody", "world", {"roles": ["analyst"], "purposes": ["prevent"]})
    with ExitStack() as stack:
        for served in (Served(plain, stack), Served(home, stack, url="http://10.1.2.3")):
            client = served.client()
            assert client.get("/api/v1/session").json()["personas"] == []
            for name in ("analyst", "somebody"):
                assert client.post("/api/v1/session", json={"persona": name}).status_code == 403


def test_each_try_stands_in_the_audit_without_the_name_that_was_typed(with_accounts: Served) -> None:
    client = with_accounts.client()
    client.post("/api/v1/session/password", json={"user": "my-secret-password", "password": "x"})
    client.post("/api/v1/session/password", json={"user": "ida.lind", "password": WORD})
    client.delete("/api/v1/session")
    text = "".join(path.read_text() for path in with_accounts.home.audit.glob("*.log"))
    assert "my-secret-password" not in text and WORD not in text
    tried = entries(with_accounts.home, "sign-in")
    lines = [json.loads(line) for line in text.splitlines()]
    ended = {line["intent"]: line for line in lines if line.get("kind") == "outcome"}
    assert [ended[line["id"]]["result"] for line in tried] == ["wrong-credentials", "ok"]
    assert [line["user"] for line in entries(with_accounts.home, "sign-out")] == ["ida.lind"]
