"""Grades keep their scheme, and no way to another promises more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadGrade
from graph.grade import SCHEMES, Grade, cross_walk, parse_grade, strength

ALL = [
    Grade(scheme, reliability, credibility, handling or None)
    for scheme, (reliabilities, credibilities, handlings) in SCHEMES.items()
    for reliability in reliabilities
    for credibility in credibilities
    for handling in handlings or ("",)
]
grades = st.sampled_from(ALL)
schemes = st.sampled_from(sorted(SCHEMES))


def test_sizes_of_the_schemes() -> None:
    counted = {scheme: sum(grade.scheme == scheme for grade in ALL) for scheme in SCHEMES}
    assert counted == {"4x4": 16, "admiralty": 36, "3x5x2": 30}


@given(grades)
def test_reading_and_writing(grade: Grade) -> None:
    assert parse_grade(str(grade)) == grade


def test_the_parts_stay_apart() -> None:
    grade = parse_grade("3x5x2:2CP")
    assert (grade.reliability, grade.credibility, grade.handling, grade.code) == ("2", "C", "P", "2CP")
    assert parse_grade(" 4x4:X4 ") == Grade("4x4", "X", "4")


@pytest.mark.parametrize(
    "text",
    "/B2/4x4/4x4:/4x4:D2/4x4:B5/4x4:B22/4x4:2B/admiralty:G1/admiralty:A7/3x5x2:1A/5x5x5:A1/4X4:B2/4x4:b2".split("/"),
)
def test_refused(text: str) -> None:
    with pytest.raises(BadGrade):
        parse_grade(text)


@given(grades, schemes)
def test_a_walk_gives_valid_codes_of_the_scheme_asked_for(grade: Grade, scheme: str) -> None:
    found = cross_walk(grade, scheme)
    assert found
    assert found <= {each for each in ALL if each.scheme == scheme}


@given(grades, st.lists(schemes, min_size=1, max_size=5), st.data())
def test_no_chain_of_walks_promises_more(grade: Grade, way: list[str], data: st.DataObject) -> None:
    at = grade
    for scheme in way:
        at = data.draw(st.sampled_from(sorted(cross_walk(at, scheme), key=str)))
    assert strength(at)[0] <= strength(grade)[0]
    assert strength(at)[1] <= strength(grade)[1]
    if at.scheme == grade.scheme and at.handling != grade.handling:
        assert at.handling == "C"


@given(grades, schemes)
def test_what_could_not_be_judged_is_not_judged_on_the_way(grade: Grade, scheme: str) -> None:
    unjudged = {"4x4": "X", "admiralty": "F", "3x5x2": "2"}
    for found in cross_walk(grade, scheme):
        assert (found.reliability == unjudged[scheme]) == (grade.reliability == unjudged[grade.scheme])


def test_admiralty_c_lies_between_and_a_person_must_choose() -> None:
    assert {grade.reliability for grade in cross_walk(parse_grade("admiralty:C2"), "4x4")} == {"B", "C"}
    assert {grade.reliability for grade in cross_walk(parse_grade("4x4:B2"), "admiralty")} == {"C"}


def test_own_scheme_gives_itself_and_no_other_scheme_is_known() -> None:
    grade = parse_grade("4x4:B2")
    assert cross_walk(grade, "4x4") == {grade}
    with pytest.raises(BadGrade):
        cross_walk(grade, "5x5x5")


def test_handling_is_never_loosened() -> None:
    assert {grade.handling for grade in cross_walk(parse_grade("4x4:A1"), "3x5x2")} == {"C"}
    assert {grade.handling for grade in cross_walk(parse_grade("3x5x2:1AP"), "4x4")} == {None}


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_the_weakest_is_found_by_source_first(scheme: str) -> None:
    own = [grade for grade in ALL if grade.scheme == scheme]
    weakest = min(own, key=strength)
    assert weakest.reliability == {"4x4": "X", "admiralty": "F", "3x5x2": "2"}[scheme]
    strongest = max(own, key=strength)
    assert strongest.reliability in "A1"
    assert strongest.credibility in "A1"
