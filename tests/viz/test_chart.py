"""The stand-alone chart: opens from disk, asks nobody, runs nothing that data brought, and carries its marking."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from graph.answers import ClaimView, EntityRef, Subgraph
from graph.interval import parse_interval
from graph.model import Marking
from tests.factory import World
from tests.graph.test_view import opened
from viz.chart import chart_page, write_chart
from viz.layout import SPRING_MOST, place

HOSTILE = "<img src=x onerror=alert(1)></script><script>document.title='ran'</script>\"'href"
MARKING = Marking(level=1, handling="H1", originator="home", case="case-1", regime="synthetic", sealed=False)


def entity(token: str, kind: str, label: str) -> EntityRef:
    return EntityRef(token, kind, label, "public", token)


def link(token: str, a: EntityRef, b: EntityRef, *, grade: str = "4x4:B2", assertion: str = "fact") -> ClaimView:
    return ClaimView(
        token=token,
        subject=a,
        predicate="present_at",
        object=b,
        value=None,
        qualifiers={},
        valid=parse_interval("2024-03-01/.."),
        grade=grade,
        assertion=assertion,  # type: ignore[arg-type]
        category="a",
        marking=MARKING,
        source=f"unit {HOSTILE}",
        report=None,
        locator=None,
        note=None,
        known_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def graph() -> Subgraph:
    person, place_ = entity("p", "Person", HOSTILE), entity("v", "Venue", "Klub Ærø")
    weak = link("3", entity("q", "Person", "Åse"), place_, grade="4x4:X4", assertion="assessment")
    return Subgraph(
        (person, place_, weak.subject), (link("1", person, place_), link("2", person, place_), weak), more=4
    )


@pytest.mark.browser
@pytest.mark.parametrize("language", ["da", "en"])
def test_it_opens_from_disk_and_runs_nothing_planted(
    browser: Browser, graph: Subgraph, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "c.html"
    file.write_text(
        chart_page(graph, graph.entities[0], 2, mark="M", made_up=True, language=language), encoding="utf-8"
    )
    page = browser.new_page()
    trouble: list[str] = []
    page.on("console", lambda m: trouble.append(m.text))
    page.on("pageerror", lambda e: trouble.append(str(e)))
    page.on("dialog", lambda d: trouble.append("a dialog"))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else trouble.append(r.url))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".marking").all_inner_texts() == ["TIL TJENESTEBRUG · " + page_made_up(language)] * 2
    page.locator("summary").click()
    expect(page.get_by_role("rowheader", name=HOSTILE)).to_be_visible()
    assert "TIL TJENESTEBRUG" in page.title() and "ran" not in page.title()
    assert trouble == []
    page.close()


def page_made_up(language: str) -> str:
    return "opdigtede data" if language == "da" else "made-up data"


def test_it_says_what_is_not_drawn(graph: Subgraph) -> None:
    assert "4 entiteter længere ude er ikke tegnet" in chart_page(
        graph, graph.entities[0], 2, mark="M", made_up=False, language="da"
    )


def test_the_band_is_the_highest_marking_on_it(graph: Subgraph) -> None:
    page = chart_page(graph, graph.entities[0], 2, mark="M", made_up=False, language="da")
    assert page.count(">TIL TJENESTEBRUG<") == 2


def test_it_says_for_whom_it_was_drawn_and_in_which_view(tmp_path: Path) -> None:
    view = opened(World(public_labels=True).person("a", "Kaja Lind").home(tmp_path), None)
    write_chart(view, "person:a", 1, tmp_path / "c.html", language="en")
    assert f">Drawn for analyst in view {view.id}<" in (tmp_path / "c.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [2, 40, SPRING_MOST + 1])
def test_the_same_graph_stands_the_same_and_nobody_on_another(count: int) -> None:
    nodes = [f"n{i}" for i in range(count)]
    links = [(nodes[0], n) for n in nodes[1:]]
    first, again = place(nodes, links, centre="n0"), place(nodes, links, centre="n0")
    assert first == again and set(first) == set(nodes)
    assert len({(round(x, 3), round(y, 3)) for x, y in first.values()}) == count
