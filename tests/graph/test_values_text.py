"""Folding for search, and text that is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import HostileText
from graph.text import clean_text, fold, refuse_formula


@pytest.mark.parametrize(
    "same",
    [
        ("Søren Ågård", "SOEREN AAGAARD", "Søren  A\u030aga\u030ard", "Soeren-Ågaard"),
        ("Kjær", "Kjaer", "KJÆR"),
        ("Özdemir", "Ozdemir", "O\u0308zdemir", "ÖZDEMİR"),
        ("Yıldız", "Yildiz", "YILDIZ"),
        ("Doğan Çelik", "dogan celik"),
        ("Иванов", "Ivanov", "ИВАНОВ"),
        ("Шевченко", "Shevchenko"),
        ("Ляшко", "Lyashko"),
        ("محمد", "مُحَمَّد", "mhmd"),
        ("أحمد", "احمد", "إحمد"),
        ("علي", "علی"),
        ("O'Brien", "O\u2019Brien", "OBrien"),
        ("Ka\u02bfb", "Kab"),
        ("Łukasz", "Lukasz"),
        ("Straße", "Strasse", "STRASSE"),
        ("ＡＢＣ １２", "abc 12"),
        ("٠١٢٣", "0123"),
        ("al-Rahman", "al Rahman", "al\u00a0Rahman"),
        ("می\u200cخواهم", "میخواهم"),
    ],
)
def test_spellings_that_are_one(same: tuple[str, ...]) -> None:
    assert len({fold(text) for text in same}) == 1
    assert fold(same[0])


@pytest.mark.parametrize(("one", "other"), [("Sören", "Søren"), ("Ali", "Alia"), ("A1", "A 1"), ("Иванов", "Иванова")])
def test_spellings_that_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzæøå ABCXYZÆØÅ-'ıİşğçöüéабвгшщяءبتمحي0123456789"))
def test_known_letters_become_plain_ones(text: str) -> None:
    assert fold(text).isascii()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\u202eb", "bidi-character"),
        ("a\u2066b", "bidi-character"),
        ("a\u200fb", "bidi-character"),
        ("a\x00b", "control-character"),
        ("a\x1b[31m", "control-character"),
        ("a\x7f", "control-character"),
        ("a\x85b", "control-character"),
        ("a\u200bb", "control-character"),
        ("\ufeffa", "control-character"),
        ("a\ud800", "bad-encoding"),
    ],
)
def test_hostile_text_is_refused(text: str, code: str) -> None:
    with pytest.raises(HostileText) as refusal:
        clean_text(text)
    assert refusal.value.reason_code == code
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("text", ["", "Sorø", "line\r\nnext\tcell", "محمد", "می\u200cخواهم", "👩\u200d👧", "50 %"])
def test_plain_text_passes(text: str) -> None:
    assert clean_text(text) == text


def test_text_comes_out_composed() -> None:
    assert clean_text("A\u030age") == "Åge"


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+A1", "-2+3+cmd", " =1+1", "\t=1", "+HYPERLINK(1)", "=", "--x"]
)
def test_formulas_are_refused(text: str) -> None:
    with pytest.raises(HostileText) as refusal:
        refuse_formula(text)
    assert refusal.value.reason_code == "formula"


@pytest.mark.parametrize(
    "text", ["", "-", "-3,5", "+45 12 34 56 78", "-1.5e-3", "+46 (0)8-123", "a=b", "name@host", "2026-05", "1-2"]
)
def test_cells_that_are_no_formulas_pass(text: str) -> None:
    assert refuse_formula(text) == text
