"""The tripwire for personal numbers; phones, plates; codes of places."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.codes import countries, country, municipalities, municipality, police_districts
from graph.errors import BadValue, UnknownTerm
from graph.identifiers import MADE_UP_FROM, birth_date, cpr_like, normal_phone, normal_plate


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, date]:
    """A number that could have been assigned, put together from a birth date without the code under test."""
    born = draw(st.dates(min_value=date(1858, 1, 1), max_value=date(2039, 12, 31)))
    if born.year < 1900:
        seventh = "5678"
    elif born.year < 1937:
        seventh = "0123"
    elif born.year < 2000:
        seventh = "012349"
    elif born.year <= 2036:
        seventh = "456789"
    else:
        seventh = "5678"
    serial = draw(st.sampled_from(seventh)) + f"{draw(st.integers(0, 999)):03}"
    return f"{born:%d%m%y}{serial}", born


@given(numbers(), st.sampled_from("-\u2010\u2013\u2212"))
def test_every_possible_number_is_found_in_both_forms(number: tuple[str, date], dash: str) -> None:
    digits, born = number
    assert birth_date(digits) == born
    assert [span.form for span in cpr_like(digits)] == ["bare"]
    written = f"{digits[:6]}{dash}{digits[6:]}"
    (span,) = cpr_like(f"født {written}, set i dag")
    assert (span.start, span.end, span.form) == (5, 16, "hyphen")


@given(
    st.integers(1, 28),
    st.integers(1, 12),
    st.integers(MADE_UP_FROM, 2057),
    st.sampled_from("5678"),
    st.integers(0, 999),
)
def test_tokens_of_made_up_worlds_pass(day: int, month: int, year: int, seventh: str, serial: int) -> None:
    assert cpr_like(f"{day:02}{month:02}{year % 100:02}-{seventh}{serial:03}") == ()


@pytest.mark.parametrize(
    "text",
    [
        "320190-1234",
        "310490-1234",
        "290290-1234",
        "290200-0123",
        "001290-1234",
        "12345678",
        "01019012345",
        "90101901234",
        "2016-05-0312",
        "010190 1234",
        "010190/1234",
        "",
    ],
)
def test_what_is_no_personal_number(text: str) -> None:
    assert cpr_like(text) == ()


def test_the_century_rule_decides_on_the_leap_day() -> None:
    assert birth_date("2902004123") == date(2000, 2, 29)
    assert birth_date("2902000123") is None
    assert len(cpr_like("290200-4123")) == 1


def test_several_in_one_text_and_one_glued_to_letters() -> None:
    assert [span.form for span in cpr_like("CPR010190-1234 og 0202921234x")] == ["hyphen", "bare"]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("12 34 56 78", "+4512345678"),
        ("12345678", "+4512345678"),
        ("+45 12-34-56-78", "+4512345678"),
        ("0045 12345678", "+4512345678"),
        ("+46 (0)8-123 456 78", "+46812345678"),
        ("4512345678", "+4512345678"),
    ],
)
def test_phones(written: str, plain: str) -> None:
    assert normal_phone(written) == plain
    assert normal_phone(plain) == plain


@pytest.mark.parametrize("written", ["", "123", "call me", "+12345678901234567", "12 34 x6 78", "=12345678"])
def test_no_phones(written: str) -> None:
    with pytest.raises(BadValue) as refusal:
        normal_phone(written)
    assert refusal.value.reason_code == "bad-phone"


def test_plates() -> None:
    assert normal_plate("ab 12 345") == normal_plate("AB-12.345") == "AB12345"
    for wrong in ("", "A", "AB12345678901", "AB?123"):
        with pytest.raises(BadValue) as refusal:
            normal_plate(wrong)
        assert refusal.value.reason_code == "bad-plate"


def test_countries_by_code_and_by_both_names() -> None:
    assert len(countries()) == 250
    for each in countries().values():
        assert {country(name).alpha2 for name in (each.alpha2, each.alpha3, each.da, each.en)} == {each.alpha2}
    assert country(" rusland ").alpha3 == "RUS"
    assert country("USA").en == "United States"
    with pytest.raises(UnknownTerm):
        country("Ruritanien")


def test_municipalities_and_their_districts() -> None:
    assert len(municipalities()) == 98
    assert len(police_districts()) == 12
    by_district = Counter(each.police_district.name for each in municipalities().values())
    assert set(by_district) == {each.name for each in police_districts().values()}
    assert by_district["Bornholms Politi"] == 1
    assert len({each.region for each in municipalities().values()}) == 5
    assert municipality("Stevns").police_district.name == "Midt- og Vestsjællands Politi"
    for name in ("Slagelse", "Sorø"):
        assert municipality(name).police_district.name == "Sydsjællands og Lolland-Falsters Politi"


def test_municipalities_by_code_and_by_name() -> None:
    for each in municipalities().values():
        assert municipality(each.code) is each
        assert municipality(each.code.lstrip("0")) is each
        assert municipality(each.name) is each
        assert municipality(f"{each.name.upper()} KOMMUNE") is each
    assert municipality("Københavns Kommune").code == "0101"
    assert municipality("Hoeje Taastrup").code == "0169"
    for wrong in ("0411", "Christiansø", "9999", "", "Kommune"):
        with pytest.raises(UnknownTerm):
            municipality(wrong)


def test_municipalities_agree_with_the_public_list(shared_data: Path) -> None:
    with (shared_data / "denmark/municipalities.csv").open(encoding="utf-8") as file:
        listed = {row["code"]: row["name"].replace("Høje Taastrup", "Høje-Taastrup") for row in csv.DictReader(file)}
    del listed["0411"]  # Christiansø is no municipality
    assert listed == {each.code: each.name for each in municipalities().values()}
