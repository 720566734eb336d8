"""A client of the real application, signed in as somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from graph.home import Home
from tests.homes import clock

SignIn = Callable[[str], TestClient]


@pytest.fixture
def sign_in(home: Home) -> Iterator[SignIn]:
    """Return a function that gives a client signed in as a persona; all share one server."""
    app = create_app(home, Settings(home=home.path), clock=clock)
    with ExitStack() as stack:

        def signed_in(persona: str) -> TestClient:
            client = stack.enter_context(TestClient(app, base_url="http://127.0.0.1:8000"))
            client.cookies.clear()
            assert client.post("/api/v1/session", json={"persona": persona}).status_code == 200
            return client

        yield signed_in


def view_of(client: TestClient, purpose: str, case: str | None = None) -> str:
    """Open a view and return its address."""
    answer = client.post("/api/v1/views", json={"purpose": purpose, "case": case})
    assert answer.status_code == 201, answer.text
    return f"/api/v1/views/{answer.json()['id']}"
