"""Requests that nobody sends by mistake: whatever comes, no answer is a fault of the server, and every refusal is a
problem document.

The shapes come from the application's own description (schemathesis); what no shape allows, and headers, ids and bodies
made to break parsers, are added by hand. `KRYDSFELT_TRUST_EXAMPLES` says how many requests of each route the campaign
sends.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, openapi
from schemathesis.core.result import Ok

from api.app import describe
from tests.trust.paths import BODIES
from tests.trust.play import cookie_of
from tests.trust.stage import Answer, House, Stage, stage
from tests.trust.twins import twin
from tests.trust.worlds import ASKER, OWN_CASE, Request, World, draw

SEED = 20_261_125
PLAIN = 3
EXAMPLES = int(os.environ.get("KRYDSFELT_TRUST_EXAMPLES", "300"))
SCHEMA = openapi.from_dict(describe())
OPERATIONS: dict[str, Any] = {
    operation.label: operation
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)
    for operation in (found.ok(),)
}
UNDRAWN = {"PasswordSignIn", "Proof", "NewPassword", "TurnStop"}
"""Bodies of routes that the worlds are not asked through."""
FREE_VALUES = {
    "FindingOut.rows": "the rows of a method, which are figures",
    "FindingOut.extra": "what a method adds beside its rows",
    "PlanKept.measures": "rows of a finding that were kept",
}
"""Answers whose values are not typed one by one, and why. No body that is sent may be."""


@pytest.fixture(scope="module")
def set_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One home with a world in it, and somebody signed in who may do most of what there is."""
    with stage(tmp_path_factory.mktemp("requests") / "stage") as made:
        world, request = able()
        made.play(world, twin(world, request, 1))
        sign_in(made.houses[0], made.loop, request)
        yield made


def able() -> tuple[World, Request]:
    """Return a world whose asker is analyst and liaison in a case of theirs."""
    world, _ = draw(3)
    asker = {
        **world.asker,
        "roles": ["analyst", "liaison"],
        "clearance": 3,
        "purposes": ["prevent", "investigate", "exchange"],
    }
    return World(world.claims, world.cases, asker, world.spaces, world.kept), Request("exchange", OWN_CASE)


def sign_in(house: House, loop: asyncio.AbstractEventLoop, request: Request) -> None:
    signed = house.ask(loop, "POST", "/api/v1/session", body={"persona": ASKER})
    house.cookie = cookie_of(signed)
    opened = house.ask(loop, "POST", "/api/v1/views", body=request.body())
    assert opened.status == 201, opened.body
    house.names["view"] = json.loads(opened.body)["id"]


def send(on: Stage, method: str, path: str, **sent: Any) -> Answer:
    """Send a request; when it ended the session or the view, open them again for the next one."""
    house = on.houses[0]
    answer = house.ask(on.loop, method, path, **sent)
    ended = answer.status < 300 and method in ("DELETE", "POST") and ("session" in path or path.endswith("/views"))
    if ended or (method == "DELETE" and answer.status < 300):
        sign_in(house, on.loop, able()[1])
    return answer


def check(answer: Answer) -> None:
    """Hold an answer to what every answer keeps to."""
    headers = dict(answer.headers)
    assert answer.status < 500, f"{answer.status}: {answer.body[:400]}"
    assert headers["x-content-type-options"] == "nosniff" and "content-security-policy" in headers
    if answer.status >= 400:
        assert headers["content-type"] == "application/problem+json", answer.body[:200]
        assert {"type", "title", "status", "detail", "code"} <= set(json.loads(answer.body))


def drawn(on: Stage, data: st.DataObject, label: str) -> Answer:
    """Draw one request of a route, within its shape or just beside it, and send it."""
    operation = OPERATIONS[label]
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    mode = data.draw(st.sampled_from(modes))
    try:
        case = data.draw(operation.as_strategy(generation_mode=mode))
    except Exception as error:
        if "Impossible to generate negative" not in str(error):
            raise
        case = data.draw(operation.as_strategy())
    path = operation.path
    for name, value in (case.path_parameters or {}).items():
        own = name == "v" and data.draw(st.integers(0, 9)) > 0
        path = path.replace(f"{{{name}}}", on.houses[0].names["view"] if own else str(value))
    body = case.body if isinstance(case.body, bytes) else None
    kept = case.body if case.media_type and body is None else None
    return send(on, operation.method.upper(), path, query=plain(case.query), **_body(kept, body))


def plain(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {str(k): v for k, v in (query or {}).items()}


def _body(said: Any, raw: bytes | None) -> dict[str, Any]:
    if raw is not None:
        return {"content": raw, "headers": [("content-type", "application/json")]}
    if said is None or type(said).__name__ == "NotSet":
        return {}
    content = json.dumps(said, default=str).encode("utf-8", "surrogatepass")
    return {"content": content, "headers": [("content-type", "application/json")]}


def many(on: Stage, label: str, begin: int, count: int) -> None:
    """Send so many requests of one route, in one order for ever."""
    quiet = list(HealthCheck)
    run = settings(
        max_examples=count, deadline=None, suppress_health_check=quiet, phases=[Phase.generate], database=None
    )
    seed(begin)(run(given(st.data())(lambda data: check(drawn(on, data, label)))))()


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_near_its_shape_breaks_the_server(set_: Stage, label: str) -> None:
    many(set_, label, SEED, PLAIN)


@pytest.mark.campaign
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_campaign_of_requests(set_: Stage, label: str) -> None:
    many(set_, label, SEED + 1, EXAMPLES)


DEEP = b'{"purpose": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"
BODIES_TO_BREAK = {
    "nothing": b"",
    "not json": b"\xff\xfe\x00",
    "a list": b"[]",
    "null": b"null",
    "deep": DEEP,
    "not a number": b'{"purpose": NaN}',
    "no end of a number": b'{"purpose": 1e400, "case": 1' + b"0" * 5_000 + b"}",
    "a key twice": b'{"purpose": "prevent", "purpose": "investigate"}',
    "half a character": b'{"purpose": "\\ud800"}',
    "a null byte": b'{"purpose": "prevent\\u0000"}',
    "another field": b'{"purpose": "prevent", "admin": true}',
    "prototype": b'{"__proto__": {"purpose": "prevent"}, "purpose": "prevent"}',
    "an object for a word": b'{"purpose": {"$ne": null}}',
    "a long word": b'{"purpose": "' + b"a" * 300_000 + b'"}',
    "cut off": b'{"purpose": "prev',
    "a date beyond the calendar": b'{"purpose": "prevent", "as_of": "99999-01-01T00:00:00Z"}',
    "the first and the last day": b'{"purpose": "prevent", "as_of": "0001-01-01T00:00:00+14:00", "valid": "9999/0001"}',
    "a window without end": b'{"purpose": "prevent", "valid": "-999999999/999999999"}',
}
IDS_TO_BREAK = (
    "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "e" + "a" * 26, "e" + "7" * 26, "c" + "2" * 26, "K-0000", "K-",
    "K-%F0%9F%92%A3", "%ED%A0%80",
    "a" * 5_000, "%0d%0aset-cookie:x=1", "'%20OR%201=1--", "person:%25", "%7B%7B7*7%7D%7D",
    "*", "%20", "%E2%80%AE",
)  # fmt: skip
HEADERS_TO_BREAK = (
    ("host", "127.0.0.1:99999999"), ("host", "["), ("host", ""), ("x-forwarded-host", "evil.example"),
    ("origin", "null"),
    ("origin", "http://evil.example"), ("cookie", "krydsfelt_session=" + "a" * 9_000), ("cookie", "=;=;;;\x00"),
    ("content-type", "application/xml"), ("content-type", "application/json; charset=utf-32"),
    ("content-type", "multipart/form-data; boundary=" + "x" * 2_000), ("accept", "*/*;q=" + "9" * 900),
    ("range", "bytes=" + "0-," * 3_000), ("if-none-match", "\xff" * 200), ("accept-language", "da;" * 3_000),
    ("content-encoding", "gzip"), ("transfer-encoding", "identity, chunked"), ("expect", "100-continue"),
    ("authorization", "Bearer " + "e30." * 800), ("last-event-id", "-1"), ("content-length", "-5"),
    ("upgrade", "websocket"),
    ("x-http-method-override", "DELETE"), ("connection", "close, x-content-type-options"),
)  # fmt: skip
POSTED = sorted({o.path for o in OPERATIONS.values() if o.method.upper() == "POST"})


@pytest.mark.parametrize("name", sorted(BODIES_TO_BREAK))
def test_no_body_breaks_the_server(set_: Stage, name: str) -> None:
    view = set_.houses[0].names["view"]
    for path in POSTED:
        address = path.replace("{v}", view).replace("{name}", "settings")
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            check(send(set_, "POST", address, content=BODIES_TO_BREAK[name], headers=[("content-type", kind)]))
            view = set_.houses[0].names["view"]
            address = path.replace("{v}", view).replace("{name}", "settings")


def test_no_id_breaks_the_server(set_: Stage) -> None:
    asked = 0
    for operation in OPERATIONS.values():
        for bad in IDS_TO_BREAK:
            own = operation.path.replace("{v}", set_.houses[0].names["view"])
            for path in {own, operation.path}:
                parts = ["{v}", "{e}", "{c}", "{r}", "{f}", "{k}", "{name}"]
                address = path
                for part in parts:
                    address = address.replace(part, bad)
                if address != path:
                    check(send(set_, operation.method.upper(), address, query={"q": "a", "start": bad, "end": bad}))
                    asked += 1
    assert asked > 300


def test_no_header_breaks_the_server(set_: Stage) -> None:
    view = set_.houses[0].names["view"]
    for key, value in HEADERS_TO_BREAK:
        for method, path, said in (
            ("GET", "/api/v1/session", None),
            ("GET", f"/api/v1/views/{view}/case", None),
            ("GET", "/api/v1/map", None),
            ("GET", "/", None),
            ("POST", f"/api/v1/views/{view}/packages/preview", b"{}"),
        ):
            answer = set_.houses[0].ask(set_.loop, method, path, content=said, headers=[(key, value)])
            if path != "/" or answer.status != 503:  # the pages may not be built
                assert answer.status < 500, (key, path, answer.body[:200])
            assert "evil.example" not in f"{answer.headers}{answer.body}"


def test_every_body_is_fully_typed_and_takes_nothing_else() -> None:
    description = describe()
    named = description["components"]["schemas"]
    loose: list[str] = []

    def look(schema: Mapping[str, Any], where: str, seen: frozenset[str]) -> None:
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            if name not in seen:
                look(named[name], name, seen | {name})
            return
        for part in ("anyOf", "oneOf", "allOf"):
            for one in schema.get(part, ()):
                look(one, where, seen)
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            if "properties" in schema and schema.get("additionalProperties") is not False:
                loose.append(f"{where} takes other fields")
            more = schema.get("additionalProperties")
            if more is True or ("properties" not in schema and not more):
                loose.append(f"{where} is of any fields")
            elif isinstance(more, dict):
                look(more, f"{where}.*", seen)
            for name, one in schema.get("properties", {}).items():
                look(one, f"{where}.{name}", seen)
        elif kind == "array":
            if not schema.get("items"):
                loose.append(f"{where} is of any items")
            else:
                look(schema["items"], where, seen)
        elif kind is None and not {"anyOf", "oneOf", "allOf", "enum", "const"} & set(schema):
            loose.append(f"{where} is of any type")

    bodies = set()
    for path, methods in description["paths"].items():
        for method, about in methods.items():
            for kind, content in about.get("requestBody", {}).get("content", {}).items():
                bodies.add(str(content["schema"].get("$ref", "")).rpartition("/")[2])
                assert kind == "application/json", f"{method} {path}"
                look(content["schema"], f"{method} {path}", frozenset())
    assert loose == []
    assert bodies <= set(BODIES) | UNDRAWN
    for name in named:
        if name not in ("HTTPValidationError", "ValidationError"):
            look({"$ref": f"#/components/schemas/{name}"}, name, frozenset())
    free = [one for one in loose if not one.endswith("takes other fields")]  # an answer holds what we put into it
    assert {one.partition(" is")[0].partition(".*")[0] for one in free} == set(FREE_VALUES)
