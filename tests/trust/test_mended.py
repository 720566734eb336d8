"""Leaks that the harness found, each held by a small world of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from graph.actor import ViewRequest
from graph.home import Home
from graph.view import View
from graph.view_claims import WITHHELD
from graph.view_open import open_view
from ingest.load import load
from tests.factory import NOW, Ticking, World, clock, persona

CASE = "case-1"


def opened(home: Home, window: tuple[int, int] | None = None, as_of: datetime | None = None) -> View:
    request = ViewRequest("investigate", case=CASE, as_of=as_of, window=window)
    return open_view(home, persona(home), request, session="s", clock=clock)


def loaded(world: World, place: Path, at: datetime, home: Home | None = None) -> Home:
    made = home or Home.init(place / "home", personas=True, clock=lambda: at)
    folder = world.folder(place / f"folder-{at.isoformat()}")
    assert load(made, [folder], clock=lambda: at).quarantined == 0
    return made


def test_a_record_says_nothing_of_the_rows_beside_it(tmp_path: Path) -> None:
    seen = []
    for hidden in ("none", "some"):
        world = World(public_labels=True).case(CASE).marking("secret", level=3)
        if hidden == "some":
            world.claim("venue:9", "name", value="Not for them", marking="secret")
        world.claim("venue:1", "name", value="Hall")
        view = opened(world.home(tmp_path / hidden))
        seen.append(view.record(view.card("venue:1").claims[0].token))
    assert seen[0].raw == seen[1].raw
    assert seen[0].where.file == seen[1].where.file == "claims.csv"
    assert len(seen[0].where.delivery) == 16


def test_no_choice_of_time_makes_a_minor_nameable(tmp_path: Path) -> None:
    world = World().case(CASE, parties=[{"entity": "person:young", "category": "a", "role": "subject"}])
    world.claim("person:young", "name", value="Kaja Lind")
    early = loaded(world, tmp_path, NOW - timedelta(days=9))
    assert [e.form for e in opened(early).case().parties] == ["party"]  # nobody has said yet how old
    world.claim("person:young", "birth_date", value="2012-05-06", valid="2017")
    home = loaded(world, tmp_path, NOW - timedelta(days=1), early)
    before = NOW - timedelta(days=5)
    views = {
        "now": opened(home),
        "another year": opened(home, window=(16_000, 16_100)),
        "then": opened(home, as_of=before),
    }
    for name, view in views.items():
        assert [e.form for e in view.case().parties] == ["pseudonym"], name
    assert all(view.search("Kaja").hits == () for view in views.values())


def test_no_choice_of_time_puts_a_child_into_an_analysis(tmp_path: Path) -> None:
    world = World().case(CASE)
    world.claim("person:child", "present_at", "venue:1").claim("person:grown", "present_at", "venue:1")
    world.claim("person:child", "birth_date", value="2014-05-06", valid="2017")
    home = world.home(tmp_path)
    for window in (None, (16_000, 16_100)):
        made = opened(home, window=window).projection("analyse-settings")
        assert [made.kinds[k] for k in made.kind].count("Person") == 1, window


def test_a_view_on_a_time_past_keeps_its_digest_and_its_band(tmp_path: Path) -> None:
    tick = Ticking(NOW - timedelta(days=9))
    world = World(public_labels=True).case(CASE).marking("higher", level=2)
    world.claim("venue:1", "name", value="Hall").claim("venue:2", "name", value="Yard")
    home = loaded(world, tmp_path, tick.at)
    then = NOW - timedelta(days=5)
    views = [opened(home, as_of=then)]
    world.rows.pop()
    world.claim("venue:3", "name", value="Tower", marking="higher")
    loaded(world, tmp_path, NOW - timedelta(days=1), home)
    views.append(opened(home, as_of=then))
    assert views[0].digest == views[1].digest != opened(home).digest
    assert [view.band.level for view in (*views, opened(home))] == [1, 1, 2]


def test_no_choice_of_time_lets_a_text_name_somebody_masked(tmp_path: Path) -> None:
    world = World().case(CASE)
    world.claim("person:1", "name", value="Kaja Lind", valid="2014")
    world.claim("person:1", "present_at", "venue:1", valid="2016", note="asked Kaja Lind about it")
    world.claim("venue:1", "name", value="Hall", valid="2016", note="where Kaja Lind was seen")
    home = world.home(tmp_path)
    for window in (None, (16_801, 17_166)):  # 2016
        told = opened(home, window=window).card("venue:1").claims
        assert [claim.note for claim in told] == [WITHHELD] * 2, window
