"""Answers say under which markings stands what they show, names among it, and nothing of the rest of the view."""

from __future__ import annotations

import pytest

from graph.model import Marking
from graph.view import View
from tests.factory import World
from tests.graph.test_view import CASE, opened, token

PARTIES = [{"entity": f"person:{name}", "category": "a", "role": "suspect"} for name in ("a", "b")]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    made = World().case(CASE, parties=PARTIES).marking("low", level=0).marking("highest", level=2)
    made.person("a", "Kaja Lind").person("b", "Ib Dam", marking="low").person("c", "Vera Holm")
    made.claim("person:a", "kin_of", "person:b", marking="low")
    made.claim("person:b", "associated_with", "person:c", {"kind": "call"}, marking="low")
    made.claim("section:1", "name", value="Nord", marking="low")
    made.claim("section:1", "capacity", value="12", marking="highest")
    return opened(made.home(tmp_path_factory.mktemp("markings")))


def highest(markings: tuple[Marking, ...]) -> int:
    return max((m.level for m in markings), default=-1)


def test_what_is_not_shown_does_not_count(view: View) -> None:
    assert highest(view.markings()) == 2
    assert highest(view.card(token(view, "section:1")).markings) == 2
    assert highest(view.neighbours(token(view, "person:b"), predicates=("associated_with",)).markings) == 0


def test_a_name_counts_and_a_pseudonym_does_not(view: View) -> None:
    kin = view.neighbours(token(view, "person:b"), predicates=("kin_of",))
    assert {c.marking.level for c in kin.links} == {0} and highest(kin.markings) == 1
    found = view.shortest_path(token(view, "person:a"), token(view, "person:b"))
    assert found is not None and highest(found.markings) == 1
    masked = view.shortest_path(token(view, "person:b"), token(view, "person:c"))
    assert masked is not None and highest(masked.markings) == 0
    assert highest(view.case().markings) == 1


def test_a_search_counts_the_names_it_shows(view: View) -> None:
    assert highest(view.search("Ib Dam").markings) == 0
    assert highest(view.search("Kaja Lind").markings) == 1
    assert highest(view.search("Kaja Lnd").markings) == 1  # alike, not equal
    assert view.search("Ingen Sådan").markings == ()


def test_a_record_counts_every_claim_that_it_holds(view: View) -> None:
    section = view.card(token(view, "section:1"))
    levels = {c.predicate: highest(view.record(c.token).markings) for c in section.claims}
    assert levels == {"name": 0, "capacity": 2}
