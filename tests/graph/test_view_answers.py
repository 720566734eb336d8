"""What was answered before is given again only within the same words, under an intent of its own, and counted again."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph import unmasking
from graph.home import Home
from graph.view import View
from graph.view_answers import MOST_SAID, Answers, Said
from tests.factory import Ticking, persona
from tests.graph.names import CASE, OTHER, asked, log_of, met, opened, world


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return world().home(tmp_path)


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


def token(view: View, delivered: str) -> str:
    return view._teller.tokens.entity(view._graph.store.find(view.scope, delivered)[0].eid)


def said(size: int) -> Said:
    return Said("answer", frozenset(bytes([0, n % 256, n // 256]) for n in range(size)), frozenset(), frozenset())


def test_the_same_question_has_the_same_answer_and_an_act_of_its_own(home: Home, ticking: Ticking) -> None:
    view = opened(home, ticking)
    ref = token(view, "person:mads")
    first, again = view.card(ref), view.card(ref)
    assert again is first
    around = view.neighbours(ref)
    assert view.neighbours(ref) is around and view.neighbours(ref, limit=1) is not around
    view._log.close()
    acts = [e for e in log_of(home) if e["kind"] == "intent" and e["action"] == "read"]
    outcomes = {e["intent"]: e for e in log_of(home) if e["kind"] == "outcome"}
    assert len(acts) == 5
    touched = [outcomes[a["id"]]["touched"] for a in acts]
    assert touched[0] == touched[1] and touched[0]["count"] > 0  # type: ignore[index]
    assert touched[2] == touched[3]


def test_searches_and_records_are_kept_and_logged_each_time(tmp_path: Path, ticking: Ticking) -> None:
    home = world().claim("section:n", "name", value="Afsnit Nord").home(tmp_path)
    view = opened(home, ticking)
    found = view.search("afsnit  NORD")
    assert [hit.entity.label for hit in found.hits] == ["Afsnit Nord"]
    assert view.search("Afsnit Nord") is found and view.search("Afsnit Nord", limit=1) is not found
    claim = view.card(found.hits[0].entity.token).claims[0].token
    assert view.record(claim) is view.record(claim)
    view._log.close()
    log = log_of(home)
    outcomes = {e["intent"]: e for e in log if e["kind"] == "outcome"}
    for action, times in (("search", 3), ("record", 2)):
        acts = [outcomes[e["id"]] for e in log if e["kind"] == "intent" and e["action"] == action]
        assert [(act["result"], act["touched"]["count"]) for act in acts] == [("ok", 1)] * times  # type: ignore[index]


def test_a_search_finds_a_name_while_it_is_granted_and_not_before_or_after(home: Home, ticking: Ticking) -> None:
    view, other = opened(home, ticking), opened(home, ticking, "second")

    def hits() -> list[list[str]]:
        return [sorted(hit.entity.kind for hit in v.search("Østergård").hits) for v in (view, view, other)]

    there = ["Document", "Person"]  # the text that names him is told with his name
    assert hits() == [[], [], []]
    unmasking.approve(home, persona(home, "chief"), asked(view, ticking, hours=1).id, at=ticking())
    assert hits() == [there, there, []]
    ticking.pass_by(minutes=61)
    assert hits() == [[], [], []]


def test_a_name_goes_with_its_grant_though_both_answers_were_given_before(home: Home, ticking: Ticking) -> None:
    view, other = opened(home, ticking), opened(home, ticking, "second")
    ref = token(view, "person:mads")

    def forms() -> tuple[str, ...]:
        return tuple(v.card(ref).entity.form for v in (view, view, other))

    assert forms() == ("pseudonym", "pseudonym", "pseudonym")
    unmasking.approve(home, persona(home, "chief"), asked(view, ticking).id, at=ticking())
    assert forms() == ("granted", "granted", "pseudonym")
    ticking.pass_by(hours=7)
    assert met(view, "person:mads").form == "granted"
    again = asked(view := opened(home, ticking), ticking, "person:kaja")
    assert again.id and forms() == ("granted", "granted", "pseudonym")


def test_views_of_two_cases_share_no_words(home: Home, ticking: Ticking) -> None:
    one, same, other = opened(home, ticking), opened(home, ticking), opened(home, ticking, case=OTHER)
    assert CASE != OTHER
    assert one._teller is same._teller and other._teller is not one._teller
    mine, theirs = one.card(token(one, "person:mads")), other.card(token(other, "person:mads"))
    assert not {c.token for c in mine.claims} & {c.token for c in theirs.claims}


def test_what_is_counted_is_counted_again(home: Home, ticking: Ticking) -> None:
    class Counting:
        def __init__(self) -> None:
            self.spent: list[int] = []

        def check(self, action: str) -> None:
            assert action == "read"

        def spend(self, action: str, objects: object, persons: object) -> None:
            self.spent.append(len(objects))  # type: ignore[arg-type]

    view = opened(home, ticking)
    view.meter = Counting()
    ref = token(view, "person:mads")
    view.card(ref)
    view.card(ref)
    assert len(view.meter.spent) == 2 and view.meter.spent[0] == view.meter.spent[1] > 0


def test_the_oldest_go_when_much_was_shown() -> None:
    answers = Answers()
    for n in range(40):
        answers.keep(n, said(1_000))
        answers.get(0)
    kept = [n for n in range(40) if answers.get(n) is not None]
    assert 0 in kept and 39 in kept and 1 not in kept
    assert sum(1_001 for _ in kept) <= MOST_SAID
