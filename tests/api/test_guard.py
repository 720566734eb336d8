"""What the server refuses before any route: other names, other origins, bodies without end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.conftest import SignIn, view_of
from tests.homes import CASE


def test_a_page_whose_name_was_led_here_goes_no_further(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    for host in ("evil.example:8000", "127.0.0.1.evil.example", "", "["):
        answer = client.get("/api/v1/openings", headers={"host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-host"), host
    assert client.get("/api/v1/openings", headers={"host": "localhost:8000"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://["])
def test_another_origin_changes_nothing(sign_in: SignIn, origin: str) -> None:
    answer = sign_in("analyst").post("/api/v1/session", json={"persona": "liaison"}, headers={"origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_a_body_of_unstated_length_has_the_same_limit(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.app.LARGEST_BODY", 1_000)
    client = sign_in("liaison")
    address = view_of(client, "exchange", CASE)

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    assert client.post(f"{address}/packages/verify", content=chunks()).status_code == 413


@pytest.mark.parametrize("path", ["a%00b", "a" * 5_000])
def test_addresses_that_no_file_can_have(sign_in: SignIn, path: str) -> None:
    assert sign_in("analyst").get(f"/{path}").status_code in (200, 404, 503)


def test_a_time_without_a_zone_is_a_bad_request(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    answer = client.post("/api/v1/views", json={"purpose": "prevent", "as_of": "2020-01-01T00:00:00"})
    assert answer.status_code == 422
