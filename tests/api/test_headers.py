"""The headers of every answer of every route, of those that nobody foresaw as well."""

from __future__ import annotations

import logging

import pytest
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount, Route

from api import app as app_module
from api.headers import HEADERS, REPORTS
from api.routes import house, reports
from api.settings import Settings
from graph.home import Home
from tests.api.conftest import SignIn
from tests.homes import clock


def all_routes(found: list[BaseRoute]) -> list[tuple[str, str]]:
    """Every method and address that the application answers, its mounts and pages among them."""
    pairs: list[tuple[str, str]] = []
    for route in found:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            pairs += all_routes(inner.routes)
        elif isinstance(route, Route):
            pairs += [(method, route.path) for method in sorted(route.methods or ())]
        elif isinstance(route, Mount):
            pairs.append(("GET", f"{route.path}/none.js"))
    return pairs


def test_every_answer_of_every_route_carries_the_headers(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    pairs = all_routes(client.app.routes)  # type: ignore[attr-defined]
    assert len(pairs) > 25
    signed_out = TestClient(client.app, base_url="http://127.0.0.1:8000")
    for method, path in pairs:
        address = path.replace("{path:path}", "sag").replace("{", "").replace("}", "")
        for asker in (signed_out, client):
            for sent in ({}, {"json": {"wrong": 1}}):
                answer = asker.request(method, address, **sent)  # type: ignore[arg-type]
                for name, value in HEADERS.items():
                    assert answer.headers.get_list(name) == [value], (method, path, name)
                lasting = answer.headers["cache-control"] != "no-store"
                assert not lasting or path in ("/api/v1/map", "/{path:path}"), (method, path)
                assert "server" not in answer.headers and "access-control-allow-origin" not in answer.headers


def test_every_text_says_its_letters(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    for method, path in all_routes(client.app.routes):  # type: ignore[attr-defined]
        kind = client.request(method, path.replace("{path:path}", "")).headers.get("content-type", "")
        main = kind.partition(";")[0]
        lettered = main.startswith("text/") or main.endswith("+xml")
        assert not lettered or "charset=utf-8" in kind, (path, kind)


def test_transport_is_held_to_tls_where_there_is_tls(home: Home) -> None:
    app = app_module.create_app(home, Settings(home=home.path), clock=clock)
    plain = TestClient(app, base_url="http://127.0.0.1:8000").get("/api/v1/health")
    assert "strict-transport-security" not in plain.headers
    for path in ("/api/v1/health", "/", "/api/nothing", "/api/v1/openings"):
        answer = TestClient(app, base_url="https://127.0.0.1:8000").get(path)
        assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


def test_the_description_of_the_routes_is_not_served(sign_in: SignIn) -> None:
    client = sign_in("admin")
    for path in ("/openapi.json", "/docs", "/redoc"):
        answer = client.get(path)
        assert "openapi" not in answer.text, path


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "CONNECT", "TRACK", "PROPFIND"])
def test_no_other_method_is_answered(sign_in: SignIn, method: str) -> None:
    client = sign_in("analyst")
    for path in ("/", "/api/v1/health", "/api/v1/session", "/assets/none.js"):
        assert client.request(method, path).status_code in (404, 405), path


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_a_page_of_another_site_reads_nothing(sign_in: SignIn, site: str) -> None:
    client = sign_in("analyst")
    for path in ("/api/v1/openings", "/api/v1/health"):
        answer = client.get(path, headers={"sec-fetch-site": site})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    for own in ("same-origin", "none"):
        assert client.get("/api/v1/openings", headers={"sec-fetch-site": own}).status_code == 200
    assert client.get("/", headers={"sec-fetch-site": site}).status_code in (200, 503)  # a link leads to our pages


def test_a_report_is_counted_and_nothing_of_it_is_kept(sign_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    client = sign_in("analyst")
    before = reports.REPORTED.counts.copy()
    said = {"effective-directive": "script-src-elem", "blocked-uri": "Somebody Secret", "script-sample": "Secret"}
    sent: tuple[object, ...] = (
        {"csp-report": said},
        {"csp-report": {"violated-directive": "Somebody Secret"}},
        [],
        "x" * 20_000,
    )
    for content in sent:
        assert client.post(REPORTS, json=content).status_code == 204
    client.post(REPORTS, content=b"[" * 10_000, headers={"content-type": "application/csp-report"})
    assert reports.REPORTED.counts - before == {"script-src-elem": 1, "unknown": 3}
    assert "script-src-elem" in caplog.text and "Secret" not in caplog.text


def test_reports_do_not_fill_the_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(reports, "MOST_LINES", 3)
    box = reports.Reports()
    for _ in range(10):
        box.take(b"{}")
    assert len(caplog.records) == 3 and box.counts == {"unknown": 10}


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
