"""The liaison's whole way over HTTP: request, preview, package, register, verify; and what never leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from stix2validator import ValidationOptions, validate_string

from api.app import create_app
from api.settings import Settings
from graph.actor import ViewRequest, actor_of
from graph.audit_acts import acts
from graph.errors import Refused
from graph.home import Home
from graph.kept import one
from graph.ledger import Ledger
from graph.policy.table import table
from graph.view import open_view
from ingest.exchange import frame, stix
from ingest.exchange import package as packages
from ingest.exchange.package import verify
from ingest.exchange.receive import receive
from ingest.exchange.release import LIFE, SIGNED_IN_AGAIN, check_again, preview, release_case
from ingest.exchange.rules import ABOVE, RULES, SAYS, told
from tests.api.conftest import SignIn, view_of
from tests.factory import Ticking
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
    assert checked["whole"] and not checked["inner"] and checked["content"] is None

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


def test_the_recipient_reads_what_a_package_says_and_nothing_is_written(home: Home, tmp_path: Path) -> None:
    """The home that the package is for: what it says is shown in the sender's names, and its ledger stays as it is."""
    sender = replace(Home.init(tmp_path / "sender"), party="partner-north")
    us = packages.Partner(home.party, "Us", home.org, home.sign_public, home.age_recipient)
    person, other = stix.Node("identity--1", "Person", "Ada Prøve"), stix.Node("identity--2", "Person", "Bo Prøve")
    name = stix.Said(
        "note--1", "identity--1", "name", None, "Ada Prøve", None, "2020", "4x4:B2", "fact", "a", "H1", 1, None, "s-1"
    )
    guess = replace(name, id="note--2", subject="identity--2", value="Bo Prøve", assertion="assessment", level=0)
    above = replace(name, id="note--3", value="Hemmelig Prøve", level=3)
    bundle = stix.to_bundle("north", "p", clock(), [person, other], [name, guess, above], b"k" * 32)
    manifest = {
        "band": 1, "case": "case-x", "claims": 3, "handling": ["H1"], "kind": "synthetic", "purpose": "exchange",
        "request": None,
    }  # fmt: skip
    data = packages.make(
        sender, us, manifest, frame.canonical(bundle), package="kxp-1", made=clock(), expires=clock() + LIFE
    )

    with TestClient(
        create_app(home, Settings(home=home.path), clock=clock), base_url="http://127.0.0.1:8000"
    ) as client:
        client.post("/api/v1/session", json={"persona": "liaison"})
        verify_at = f"{view_of(client, 'exchange', CASE)}/packages/verify"
        unknown = client.post(verify_at, content=data).json()
        assert unknown["whole"] and unknown["inner"] and unknown["content"] is None  # its key was not entered here
        with Ledger(home) as ledger, ledger.writer() as writer:
            body = {"name": "N", "org": "north", "sign_key": sender.sign_public, "age_recipient": sender.age_recipient}
            writer.directory("partner", sender.party, sender.party, body)
        before = ledger_size(home)
        checked = client.post(verify_at, content=data).json()
    assert checked["whole"] and checked["inner"] and checked["claims"] == 3
    said = checked["content"]
    assert (len(said["claims"]), said["more"], said["above"], said["unfit"]) == (2, 0, 1, 0)
    assert {(c["subject"]["label"], c["predicate"], c["grade"], c["assertion"]) for c in said["claims"]} == {
        ("Ada Prøve", "name", "4x4:B2", "fact"),
        ("Bo Prøve", "name", "4x4:B2", "assessment"),
    }
    assert said["marking"]["level"] == 1 and {c["marking"]["handling"] for c in said["claims"]} == {"H1"}
    assert "Hemmelig" not in json.dumps(checked)
    assert ledger_size(home) == before
    assert [act.action for act in acts(home.audit)].count("verify-package") == 2


def ledger_size(home: Home) -> tuple[int, int]:
    with Ledger(home) as ledger, ledger.writer() as writer:
        return tuple(  # type: ignore[return-value]
            int(next(iter(writer.ask(f"SELECT count(*) FROM {table}")))[0]) for table in ("claim", "artefact")
        )


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
    with Ledger(home) as ledger:
        to = packages.partner(ledger, CONFIDED_TO)
    seen = view.lasting().case_claims()
    lines = preview(view.lasting(), seen, to, strength=SIGNED_IN_AGAIN)
    above = [line for line in lines if line.outcome != "stays" and line.claim.marking.level > 1]
    assert len(above) == 2 and made.stayed[ABOVE] == len(above)
    assert made.claims + sum(made.stayed.values()) == len(seen)  # all that the view shows, and nothing else
    assert f"2 stayed: {ABOVE} (above TIL TJENESTEBRUG no file is made; " in made.text()
    assert f"{made.claims} claims leave." in made.text()
    assert "1 claim leaves." in replace(made, claims=1).text()


def test_every_reason_has_words_on_both_pages_and_in_the_terminal(root: Path) -> None:
    assert set(SAYS) == {*RULES, ABOVE}
    for language in ("da", "en"):
        words = json.loads((root / "viz/web/src/lib/messages" / f"{language}.json").read_text(encoding="utf-8"))
        assert not {f"reason.{code}" for code in SAYS} - words.keys()
    assert told("category") == f"category ({SAYS['category']})"
    assert told("policy.row.bystander").startswith("policy.row.bystander (Victims ")
    for row in table().rows:
        assert told(f"policy.row.{row.id}").startswith(f"policy.row.{row.id} (")


def test_handing_out_again_is_decided_anew(sign_in: SignIn, home: Home, world: Path) -> None:
    client = sign_in("liaison")
    view = view_of(client, "exchange", CASE)
    made, data = packed(client, view)
    file = f"{view}/packages/{made['id']}/file"
    assert client.get(file).content == data
    exports = [act for act in acts(home.audit) if act.action == "export"]
    assert [act.detail.get("again", False) for act in exports] == [False, True, True] and exports[-1].subjects

    asked = open_view(
        home, actor_of(home, "liaison"), ViewRequest("exchange", CASE), session="t", clock=clock
    ).lasting()
    held = asked.claims(one(asked, "package-sent", str(made["id"])).body["claim_tokens"])
    with Ledger(home) as ledger:
        partner = packages.partner(ledger, PARTNER)
    check_again(asked, held, partner, strength=SIGNED_IN_AGAIN)
    for to, strength in ((replace(partner, id="else", org="else"), SIGNED_IN_AGAIN), (partner, 1)):
        with pytest.raises(Refused, match="would stay now") as caught:
            check_again(asked, held, to, strength=strength)
        assert caught.value.reason_code == "package-withheld"


def test_the_download_asks_that_check(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in("liaison")
    view = view_of(client, "exchange", CASE)
    made, _ = packed(client, view)
    known = packages.partner
    monkeypatch.setattr(packages, "partner", lambda ledger, name: replace(known(ledger, name), id="else", org="else"))
    said = client.get(f"{view}/packages/{made['id']}/file")
    assert (said.status_code, said.json()["code"]) == (403, "package-withheld"), said.text


def test_a_package_with_a_claim_that_was_taken_back_is_not_handed_out(sign_in: SignIn, home: Home) -> None:
    client = sign_in("liaison")
    view = view_of(client, "exchange", CASE)
    made, _ = packed(client, view)
    with Ledger(home) as ledger, ledger.writer() as writer:
        bound = [n for n, marking in ledger.markings().items() if marking.case == CASE]
        listed = ", ".join(map(str, bound))
        cids = [row[0] for row in writer.ask(f"SELECT cid FROM claim WHERE marking IN ({listed})")]
        writer.retract(cids, reason="wrong", by="test")
    again = view_of(client, "exchange", CASE)
    assert client.get(f"{again}/packages/{made['id']}/file").status_code == 404


def test_a_package_that_has_run_out_and_a_stale_sign_in_hand_out_nothing(home: Home) -> None:
    ticking, settings, address = Ticking(clock()), Settings(home=home.path), "http://127.0.0.1:8000"
    with TestClient(create_app(home, settings, clock=ticking), base_url=address) as client:
        client.post("/api/v1/session", json={"persona": "liaison"})
        made, _ = packed(client, view_of(client, "exchange", CASE))
        ticking.pass_by(minutes=6)
        file = f"{view_of(client, 'exchange', CASE)}/packages/{made['id']}/file"
        assert client.get(file).json()["code"] == "step-up"
    ticking.at += LIFE
    with TestClient(create_app(home, settings, clock=ticking), base_url=address) as client:
        client.post("/api/v1/session", json={"persona": "liaison"})
        said = client.get(f"{view_of(client, 'exchange', CASE)}/packages/{made['id']}/file")
        assert (said.status_code, said.json()["code"]) == (403, "package-expired")
