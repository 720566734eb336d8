"""Network folders load as they stand: every row accounted for, and nothing new the second time."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from graph.errors import BadDelivery
from graph.home import Home
from graph.ledger import Ledger
from ingest.load import load
from ingest.mapping import shipped
from tests.ingest.folders import ask

README = "# x\n\n- name: A small set\n- origin: made for a test\n- citation: Nobody (2026)\n"
SELF_LOOPS = {"extremist_web_links": 1, "hijackers_911": 1, "israel_phone_case2": 1}
"""Edges of the real sets whose two ends are one node."""
SETS = (
    "alqaeda_attacks_jjatt", "baad_orgs", "cielnet", "cocaine_natarajan", "congo_armed_groups", "contacts_workplace",
    "extremist_web_links", "hijackers_911", "india_bombay_1993", "india_dausa_1996", "india_parliament_2001",
    "is_allegiances", "is_europe_nov13", "is_members_bbc", "israel_burglary_q1", "israel_phone_case2", "italian_gangs",
    "ji_koschade", "london_gang", "madrid_jjatt", "madrid_rodriguez", "mali_rebels_islamists", "montagna_mafia",
    "montreal_gangs", "mumbai_calls_2008", "n17_greece", "newamerica_plots", "paul_revere", "philippine_kidnappings",
    "pira", "prison_units", "saxena_jk_orgs", "seasia_jjatt", "siren", "slumlords", "stlouis_crime",
    "terror_attack_events", "un1267_list", "us_mafia_1960", "egypt_is_recruits", "denmark",
)  # fmt: skip
BIG = ("contacts_hospital", "er_febrl", "er_historical", "mainas_europol", "pole_manchester")
SLICE = 400
"""Rows of each table that are loaded of the big sets, and the nodes at the ends of those."""


@pytest.mark.parametrize("name", SETS)
def test_real_sets(shared_data: Path, tmp_path: Path, name: str) -> None:
    check(shared_data / name, Home.init(tmp_path / "home"), SELF_LOOPS.get(name, 0))


@pytest.mark.parametrize("name", BIG)
def test_big_sets_by_their_first_rows(shared_data: Path, tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.mkdir()
    tables = {path.name: read(path) for path in sorted((shared_data / name).glob("*.csv"))}
    first = {table: rows[: SLICE + 1] for table, rows in tables.items() if "nodes" not in table}
    ends = {cell for rows in first.values() for row in rows for cell in row[:2]}
    nodes = {
        table: [rows[0], *(row for row in rows[1:] if row[0] in ends)]
        for table, rows in tables.items()
        if "nodes" in table
    }
    for table, rows in {**first, **nodes}.items():
        with (place / table).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)
    (place / "README.md").write_text((shared_data / name / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    check(place, Home.init(tmp_path / "home"), 0)


@pytest.mark.campaign
def test_three_whole_sets_in_one_load(shared_data: Path, tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home", personas=True)
    places = [shared_data / name for name in ("is_europe_nov13", "un1267_list", "pole_manchester")]
    first, second = load(home, places), load(home, places)
    assert (first.rows, first.accepted, first.quarantined) == (111_780, 111_780, 0)
    assert (first.new, second.new, second.unchanged) == (first.claims, 0, first.claims)


def test_housing_areas_keep_what_the_list_calls_them(shared_data: Path, tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    load(home, [shared_data / "denmark"])
    asked = "SELECT c.value, count(*) FROM claim c JOIN term t ON t.nid = c.predicate WHERE t.text = 'type_received'"
    assert ask(home, f"{asked} GROUP BY c.value ORDER BY c.value") == [
        ("parallel society", 10),
        ("transformation area", 9),
    ]


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.reader(source))


def check(place: Path, home: Home, quarantined: int) -> None:
    first = load(home, [place])
    assert first.rows == first.accepted + first.quarantined
    assert first.codes() == ({"self-loop": quarantined} if quarantined else {})
    assert first.new == first.claims >= first.accepted > 0
    second = load(home, [place])
    assert (second.new, second.unchanged) == (0, first.claims)


def small(place: Path, **files: str) -> Path:
    place.mkdir(exist_ok=True)
    (place / "README.md").write_text(README)
    for name, text in files.items():
        (place / f"{name}.csv").write_text(text)
    return place


NODES = (
    "id,label,type,nationality,alias\n"
    "1,Ada,person,dk,\n2,Bo,person,,Bob\n3,Marts,event,,\n4,Kiosk,shop,,\n5,Nul,country,,\n"
)
EDGES = (
    "source,target,relation,weight,start,end,directed,faith,level\n"
    "1,2,knows,2,2016-05,2017,0,x,7\n"
    "3,1,suspect,1,,,0,,\n1,5,present_in,,2015,,1,,\n1,4,visits,,12,15,0,,\n2,1,kinship:sibling,,,,0,,\n"
)


def test_the_plainest_reading(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    report = load(home, [small(tmp_path / "set", nodes=NODES, edges=EDGES)])
    assert (report.rows, report.quarantined) == (10, 0)
    links = ask(
        home,
        """SELECT s.delivered, p.text, o.delivered, c.value, v.text FROM claim c JOIN entity s ON s.nid = c.subject
        JOIN term p ON p.nid = c.predicate JOIN entity o ON o.nid = c.object
        JOIN term v ON v.nid = c.valid
        ORDER BY c.seq""",
    )
    assert links == [
        ("1", "associated_with", "2", '{"directed":false,"kind":"unspecified","level":7,"weight":2}', "2016-05/2017"),
        ("1", "present_at", "3", '{"directed":false,"role":"suspect","weight":1}', ""),
        ("1", "present_at", "5", '{"directed":true,"role":"present_in"}', "2015/"),
        ("1", "associated_with", "4", '{"directed":false,"end":15,"kind":"visits","start":12}', ""),
        ("2", "kin_of", "1", '{"directed":false,"kind":"sibling"}', ""),
    ]
    literals = ask(
        home,
        """SELECT s.delivered, p.text, c.value FROM claim c JOIN entity s ON s.nid = c.subject
        JOIN term p ON p.nid = c.predicate WHERE c.object IS NULL ORDER BY c.seq""",
    )
    assert literals == [
        ("1", "name", "Ada"), ("2", "name", "Bo"), ("2", "alias", "Bob"), ("3", "name", "Marts"),
        ("4", "name", "Kiosk"), ("4", "type_received", "shop"), ("5", "name", "Nul"),
    ]  # fmt: skip
    kinds = ask(home, "SELECT e.delivered, t.text FROM entity e JOIN term t ON t.nid = e.kind ORDER BY 1")
    assert kinds == [("1", "Person"), ("2", "Person"), ("3", "Event"), ("4", "Thing"), ("5", "Country")]


def test_what_is_never_collected_stays_in_the_record_and_is_counted(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    report = load(home, [small(tmp_path / "set", nodes=NODES, edges=EDGES)])
    assert any("cells of nationality" in note and "B2" in note for note in report.warnings)
    assert any("cells of faith" in note for note in report.warnings)
    assert "set: nodes.csv: column nationality is kept in the record and not read (limit B2)" in report.warnings
    assert ask(home, "SELECT count(*) FROM claim WHERE value LIKE '%faith%' OR value = 'dk'") == [(0,)]


def test_research_is_open_of_no_case_and_one_source(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    load(home, [small(tmp_path / "set", nodes=NODES)])
    with Ledger(home) as ledger:
        (marking,) = ledger.markings().values()
        (source,) = ledger.sources().values()
        (space,) = ledger.namespaces().values()
        assert set(ledger.terms("grade").values()) == {"4x4:X4"}
    assert (marking.open, marking.case, marking.regime, marking.sealed) == (True, "unbound", "research", False)
    assert source.name == space["name"] == "set"
    assert (space["regime"], space["public_labels"], space["title"]) == ("published-research", True, "A small set")


@pytest.mark.parametrize(
    ("edge", "code"),
    [
        ("1,9,knows,,,,0,,", "unknown-end"),
        ("1,1,knows,,,,0,,", "self-loop"),
        (",1,knows,,,,0,,", "missing"),
        ("1,2,knows,nan,,,0,,", "not-a-number"),
        ("1,2,knows,,2017,2016,0,,", "reversed-date"),
        ("1,2,knows,,2017-13,,0,,", "bad-date"),
        ("1,2,=cmd,,,,0,,", "formula"),
        ("1,2", "ragged"),
    ],
)
def test_a_bad_edge_is_quarantined(tmp_path: Path, edge: str, code: str) -> None:
    home = Home.init(tmp_path / "home")
    report = load(home, [small(tmp_path / "set", nodes=NODES, edges=EDGES + edge + "\n")])
    assert report.codes() == {code: 1}
    assert report.quarantine[0].raw.decode().strip() == edge


def test_a_node_of_two_types(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    report = load(home, [small(tmp_path / "set", nodes=NODES + "1,Ada,event,,\n")])
    assert report.codes() == {"kind-conflict": 1}


@pytest.mark.parametrize("missing", ["- origin", "- citation"])
def test_a_readme_that_does_not_say_where_it_is_from(tmp_path: Path, missing: str) -> None:
    place = small(tmp_path / "set", nodes=NODES)
    (place / "README.md").write_text(README.replace(missing, "* no"))
    with pytest.raises(BadDelivery) as caught:
        load(Home.init(tmp_path / "home"), [place])
    assert caught.value.reason_code == "no-manifest"


def test_nodes_without_their_columns(tmp_path: Path) -> None:
    with pytest.raises(BadDelivery) as caught:
        load(Home.init(tmp_path / "home"), [small(tmp_path / "set", nodes="key,label\n1,Ada\n")])
    assert caught.value.reason_code == "missing-columns"


def test_pairs_and_the_third_shape(tmp_path: Path) -> None:
    place = small(tmp_path / "set", a_nodes=NODES, a_edges=EDGES)
    (place / "nodes_Person.csv").write_text(":ID,name,:LABEL\nx1,Ida,Person\n")
    (place / "relationships_KNOWS.csv").write_text(":START_ID,:END_ID,:TYPE\nx1,1,KNOWS\n")
    report = load(Home.init(tmp_path / "home"), [place])
    assert (report.rows, report.quarantined) == (12, 0)


def test_every_shipped_mapping_is_for_a_set_that_there_is(shared_data: Path) -> None:
    names = {
        line.partition(":")[2].strip()
        for readme in shared_data.glob("*/README.md")
        for line in readme.read_text(encoding="utf-8").splitlines()
        if line.startswith("- name:")
    }
    for mapping, (_, content) in shipped().items():
        assert set(content.names) <= names, mapping
