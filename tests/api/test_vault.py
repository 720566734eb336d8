"""The vault through the surface: stated with the view, a fresh sign-in for each look, never carried on by renewal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.sessions import FRESH
from api.settings import Settings
from graph.home import Home
from graph.vault import OPEN_FOR
from tests.api.conftest import SignIn
from tests.factory import Ticking, World
from tests.homes import CASE

NEED = "The threat names the congregation, and the meeting is tonight"
ASK = {"purpose": "investigate", "case": "case-1", "reason": "a lead to follow"}


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def client(tmp_path: Path, clock: Ticking) -> Iterator[TestClient]:
    made = World(public_labels=True).case("case-1").marking("special", case="case-1", level=2, special=True)
    made.person("p", "Kaja Lind").claim("person:p", "alias", value="Ill", marking="special")
    home = made.home(tmp_path)
    app = create_app(home, Settings(home=home.path), clock=clock)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        assert client.post("/api/v1/session", json={"persona": "analyst"}).status_code == 200
        yield client


def opened(client: TestClient, **more: str) -> dict[str, Any]:
    answer = client.post("/api/v1/views", json={**ASK, **more})
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


def look(client: TestClient, view: dict[str, Any]) -> Any:
    return client.get(f"/api/v1/views/{view['id']}/entities/person:p/vault")


def test_a_view_says_whether_its_vault_is_open_and_why(client: TestClient, clock: Ticking) -> None:
    shut, open_ = opened(client), opened(client, necessity=NEED)
    assert (shut["vault_until"], shut["necessity"]) == (None, "")
    assert open_["necessity"] == NEED
    assert open_["vault_until"] == (clock() + OPEN_FOR).isoformat().replace("+00:00", "Z")
    said = look(client, shut)
    assert (said.status_code, said.json()["code"]) == (403, "vault-shut")
    found = look(client, open_).json()
    assert [c["value"] for c in found["claims"]] == ["Ill"] and found["marking"]["level"] == 2
    card = client.get(f"/api/v1/views/{open_['id']}/entities/person:p").json()
    assert "Ill" not in str(card) and card["marking"]["level"] == 1


def test_each_look_needs_a_fresh_sign_in(client: TestClient, clock: Ticking) -> None:
    view = opened(client, necessity=NEED)
    clock.at += FRESH + timedelta(seconds=1)
    said = look(client, view)
    assert (said.status_code, said.json()["code"]) == (403, "step-up")
    assert client.post("/api/v1/session/proof", json={"persona": "analyst"}).status_code == 200
    assert look(client, view).status_code == 200


def test_renewal_shuts_it(client: TestClient) -> None:
    opened(client, necessity=NEED)
    again = client.post("/api/v1/views/again", json={"purpose": "investigate", "case": "case-1"})
    assert again.status_code == 201 and again.json()["vault_until"] is None
    body = {"purpose": "investigate", "case": "case-1", "necessity": NEED}
    assert client.post("/api/v1/views/again", json=body).status_code == 422


def test_what_is_missing_is_said(client: TestClient) -> None:
    said = client.post("/api/v1/views", json={**ASK, "necessity": "because"})
    assert (said.status_code, said.json()["code"]) == (403, "vault-need")


def test_it_is_explained_by_the_same_strength(client: TestClient, clock: Ticking) -> None:
    view = opened(client, necessity=NEED)
    claim = look(client, view).json()["claims"][0]["token"]
    why = f"/api/v1/views/{view['id']}/claims/{claim}/why"
    assert client.get(why, params={"act": "open-vault"}).json()["allowed"] is True
    assert client.get(why).status_code == 404


def test_the_made_up_denmark_has_something_for_it(sign_in: SignIn, home: Home) -> None:
    analyst = sign_in("analyst")
    asked = {"purpose": "investigate", "case": CASE, "reason": "a lead to follow"}
    view = f"/api/v1/views/{analyst.post('/api/v1/views', json={**asked, 'necessity': NEED}).json()['id']}"
    card = analyst.get(f"{view}/entities/document:vault-1").json()
    assert {claim["predicate"] for claim in card["claims"]} == {"title", "date"}
    [said] = analyst.get(f"{view}/entities/document:vault-1/vault").json()["claims"][:1]
    assert said["predicate"] == "text" and "medicin" in said["value"]
    assert analyst.get(f"{view}/search", params={"q": "medicin"}).json()["hits"] == []
    parties = [p["token"] for p in analyst.get(f"{view}/case").json()["parties"]]
    held = [analyst.get(f"{view}/entities/{token}/vault").json()["claims"] for token in parties]
    assert [[c["predicate"] for c in claims] for claims in held if claims] == [["subject_of"]]
