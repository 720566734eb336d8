from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from graph.errors import BadInput
from graph.grade import parse_grade
from graph.identifiers import cpr_like
from graph.interval import parse_interval
from graph.ontology import ontology
from graph.text import clean_text, refuse_formula
from ingest.checks import qualifier_fault, value_fault
from ingest.scenario import make_world
from ingest.scenario.places import districts, municipalities
from ingest.scenario.writer import COLUMNS
from tests.ingest.scenario.worlds import fingerprint, make_tiny, rows

Claims = list[dict[str, str]]


def test_the_same_seed_gives_the_same_bytes(world: Path, tmp_path: Path) -> None:
    make_tiny(tmp_path / "again")
    assert fingerprint(tmp_path / "again") == fingerprint(world)


def test_another_seed_gives_another_world(world: Path, tmp_path: Path) -> None:
    make_tiny(tmp_path / "other", seed=6)
    mine, other = fingerprint(world), fingerprint(tmp_path / "other")
    assert mine["02-people-claims.csv"] != other["02-people-claims.csv"]
    assert mine["truth.json"] != other["truth.json"]


def test_parquet_holds_the_same_rows(world: Path, tmp_path: Path) -> None:
    make_tiny(tmp_path / "big", big=True)
    table = pq.read_table(tmp_path / "big" / "04-stays-claims.parquet").to_pylist()
    assert [{k: v or "" for k, v in row.items()} for row in table] == list(rows(world, "04-stays"))


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("x")
    with pytest.raises(BadInput) as refused:
        make_world("S", 1, tmp_path)
    assert refused.value.reason_code == "world-exists"
    assert [p.name for p in tmp_path.iterdir()] == ["there.txt"]


def test_every_row_is_what_the_words_admit(claims: Claims) -> None:
    words, kinds = ontology(), dict[str, str]()
    admitted = dict[tuple[str, str, str], bool]()
    for row in claims:
        key = row["predicate"], row["subject_kind"], row["object_kind"]
        if key not in admitted:
            admitted[key] = words.admits(key[0], key[1], key[2] or None)
        assert admitted[key], row
        for entity, kind in ((row["subject"], row["subject_kind"]), (row["object"], row["object_kind"])):
            assert not entity or kinds.setdefault(entity, kind) == kind, row
        assert row["subject"] != row["object"], row
        if row["object"]:
            assert qualifier_fault(words, row["predicate"], row["value"], "synthetic") is None, row
        else:
            assert value_fault(words, row["predicate"], row["subject_kind"], row["value"]) is None, row
        if words.predicate(row["predicate"]).assessment_only:
            assert row["assertion"] == "assessment", row


def test_dates_grades_and_texts_are_well_formed(claims: Claims) -> None:
    for text in {row["valid"] for row in claims if row["valid"]}:
        parse_interval(text)
    for grade in {row["grade"] for row in claims}:
        parse_grade(grade)
    for cell in {cell for row in claims for cell in row.values() if cell}:
        refuse_formula(clean_text(cell))
        assert not cpr_like(cell), cell
    assert {row["grade"].split(":")[0] for row in claims} == {"4x4", "admiralty"}
    assert any("?" in row["valid"] for row in claims)
    assert any(re.fullmatch(r"\d{4}-\d{2}/.*", row["valid"]) for row in claims)


def test_no_person_stands_below_a_municipality(claims: Claims) -> None:
    homes = {
        row["object_kind"] for row in claims if row["subject_kind"] == "Person" and row["predicate"] == "located_in"
    }
    assert homes == {"Municipality"}
    assert not {"Address", "nationality", "religion", "ethnicity", "origin"} & {
        word for row in claims for word in (row["subject_kind"], row["object_kind"], row["predicate"])
    }


def test_the_map_is_denmark(claims: Claims) -> None:
    kinds = defaultdict(set)
    for row in claims:
        kinds[row["subject_kind"]].add(row["subject"])
    assert len(kinds["Municipality"]) == 98
    assert len(kinds["PoliceDistrict"]) == 12 == len(districts())
    by_name = {m.name: m.district for m in municipalities()}
    names = dict(districts())
    assert names[by_name["Stevns"]] == "Midt- og Vestsjællands Politi"
    assert names[by_name["Slagelse"]] == names[by_name["Sorø"]] == "Sydsjællands og Lolland-Falsters Politi"


def test_the_world_holds_what_a_walk_needs(claims: Claims) -> None:
    words = ontology()
    settings = {r["subject"] for r in claims if r["predicate"] == "name" and words.is_a(r["subject_kind"], "Setting")}
    visited = {r["object"] for r in claims if r["predicate"] in ("present_at", "placed_in")}
    assert len(settings) >= 80
    assert len(settings & visited) >= 80
    subjects = {row["subject_kind"] for row in claims} | {row["object_kind"] for row in claims}
    for kind in (
        "Prison PrisonSection ArrestHouse Transfer Custody Group Milieu Offence Journey Leg Zone Report Phone Account "
        "Channel ContentItem Vehicle Company Association Concern Request Measure Capacity NeedSegment Programme Mentor "
        "Dialogue Document OfficialDecision Notice Meeting Partner InfoHouse"
    ).split():
        assert kind in subjects, kind
    predicates = {row["predicate"] for row in claims}
    assert {
        "same_as",
        "not_same_as",
        "derived_from",
        "co_accused_in",
        "stayed_in",
        "reshared",
        "mentored_by",
    } <= predicates


def test_transfers_say_why(claims: Claims) -> None:
    reasons = Counter(r["value"] for r in claims if r["subject_kind"] == "Transfer" and r["predicate"] == "reason")
    ends = Counter(r["predicate"] for r in claims if r["subject_kind"] == "Transfer")
    assert set(reasons) == set(ontology().codes("transfer_reasons").codes)
    assert reasons.most_common(1)[0][0] == "capacity"
    assert ends["moved_from"] == ends["moved_to"] == ends["moved_person"] == ends["reason"]


def test_no_offence_without_its_stage(claims: Claims) -> None:
    """A charge is not guilt: who is called convicted (category b) has a conviction."""
    stages = defaultdict(set)
    category = dict[str, str]()
    for row in claims:
        if row["predicate"] == "co_accused_in":
            stages[row["subject"]].add(json.loads(row["value"])["stage"])
            category[row["subject"]] = row["category"]
    assert set().union(*stages.values()) == set(ontology().codes("case_stages").codes)
    assert all(("convicted" in said) == (category[person] == "b") for person, said in stages.items())


def test_victims_are_never_in_a_milieu(claims: Claims) -> None:
    victims = {r["subject"] for r in claims if r["category"] in ("c", "d") and r["predicate"] == "birth_date"}
    in_milieu = {r["subject"] for r in claims if r["predicate"] in ("in_milieu", "co_accused_in", "placed_in")}
    assert victims
    assert not victims & in_milieu


def test_markings_say_all_and_are_all_used(world: Path, claims: Claims) -> None:
    markings = yaml.safe_load((world / "markings.yaml").read_text())
    used = {row["marking"] for row in claims}
    assert used <= set(markings)
    assert len(used) > 200
    assert len({json.dumps(m, sort_keys=True) for m in markings.values()}) > 150
    bases = ontology().codes("legal_bases")
    for name, marking in markings.items():
        assert marking["regime"] == "synthetic", name
        assert marking["legal_basis"] in bases, name
        assert set(marking["purposes"]) <= set(ontology().codes("purposes").codes), name
        assert marking["share"] or marking["open"], name
        assert marking["case"] == "unbound" or marking["case"].startswith("case-"), name


def test_registers_are_unbound_and_case_material_is_bound(world: Path, claims: Claims) -> None:
    markings = yaml.safe_load((world / "markings.yaml").read_text())
    purposes = {"prevent", "investigate", "outreach-aggregate"}
    for row in claims:
        marking = markings[row["marking"]]
        if row["predicate"] == "in_milieu" or row["subject_kind"] in ("Transfer", "Offence", "Custody"):
            assert marking["case"] == "unbound"
            assert purposes <= set(marking["purposes"])
        if row["subject_kind"] in ("Document", "ContentItem", "Meeting") or row["value"].startswith('{"count": '):
            assert marking["case"] != "unbound", row
        if row["subject_kind"] == "Concern":
            assert marking["legal_basis"].startswith("rpl-115")


def test_cases_have_parties_who_exist(world: Path, claims: Claims) -> None:
    cases = yaml.safe_load((world / "cases.yaml").read_text())
    people = {row["subject"] for row in claims if row["subject_kind"] == "Person"}
    first = next(iter(cases.values()))
    assert first["state"] == "open"
    assert {"analyst", "liaison"} <= set(first["members"])
    assert any(case.get("masked") for case in cases.values())
    roles = ontology().codes("party_roles")
    for case in cases.values():
        assert not {"planner", "inspector", "admin"} & set(case.get("members", []))
        assert {p["entity"] for p in case["parties"]} <= people
        assert all(p["role"] in roles and p["reason"] and p["category"] in "abcd" for p in case["parties"])


def test_size_s_plans_open_closed_and_sealed_cases() -> None:
    from ingest.scenario.cases import _PLAN
    from ingest.scenario.size import SIZES

    states = [state for state, _, _ in _PLAN[: SIZES["S"].cases]]
    assert states.count("open") >= 3
    assert states.count("closed") == 1
    assert states.count("sealed") == 1


def test_a_marked_span_says_what_its_claim_says(claims: Claims) -> None:
    texts = {r["subject"]: r["value"] for r in claims if r["subject_kind"] == "Document" and r["predicate"] == "text"}
    names = {r["subject"]: r["value"] for r in claims if r["predicate"] == "name" and r["subject_kind"] == "Person"}
    cases = {r["subject"]: r["marking"][:13] for r in claims if r["subject"] in texts}
    spans = [row for row in claims if row["report"] in texts]
    assert len(texts) >= 9
    assert len(spans) >= 2 * len(texts)
    for row in spans:
        start, end = map(int, row["locator"].split(":"))
        span = texts[row["report"]][start:end]
        assert span
        assert span[0].isupper()
        assert span.endswith(".")
        qualifiers = json.loads(row["value"] or "{}")
        if cases[row["report"]] == "case-2026-002":  # the masked case calls people by number
            assert not any(name in span for name in names.values())
        elif row["subject_kind"] == "Person":
            assert names[row["subject"]] in span
            if row["object_kind"] == "Person":
                assert names[row["object"]] in span
        for quantity in ("amount", "count"):
            if qualifiers.get(quantity, 1) != 1:
                assert str(qualifiers[quantity]) in span
        if len(row["valid"]) >= 4 and "støtter" not in span:
            assert row["valid"][:4] in span


def test_two_sources_disagree_about_one_stay(world: Path, claims: Claims) -> None:
    readme = (world / "README.md").read_text()
    match = re.search(r"the end of the stay of `(person:\d+)` in `([a-z]+:\d+)`", readme)
    assert match
    said = {
        row["valid"]
        for row in claims
        if row["subject"] == match[1] and row["object"] == match[2] and row["marking"].startswith("case-2026-001")
    }
    assert len(said) == 2
    assert len({text.split("/")[0] for text in said}) == 1


def test_the_weak_link_is_the_only_tie_between_the_circles(world: Path, claims: Claims) -> None:
    readme = (world / "README.md").read_text()
    match = re.search(r"own material is `(person:\d+)` to `(person:\d+)`", readme)
    assert match
    parties = [p["entity"] for p in yaml.safe_load((world / "cases.yaml").read_text())["case-2026-001"]["parties"]]
    inner, outer = set(parties[:5]), set(parties[5:9])
    across = [
        r
        for r in claims
        if r["marking"].startswith("case-2026-001")
        and {r["subject"], r["object"]} & inner
        and {r["subject"], r["object"]} & outer
    ]
    assert [(r["subject"], r["object"], r["grade"]) for r in across] == [(match[1], match[2], "4x4:X4")]


def test_an_echo_repeats_its_source(claims: Claims) -> None:
    derived = {
        r["subject"]: r["object"] for r in claims if r["predicate"] == "derived_from" and r["subject_kind"] == "Report"
    }
    said = defaultdict(set)
    for row in claims:
        if row["report"]:
            said[row["report"]].add((row["subject"], row["predicate"], row["object"], row["valid"]))
    echoes = [child for child, parent in derived.items() if child in said and said[child] == said[parent]]
    assert echoes


def test_truth_lists_bridges_and_decoys(world: Path, claims: Claims) -> None:
    truth = json.loads((world / "truth.json").read_text())
    kinds = {r["subject"]: r["subject_kind"] for r in claims}
    assert set(truth) == {"bridge_settings", "decoys"}
    assert len(truth["bridge_settings"]) >= 6
    assert all(set(b) == {"setting", "strength"} and 3 <= b["strength"] <= 8 for b in truth["bridge_settings"])
    assert all(set(d) == {"setting", "reason"} and d["reason"] for d in truth["decoys"])
    assert len({d["reason"] for d in truth["decoys"]}) == 4
    listed = [x["setting"] for x in (*truth["bridge_settings"], *truth["decoys"])]
    assert len(set(listed)) == len(listed)
    assert all(ontology().is_a(kinds[setting], "Setting") for setting in listed)


def test_the_keys_of_partners_fit(world: Path) -> None:
    partners = yaml.safe_load((world / "partners.yaml").read_text())
    assert len(partners) == 5
    for name, partner in partners.items():
        folder = world / "partners" / name
        sign = Ed25519PrivateKey.from_private_bytes(bytes.fromhex((folder / "sign.ed25519").read_text().strip()))
        assert sign.public_key().public_bytes_raw().hex() == partner["sign_key"]
        age = x25519.Identity.from_str((folder / "age.key").read_text().strip())
        assert str(age.to_public()) == partner["age_recipient"]
        assert yaml.safe_load((folder / "partner.yaml").read_text())["id"] == name


def test_the_manifest_is_synthetic_and_counts(world: Path, claims: Claims) -> None:
    manifest = yaml.safe_load((world / "manifest.yaml").read_text())
    assert manifest["kind"] == "synthetic"
    assert manifest["labels"] == "public"
    assert manifest["expect"]["claims"] == {"min": len(claims), "max": len(claims)}
    header = (world / "01-places-claims.csv").read_text().splitlines()[0]
    assert header.split(",") == COLUMNS


def test_readme_points_at_what_is_there(world: Path, claims: Claims) -> None:
    known = {row["subject"] for row in claims} | {row["object"] for row in claims}
    known |= set(yaml.safe_load((world / "cases.yaml").read_text())) | set(
        yaml.safe_load((world / "partners.yaml").read_text())
    )
    readme = (world / "README.md").read_text()
    start = readme[readme.index("## Where to start") : readme.index("## Users")]
    named = [word for word in re.findall(r"`([^`]+)`", start) if not word.startswith("partners/")]
    assert len(named) >= 12
    assert [word for word in named if word not in known] == []
    assert "$" not in readme


def test_concerns_follow_the_published_volume(claims: Claims) -> None:
    """Most municipalities have none to two a year."""
    where = {
        r["subject"]: r["object"] for r in claims if r["subject_kind"] == "Concern" and r["predicate"] == "located_in"
    }
    when = {
        r["subject"]: r["value"][:4]
        for r in claims
        if r["subject_kind"] == "Concern" and r["predicate"] == "reported_on"
    }
    cells = Counter((where[c], when[c]) for c in where)
    quiet = sum(1 for m in municipalities() for year in range(2019, 2027) if cells[m.id, str(year)] <= 2)
    assert 0.7 < quiet / (98 * 8) < 0.97
    circumstances = {r["predicate"] for r in claims if r["subject_kind"] == "Concern"}
    assert {"protective", "worrying"} <= circumstances
    assert not {"score", "amount", "count", "weight"} & circumstances
