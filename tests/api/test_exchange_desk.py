"""The liaison's whole way over HTTP: request, preview, package, register, verify; and what never leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient
from stix2validator import ValidationOptions, validate_string

from graph.actor import ViewRequest, actor_of
from graph.home import Home
from graph.view import open_view
from ingest.exchange.package import verify
from ingest.exchange.receive import receive
from ingest.exchange.release import SIGNED_IN_AGAIN, release_case
from tests.api.conftest import SignIn, view_of
from tests.homes import CASE, PARTNER, clock

CONFIDING, CONFIDED_TO = "case-2026-003", "partner-03"


def packed(client: TestClient, view: str) -> tuple[dict[str, object], bytes]:
    shown = client.get(f"{view}/packages/candidates", params={"partner": PARTNER}).json()
    chosen = [
        line["claim"]["token"]
        for line in shown["lines"]
        if line["outcome"] != "stays" and line["claim"]["marking"]["level"] <= 1
    ]
    assert chosen
    made = client.post(f"{view}/packages", json={"partner": PARTNER, "claims": chosen})
    assert made.status_code == 201, made.text
    return made.json(), client.get(f"{view}/packages/{made.json()['id']}/file").content


def test_a_package_goes_the_whole_way(sign_in: SignIn, home: Home, world: Path, tmp_path: Path) -> None:
    client = sign_in("liaison")
    view = view_of(client, "exchange", CASE)
    assert client.get(f"{view}/requests").json()
    made, data = packed(client, view)
    assert [p["id"] for p in client.get(f"{view}/packages").json()] == [made["id"]]
    checked = client.post(f"{view}/packages/verify", content=data).json()
    assert checked["whole"] and not checked["inner"]

    partner = Home.init(tmp_path / "P", partner=world / "partners" / PARTNER, clock=clock)
    report = verify(partner, data, now=clock())
    assert report.whole and report.inner and report.payload is not None
    judged = validate_string(report.payload.decode(), ValidationOptions(version="2.1"))
    assert judged.is_valid, judged.errors

    file = tmp_path / "p.kxp"
    file.write_bytes(data)
    taken = receive(partner, file, clock=clock)
    assert taken.accepted == taken.rows == made["claims"] and taken.quarantined == 0
    again = receive(partner, file, clock=clock)
    assert again.new == 0


def test_every_reason_to_stay_is_said_and_kept(sign_in: SignIn) -> None:
    client = sign_in("liaison")
    view = view_of(client, "exchange", CASE)
    shown = client.get(f"{view}/packages/candidates", params={"partner": PARTNER}).json()
    stays = [line for line in shown["lines"] if line["outcome"] == "stays"]
    assert stays and all(line["reasons"] for line in stays)
    refused = client.post(
        f"{view}/packages", json={"partner": PARTNER, "claims": [line["claim"]["token"] for line in stays]}
    )
    assert refused.status_code == 400 and refused.json()["code"] == "nothing-leaves"
    assert client.get(f"{view}/packages").json() == []


def test_an_analyst_makes_no_package(sign_in: SignIn) -> None:
    client = sign_in("analyst")
    view = view_of(client, "investigate", CASE)
    assert client.post(f"{view}/packages", json={"partner": PARTNER, "claims": []}).status_code in (400, 403)


def test_no_source_name_and_no_foreign_pseudonym_leaves(sign_in: SignIn, world: Path, tmp_path: Path) -> None:
    client = sign_in("liaison")
    view = view_of(client, "exchange", CASE)
    _, data = packed(client, view)
    partner = Home.init(tmp_path / "P", partner=world / "partners" / PARTNER, clock=clock)
    payload = verify(partner, data, now=clock()).payload
    assert payload is not None
    assert b'"unit:' not in payload and b"register:crime" not in payload and CASE.encode() not in payload


def test_what_is_confided_is_listed_and_makes_no_file(sign_in: SignIn) -> None:
    """A case holds a little above TIL TJENESTEBRUG that its partner may have: a manifest to print, and no bytes."""
    client = sign_in("liaison")
    view = view_of(client, "exchange", CONFIDING)
    shown = client.get(f"{view}/packages/candidates", params={"partner": CONFIDED_TO}).json()
    leaving = [line["claim"] for line in shown["lines"] if line["outcome"] != "stays"]
    confided = [claim["token"] for claim in leaving if claim["marking"]["level"] == 2]
    assert len(confided) == 2 and not shown["file_allowed"] and shown["why_no_file"] == "above-til-tjenestebrug"
    others = client.get(f"{view}/packages/candidates", params={"partner": PARTNER}).json()
    assert all(line["claim"]["token"] not in confided or line["outcome"] == "stays" for line in others["lines"])
    without = [claim["token"] for claim in leaving if claim["token"] not in confided]
    asked = client.post(f"{view}/packages/preview", json={"partner": CONFIDED_TO, "claims": without}).json()
    assert asked["file_allowed"] and asked["why_no_file"] is None

    made = client.post(f"{view}/packages", json={"partner": CONFIDED_TO, "claims": [leaving[0]["token"], *confided]})
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["claims"], body["band"]["level"], body["sha256"], body["downloadable"]) == (
        len({leaving[0]["token"], *confided}), 2, None, False,
    )  # fmt: skip
    assert client.get(f"{view}/packages/{body['id']}/file").status_code == 404
    assert [p["id"] for p in client.get(f"{view}/packages").json()] == [body["id"]]


def test_the_command_line_leaves_what_is_confided_out_of_the_file(home: Home, tmp_path: Path) -> None:
    view = open_view(home, actor_of(home, "liaison"), ViewRequest("exchange", CONFIDING), session="t", clock=clock)
    made = release_case(
        home, view, CONFIDED_TO, request=None, out=tmp_path / "p.kxp", strength=SIGNED_IN_AGAIN, clock=clock
    )
    assert made.level == 1 and (tmp_path / "p.kxp").read_bytes() == made.data
    assert any(claim.marking.level == 2 for claim in view.case_claims())
    assert f"{made.claims} claims leave." in made.text()
    assert "1 claim leaves." in replace(made, claims=1).text()
