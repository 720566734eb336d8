"""What refuses a whole delivery says why, and nothing of it is written."""

from __future__ import annotations

import codecs
import shutil
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadDelivery, PersonNumber
from graph.home import Home
from ingest.load import load
from tests.ingest.folders import ask, claim, claims_in, folder, table

ROWS = [claim(), claim(subject="person:2", value="Bo Øst")]


def refused(tmp_path: Path, place: Path, code: str) -> BadDelivery:
    """Load what must be refused; the ledger stays empty."""
    home = Home.init(tmp_path / "home")
    with pytest.raises(BadDelivery) as caught:
        load(home, [place])
    assert caught.value.reason_code == code, caught.value.message
    assert claims_in(home) == 0
    assert ask(home, "SELECT count(*) FROM delivery") == [(0,)]
    assert list(home.deliveries.rglob("*.zst")) == []
    return caught.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (table(ROWS).replace(",", ";").encode(), "wrong-delimiter"),
        (table(ROWS).replace(",", "\t").encode(), "wrong-delimiter"),
        (table(ROWS).encode("cp1252"), "bad-encoding"),
        (table(ROWS).encode("utf-16-le"), "bad-encoding"),
        (table(ROWS).encode("utf-16")[:-1], "bad-encoding"),
        (table(ROWS).encode("utf-32"), "bad-encoding"),
        (table(ROWS).replace("\n", "\r").encode(), "bad-line-ends"),
        (b"subject,predicate,value\na,name,b\n", "missing-columns"),
        (b"subject,subject_kind,predicate\na,Person,name\n", "missing-columns"),
        (b"subject,subject_kind,predicate,value,value\na,Person,name,x,y\n", "bad-header"),
        (table(ROWS).encode() + b'person:3,Person,name,,,"never closed\nand on\n', "open-quote"),
    ],
)
def test_the_file_as_a_whole(tmp_path: Path, content: bytes, code: str) -> None:
    refused(tmp_path, folder(tmp_path / "in", content), code)


@pytest.mark.parametrize("content", [b"no json\n", b"[1]\n", b"{}\n", b'{"subject":' + b"[" * 50_000 + b"\n"])
def test_lines_of_which_none_says_anything(tmp_path: Path, content: bytes) -> None:
    place = folder(tmp_path / "in", ROWS)
    (place / "claims.csv").unlink()
    (place / "claims.jsonl").write_bytes(content)
    assert "Line 1" in refused(tmp_path, place, "bad-file").message


@pytest.mark.parametrize("encode", [lambda t: codecs.BOM_UTF8 + t.encode(), lambda t: t.encode("utf-16")])
def test_marked_encodings_are_read(tmp_path: Path, encode: Any) -> None:
    home = Home.init(tmp_path / "home")
    report = load(home, [folder(tmp_path / "in", encode(table(ROWS)))])
    assert (report.accepted, report.quarantined) == (2, 0)
    assert ask(home, "SELECT value FROM claim ORDER BY seq") == [("Ada Prøve",), ("Bo Øst",)]


def test_a_missing_path(tmp_path: Path) -> None:
    refused(tmp_path, tmp_path / "nowhere", "missing-file")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert "no table in it" in refused(tmp_path, tmp_path / "in", "nothing-to-load").message


def test_what_is_no_table_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path / "in", ROWS)
    (place / "claims.csv").rename(place / "claims.csv.gz")
    said = refused(tmp_path, place, "nothing-to-load").message
    assert "claims.csv.gz" in said and "unpacked" in said and "markings.yaml" not in said


def test_a_role_that_is_none_is_told(tmp_path: Path) -> None:
    users = {"ada": {"roles": ["analist", "planner"]}, "bo": {}}
    report = load(Home.init(tmp_path / "home"), [folder(tmp_path / "in", ROWS, users=users)])
    told = [note for note in report.warnings if "users.yaml" in note]
    assert len(told) == 1 and "ada" in told[0] and "analist" in told[0] and "analyst?" in told[0]


@pytest.mark.parametrize("kind", ["operational", "real", ""])
def test_only_made_up_or_published_data(tmp_path: Path, kind: str) -> None:
    refused(tmp_path, folder(tmp_path / "in", ROWS, manifest={"kind": kind}), "manifest-kind")


def test_no_manifest(tmp_path: Path) -> None:
    place = folder(tmp_path / "in", ROWS)
    (place / "manifest.yaml").unlink()
    refused(tmp_path, place, "no-manifest")


def test_research_brings_no_users(tmp_path: Path) -> None:
    place = folder(
        tmp_path / "in", ROWS, manifest={"kind": "published-research"}, users={"eve": {"roles": ["analyst"]}}
    )
    refused(tmp_path, place, "users-refused")


def test_an_unknown_attribute_of_a_marking_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path / "in", ROWS, markings={"plain": {"levle": 1}})
    assert "levle" in refused(tmp_path, place, "bad-side-file").message


def test_too_little_is_refused_and_too_much_is_told(tmp_path: Path) -> None:
    refused(tmp_path, folder(tmp_path / "in", ROWS, manifest={"expect": {"claims": {"min": 3}}}), "too-little")
    home = Home.init(tmp_path / "other")
    report = load(home, [folder(tmp_path / "in", ROWS, manifest={"expect": {"entities": {"max": 1}}})])
    assert report.new == 2
    assert any("at most 1 entities" in note for note in report.warnings)


def test_a_refused_delivery_keeps_the_others_of_the_command_out(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    good = folder(tmp_path / "good", ROWS)
    bad = folder(tmp_path / "bad", b"", manifest={"namespace": "other"})
    with pytest.raises(BadDelivery):
        load(home, [good, bad])
    assert claims_in(home) == 0


def test_a_namespace_keeps_its_regime(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    load(home, [folder(tmp_path / "in", ROWS)])
    with pytest.raises(BadDelivery) as caught:
        load(home, [folder(tmp_path / "in2", ROWS, manifest={"kind": "published-research"})])
    assert caught.value.reason_code == "namespace-taken"


# made by the test, so that no such number stands in a file
NUMBER = "-".join(("010180", "1234"))


@pytest.mark.parametrize(
    "row",
    [
        claim(value=f"Ada {NUMBER}"),
        claim(note=f"se {NUMBER}"),
        claim(predicate="identifier", value=NUMBER.replace("-", "")),
        claim(subject=NUMBER),
    ],
)
def test_the_tripwire_refuses_the_load_and_names_the_row(tmp_path: Path, row: dict[str, str]) -> None:
    home = Home.init(tmp_path / "home")
    with pytest.raises(PersonNumber) as caught:
        load(home, [folder(tmp_path / "in", [*ROWS, row])])
    assert "row 4," in caught.value.message, "the header is row 1"
    assert NUMBER not in caught.value.message
    assert NUMBER.replace("-", "") not in caught.value.message
    assert claims_in(home) == 0


def test_ten_digits_elsewhere_are_counted(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    report = load(home, [folder(tmp_path / "in", [*ROWS, claim(note=NUMBER.replace("-", ""))])])
    assert report.new == 3
    assert any("1 cells hold ten digits" in note for note in report.warnings)


def test_impossible_numbers_pass(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    rows = [claim(predicate="identifier", value="321380-1234"), claim(value="9999999999")]
    assert load(home, [folder(tmp_path / "in", rows)]).new == 2


def test_a_copied_folder_of_the_same_name_means_the_same(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    load(home, [folder(tmp_path / "a" / "in", ROWS)])
    shutil.copytree(tmp_path / "a" / "in", tmp_path / "b" / "in")
    assert load(home, [tmp_path / "b" / "in"]).new == 0


@pytest.mark.parametrize("name", ["more-claims.csv", "markings.yaml"])
def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    place = folder(tmp_path / "in", [claim()])
    outside = tmp_path / "outside"
    outside.write_text(table([claim(subject="person:9")]))
    (place / name).unlink(missing_ok=True)
    (place / name).symlink_to(outside)
    error = refused(tmp_path, place, "outside-link")
    assert str(place / name) in error.message


def test_a_table_that_is_such_a_link_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path / "in", [claim()])
    (place / "claims.csv").rename(tmp_path / "outside")
    (place / "claims.csv").symlink_to(tmp_path / "outside")
    refused(tmp_path, place / "claims.csv", "outside-link")


def test_a_link_within_the_folder_and_a_linked_folder_are_read(tmp_path: Path) -> None:
    place = folder(tmp_path / "in", [claim()])
    (place / "claims.csv").rename(place / "real.csv")
    (place / "claims.csv").symlink_to("real.csv")
    (tmp_path / "door").symlink_to(place)
    assert load(Home.init(tmp_path / "home"), [tmp_path / "door"]).new == 1
