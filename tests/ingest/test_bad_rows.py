"""A bad row goes to quarantine with its reason and bytes; the rows around it load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.home import Home
from ingest.load import load
from tests.ingest.folders import ask, claim, claims_in, folder, link, table

GOOD = [claim(), claim(subject="person:2"), link()]
BAD: dict[str, dict[str, str]] = {
    "unknown-kind": claim(subject="x:1", subject_kind="Persona"),
    "unknown-predicate": claim(predicate="naem"),
    "wrong-ends": claim(predicate="placed_in", object="person:2", object_kind="Person", value=""),
    "self-loop": link(target="person:1"),
    "kind-conflict": claim(subject="person:2", subject_kind="Organisation"),
    "impossible-date": claim(valid="2015-02-30"),
    "reversed-date": claim(valid="2016/2015"),
    "bad-date": claim(valid="yesterday"),
    "bad-grade": claim(grade="B2"),
    "unknown-term": claim(assertion="perhaps"),
    "unknown-marking": claim(marking="secret-lair"),
    "missing": claim(value=""),
    "special-category": claim(predicate="religion", value="x"),
    "control-character": claim(value="Ada\x07Prøve"),
    "bidi-character": claim(value="Ada\u202eProve"),
    "formula": claim(value="=cmd|' /C calc'!A0"),
    "too-long": claim(value="a" * 70_000),
    "bad-qualifiers": {**link(), "value": '{"count":3}'},
    "not-a-number": {**link(), "value": '{"kind":"call","count":"Infinity"}'},
}


@pytest.mark.parametrize("code", BAD)
def test_a_bad_row_is_quarantined_and_the_others_load(tmp_path: Path, code: str) -> None:
    home = Home.init(tmp_path / "home")
    report = load(home, [folder(tmp_path / "in", [*GOOD, BAD[code], claim(subject="person:3")])])
    assert report.codes() == {code: 1}
    assert (report.rows, report.accepted, report.quarantined) == (5, 4, 1)
    (row,) = report.quarantine
    assert (row.file, row.row) == ("claims.csv", 3)
    assert row.line == row.as_json()["row"] == 5, "the header is line 1"
    assert table([BAD[code]]).encode().splitlines(keepends=True)[-1] == row.raw
    assert row.fault.reason
    assert row.fault.mend
    told = f"{row.fault.reason} {row.fault.mend}"
    assert told.count("Remove") + told.count("Correct") <= 1, "the way to mend it stands once"
    assert claims_in(home) == 4
    assert ask(home, "SELECT row, code, raw FROM quarantine") == [(3, code, row.raw)]


@pytest.mark.parametrize("value", ["+45 12 34 56 78", "-3.5", "Ada = Prøve", "fem + to", "tab\tbed"])
def test_what_only_looks_like_a_formula_loads(tmp_path: Path, value: str) -> None:
    home = Home.init(tmp_path / "home")
    assert load(home, [folder(tmp_path / "in", [claim(value=value)])]).codes() == {}


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)", "+cmd|calc", " =x", "-cmd"])
def test_formulas_are_refused(tmp_path: Path, value: str) -> None:
    home = Home.init(tmp_path / "home")
    assert load(home, [folder(tmp_path / "in", [claim(value=value)])]).codes() == {"formula": 1}


@pytest.mark.parametrize("number", ["nan", "NaN", "Infinity", "inf", "1e999", "1_000", "many"])
def test_a_number_is_finite(tmp_path: Path, number: str) -> None:
    home = Home.init(tmp_path / "home")
    rows = [claim(subject="s:1", subject_kind="PrisonSection", predicate="capacity", value=number)]
    assert load(home, [folder(tmp_path / "in", rows)]).codes() == {"not-a-number": 1}


@pytest.mark.parametrize(
    "qualifiers", ['{"kind":"call","count":NaN}', '{"kind":', '["call"]', '{"kind":"unspecified"}']
)
def test_qualifiers_are_strict_json_with_a_kind(tmp_path: Path, qualifiers: str) -> None:
    home = Home.init(tmp_path / "home")
    rows = [claim(), claim(subject="person:2"), {**link(), "value": qualifiers}]
    assert load(home, [folder(tmp_path / "in", rows)]).codes() == {"bad-qualifiers": 1}


def test_ragged_rows_and_a_second_header(tmp_path: Path) -> None:
    head, first, second = table([claim(), claim(subject="person:2")]).splitlines()
    text = "\n".join([head, first, "a,b,c", head, second, second + ",extra"]) + "\n"
    home = Home.init(tmp_path / "home")
    report = load(home, [folder(tmp_path / "in", text)])
    assert [(q.row, q.fault.code, q.raw) for q in report.quarantine] == [
        (1, "ragged", b"a,b,c\n"),
        (2, "header-again", head.encode() + b"\n"),
        (4, "ragged", second.encode() + b",extra\n"),
    ]
    assert (report.rows, report.accepted, claims_in(home)) == (5, 2, 2)


def test_rows_are_numbered_as_a_person_sees_them(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    head, _, good = table([claim(note="two\nlines")]).partition("\n")
    text = f"{head}\n\n{good}a,b\n\n\na,b\n"
    report = load(home, [folder(tmp_path / "in", text)])
    seen = text.split("\n")
    assert [seen[q.line - 1] for q in report.quarantine] == ["a,b", "a,b"]
    assert [q.row for q in report.quarantine] == [1, 2]
    odd = text.replace("a,b", 'a"x"b,b')
    assert [odd.split("\n")[q.line - 1] for q in load(home, [folder(tmp_path / "odd", odd)]).quarantine] == [
        'a"x"b,b',
        'a"x"b,b',
    ]


def test_lines_of_json_are_numbered_with_the_blank_ones(tmp_path: Path) -> None:
    place = folder(tmp_path / "in", table([claim()]))
    (place / "claims.csv").unlink()
    (place / "claims.jsonl").write_text("\n" + json.dumps(claim()) + "\n\n{no\n")
    (row,) = load(Home.init(tmp_path / "home"), [place]).quarantine
    assert (row.line, row.raw) == (4, b"{no")


def test_a_document_may_be_long_and_nothing_else(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    rows = [claim(subject="doc:1", subject_kind="Document", predicate="text", value="ord " * 50_000)]
    assert load(home, [folder(tmp_path / "in", rows)]).accepted == 1
    rows = [claim(subject="doc:2", subject_kind="Document", predicate="text", value="ord " * 300_000)]
    assert load(home, [folder(tmp_path / "more", rows)]).codes() == {"too-long": 1}


def test_the_first_kind_of_an_id_holds_across_deliveries(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    load(home, [folder(tmp_path / "one", [claim(subject="x:1")])])
    report = load(home, [folder(tmp_path / "two", [claim(subject="x:1", subject_kind="Group"), claim(subject="x:2")])])
    assert report.codes() == {"kind-conflict": 1}
    assert claims_in(home) == 2


def test_quarantine_is_kept_once_however_often_it_is_loaded(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    place = folder(tmp_path / "in", [*GOOD, BAD["bad-grade"]])
    first, second = load(home, [place]), load(home, [place])
    assert first.quarantined == second.quarantined == 1
    assert ask(home, "SELECT count(*) FROM quarantine") == [(1,)]
    assert ask(home, "SELECT state, rows, accepted, quarantined FROM delivery") == [("done", 4, 3, 1)]


def test_a_cell_with_quotation_marks_inside_is_read_as_it_stands(tmp_path: Path) -> None:
    head = table([]).strip()
    cells = ["person:9", "Person", "name", "", "", 'Ada "Bob" Prøve', *[""] * 9]
    rest = ["person:8", "Person", "name", "", "", "Efter", *[""] * 9]
    home = Home.init(tmp_path / "home")
    report = load(home, [folder(tmp_path / "in", "\n".join([head, ",".join(cells), "a,b", ",".join(rest)]) + "\n")])
    assert report.codes() == {"ragged": 1}
    assert ask(home, "SELECT value FROM claim ORDER BY seq") == [('Ada "Bob" Prøve',), ("Efter",)]


def test_an_explicit_fact_of_what_is_only_assessed_is_kept_as_an_assessment(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    rows = [claim(predicate="in_milieu", object="m:1", object_kind="Milieu", value="", assertion="fact")]
    report = load(home, [folder(tmp_path / "in", rows)])
    assert ask(home, "SELECT assertion FROM claim") == [(1,)]
    assert any("assessments by nature" in note for note in report.warnings)
