"""The headers of every answer, of those that nobody foresaw as well."""

from __future__ import annotations

import logging

import pytest

from api import app as app_module
from api.routes import house
from tests.api.conftest import SignIn


def test_an_unforeseen_error_tells_nothing_and_carries_the_headers(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in("analyst")

    def broken(_: object) -> None:
        raise ZeroDivisionError("Somebody Secret")

    monkeypatch.setattr(house, "regimes", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/v1/health")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "require-trusted-types-for" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "ZeroDivisionError in test_headers.py" in caplog.text
    assert "Secret" not in answer.text + caplog.text


def test_only_an_asset_that_is_there_is_kept_for_ever(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    missing = client.get("/assets/none-00000000.js")
    assert missing.headers["cache-control"] == "no-store"
    folder = app_module.STATIC / "assets"
    if not folder.exists():
        pytest.skip("the pages are not built")
    assert missing.status_code == 404
    there = client.get(f"/assets/{next(folder.iterdir()).name}")
    assert (there.status_code, there.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
