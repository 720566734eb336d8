"""Tokens: what holds, and ten thousand that do not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient

from api.identity.tokens import AUDIENCE, LIFE, Tokens
from graph.access import disable, revoke
from graph.errors import NotSignedIn
from graph.home import Home, now
from tests.api.conftest import view_of
from tests.api.identity.mutations import KINDS, mutants, unb64
from tests.api.identity.test_sessions import Served
from tests.homes import CASE, MADE, PARTNER

SEED = 20_261_125


@pytest.fixture
def served(home: Home) -> Iterator[Served]:
    with ExitStack() as stack:
        yield Served(home, stack)


@pytest.fixture(scope="module")
def tokens(loaded: Home, tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    return Tokens(Home.init(tmp_path_factory.mktemp("tokens") / "H", personas=True))


def bearer(served: Served, token: str, agent: str = "a program", address: str = "127.0.0.1") -> TestClient:
    client = served.client(agent, address)
    client.headers["authorization"] = f"Bearer {token}"
    return client


def key_of(tokens: Tokens) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(tokens._home.secret("api-token"))


def fates(tokens: Tokens, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Check so many mutants; return how many of each kind there were, and those that were let in."""
    good, seen, accepted = tokens.issue("analyst", by="test", at=MADE), Counter[str](), list[str]()
    assert tokens.check(good, at=MADE).user == "analyst"
    for name, mutant in islice(mutants(good, key_of(tokens), MADE, Random(seed)), count):
        seen[name] += 1
        try:
            tokens.check(mutant, at=MADE)
        except NotSignedIn:
            continue
        accepted.append(f"{name}: {mutant[:200]}")
    return seen, accepted


def test_no_mutated_token_is_accepted(tokens: Tokens) -> None:
    seen, accepted = fates(tokens, 500, SEED)
    assert accepted == [] and len(seen) == KINDS


@pytest.mark.campaign
def test_no_mutated_token_is_accepted_of_ten_thousand(tokens: Tokens) -> None:
    seen, accepted = fates(tokens, 10_000, SEED + 1)
    print(f"\n{sum(seen.values())} mutated tokens, seed {SEED + 1}: {len(accepted)} accepted; {dict(seen)}")
    assert accepted == [] and sum(seen.values()) == 10_000


def test_the_signature_is_plain_ed25519_over_plain_json(tokens: Tokens) -> None:
    good = tokens.issue("analyst", by="test", at=MADE)
    signed, _, signature = good.rpartition(".")
    key_of(tokens).public_key().verify(unb64(signature), signed.encode())
    read = json.loads(unb64(signed.partition(".")[2]))
    said = tokens.check(good, at=MADE)
    assert (read["sub"], read["jti"], read["aud"]) == (said.user, said.id, AUDIENCE)
    assert read["exp"] == int((MADE + LIFE).timestamp())


def test_a_token_has_five_minutes(tokens: Tokens) -> None:
    good = tokens.issue("analyst", by="test", at=MADE)
    tokens.check(good, at=MADE + LIFE - timedelta(seconds=1))
    for at in (MADE + LIFE, MADE + timedelta(days=1), MADE - timedelta(seconds=1)):
        with pytest.raises(NotSignedIn):
            tokens.check(good, at=at)


def test_nobody_gets_one_who_may_not_come_in(home: Home) -> None:
    disable(home, "planner", by="test", reason="left", at=MADE)
    for user in ("planner", "nobody"):
        with pytest.raises(NotSignedIn):
            Tokens(home).issue(user, by="test", at=MADE)


def test_another_home_takes_no_token_of_ours(tokens: Tokens, home: Home) -> None:
    with pytest.raises(NotSignedIn):
        Tokens(home).check(tokens.issue("analyst", by="test", at=MADE), at=MADE)


def test_a_program_reads_with_it_as_the_user(served: Served) -> None:
    made = Tokens(served.home).issue("analyst", by="test", at=MADE)
    client = bearer(served, made)
    view = view_of(client, "investigate", CASE)
    assert client.get(f"{view}/case").status_code == 200
    assert served.client("a program").get(f"{view}/case").status_code == 401
    served.now += LIFE
    assert client.get(f"{view}/case").status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer x.y.z", "bearer\tx", "Bearer " + "a" * 9_000]
)
def test_other_headers_let_nobody_in_and_hide_no_cookie(served: Served, header: str) -> None:
    client = served.persona("analyst")
    answer = client.get("/api/v1/openings", headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad-token")
    assert client.get("/api/v1/openings").status_code == 200


def test_a_token_is_bound_to_where_it_was_first_used(served: Served) -> None:
    made = Tokens(served.home).issue("analyst", by="test", at=MADE)
    assert bearer(served, made).get("/api/v1/openings").status_code == 200
    assert bearer(served, made, agent="a thief").get("/api/v1/openings").status_code == 401
    assert bearer(served, made).get("/api/v1/openings").status_code == 401, "seen elsewhere, it is spent for everybody"


def test_a_revocation_ends_tokens_that_were_and_were_not_used(served: Served) -> None:
    used, unused = (Tokens(served.home).issue("analyst", by="test", at=MADE) for _ in range(2))
    client = bearer(served, used)
    view = view_of(client, "prevent")
    revoke(served.home, "analyst", by="test", reason="lost", at=MADE)
    assert client.get(view).status_code == 401
    assert bearer(served, unused).get("/api/v1/openings").status_code == 401
    fresh = Tokens(served.home).issue("analyst", by="test", at=MADE)
    assert bearer(served, fresh).get("/api/v1/openings").status_code == 200


def test_no_program_exports(served: Served) -> None:
    client = bearer(served, Tokens(served.home).issue("liaison", by="test", at=MADE))
    view = view_of(client, "exchange", CASE)
    said = client.post(f"{view}/packages", json={"partner": PARTNER, "request": None, "claims": ["x"]})
    assert (said.status_code, said.json()["code"]) == (403, "step-up")
    assert client.post("/api/v1/session/proof", json={"persona": "liaison"}).status_code == 403


def test_the_command_prints_one_that_holds(home: Home) -> None:
    entry = Path(sys.executable).with_name("krydsfelt")
    done = subprocess.run(
        [entry, "token", "issue", "--as", "analyst", "--home", home.path, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert Tokens(home).check(said["token"], at=now()).user == "analyst" and said["seconds"] == 300
