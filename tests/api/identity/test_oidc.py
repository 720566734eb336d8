"""Signing in at a real OpenID provider, and what a provider or a stranger could send instead."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient

from api.identity import oidc
from api.identity.oidc import PATIENCE, Elsewhere
from api.identity.provider import RETURN, Provider, enter_provider, is_safe, map_subject, provider_of
from graph.errors import BadInput, NotSignedIn, Refused, StoreUnavailable, Unavailable
from graph.home import Home, now
from tests.api.identity.mutations import b64, sealed
from tests.api.identity.test_sessions import Served, entries
from tests.browser import chromium
from tests.homes import MADE

HERE = Path(__file__).parents[2] / "oidc"
ADDRESS = "http://127.0.0.1:8123"
SECRET = "a-secret-of-the-test"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running provider."""
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        chromium.npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=HERE)
    process = subprocess.Popen(
        [chromium.node(), HERE / "provider.mjs", ADDRESS + RETURN],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        assert said.startswith("http://127.0.0.1:"), said
        yield said
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def served(home: Home, issuer: str) -> Iterator[Served]:
    enter_provider(home, Provider(issuer, "krydsfelt", SECRET, ADDRESS, "ES256", "The authority"))
    map_subject(home, "ida", "analyst")
    with ExitStack() as stack:
        made = Served(home, stack, url=ADDRESS)
        made.now = now()
        yield made


def at_provider(start: str, subject: str) -> str:
    """Do what a person does in the provider's own pages; return the address that they are sent back to."""
    with requests.Session() as browser:
        answer = browser.get(start, timeout=30, allow_redirects=False)
        for _ in range(12):
            while answer.is_redirect:
                to = urljoin(answer.url, answer.headers["location"])
                if to.startswith(ADDRESS):
                    return to
                answer = browser.get(to, timeout=30, allow_redirects=False)
            found = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert found and prompt, answer.text[:500]
            form = {"prompt": prompt[1], "login": subject, "password": "any"}
            answer = browser.post(urljoin(answer.url, found[1]), data=form, timeout=30, allow_redirects=False)
    raise AssertionError("the provider never sent anybody back")


def sent_off(client: TestClient, again: str = "") -> str:
    answer = client.get(f"/sign-in/elsewhere{again}", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def back(client: TestClient, address: str) -> str:
    """Come back; return where the page leads."""
    parts = urlsplit(address)
    answer = client.get(f"{parts.path}?{parts.query}", follow_redirects=False, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_somebody_signs_in_at_the_provider(served: Served) -> None:
    client = served.client()
    ways = client.get("/api/v1/session").json()["ways"]
    assert ways == {"persona": False, "password": False, "elsewhere": "The authority"}
    start = sent_off(client)
    asked = parse_qs(urlsplit(start).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["state"] and asked["nonce"]
    assert back(client, at_provider(start, "ida")) == "/"
    said = client.get("/api/v1/session").json()
    assert (said["actor"]["id"], said["way"]) == ("analyst", "oidc")


def test_whom_nobody_here_knows_is_not_let_in(served: Served) -> None:
    client = served.client()
    assert back(client, at_provider(sent_off(client), "somebody")) == "/log-ind?fejl=unknown-subject"
    assert client.get("/api/v1/session").json()["actor"] is None


def test_an_answer_serves_once_and_only_in_the_browser_that_asked(served: Served) -> None:
    client = served.client()
    address = at_provider(sent_off(client), "ida")
    assert back(served.client(), address) == "/log-ind?fejl=sign-in-failed"
    assert back(client, address) == "/log-ind?fejl=sign-in-failed", "it was spent by whoever tried it elsewhere"
    address = at_provider(sent_off(client), "ida")
    assert back(client, address) == "/"
    assert back(client, address) == "/log-ind?fejl=sign-in-failed"


def test_what_was_changed_on_the_way_does_not_hold(served: Served) -> None:
    for change in (("code=", "code=x"), ("iss=", "iss=http%3A%2F%2F127.0.0.1%3A1&x="), ("state=", "state=x")):
        client = served.client()
        address = at_provider(sent_off(client), "ida")
        assert change[0] in address
        assert back(client, address.replace(*change, 1)) == "/log-ind?fejl=sign-in-failed"


def test_somebody_who_took_too_long_begins_anew(served: Served) -> None:
    client = served.client()
    address = at_provider(sent_off(client), "ida")
    served.now += PATIENCE
    assert back(client, address) == "/log-ind?fejl=sign-in-failed"


def test_signing_in_once_more_proves_the_session_that_is_open(served: Served) -> None:
    client = served.client()
    back(client, at_provider(sent_off(client), "ida"))
    view = client.post("/api/v1/views", json={"purpose": "prevent"}).json()["id"]
    before = client.get("/api/v1/session").json()["fresh_until"]
    served.now += timedelta(seconds=2)
    start = sent_off(client, "?again=1")
    assert parse_qs(urlsplit(start).query)["prompt"] == ["login"]
    assert back(client, at_provider(start, "ida")) == "/"
    assert client.get("/api/v1/session").json()["fresh_until"] > before
    assert client.get(f"/api/v1/views/{view}").status_code == 200
    map_subject(served.home, "bo", "liaison")
    assert back(client, at_provider(sent_off(client, "?again=1"), "bo")) == "/log-ind?fejl=other-way"
    assert client.get("/api/v1/session").json()["actor"]["id"] == "analyst"


def test_a_provider_that_does_not_answer_is_said_so(home: Home) -> None:
    enter_provider(home, Provider("http://127.0.0.1:9", "krydsfelt", SECRET, ADDRESS))
    with ExitStack() as stack:
        client = Served(home, stack, url=ADDRESS).client()
        assert sent_off(client) == "/log-ind?fejl=unavailable"


class Stub:
    """What a provider could say instead, at the seam where its answers come in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **claims: Any) -> None:
        self.key, self.header = Ed25519PrivateKey.generate(), {"alg": "Ed25519", "kid": "k"}
        self.provider = Provider(
            "https://op.example", "krydsfelt", SECRET, "https://us.example", "Ed25519", subjects={"ida": "analyst"}
        )
        self.claims = claims
        self.elsewhere = Elsewhere(lambda: MADE)
        self.metadata: Mapping[str, Any] = {
            "issuer": "https://op.example", "authorization_endpoint": "https://op.example/a",
            "token_endpoint": "https://op.example/t", "jwks_uri": "https://op.example/k",
        }  # fmt: skip
        monkeypatch.setattr(oidc, "_fetched", self.fetched)
        monkeypatch.setattr(Elsewhere, "_exchanged", lambda _, __, ___, ____, pending: self.token(pending.nonce))

    def fetched(self, address: str) -> Any:
        if address.endswith("/k"):
            x = b64(self.key.public_key().public_bytes_raw())
            return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k"}]}
        return self.metadata

    def token(self, nonce: str) -> str:
        at = int(MADE.timestamp())
        whole = {"iss": "https://op.example", "sub": "ida", "aud": "krydsfelt", "iat": at, "exp": at + 300}
        whole["nonce"] = nonce
        return sealed(self.header, {k: v for k, v in {**whole, **self.claims}.items() if v != "gone"}, self.key)

    def come_back(self, proves: str = "") -> str:
        url, browser = self.elsewhere.begin(self.provider, proves=proves)
        state = parse_qs(urlsplit(url).query)["state"][0]
        return self.elsewhere.finish(self.provider, {"state": state, "code": "c"}, browser).user


def test_the_stub_is_one_that_would_be_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Stub(monkeypatch).come_back() == "analyst"
    assert Stub(monkeypatch, aud=["krydsfelt"]).come_back() == "analyst"
    assert Stub(monkeypatch, auth_time=int(MADE.timestamp())).come_back("a session") == "analyst"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"}, {"iss": "gone"}, {"aud": "another"}, {"aud": ["krydsfelt", "another"]},
        {"aud": "gone"}, {"exp": 1}, {"exp": "gone"}, {"exp": "9999999999"}, {"iat": 9_999_999_999}, {"iat": "gone"},
        {"nonce": "another"}, {"nonce": "gone"}, {"nonce": 7}, {"azp": "another"}, {"sub": ""}, {"sub": 7},
        {"sub": "gone"},
    ],
)  # fmt: skip
def test_an_identity_token_that_does_not_say_all_is_refused(
    monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any]
) -> None:
    with pytest.raises(NotSignedIn):
        Stub(monkeypatch, **claims).come_back()


@pytest.mark.parametrize(
    "header", [{"alg": "EdDSA"}, {"alg": "none"}, {"jku": "https://x.example"}, {"jwk": {}}, {"crit": ["x"], "x": 1}]
)
def test_a_header_that_brings_something_along_is_refused(
    monkeypatch: pytest.MonkeyPatch, header: dict[str, Any]
) -> None:
    stub = Stub(monkeypatch)
    stub.header = {**stub.header, **header}
    with pytest.raises(NotSignedIn):
        stub.come_back()


def test_a_sign_in_of_long_ago_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for claims in ({}, {"auth_time": int(MADE.timestamp()) - 600}, {"auth_time": "now"}):
        with pytest.raises(NotSignedIn):
            Stub(monkeypatch, **claims).come_back("a session")


def test_new_keys_of_the_provider_are_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(monkeypatch)
    stub.come_back()
    stub.key = Ed25519PrivateKey.generate()
    assert stub.come_back() == "analyst"
    other = Ed25519PrivateKey.generate()
    monkeypatch.setattr(stub, "token", lambda nonce: sealed(stub.header, {"nonce": nonce}, other))
    with pytest.raises(NotSignedIn):
        stub.come_back()


@pytest.mark.parametrize(
    "said", [{"issuer": "https://other.example"}, {"token_endpoint": "http://op.example/t"}, {"jwks_uri": None}]
)
def test_a_provider_that_describes_another_is_refused(monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]) -> None:
    stub = Stub(monkeypatch)
    stub.metadata = {**stub.metadata, **said}
    with pytest.raises(Unavailable):
        stub.come_back()


def test_only_tls_or_this_machine_is_safe() -> None:
    good = ("https://op.example", "https://op.example/realm", "http://127.0.0.1:1", "http://localhost:3")
    bad = ("http://op.example", "ftp://op.example", "https://", "", "op.example", "https://u@op.example", "https://o/#x",
           "http://127.0.0.1.op.example", "http://[")  # fmt: skip
    assert all(is_safe(address) for address in good)
    assert not any(is_safe(address) for address in bad)


def test_what_is_entered_is_checked_and_kept(home: Home) -> None:
    with pytest.raises(BadInput):
        map_subject(home, "ida", "analyst")
    plain = Provider("https://op.example", "c", SECRET, ADDRESS)
    wrongs: list[dict[str, Any]] = [
        {"issuer": "http://op.example"},
        {"address": "http://us.example"},
        {"algorithm": "HS256"},
    ]
    for wrong in wrongs:
        with pytest.raises(BadInput):
            enter_provider(home, replace(plain, **wrong))
    enter_provider(home, plain)
    map_subject(home, "ida", "analyst")
    enter_provider(home, plain)
    kept = provider_of(home)
    assert kept is not None and kept.subjects == {"ida": "analyst"}
    (home.path / "identity" / "oidc.json").write_text("{")
    with pytest.raises(StoreUnavailable):
        provider_of(home)


def test_too_many_on_the_way_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "MOST_PENDING", 2)
    stub = Stub(monkeypatch)
    for _ in range(2):
        stub.elsewhere.begin(stub.provider)
    with pytest.raises(Refused) as caught:
        stub.elsewhere.begin(stub.provider)
    assert caught.value.status == 429


def test_coming_back_stands_in_the_audit(served: Served) -> None:
    client = served.client()
    back(client, at_provider(sent_off(client), "somebody"))
    back(client, at_provider(sent_off(client), "ida"))
    text = "".join(path.read_text() for path in sorted(served.home.audit.glob("*.log")))
    tried = entries(served.home, "sign-in")
    ended = {line["intent"]: line for line in map(json.loads, text.splitlines()) if line.get("kind") == "outcome"}
    said = [(ended[line["id"]]["result"], ended[line["id"]].get("user")) for line in tried]
    assert said == [("unknown-subject", None), ("ok", "analyst")] and {line["way"] for line in tried} == {"oidc"}
