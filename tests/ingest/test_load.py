"""Loading: nothing lost, nothing doubled, and every row accounted for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import rows
from graph.errors import BadDelivery
from graph.home import Home
from graph.ledger import Ledger
from graph.model import Marking
from ingest.load import load, try_out
from tests.factory import set_digests
from tests.ingest.folders import MARKINGS, ask, claim, claims_in, folder, link, table

ROWS = [claim(), claim(subject="person:2"), link(valid="2015-03-01/.."), claim(predicate="birth_date", value="1980?")]

PARTNER = {"name": "X", "org": "org-x", "sign_key": "0" * 64, "age_recipient": "age1" + "q" * 58}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.init(tmp_path / "home", personas=True)


def test_what_a_row_says_is_what_the_ledger_holds(home: Home, tmp_path: Path) -> None:
    row = link(grade="admiralty:C3", assertion="assessment", category="d", source="unit:07", report="r:1")
    row |= {"locator": "p. 3", "valid": "2015/2016-05"}
    report = load(home, [folder(tmp_path / "in", [claim(), claim(subject="person:2"), row])])
    assert (report.rows, report.claims, report.new, report.unchanged) == (3, 3, 3, 0)
    found = ask(
        home,
        """SELECT s.delivered, p.text, o.delivered, c.value, v.text,
        c.valid_from, c.valid_to, c.certain_from, c.certain_to,
        g.text, c.assertion, c.category, x.name, r.delivered, k.text, c.locator, c.row
        FROM claim c JOIN entity s ON s.nid = c.subject JOIN term p ON p.nid = c.predicate
        JOIN entity o ON o.nid = c.object
        JOIN term v ON v.nid = c.valid JOIN term g ON g.nid = c.grade JOIN source x ON x.nid = c.source
        JOIN entity r ON r.nid = c.report JOIN term k ON k.nid = r.kind""",
    )
    assert found == [
        ("person:1", "associated_with", "person:2", '{"kind":"call"}', "2015/2016-05", 16436, 16952, 16800, 16922,
         "admiralty:C3", 1, "d", "unit:07", "r:1", "Report", "p. 3", 2),
    ]  # fmt: skip


def test_loading_again_changes_nothing(home: Home, tmp_path: Path) -> None:
    place = folder(tmp_path / "in", [*ROWS, *ROWS])
    first = load(home, [place])
    with Ledger(home) as ledger:
        digests, head = set_digests(ledger), ledger.head()
    second = load(home, [place])
    assert (first.claims, first.new) == (8, 8), "a row said twice is two claims"
    assert (second.claims, second.new, second.unchanged) == (8, 0, 8)
    with Ledger(home) as ledger:
        assert (set_digests(ledger), ledger.head()) == (digests, head)
        assert len(ledger.deliveries()) == 1


def test_a_grown_delivery_adds_what_is_new(home: Home, tmp_path: Path) -> None:
    load(home, [folder(tmp_path / "in", ROWS)])
    report = load(home, [folder(tmp_path / "in", [claim(subject="person:0"), *ROWS])])
    assert (report.new, report.unchanged, claims_in(home)) == (1, 4, 5)


def test_a_stricter_marking_makes_a_new_claim(home: Home, tmp_path: Path) -> None:
    load(home, [folder(tmp_path / "in", ROWS)])
    markings = {**MARKINGS, "plain": {**MARKINGS["plain"], "level": 3}}
    report = load(home, [folder(tmp_path / "in", ROWS, markings=markings)])
    assert report.new == 4


def test_a_marking_left_out_is_the_most_restrictive(home: Home, tmp_path: Path) -> None:
    manifest = {"defaults": {"source": "unit:01"}}
    report = load(
        home, [folder(tmp_path / "in", [claim(), claim(subject="person:2", marking="bare")], manifest=manifest)]
    )
    assert report.new == 2
    with Ledger(home) as ledger:
        assert set(ledger.markings().values()) == {Marking()}
        assert Marking().sealed
        assert Marking().level == 3


def test_files_are_kept_as_received_and_rows_are_found_again(home: Home, tmp_path: Path) -> None:
    place = folder(tmp_path / "in", ROWS)
    (place / "more-claims.csv").write_text(table([claim(subject="person:9", value="Ny\nlinje")]))
    load(home, [place])
    with Ledger(home) as ledger:
        (delivery,) = ledger.deliveries().values()
    number = ask(home, "SELECT row FROM claim JOIN entity e ON e.nid = subject WHERE e.delivered = 'person:9'")[0][0]
    name, digest, row = delivery.locate(number)
    assert (name, row) == ("more-claims.csv", 0)
    assert home.kept(digest) == (place / name).read_bytes()
    names, cells, _ = rows.csv_row(home.kept(digest), row)
    assert dict(zip(names, cells, strict=True))["value"] == "Ny\nlinje"
    assert {file["name"] for file in delivery.files} >= {"manifest.yaml", "markings.yaml", "claims.csv"}


def keyed(tmp_path: Path, *rows_: dict[str, str]) -> Path:
    return folder(tmp_path / "in", list(rows_), manifest={"row_key": ["subject", "predicate"]})


def test_keyed_rows_are_compared_with_the_last_delivery(home: Home, tmp_path: Path) -> None:
    one, two = claim(value="Ada"), claim(subject="person:2", value="Bo")
    load(home, [keyed(tmp_path, one, two)])
    report = load(home, [keyed(tmp_path, claim(value="Ada Ny"))])
    assert (report.new, report.changed, report.vanished) == (1, 1, 1)
    retracted = (
        "SELECT c.value, n.value FROM retraction JOIN claim c ON c.seq = claim JOIN claim n ON n.seq = superseded_by"
    )
    assert ask(home, retracted) == [("Ada", "Ada Ny")]
    assert ask(home, "SELECT value FROM claim WHERE seq NOT IN (SELECT claim FROM retraction) ORDER BY 1") == [
        ("Ada Ny",),
        ("Bo",),
    ], "what has vanished is reported, and stays until a person retracts it"
    assert load(home, [keyed(tmp_path, claim(value="Ada Ny"))]).changed == 0


def test_a_row_that_changes_back_counts_again(home: Home, tmp_path: Path) -> None:
    for value in ("Ada", "Bo", "Ada"):
        load(home, [keyed(tmp_path, claim(value=value))])
    live = "SELECT value FROM claim WHERE seq NOT IN (SELECT claim FROM retraction)"
    assert ask(home, live) == [("Ada",)]
    assert claims_in(home) == 3


def test_a_row_key_said_twice_is_quarantined(home: Home, tmp_path: Path) -> None:
    report = load(home, [keyed(tmp_path, claim(value="Ada"), claim(value="Bo"))])
    assert report.codes() == {"duplicate-row-key": 1}
    assert ask(home, "SELECT value FROM claim") == [("Ada",)]


def test_a_dry_run_shows_and_writes_nothing(home: Home, tmp_path: Path) -> None:
    report = try_out(home, [folder(tmp_path / "in", [*ROWS, claim(grade="B2")])])
    assert (report.rows, report.accepted, report.claims) == (5, 4, 4)
    assert not {"new", "unchanged", "changed", "vanished"} & report.as_json().keys(), "nothing was compared"
    assert report.sample[0]["claim"]["grade"] == "4x4:B2"
    assert [row["row"] for row in report.sample] == [2, 3, 4, 5]
    assert claims_in(home) == 0
    assert json.dumps(report.as_json())


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_the_forms_of_a_claims_table_say_the_same(home: Home, tmp_path: Path, form: str) -> None:
    load(home, [folder(tmp_path / "csv" / "in", ROWS)])
    place = folder(tmp_path / form / "in", ROWS)
    (place / "claims.csv").unlink()
    if form == "jsonl":
        text = "\n".join(json.dumps({**row, "value": row["value"]}) for row in ROWS) + "\n"
        (place / "claims.jsonl").write_text(text + "{not json\n[1]\n")
    else:
        columns = sorted({name for row in ROWS for name in row})
        arrays = [pa.array([row.get(name) for row in ROWS]).dictionary_encode() for name in columns]
        pyarrow.parquet.write_table(pa.table(arrays, names=columns), place / "claims.parquet")
    report = load(home, [place])
    assert (report.accepted, report.new) == (4, 0)
    assert report.codes() == ({"bad-json": 2} if form == "jsonl" else {})


def test_a_parquet_file_that_is_none(home: Home, tmp_path: Path) -> None:
    place = folder(tmp_path / "in", ROWS)
    (place / "claims.csv").rename(place / "claims.parquet")
    with pytest.raises(BadDelivery, match="not a Parquet file"):
        load(home, [place])


def test_side_files_enter_the_directory(home: Home, tmp_path: Path) -> None:
    place = folder(
        tmp_path / "in",
        ROWS,
        cases={"case-1": {"title": "T", "state": "open"}, "case-2": {"state": "open", "members": ["u-1"]}},
        partners={"partner-x": PARTNER},
        users={"u-1": {"roles": ["analyst"]}, "analyst": {"roles": ["admin"], "clearance": 3}},
    )
    report = load(home, [place])
    with Ledger(home) as ledger:
        assert ledger.cases()["case-1"]["members"] == ["analyst", "liaison"]
        assert ledger.cases()["case-2"]["members"] == ["u-1"]
        assert ledger.partners()["partner-x"]["namespace"] == "test"
        assert ledger.users()["u-1"]["roles"] == ["analyst"]
        assert ledger.users()["analyst"]["roles"] == ["analyst"], "a delivery never changes a user of the home"
    assert any("user analyst" in note for note in report.warnings)


def test_progress_tells_rows(home: Home, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    load(home, [folder(tmp_path / "in", ROWS)], progress=lambda *said: told.append(said))
    assert told == [("inspect", 4, 0), ("write", 4, 4), ("load", 4, 4)]


kinds = st.sampled_from([claim(), claim(subject="person:2"), link(), claim(grade="B2"), claim(value=""), {}])


@settings(max_examples=20)
@given(st.lists(kinds, max_size=30), st.integers(200, 900))
def test_rows_in_are_accepted_or_quarantined(
    tmp_path_factory: pytest.TempPathFactory, found: list[dict[str, str]], chunk: int
) -> None:
    place = tmp_path_factory.mktemp("rows")
    home = Home.init(place / "home")
    was, rows.CHUNK = rows.CHUNK, chunk
    try:
        report = load(home, [folder(place / "in", found)])
        again = load(home, [place / "in"])
    finally:
        rows.CHUNK = was
    assert report.rows == report.accepted + report.quarantined == len(found)
    assert report.claims == report.new + report.unchanged == report.accepted == claims_in(home)
    assert (again.new, again.unchanged, again.quarantined) == (0, report.claims, report.quarantined)
    assert ask(home, "SELECT count(*) FROM quarantine") == [(report.quarantined,)]
    with Ledger(home) as ledger, ledger.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_blank_lines_of_a_claims_table_are_no_rows(home: Home, tmp_path: Path) -> None:
    text = table(ROWS).replace("\n", "\n\n")
    report = load(home, [folder(tmp_path / "in", text)])
    assert (report.rows, report.accepted) == (4, 4)
    assert ask(home, "SELECT row FROM claim ORDER BY seq") == [(0,), (1,), (2,), (3,)]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_claims_table_loads_without_pandas(tmp_path: Path, form: str) -> None:
    """Arrow imports it at the first chance, which takes as long as loading twenty thousand claims."""
    place, home = folder(tmp_path / "in", ROWS), Home.init(tmp_path / "home")
    if form == "parquet":
        held = pyarrow.csv.read_csv(place / "claims.csv")
        (place / "claims.csv").unlink()
        pyarrow.parquet.write_table(held, place / "claims.parquet")
    program = (
        "import sys\nfrom pathlib import Path\nfrom graph.home import Home\nfrom ingest.load import load\n"
        f"report = load(Home.open(Path({str(home.path)!r})), [Path({str(place)!r})])\n"
        "print(report.new, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(ROWS)), "False"]
