"""Bad input through the command line itself: a message that helps, the exit code of the error, and nothing written."""

from __future__ import annotations

import io
import json
import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api import cli
from graph.home import Home
from graph.ledger import Ledger
from tests.homes import CASE, PARTNER
from tests.ingest.folders import claim, claims_in, folder, link, table

ENTRY = Path(sys.executable).with_name("krydsfelt")
ROWS = [claim(), claim(subject="person:2", value="Bo Øst")]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the entry point with words; return exit code, standard output and standard error."""

    def krydsfelt(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["krydsfelt", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as done:
            code = int(done.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return krydsfelt


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home.init(tmp_path / "empty", personas=True)


def same(home: Home) -> list[tuple[str, int]]:
    """Every file of a home with its size, but for what SQLite keeps beside its own."""
    files = (p for p in home.path.rglob("*") if p.is_file() and not p.name.endswith(("-wal", "-shm")))
    return sorted((str(p.relative_to(home.path)), p.stat().st_size) for p in files)


def workbook(cells: list[list[str]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for row in cells:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one member changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        assert member in old.namelist()
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOOK = workbook([list(ROWS[0]), *[list(row.values()) for row in ROWS]])
LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>%s]>" % b"".join(
    b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)


def laughing(xml: bytes) -> bytes:
    """A sheet of which one name unfolds to a hundred milliards of words."""
    assert b"Ada" in xml
    return LAUGHS + xml.replace(b"Ada", b"&a11;")


BOOKS: dict[str, bytes] = {
    "bomb": repacked(BOOK, SHEET, lambda xml: xml + b" " * (64 << 20)),
    "cut-off": repacked(BOOK, SHEET, lambda xml: xml[: len(xml) * 3 // 4]),
    "entities": repacked(BOOK, SHEET, laughing),
    "no-archive": b"PK\x03\x04 not a workbook",
    "half": BOOK[: len(BOOK) // 2],
    "empty": b"",
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_that_is_none(run: Run, empty: Home, tmp_path: Path, name: str) -> None:
    place = folder(tmp_path / "in", ROWS)
    (place / "claims.csv").unlink()
    (place / "claims.xlsx").write_bytes(BOOKS[name])
    before = same(empty)
    code, _, err = run("load", place, "--home", empty.path)
    assert code == 2 and err.startswith("error (") and "claims.xlsx" in err
    assert same(empty) == before


WHOLE: dict[str, bytes] = {
    "empty": b"",
    "wrong-delimiter": table(ROWS).replace(",", ";").encode(),
    "windows-1252": table(ROWS).encode("cp1252"),
    "utf-16 without a mark": table(ROWS).encode("utf-16-le"),
    "nul bytes": b"\x00" * 5000,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_as_a_whole(run: Run, empty: Home, tmp_path: Path, name: str) -> None:
    place = folder(tmp_path / "in", WHOLE[name])
    before = same(empty)
    code, _, err = run("load", place, "--home", empty.path)
    assert code == 2 and err.startswith("error (") and "claims.csv" in err
    assert same(empty) == before


MANIFESTS: dict[str, str] = {
    "operational": "kind: operational\n",
    "no kind": "title: x\n",
    "no mapping": "- a\n- b\n",
    "no yaml": "kind: [synthetic\n",
    "odd name": "kind: synthetic\nnamespace: [1, 2]\n",
    "odd expectation": "kind: synthetic\nexpect: {claims: {min: many}}\n",
    "odd row key": "kind: synthetic\nrow_key: [nothing]\n",
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_does_not_fit(run: Run, empty: Home, tmp_path: Path, name: str) -> None:
    place = folder(tmp_path / "in", ROWS)
    (place / "manifest.yaml").write_text(MANIFESTS[name])
    before = same(empty)
    code, _, err = run("load", place, "--home", empty.path)
    assert code == 2 and err.startswith("error (")
    assert same(empty) == before


def test_a_mapping_that_does_not_fit(run: Run, empty: Home, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,name\na,Ada\n")
    for name, text in {
        "missing": None,
        "no yaml": "a: [",
        "empty": "",
        "odd": "rows: 3\n",
        "binary": "\x00\x01",
    }.items():
        mapping = tmp_path / "m.yaml"
        mapping.unlink(missing_ok=True)
        if text is not None:
            mapping.write_text(text)
        code, _, err = run("load", tmp_path / "people.csv", "--mapping", mapping, "--home", empty.path)
        assert code == 2 and err.startswith("error ("), name
    assert claims_in(empty) == 0


BAD = {
    "unknown-kind": claim(subject="x:1", subject_kind="Persona"),
    "unknown-predicate": claim(predicate="naem"),
    "wrong-ends": claim(predicate="placed_in", object="person:2", object_kind="Person", value=""),
    "impossible-date": claim(valid="2015-02-30"),
    "reversed-date": claim(valid="2016/2015"),
    "kind-conflict": claim(subject="person:2", subject_kind="Organisation"),
    "self-loop": link(target="person:1"),
    "not-a-number": {**link(), "value": '{"kind":"call","count":"nan"}'},
    "control-character": claim(value="Ada\x07Prøve"),
    "bidi-character": claim(value="Ada\u202eProve"),
    "formula": claim(value="=cmd|' /C calc'!A0"),
    "unknown-marking": claim(marking="secret-lair"),
    "too-long": claim(value="a" * 70_000),
}


def test_bad_rows_are_told_with_a_way_to_mend_them(run: Run, empty: Home, tmp_path: Path) -> None:
    place = folder(tmp_path / "in", [*ROWS, *BAD.values()])
    code, out, _ = run("load", place, "--home", empty.path, "--json")
    told = json.loads(out)
    assert code == 0 and (told["rows"], told["accepted"]) == (len(ROWS) + len(BAD), len(ROWS))
    for code_, row in zip(BAD, told["quarantine"], strict=True):
        assert row["code"] == code_ and row["mend"] and row["reason"]
    plain = run("load", place, "--home", empty.path)[1]
    assert "\x07" not in plain and "\u202e" not in plain


def smaller(limit: int) -> None:
    """What a full disk looks like to a process: no file grows beyond so many bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def cramped(*words: object, limit: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ENTRY, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: smaller(limit),
    )


def test_no_space_for_a_new_home(tmp_path: Path) -> None:
    done = cramped("init", "--home", tmp_path / "H", "--personas", limit=4096)
    assert done.returncode == 6 and done.stderr.startswith("error (")
    assert list(tmp_path.iterdir()) == []


def test_no_space_for_a_world(tmp_path: Path) -> None:
    done = cramped("scenario", "make", "--out", tmp_path / "W", limit=200_000)
    assert done.returncode == 6 and "error (" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_space_while_loading(run: Run, empty: Home, tmp_path: Path) -> None:
    rows = [claim(subject=f"person:{n}", value=f"Ada Prøve {n}") for n in range(20_000)]
    place = folder(tmp_path / "in", rows)
    done = cramped("load", place, "--home", empty.path, limit=2_000_000)
    assert done.returncode == 6 and "error (" in done.stderr and "Traceback" not in done.stderr
    code, out, _ = run("load", place, "--home", empty.path, "--json")
    told = json.loads(out)
    assert code == 0 and (told["accepted"], claims_in(empty)) == (20_000, 20_000)


@pytest.mark.parametrize("what", ["chart", "export"])
def test_no_space_for_what_is_written(home: Home, tmp_path: Path, what: str) -> None:
    out = tmp_path / "out"
    view = ["--home", home.path, "--case", CASE, "--out", out]
    words: dict[str, list[Any]] = {
        "chart": ["--as", "analyst", "--purpose", "investigate", "--entity", "milieu:E.isl"],
        "export": ["--as", "liaison", "--purpose", "exchange", "--to", PARTNER],
    }
    done = cramped(what, *words[what], *view, limit=6000)
    assert done.returncode == 6 and "Traceback" not in done.stderr
    assert not out.exists() and list(tmp_path.glob("*out*")) == []


@pytest.mark.parametrize("what", ["chart", "export"])
@pytest.mark.parametrize("place", ["none", "file"])
def test_a_folder_that_is_not_there_is_the_callers_mistake(
    run: Run, home: Home, tmp_path: Path, what: str, place: str
) -> None:
    (tmp_path / "file").write_text("x")
    words: dict[str, list[Any]] = {
        "chart": ["--as", "analyst", "--purpose", "investigate", "--entity", "milieu:E.isl"],
        "export": ["--as", "liaison", "--purpose", "exchange", "--to", PARTNER],
    }
    code, _, err = run(what, *words[what], "--home", home.path, "--case", CASE, "--out", tmp_path / place / "y")
    assert code == 2 and err.startswith("error (no-folder): ") and str(tmp_path / place) in err and "again" not in err
    assert [p.name for p in tmp_path.rglob("*") if home.path not in (p, *p.parents)] == ["file"]
    with Ledger(home) as ledger:
        assert ledger.artefacts("package-sent") == []


@pytest.mark.parametrize("below", ["y", "x/y"])
def test_a_file_above_a_new_world_is_the_callers_mistake(run: Run, tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("x")
    code, _, err = run("scenario", "make", "--out", tmp_path / "file" / below)
    assert code == 2 and "error (no-folder): " in err and f"{tmp_path / 'file'} is a file" in err
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize("below", ["y", "x/y"])
def test_a_file_above_a_new_home_is_the_callers_mistake(run: Run, tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("x")
    code, _, err = run("init", "--home", tmp_path / "file" / below)
    assert code == 2 and "error (no-folder): " in err and f"{tmp_path / 'file'} is a file" in err
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_an_engine_that_is_none(run: Run, empty: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KRYDSFELT_GRAPH", "oracle")
    for words in (["serve", "--home", empty.path, "--port", 0], ["demo", "--home", tmp_path / "D", "--port", 0]):
        code, _, err = run(*words)
        assert code == 2 and err.startswith("error (bad-setting): KRYDSFELT_GRAPH is 'oracle'") and "neo4j" in err
    assert not (tmp_path / "D").exists()


@pytest.mark.parametrize("uri", ["http://localhost:7474", "localhost:7687", "bolt://", "bolt://x:port"])
def test_an_address_that_is_no_neo4j(run: Run, empty: Home, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("KRYDSFELT_NEO4J_URI", uri)
    for words in (["rebuild", "--engine", "neo4j"], ["neo4j", "start"], ["neo4j", "status"], ["doctor"]):
        code, _, err = run(*words, "--home", empty.path)
        assert code == 2 and err.startswith("error (bad-setting): KRYDSFELT_NEO4J_URI") and "bolt://localhost" in err


def test_an_address_that_is_not_this_machines(run: Run, empty: Home) -> None:
    # 192.0.2.0/24 is for documentation: no machine has such an address
    code, _, err = run("serve", "--home", empty.path, "--host", "192.0.2.1", "--port", 0)
    assert code == 2 and "192.0.2.1 is no address of this machine" in err


@pytest.mark.parametrize("name", ["missing", "odd"])
def test_a_certificate_that_is_none(run: Run, empty: Home, tmp_path: Path, name: str) -> None:
    (tmp_path / "odd").write_text("no certificate")
    pem = tmp_path / name
    code, _, err = run("serve", "--home", empty.path, "--port", 0, "--certificate", pem, "--key", pem)
    assert code == 2 and err.startswith("error (bad-certificate): ") and str(pem) in err


def test_a_home_of_a_newer_version(run: Run, empty: Home, tmp_path: Path) -> None:
    place = empty.path / "home.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), "version": 999}))
    before = same(empty)
    here = folder(tmp_path / "in", ROWS)
    for words in (
        ["load", here],
        ["doctor"],
        ["serve"],
        ["audit", "verify"],
        ["rebuild", "--engine", "embedded"],
        ["search", "x", "--as", "analyst", "--purpose", "prevent"],
    ):
        code, _, err = run(*words, "--home", empty.path)
        assert code == 5 and err.startswith("error (newer-home)") and "newer version" in err
    assert same(empty) == before


def test_a_ledger_of_a_newer_version(run: Run, empty: Home) -> None:
    import sqlite3

    with sqlite3.connect(empty.ledger_path) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    code, _, err = run("doctor", "--home", empty.path)
    assert code == 5 and err.startswith("error (newer-home)")


def test_what_is_no_package(run: Run, empty: Home, tmp_path: Path) -> None:
    for name, content in {"none": None, "empty": b"", "text": b"hello\n", "zip": b"PK\x03\x04" * 99}.items():
        file = tmp_path / f"{name}.kxp"
        if content is not None:
            file.write_bytes(content)
        for command in ("verify", "import"):
            code, _, err = run(command, file, "--home", empty.path)
            assert code == 2 and err.startswith("error (")
    code, _, err = run("verify", tmp_path, "--home", empty.path)
    assert code == 2
    assert claims_in(empty) == 0
