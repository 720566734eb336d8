"""Who looked at somebody: single looks by their intent, looks at an alias, and what a view showed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.actor import ViewRequest, actor_of
from graph.audit_desk import AuditDesk, Look
from graph.errors import NotInView
from graph.home import Home
from graph.view import View, open_view
from tests.factory import World, clock


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = World(public_labels=True).marking("secret", level=3)
    for name in ("one", "alias", "far", "apart", "other"):
        made.person(name, name.title())
    made.claim("person:alias", "same_as", "person:one", marking="secret")
    made.claim("person:far", "same_as", "person:alias", marking="secret")
    made.claim("person:apart", "same_as", "person:other").claim("person:apart", "not_same_as", "person:other")
    made.claim("person:other", "associated_with", "person:apart", {"kind": "call"})
    return made.home(tmp_path)


def view_of(home: Home) -> View:
    return open_view(home, actor_of(home, "analyst"), ViewRequest("prevent"), session="a", clock=clock)


def looks(home: Home, entity: str) -> list[Look]:
    request = ViewRequest("oversight", reason="a complaint about a look-up")
    view = open_view(home, actor_of(home, "inspector"), request, session="i", clock=clock)
    return [look for look in AuditDesk(view).who_looked(entity) if look.action == "read"]


def test_a_look_at_an_alias_counts_whatever_the_lookers_view_knew(home: Home) -> None:
    view_of(home).card("person:far")
    assert [look.how for look in looks(home, "person:one")] == ["subject"]
    assert looks(home, "person:other") == []


def test_who_is_held_apart_is_nobodys_alias(home: Home) -> None:
    view_of(home).entity("person:apart")
    assert [look.how for look in looks(home, "person:apart")] == ["subject"]
    assert looks(home, "person:other") == []


def test_each_way_of_looking_names_whom_it_is_about(home: Home) -> None:
    view = view_of(home)
    token = view.entity("person:other").token
    for look in (
        lambda: view.entity(token),
        lambda: view.card("person:other"),
        lambda: view.neighbours(token),
        lambda: view.k_hop(token, 1),
        lambda: view.shortest_path("person:one", token),
        lambda: view.time_path(token, "person:one"),
    ):
        before = len(looks(home, "person:other"))
        look()
        found = looks(home, "person:other")
        assert len(found) == before + 1 and found[-1].how == "subject"


def test_somebody_shown_on_anothers_card_was_shown(home: Home) -> None:
    view_of(home).card("person:other")
    assert [look.how for look in looks(home, "person:apart")] == ["shown"]


def test_an_attempt_by_token_is_about_somebody_too(home: Home) -> None:
    view = view_of(home)
    token = view.entity("person:one").token
    gone = open_view(
        home,
        actor_of(home, "analyst"),
        ViewRequest("prevent", as_of=clock().replace(year=2000)),
        session="a",
        clock=clock,
    )
    before = len(looks(home, "person:one"))
    with pytest.raises(NotInView):
        gone.card(token)
    found = looks(home, "person:one")
    assert len(found) == before + 1 and found[-1].result == "not-in-view"
