"""Texts that name somebody masked are found however the name is written, and others are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.actor import ViewRequest
from graph.mentions import RARE, Mentions, Written
from graph.text import fold
from graph.view import open_view
from graph.view_claims import WITHHELD
from tests.factory import World, clock, persona

FIRST = ("Mette", "Søren", "Åse", "Yusuf", "Фатима", "Jens-Peter", "Marie Louise")
LAST = ("Østergård", "Hansen", "Møller Lund", "al-Hassan", "Иванов", "O'Brien", "Ås", "Jensens")
BEFORE = ("", "Ifølge ", "Mødet med ", "Han (og ", "Vidnet så\n")
AFTER = ("", " kom.", ", der ringede", " i går", ")")


def finder(*masked: str, shown: tuple[str, ...] = ()) -> Mentions:
    names = [fold(name) for name in masked]
    return Mentions(
        {name: (n,) for n, name in enumerate(names)},
        list(enumerate(names)),
        [(100 + n, fold(name)) for n, name in enumerate(shown)],
    )


def ways(first: str, last: str) -> list[str]:
    """How people write a name, made up without looking at the product."""
    initial = first[0]
    return [
        f"{first} {last}", f"{last}, {first}", f"{last} {first}", f"{initial}. {last}", f"{initial} {last}",
        f"{last}, {initial}.", f"{first.upper()} {last.upper()}", f"{first} {last}s", f"{initial}. {last}s",
        f"{first} {last}'s".replace("'s", "s"),
    ]  # fmt: skip


@given(
    st.sampled_from(FIRST), st.sampled_from(LAST), st.integers(0, 9), st.sampled_from(BEFORE), st.sampled_from(AFTER)
)
def test_a_name_is_found_however_it_is_written(first: str, last: str, way: int, before: str, after: str) -> None:
    written = ways(first, last)[way]
    assert finder(f"{first} {last}").names(before + written + after), written


@given(st.sampled_from(FIRST), st.sampled_from(LAST), st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_a_rare_surname_alone_is_found_and_a_common_one_where_it_is_about_its_bearer(
    first: str, last: str, before: str, after: str
) -> None:
    surname = last.replace("-", " ").split()[-1]
    written = surname[0].upper() + surname[1:]
    others = tuple(f"{name} {last}" for name in ("Aage", "Bent", "Carl", "Dorte", "Else", "Finn"))
    rare, common = finder(f"{first} {last}"), finder(f"{first} {last}", shown=others)
    found = len(fold(surname)) >= 3
    for owner in (written, f"{written}s"):
        text = before + owner + after
        assert rare.names(text) == found, text
        assert not common.names(text), text
        assert common.names(text, about=[0]) == found, text
        assert not common.names(text, about=[101]), text


@given(st.text(alphabet="abcdefghij ,.", max_size=60))
def test_a_text_without_any_of_the_words_is_left_alone(text: str) -> None:
    assert not finder("Mette Kvist", "Søren Lund").names(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nørrebanegård",
        "det østlige lund",
        "Mette kom.",
        "Kvistgårds Allé",
        "M. Hansen",
        "Lunden ved åen",
        "S. K. Lunde",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert not finder("Mette Kvist", "Søren Lund").names(text)


def test_the_threshold_is_what_it_says() -> None:
    people = [f"Navn{n} Kvist" for n in range(RARE)]
    assert finder(people[0], shown=tuple(people[1 : RARE - 1])).names("Kvist kom.")
    assert not finder(people[0], shown=tuple(people[1:RARE])).names("Kvist kom.")


def test_somebody_who_is_named_keeps_a_surname_that_somebody_masked_has_too() -> None:
    told = finder("Per Lind", shown=("Kaja Lind",))
    assert not told.names("Kaja Lind kom, og Lind, Kaja gik. K. Linds bil.")
    assert told.names("Kaja Lind kom, og Lind gik.")
    assert told.names("Per Lind kom, og Kaja Lind gik.")


def test_a_first_name_alone_is_found_where_it_says_who_is_meant() -> None:
    told = Mentions({}, [(0, "mette kvist"), (1, "per lund")], [(2, "mette holm"), (3, "bo ib dal")], parties=(1, 2, 3))
    assert told.names("Per kom.") and told.names("Pers bil")  # the only party of that name
    assert not told.names("Mette kom.")  # a party who is named bears it
    assert not told.names("Et par per styk")  # no name is written so
    assert told.names("Mette kom.", about=[0])  # the text is about her
    assert not told.names("Mette kom.", about=[1])
    assert not told.names("Mette Holm kom.", about=[0])  # somebody who is named
    twins = Mentions({}, [(0, "per kvist"), (1, "per lund")], [], parties=(0, 1))
    assert not twins.names("Per kom.")  # either
    assert not Mentions({}, [(0, "bo kvist")], [], parties=(0,)).names("Bo kom.")  # too short to say anything


@given(st.lists(st.sampled_from(["mette", "marie", "von", "kvist", "lund"]), min_size=2, max_size=5, unique=True))
def test_a_name_is_found_without_its_middle_and_no_word_of_it_alone(words: list[str]) -> None:
    written = Written([" ".join(words)])
    for way in (words, [words[0], words[-1]], [words[0][0], words[-1]], [words[-1], words[0]], [*words[1:], words[0]]):
        assert (2, 2 + len(way)) in set(written.spans(["og", "saa", *way, "kom"])), way
    assert all(not list(written.spans(["og", word, "kom"])) for word in words)


def test_a_case_withholds_the_first_name_of_a_party_whom_entry_does_not_name(tmp_path: Path) -> None:
    parties = [
        {"entity": "person:w", "category": "d", "role": "witness", "reason": "saw"},
        {"entity": "person:s", "category": "a", "role": "suspect", "reason": "seen"},
    ]
    made = World().case("case-1", parties=parties).person("w", "Vagn Dam").person("s", "Kaja Lind")
    made.claim("person:s", "uses", "phone:1", note="Vagn saw it").claim(
        "person:s", "uses", "phone:2", note="Kaja called"
    )
    home = made.home(tmp_path)
    view = open_view(home, persona(home), ViewRequest("investigate", "case-1"), session="s", clock=clock)
    notes = {c.note for c in view.card("person:s").claims if c.predicate == "uses"}
    assert notes == {WITHHELD, "Kaja called"}


def test_a_view_withholds_what_names_somebody_masked_in_any_of_these_ways(tmp_path: Path) -> None:
    made = World().person("m", "Mette Kvist").claim("document:1", "title", value="Notat")
    texts = ["Kvist, Mette ringede", "M. Kvist ringede", "Kvists telefon", "Kviste og grene", "Mette ringede"]
    for n, text in enumerate(texts):
        made.claim(f"document:{n + 2}", "text", value=text)
    for n in range(6):
        made.person(f"h{n}", f"Navn{n} Hansen").claim(f"person:h{n}", "uses", f"phone:{n}", note=f"Hansen {n} ringede")
    made.claim("phone:1", "associated_with", "phone:2", {"kind": "call"}, note="Hansen ringede")
    home = made.home(tmp_path)
    view = open_view(home, persona(home), ViewRequest("prevent"), session="s", clock=clock)
    said = [view.card(f"document:{n + 2}").claims[0].value for n in range(len(texts))]
    assert said == [WITHHELD, WITHHELD, WITHHELD, *texts[3:]]
    notes = {c.note for n in range(6) for c in view.of_kind("Phone")[n][1]} | {
        c.note for _, claims in view.of_kind("Person") for c in claims
    }
    assert notes == {WITHHELD, "Hansen ringede"}  # about its bearer, and about somebody's phones
