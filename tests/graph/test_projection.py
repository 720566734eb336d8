"""All that analytics ever get: who is not in it, how it is numbered, and that it shows no more than the view."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.actor import ViewRequest
from graph.answers import EntityRef
from graph.errors import Refused
from graph.home import Home
from graph.projection import Projection
from graph.view import View, open_view
from tests.factory import World, clock, persona


def world() -> World:
    made = World().marking("secret", level=3)
    made.person("grown", "Kaja Lind", born="1990-05-01").person("child", "Bo Barn", born="2013-01-01")
    made.person("month", "Ida Maj", born="2011-11").person("aged", "Ulf Dag", born="2011-11-24")
    made.person("victim", "Vera Holm", category="c").person("witness", "Vagn Dam", category="d")
    made.person("both", "Bent Begge").person("hidden", "Hans Hemmelig", marking="secret")
    for name in ("grown", "child", "month", "aged", "victim", "witness", "both"):
        category = {"victim": "c", "witness": "d"}.get(name, "a")
        made.claim(f"person:{name}", "present_at", "venue:1", valid="2024-01-01", category=category)
    made.claim("person:both", "co_accused_in", "offence:1", category="c").claim(
        "person:hidden", "present_at", "venue:1", marking="secret"
    )
    made.claim(
        "person:grown",
        "in_milieu",
        "milieu:C",
        {"role": "member"},
        valid="2020-01-01/..",
        source="unit",
        report="report:1",
    )
    made.claim("milieu:C", "code", value="C.gang").claim("venue:1", "name", value="Klubben").claim(
        "report:1", "title", value="R1"
    )
    return made.claim("person:victim", "uses", "phone:1", category="c").claim("phone:1", "number", value="20304050")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return world().home(tmp_path_factory.mktemp("projection"))


def opened(home: Home, who: str = "analyst") -> View:
    return open_view(home, persona(home, who), ViewRequest("prevent"), session="s", clock=clock)


@pytest.fixture(scope="module")
def made(home: Home) -> Projection:
    return opened(home).projection("analyse-settings")


def test_children_victims_and_witnesses_are_not_in_it(home: Home, made: Projection) -> None:
    view = opened(home)
    people = np.flatnonzero(made.kind == made.kinds.index("Person"))
    known = {view._graph.row(e).delivered for e in made.person_ids()}
    assert known == {"person:grown", "person:aged", "person:both"}
    assert len(people) == 3
    present = made.links["present_at"]
    assert sorted(present.subject.tolist()) == sorted(people.tolist())


def test_what_is_said_of_a_victim_is_not_in_it_either(made: Projection) -> None:
    assert "co_accused_in" not in made.links and "uses" not in made.links
    assert "Offence" not in made.kinds


def test_names_and_numbers_of_people_and_means_are_no_literals(made: Projection) -> None:
    assert made.literals["name"].subject.tolist() == [made.kind.tolist().index(made.kinds.index("Venue"))]
    assert "number" not in made.literals
    assert list(made.literals["name"].value) == ["Klubben"]
    assert "birth_date" in made.literals


def test_masked_people_have_pseudonyms(made: Projection) -> None:
    for i, kind in enumerate(made.kind):
        masked = made.kinds[kind] in ("Person", "Phone")
        assert made.refs(i).startswith("K-") is masked and made.labels(i).startswith("K-") is masked
    venue = made.kind.tolist().index(made.kinds.index("Venue"))
    assert (made.refs(venue), made.labels(venue)) == ("venue:1", "Klubben")


def test_arrays_are_parallel_and_dense(made: Projection) -> None:
    n = len(made.kind)
    for links in made.links.values():
        size = {len(getattr(links, name)) for name in links.__slots__}
        assert len(size) == 1
        assert links.subject.min() >= 0 and links.object.max() < n
    milieu = made.links["in_milieu"]
    assert milieu.assessment.tolist() == [True] and milieu.report[0] >= 0
    assert made.kinds[made.kind[milieu.report[0]]] == "Report"
    assert made.links["present_at"].report.tolist() == [-1, -1, -1]
    assert milieu.value[0] and milieu.source[0] != made.links["present_at"].source[0]


def test_claims_lead_back_by_token(home: Home, made: Projection) -> None:
    view = opened(home)
    links = made.links["in_milieu"]
    (claim,) = view.claims(list(links.claim))
    assert claim.predicate == "in_milieu" and links.claim[0] == claim.token
    assert claim.subject == EntityRef(
        claim.subject.token, "Person", made.refs(int(links.subject[0])), "pseudonym", None
    )
    assert list(links.claim[0:1]) == [links.claim[0]] and len(links.claim) == 1


def test_hidden_claims_change_nothing(tmp_path: Path, home: Home, made: Projection) -> None:
    twin = Home.init(tmp_path / "home", personas=True, clock=clock)
    (twin.path / "keys" / "home.key").write_bytes((home.path / "keys" / "home.key").read_bytes())
    more = (
        world()
        .person("hidden-2", "Hidden Too", marking="secret")
        .claim("person:grown", "uses", "phone:9", marking="secret")
    )
    more.rows.insert(0, more.rows.pop())  # other numbers in the ledger
    other = opened(more.load_into(Home.open(twin.path), tmp_path)).projection("analyse-settings")
    assert other.digest == made.digest and other.kinds == made.kinds
    assert np.array_equal(other.kind, made.kind)
    assert list(other.links) == list(made.links) and list(other.literals) == list(made.literals)
    for predicate, links in made.links.items():
        for name in links.__slots__:
            assert list(getattr(links, name)) == list(getattr(other.links[predicate], name)), (predicate, name)
    assert [other.refs(i) for i in range(len(other.kind))] == [made.refs(i) for i in range(len(made.kind))]


def test_an_empty_view_has_an_empty_projection(tmp_path: Path) -> None:
    empty = opened(World().person("p", "Kaja", marking="open").marking("open", level=3).home(tmp_path))
    made = empty.projection("analyse-settings")
    assert len(made.kind) == 0 and made.links == {} and made.literals == {} and made.person_ids() == set()


def test_joined_people_are_one(tmp_path: Path) -> None:
    made = World().person("a", "Kaja").person("b", "Kaja")
    made.claim("person:a", "same_as", "person:b").claim("person:b", "present_at", "venue:1")
    projection = opened(made.claim("person:a", "present_at", "venue:1").home(tmp_path)).projection("analyse-settings")
    present = projection.links["present_at"]
    assert len(projection.person_ids()) == 1 and present.subject[0] == present.subject[1]
    assert "same_as" not in projection.links


def test_a_role_that_may_not_run_it_gets_nothing(home: Home) -> None:
    with pytest.raises(Refused, match="analyst"):
        opened(home, "planner").projection("analyse-settings")
