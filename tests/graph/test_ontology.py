"""The words, linted as data, and the questions asked of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from graph.errors import UnknownKind, UnknownPredicate, UnknownTerm
from graph.ontology import ontology, read_ontology
from graph.words import KIND_FLAGS, PREDICATE_FLAGS, VALUE_TYPES, Label

WORDS = ontology()
POLE_KINDS = {"", "person", "object", "location", "event"}
POLE_LINKS = {"", "association", "involvement", "location"}
STIX_OBJECTS = {
    *("identity", "location", "infrastructure", "incident", "grouping", "report", "course-of-action"),
    *("user-account", "artifact"),
}

# What the design asks for by name; a kind or predicate that goes missing is noticed here.
KINDS = """
Person Group Organisation Company Association Authority Partner Milieu Setting PrisonSection ArrestHouse Venue
HousingArea OnlineForum Workplace ConflictZone Prison Municipality PoliceDistrict InfoHouse Country Region Zone Event
Offence Arrest Meeting Attack Statement Transfer CaseFile Judgment Order OfficialDecision Notice Custody Concern
Request Journey Leg TravelDocument Phone Account Channel ContentItem Vehicle PaymentMeans Firearm Address Measure
Programme Capacity Mentor NeedSegment Dialogue Document Report Place Thing
""".split()
LINKS = """
in_milieu member_of associated_with kin_of co_accused_in present_at placed_in moved_from moved_to moved_person part_of
located_in travelled leg_from leg_to stayed_in controls uses posted reshared subject_of participates_in mentored_by
offers referred_to needs same_as not_same_as supports contradicts derived_from organiser partner
""".split()
LITERALS = """
name alias birth_date identifier code kind capacity security_level reason stage state date legal_status
release_expected release_actual release_kind reported_on channel owner due direction partner reference received
urgency basis purpose topic agreed next_on amount language skill text
""".split()


def labels() -> list[tuple[str, Label]]:
    found = [(f"kind {kind.name}", label) for kind in WORDS.kinds.values() for label in (kind.label, kind.plural)]
    for predicate in WORDS.predicates.values():
        found.append((f"predicate {predicate.name}", predicate.label))
        if predicate.inverse is not None:
            found.append((f"predicate {predicate.name}, inverse", predicate.inverse))
    found += [
        (f"code {name}/{code.code}", code.label)
        for name, codes in WORDS.code_lists.items()
        for code in codes.codes.values()
    ]
    return found


def test_the_kinds_of_the_design_are_there() -> None:
    assert [name for name in KINDS if name not in WORDS.kinds or WORDS.kinds[name].abstract] == []


def test_the_predicates_of_the_design_are_there() -> None:
    assert [name for name in LINKS if name not in WORDS.predicates or not WORDS.predicates[name].is_link] == []
    assert [name for name in LITERALS if name not in WORDS.predicates or not WORDS.predicates[name].is_literal] == []


def test_every_label_has_both_languages_and_no_blanks_at_its_ends() -> None:
    faults = [
        (where, text) for where, label in labels() for text in (label.da, label.en) if not text or text != text.strip()
    ]
    assert faults == []


@pytest.mark.parametrize("language", ["da", "en"])
def test_no_two_kinds_share_a_label(language: str) -> None:
    counted = Counter(getattr(kind.label, language) for kind in WORDS.kinds.values())
    assert [label for label, times in counted.items() if times > 1] == []


def test_kinds_form_one_tree() -> None:
    assert {WORDS.ancestors(name)[-1] for name in WORDS.kinds} == {"Entity"}
    assert [name for name, kind in WORDS.kinds.items() if kind.is_a is None] == ["Entity"]


def test_kinds_map_outwards() -> None:
    for kind in WORDS.kinds.values():
        assert kind.flags <= KIND_FLAGS, kind.name
        assert kind.pole in POLE_KINDS, kind.name
        if not kind.abstract:
            assert kind.stix in STIX_OBJECTS, kind.name
            assert kind.pole, kind.name


def test_every_kind_can_be_drawn(root: Path) -> None:
    palette = json.loads((root / "viz/palette.json").read_text(encoding="utf-8"))
    assert palette["entities"] == {
        name: {"family": kind.family, "icon": kind.icon} for name, kind in WORDS.kinds.items()
    }
    for name, kind in WORDS.kinds.items():
        assert kind.family in palette["kinds"], name
        assert re.fullmatch(r"[MLHVCSQTAZmlhvcsqtaz0-9 ,.-]+", palette["icons"][kind.icon]), name


def test_ends_values_and_lists_of_predicates_exist() -> None:
    for said in WORDS.predicates.values():
        assert said.subjects, said.name
        assert said.is_link or said.is_literal, said.name
        assert said.is_link == (said.inverse is not None), said.name
        assert [kind for kind in (*said.subjects, *said.objects, *said.codes) if kind not in WORDS.kinds] == [], (
            said.name
        )
        assert said.value is None or said.value in VALUE_TYPES, said.name
        assert [name for name in said.codes.values() if name not in WORDS.code_lists] == [], said.name
        assert not said.codes or said.value == "code", said.name
        free = {"text", "number", "date"}
        assert [name for name in said.qualifiers.values() if name not in free | set(WORDS.code_lists)] == [], said.name
        assert set(said.needs) <= set(said.qualifiers), said.name
        assert said.flags <= PREDICATE_FLAGS, said.name
        assert said.pole in POLE_LINKS, said.name


def test_a_literal_list_belongs_to_a_kind_that_may_be_its_subject() -> None:
    faults = [
        (said.name, kind)
        for said in WORDS.predicates.values()
        for kind in said.codes
        if not any(WORDS.admits(said.name, under, None) for under in WORDS.kinds_under(kind))
    ]
    assert faults == []


def test_a_symmetric_predicate_reads_the_same_both_ways() -> None:
    for said in WORDS.predicates.values():
        if said.symmetric:
            assert said.label == said.inverse, said.name
            assert said.subjects == said.objects, said.name


def test_flags_that_the_limits_lean_on() -> None:
    flagged = {
        flag: {said.name for said in WORDS.predicates.values() if flag in said.flags} for flag in PREDICATE_FLAGS
    }
    assert {"name", "alias", "birth_date", "identifier"} <= flagged["identifying"]
    assert {"religion", "ethnicity", "nationality"} <= flagged["special"]
    assert {"in_milieu", "ideology", "role", "same_as", "not_same_as"} <= flagged["assessment_only"]
    assert "kin_of" not in flagged["exposure"]
    assert {"placed_in", "present_at"} <= flagged["exposure"]
    assert WORDS.identifying_kinds == {"Person", "Phone", "Account", "TravelDocument", "Vehicle", "PaymentMeans"}


def test_codes_lie_under_a_code_of_their_list() -> None:
    faults = [
        (name, code.code)
        for name, codes in WORDS.code_lists.items()
        for code in codes.codes.values()
        if code.parent is not None and code.parent not in codes
    ]
    assert faults == []


def test_lists_that_the_law_and_the_encodings_fix() -> None:
    assert list(WORDS.codes("levels").codes) == ["0", "1", "2", "3"]
    assert [code.label.da for code in WORDS.codes("levels").codes.values()][1:] == [
        "TIL TJENESTEBRUG",
        "FORTROLIGT",
        "HEMMELIGT",
    ]
    assert set(WORDS.codes("handling").codes) == {"H0", "H1", "H2", "H3"}
    assert set(WORDS.codes("categories").codes) == set("abcd")
    assert set(WORDS.codes("purposes").codes) == {
        "prevent",
        "investigate",
        "outreach-aggregate",
        "exchange",
        "oversight",
        "admin-decision",
        "browse",
    }
    assert set(WORDS.codes("transfer_reasons").codes) == {"capacity", "security", "request", "court", "programme"}
    bases = WORDS.codes("legal_bases").codes
    assert {"polintel-4", "polintel-5", "rpl-742", "pet-7", "gdpr-6-1-e", "LED-8"} < set(bases)
    assert {code for code in bases if bases[code].attributes.get("never") == ["investigate", "exchange"]} == {
        "rpl-115-1",
        "rpl-115-2",
        "rpl-115-3",
    }
    settings = {kind for kind in WORDS.kinds_under("Setting") if kind != "Setting"}
    assert set(WORDS.codes("setting_kinds").codes) == settings


def test_every_purpose_has_a_basis_that_needs_no_case() -> None:
    bases = WORDS.codes("legal_bases")
    for purpose in WORDS.codes("purposes").codes.values():
        basis = bases.get(purpose.attributes["basis"])
        assert not basis.attributes.get("needs_case"), purpose.code
        assert purpose.code not in basis.attributes.get("never", []), purpose.code


@pytest.mark.parametrize(
    ("predicate", "subject", "object_kind", "admitted"),
    [
        ("placed_in", "Person", "PrisonSection", True),
        ("placed_in", "Person", "Venue", False),
        ("placed_in", "PrisonSection", "Person", False),
        ("present_at", "Person", "HousingArea", True),
        ("in_milieu", "Person", "Milieu", True),
        ("in_milieu", "Phone", "Milieu", False),
        ("birth_date", "Person", None, True),
        ("birth_date", "Person", "Event", False),
        ("birth_date", "Phone", None, False),
        ("located_in", "NeedSegment", "Municipality", True),
        ("same_as", "Person", "Person", True),
        ("same_as", "Person", "Phone", False),
        ("same_as", "Organisation", "Company", True),
        ("part_of", "Authority", "PoliceDistrict", True),
        ("subject_of", "PrisonSection", "Report", True),
        ("subject_of", "Person", "Custody", True),
        ("offers", "PrisonSection", "Programme", True),
        ("needs", "NeedSegment", "Programme", True),
        ("needs", "NeedSegment", None, False),
        ("partner", "Request", None, True),
        ("partner", "Dialogue", "Association", True),
        ("capacity", "PrisonSection", None, True),
        ("uses", "Group", "Vehicle", True),
        ("leg_to", "Leg", "Country", True),
    ],
)
def test_ends(predicate: str, subject: str, object_kind: str | None, admitted: bool) -> None:
    assert WORDS.admits(predicate, subject, object_kind) is admitted


def test_association_must_state_its_kind() -> None:
    said = WORDS.predicate("associated_with")
    assert said.needs == ("kind",)
    kinds = WORDS.codes("association_kinds")
    assert "knows" not in kinds
    assert kinds.get("unspecified").attributes == {"research_only": True}


def test_unknown_names_say_the_nearest() -> None:
    with pytest.raises(UnknownKind, match="Person"):
        WORDS.kind("persn")
    with pytest.raises(UnknownPredicate, match="placed_in"):
        WORDS.predicate("place_in")
    with pytest.raises(UnknownTerm, match="transfer_reasons"):
        WORDS.codes("transfer_reason")
    with pytest.raises(UnknownTerm, match="suspected"):
        WORDS.codes("case_stages").get("suspect")
    with pytest.raises(UnknownKind):
        WORDS.is_a("Person", "Human")
    with pytest.raises(UnknownKind):
        WORDS.admits("name", "Human", None)


def test_code_lists_are_found_through_the_parent() -> None:
    found = WORDS.code_list_of("security_level", "Prison")
    assert found is not None
    assert found.name == "security_levels"
    assert WORDS.code_list_of("name", "Person") is None


def test_abstract_kinds_are_nobodys_kind() -> None:
    assert "Actor" not in WORDS.kinds_under("Actor")
    assert {"Person", "Group", "Company"} <= set(WORDS.kinds_under("Actor"))


KIND = "kinds:\n  A: {da: [a, a], en: [a, a], family: f, icon: i}\n"


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ([KIND, KIND], "twice"),
        (["kinds:\n  A: {da: [a, a], en: [a, a], family: f, icon: i, colour: red}\n"], "colour"),
        (["codes:\n  x: {closed: true, items: {a: [a, a], a: [b, b]}}\n"], "twice"),
    ],
)
def test_contradicting_files_are_refused(texts: list[str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_ontology(texts)


def test_a_circle_of_parents_is_refused() -> None:
    text = "kinds:\n" + "".join(
        f"  {name}: {{da: [a, a], en: [a, a], family: f, icon: i, is_a: {parent}}}\n" for name, parent in ("AB", "BA")
    )
    with pytest.raises(ValueError, match="under itself"):
        read_ontology([text]).ancestors("A")
