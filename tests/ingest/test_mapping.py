"""Mappings: what rows of any table become, and clear words where a mapping is wrong."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from graph.errors import BadDelivery
from graph.home import Home
from ingest import sheets
from ingest.load import load, try_out
from tests.ingest.folders import MANIFEST, MARKINGS, ask

MAPPING: dict[str, Any] = {
    "maps": {"sort": {"1": "recruit", "*": "other"}},
    "tables": {
        "people*": {
            "row_key": ["nr"],
            "claims": [
                {"subject": "p:{nr}", "subject_kind": "Person", "predicate": "name", "value": "{first} {last}"},
                {
                    "subject": "p:{nr}",
                    "subject_kind": "Person",
                    "predicate": "birth_date",
                    "value": "{born|dmy}",
                    "loose": True,
                },
                {
                    "subject": "p:{nr}",
                    "subject_kind": "Person",
                    "predicate": "located_in",
                    "object": "town:{town|slug}",
                    "object_kind": "Place",
                    "valid": "{since}/..",
                    "note": "row {#} of {@file}",
                },
                {
                    "subject": "p:{nr}",
                    "subject_kind": "Person",
                    "predicate": "type_received",
                    "value": "{sort|map:sort}",
                },
            ],
        }
    },
}
ROWS = [
    ["nr", "first", "last", "born", "town", "since", "sort"],
    ["1", "Ada", "Prøve", "24/08/1980", "Ny By", "2015", "1"],
    ["2", "", "Øst", "", "", "", "7"],
]


def place(tmp_path: Path, rows: list[list[Any]] = ROWS, mapping: Any = MAPPING, form: str = "csv") -> tuple[Path, Path]:
    """A folder with a table, and a mapping for it."""
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.yaml").write_text(yaml.safe_dump(MANIFEST))
    (folder / "markings.yaml").write_text(yaml.safe_dump(MARKINGS))
    if form == "csv":
        (folder / "people.csv").write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)  # type: ignore[union-attr]
        book.save(folder / "people.xlsx")
    (tmp_path / "map.yaml").write_text(
        mapping if isinstance(mapping, str) else yaml.safe_dump(mapping, sort_keys=False)
    )
    return folder, tmp_path / "map.yaml"


def claims(home: Home) -> list[tuple[Any, ...]]:
    return ask(
        home,
        """SELECT s.delivered, p.text, coalesce(o.delivered, c.value), v.text, c.note FROM claim c
        JOIN entity s ON s.nid = c.subject JOIN term p ON p.nid = c.predicate LEFT JOIN entity o ON o.nid = c.object
        JOIN term v ON v.nid = c.valid WHERE c.seq NOT IN (SELECT claim FROM retraction) ORDER BY c.seq""",
    )


EXPECTED = [
    ("p:1", "name", "Ada Prøve", "", None),
    ("p:1", "birth_date", "1980-08-24", "", None),
    ("p:1", "located_in", "town:ny_by", "2015/..", "row 1 of people"),
    ("p:1", "type_received", "recruit", "", None),
    ("p:2", "name", "Øst", "", None),
    ("p:2", "type_received", "other", "", None),
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_rows_become_what_the_mapping_says(tmp_path: Path, form: str) -> None:
    folder, mapping = place(tmp_path, form=form)
    home = Home.init(tmp_path / "home")
    shown = try_out(home, [folder], mapping=mapping)
    assert [(c["claim"]["subject"], c["claim"]["predicate"]) for c in shown.sample] == [row[:2] for row in EXPECTED]
    report = load(home, [folder], mapping=mapping)
    assert (report.rows, report.accepted, report.claims) == (2, 2, 6)
    assert claims(home) == EXPECTED
    assert load(home, [folder], mapping=mapping).new == 0


def test_a_row_key_of_a_mapping(tmp_path: Path) -> None:
    folder, mapping = place(tmp_path)
    home = Home.init(tmp_path / "home")
    load(home, [folder], mapping=mapping)
    place(tmp_path, [ROWS[0], ["1", "Ada", "Ny", "24/08/1980", "Ny By", "2015", "1"]])
    report = load(home, [folder], mapping=mapping)
    assert (report.changed, report.vanished, report.new) == (1, 1, 4)
    assert ("p:1", "name", "Ada Ny", "", None) in claims(home)
    assert len(claims(home)) == 6


def test_a_mapping_that_learns_more_adds_and_keeps(tmp_path: Path) -> None:
    folder, mapping = place(tmp_path)
    home = Home.init(tmp_path / "home")
    load(home, [folder], mapping=mapping)
    more = yaml.safe_load(mapping.read_text())
    more["tables"]["people*"]["row_key"] = []
    del more["tables"]["people*"]["row_key"]
    mapping.write_text(yaml.safe_dump(more, sort_keys=False))
    load(Home.init(tmp_path / "other"), [folder], mapping=mapping)
    more["tables"]["people*"]["claims"].append(
        {"subject": "p:{nr}", "subject_kind": "Person", "predicate": "alias", "value": "{first}"}
    )
    mapping.write_text(yaml.safe_dump(more, sort_keys=False))
    report = load(Home.open(tmp_path / "other"), [folder], mapping=mapping)
    assert (report.new, report.unchanged) == (1, 6)


def test_what_does_not_fit_a_loose_rule_is_counted(tmp_path: Path) -> None:
    loose = {"tables": {"people*": {"claims": [{**MAPPING["tables"]["people*"]["claims"][1], "value": "{born}"}]}}}
    folder, mapping = place(tmp_path, mapping=loose)
    report = load(Home.init(tmp_path / "home"), [folder], mapping=mapping)
    assert (report.accepted, report.claims) == (2, 0)
    assert any("cells of column 'born' cannot be read as birth_date" in note for note in report.warnings)


def test_a_bad_cell_of_a_mapped_row_quarantines_the_row(tmp_path: Path) -> None:
    folder, mapping = place(
        tmp_path, [*ROWS, ["3", "=x", "", "", "By", "2015", "1"], ["4", "Bo", "", "80", "", "", ""]]
    )
    report = load(Home.init(tmp_path / "home"), [folder], mapping=mapping)
    assert report.codes() == {"bad-date": 1, "formula": 1}
    assert [row.row for row in report.quarantine] == [2, 3]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("tables: [", "not YAML"),
        ({"tabels": {}}, "tabels"),
        ({"tables": {"people*": {"claims": [{"predicate": "naem", "value": "x"}]}}}, "naem"),
        (
            {"tables": {"people*": {"claims": [{"predicate": "name", "subject_kind": "Persona", "value": "x"}]}}},
            "Persona",
        ),
        (
            {"tables": {"people*": {"claims": [{"predicate": "name", "subject": "{nope}", "subject_kind": "Person"}]}}},
            "nope",
        ),
        (
            {
                "tables": {
                    "people*": {"claims": [{"predicate": "name", "subject": "{nr|up}", "subject_kind": "Person"}]}
                }
            },
            "up",
        ),
        ({"tables": {"people*": {"row_key": ["id"]}}}, "row_key"),
        ({"tables": {"others*": {}}}, "Nothing in"),
    ],
)
def test_a_wrong_mapping_says_where(tmp_path: Path, mapping: Any, said: str) -> None:
    folder, path = place(tmp_path, mapping=mapping)
    home = Home.init(tmp_path / "home")
    with pytest.raises(BadDelivery, match=said):
        load(home, [folder], mapping=path)
    assert claims(home) == []


def test_a_mapping_that_is_not_there(tmp_path: Path) -> None:
    folder, _ = place(tmp_path)
    with pytest.raises(BadDelivery, match="There is no mapping"):
        load(Home.init(tmp_path / "home"), [folder], mapping="nowhere.yaml")


def test_the_tripwire_knows_which_columns_become_identifiers(tmp_path: Path) -> None:
    number = "0101" + "801234"
    rows = [["nr", "code"], ["1", number]]
    rule = {"subject": "p:{nr}", "subject_kind": "Person", "predicate": "identifier", "value": "{code}"}
    folder, mapping = place(tmp_path, rows, {"tables": {"people*": {"claims": [rule]}}})
    with pytest.raises(BadDelivery, match="row 2, column code"):
        load(Home.init(tmp_path / "home"), [folder], mapping=mapping)
    free = {**rule, "predicate": "title"}
    folder, mapping = place(tmp_path, rows, {"tables": {"people*": {"claims": [free]}}})
    report = load(Home.init(tmp_path / "other"), [folder], mapping=mapping)
    assert any("ten digits" in note for note in report.warnings)


@pytest.mark.parametrize("fault", ["ratio", "members", "outside", "none", "torn"])
def test_an_archive_over_its_limits_is_not_unpacked(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, mapping = place(tmp_path, form="xlsx")
    path = folder / "people.xlsx"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if fault == "ratio":
            archive.writestr("xl/worksheets/sheet1.xml", b" " * 5_000_000)
        elif fault == "members":
            for number in range(sheets.MEMBER_LIMIT + 1):
                archive.writestr(f"m{number}", b"")
        elif fault == "outside":
            archive.writestr("../../outside", b"x")
        else:
            archive.writestr("nothing", b"x")
    path.write_bytes(out.getvalue()[:-30] if fault == "torn" else out.getvalue())
    with pytest.raises(BadDelivery) as caught:
        load(Home.init(tmp_path / "home"), [folder], mapping=mapping)
    assert caught.value.reason_code == ("bad-file" if fault in ("none", "torn") else "archive-limit")


def test_a_workbook_with_a_second_filled_sheet_is_refused_and_its_sheets_named(tmp_path: Path) -> None:
    folder, mapping = place(tmp_path, form="xlsx")
    book = openpyxl.load_workbook(folder / "people.xlsx")
    book.create_sheet("Empty")
    book.save(folder / "people.xlsx")
    assert load(Home.init(tmp_path / "one"), [folder], mapping=mapping).new
    book.create_sheet("More").append([None, "hidden"])
    book.save(folder / "people.xlsx")
    home = Home.init(tmp_path / "two")
    with pytest.raises(BadDelivery, match="Sheet, More") as caught:
        load(home, [folder], mapping=mapping)
    assert caught.value.reason_code == "many-sheets"
    assert claims(home) == []


def test_rows_of_a_sheet_are_numbered_as_the_sheet_does(tmp_path: Path) -> None:
    number = "0101" + "801234"
    rule = {"subject": "p:{nr}", "subject_kind": "Person", "predicate": "identifier", "value": "{code}"}
    rows: list[list[Any]] = [["nr", "code"], ["1", "x"], [None, None], [None, None], ["2", number]]
    folder, mapping = place(tmp_path, rows, {"tables": {"people*": {"claims": [rule]}}}, form="xlsx")
    with pytest.raises(BadDelivery, match="row 5, column code"):
        load(Home.init(tmp_path / "home"), [folder], mapping=mapping)
