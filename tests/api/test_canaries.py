"""What is sent stands in no log, in no error and, but for what the audit must say of a request, nowhere in the audit.

Every route is sent words that nobody else uses, in every place where a request can hold one: path, query, body, names
of fields, headers.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from api.app import describe
from graph.audit_format import segments
from graph.home import Home
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE

WORD = re.compile(r"kanarie\d+", re.IGNORECASE)
LOGS = ("krydsfelt", "uvicorn", "fastapi", "starlette", "graph", "api", "ingest", "analytics")
DESCRIPTION = describe()
OF_THE_REQUEST = ("reason", "purpose", "case", "legal_basis")
"""What the audit says of a request as it came, beside the ids in its address: without it no decision could be made once
more. It is read through a purpose of its own."""


def words() -> Iterator[str]:
    """Words that are found again wherever they turn up."""
    return (f"Kanarie{number}" for number in itertools.count(100_000))


def filled(schema: Mapping[str, Any], fresh: Iterator[str], depth: int = 0) -> Any:
    """A value of a shape with a word in every text, in every list and under a name that no shape has."""
    if "$ref" in schema:
        return filled(DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]], fresh, depth + 1)
    for part in ("anyOf", "oneOf", "allOf"):
        if part in schema:
            return filled(schema[part][0], fresh, depth + 1)
    if "properties" in schema and depth < 8:
        return {name: filled(one, fresh, depth + 1) for name, one in schema["properties"].items()}
    if schema.get("type") == "array":
        return [filled(schema.get("items", {}), fresh, depth + 1), next(fresh)]
    if schema.get("type") == "object":
        return {next(fresh): next(fresh)}
    return next(fresh)


def requests(view: str, fresh: Iterator[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every route several times: all wrong, and wrong in one place."""
    for path, methods in DESCRIPTION["paths"].items():
        for method, about in methods.items():
            content = about.get("requestBody", {}).get("content", {}).get("application/json")
            query = {p["name"]: next(fresh) for p in about.get("parameters", ()) if p["in"] == "query"}
            bodies: list[Any] = [None]
            if content is not None:
                whole = filled(content["schema"], fresh)
                bodies = [whole, {**whole, next(fresh): next(fresh)}, next(fresh), [next(fresh)]]
                bodies += [{name: value} for name, value in whole.items()]
            for of in (view, next(fresh)):
                address = re.sub(r"\{\w+\}", lambda _: next(fresh), path.replace("{v}", of))
                for body in bodies:
                    yield method.upper(), address, {"params": query, **({} if body is None else {"json": body})}


def well_shaped(view: str, fresh: Iterator[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Requests that come as far as the door."""
    for ask in ({"purpose": "investigate", "case": next(fresh)}, {"purpose": "prevent", "legal_basis": next(fresh)}):
        yield "POST", "/api/v1/views", {"json": {**ask, "reason": next(fresh)}}
    at = f"/api/v1/views/{view}"
    for path in ("entities/{}", "entities/{}/neighbours", "claims/{}/record", "findings/{}", "runs/{}"):
        yield "GET", f"{at}/{path.format(next(fresh))}", {}
    yield "GET", f"{at}/search", {"params": {"q": next(fresh)}}
    yield "GET", f"{at}/paths", {"params": {"start": next(fresh), "end": next(fresh)}}
    yield "POST", f"{at}/analyses/{next(fresh)}", {"json": {"parameters": {}}}
    yield "POST", f"{at}/analyses/settings", {"json": {"parameters": {next(fresh): next(fresh)}}}


def said_in_audit(home: Home) -> list[dict[str, Any]]:
    """Every entry of the audit."""
    return [json.loads(line) for path in segments(home.audit) for line in path.read_bytes().splitlines()]


def beyond(entry: Mapping[str, Any]) -> str:
    """What an entry says that is not of the request."""
    left = {k: v for k, v in entry.items() if k not in OF_THE_REQUEST}
    detail = left.get("detail")
    if isinstance(detail, dict):
        left["detail"] = {k: v for k, v in detail.items() if k not in OF_THE_REQUEST}
    return json.dumps(left, ensure_ascii=False)


def test_what_is_sent_stands_in_no_log_no_audit_and_no_error(
    sign_in: SignIn, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    for name in LOGS:
        caplog.set_level(logging.DEBUG, name)
    fresh, told, answers, named = words(), list[str](), Counter[int](), set[str]()
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE).rpartition("/")[2]
    for method, address, more in itertools.chain(well_shaped(view, fresh), requests(view, fresh)):
        if method == "DELETE" and ("session" in address or address.endswith(view)):
            continue
        headers = {"user-agent": "testclient", "referer": next(fresh), "accept-language": next(fresh)}
        headers |= {"x-forwarded-for": next(fresh), "x-request-id": next(fresh), "x-other": next(fresh)}
        answer = client.request(method, address, headers=headers, **more)
        answers[answer.status_code] += 1
        named |= set(WORD.findall(address))
        if answer.status_code >= 400:
            told += [f"{method} {address}: {word}" for word in WORD.findall(answer.text)]
        told += [f"{method} {address}: header {word}" for word in WORD.findall(str(dict(answer.headers)))]
    assert answers.total() > 200 and answers[422] > 100 and answers[404] > 10 and answers[401] < 5 and not answers[429]
    assert told == []
    ours = [record.getMessage() for record in caplog.records if record.name.partition(".")[0] in LOGS]
    assert [line for line in ours if WORD.search(line)] == []
    entries = said_in_audit(home)
    assert [entry for entry in entries if set(WORD.findall(beyond(entry))) - named] == []
    assert any(WORD.search(entry.get("reason") or "") for entry in entries)  # they came as far as the audit


def test_a_header_that_should_let_somebody_in_is_told_to_nobody(
    sign_in: SignIn, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "krydsfelt")
    fresh, client = words(), sign_in("analyst")
    for sent in (f"Basic {next(fresh)}", f"Bearer {next(fresh)}", next(fresh)):
        answer = client.get("/api/v1/openings", headers={"authorization": sent})
        assert answer.status_code == 401 and not WORD.search(answer.text)
    client.cookies.clear()
    assert not WORD.search(client.get("/api/v1/openings", headers={"cookie": f"krydsfelt_session={next(fresh)}"}).text)
    assert not WORD.search(caplog.text) and not WORD.search(json.dumps(said_in_audit(home)))


def test_a_word_that_stands_somewhere_is_found() -> None:
    fresh = words()
    whole = filled({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "array"}}}, fresh)
    assert len(set(WORD.findall(json.dumps(whole)))) == 3
    assert WORD.search("an error about kanarie100001 here")
