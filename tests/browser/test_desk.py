"""The sheet of the desk: it grows, is filtered by kind and by time, is taken back, and its table says what it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import CASE, sign_in, visitor

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Sheet:
    """What lies drawn on the sheet: tokens of entities with their kinds, and tokens of links with their ends."""

    kinds: dict[str, str]
    links: dict[str, tuple[str, str]]


def drawn(page: Page) -> Sheet:
    kinds = page.evaluate("Object.fromEntries(chart.cy.nodes().map((n) => [n.id(), n.data('kind')]))")
    links = page.evaluate(
        "Object.fromEntries(chart.cy.edges().map((e) => [e.id(), [e.data('source'), e.data('target')]]))"
    )
    return Sheet(kinds, {token: (ends[0], ends[1]) for token, ends in links.items()})


def until_drawn(page: Page, wanted: Sheet) -> None:
    """Wait until exactly this lies on the sheet."""
    page.wait_for_function(
        "([n, e]) => chart.cy.nodes().length === n && chart.cy.edges().length === e",
        arg=[len(wanted.kinds), len(wanted.links)],
    )
    assert drawn(page) == wanted


def lay_parties(page: Page, url: str) -> Sheet:
    sign_in(page, url, "analyst", "investigate", case=CASE)
    page.locator(".over .btn.main").click()
    page.wait_for_function("() => chart.cy.nodes().length > 1 && chart.cy.edges().length > 1")
    return drawn(page)


def grow(page: Page) -> None:
    """Expand the first party that brings something new, from the table."""
    before = len(drawn(page).kinds)
    page.get_by_role("button", name=re.compile("^Tabel")).click()
    table = page.get_by_role("region", name="Arket som tabel")
    people = table.get_by_role("row").filter(has=page.get_by_role("cell", name="Person", exact=True))
    people.first.get_by_role("button", name=re.compile("^Udvid")).click()
    page.wait_for_function("(n) => chart.cy.nodes().length > n", arg=before)
    page.get_by_role("button", name="Tilbage til netværket").click()


def test_a_sheet_grows_and_every_step_is_taken_back(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        first = lay_parties(page, url)
        grow(page)
        second = drawn(page)
        assert first.kinds.items() < second.kinds.items() and first.links.items() <= second.links.items()
        undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Fortryd", "Gentag"))
        expect(redo).to_be_disabled()
        undo.click()
        until_drawn(page, first)
        page.keyboard.press("Control+Shift+Z")
        until_drawn(page, second)
        page.keyboard.press("Control+Z")
        until_drawn(page, first)
        page.keyboard.press("Control+Z")
        until_drawn(page, Sheet({}, {}))
        expect(undo).to_be_disabled()


def test_what_is_filtered_away_by_kind_takes_its_links_along(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        whole = lay_parties(page, url)
        people = {token for token, kind in whole.kinds.items() if kind == "Person"}
        assert 0 < len(people) < len(whole.kinds)
        box = page.get_by_role("group", name="Slags", exact=True).get_by_role("checkbox", name=re.compile("^Person"))
        box.uncheck()
        rest = Sheet(
            {token: kind for token, kind in whole.kinds.items() if token not in people},
            {token: ends for token, ends in whole.links.items() if not people & set(ends)},
        )
        until_drawn(page, rest)
        box.check()
        until_drawn(page, whole)


def test_a_window_of_time_hides_links_that_did_not_hold_then(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        whole = lay_parties(page, url)
        handle = page.get_by_role("slider", name="Til", exact=True)
        handle.focus()
        handle.press("Home")  # to the first day on which any of them held
        page.wait_for_function("(n) => chart.cy.edges().length < n", arg=len(whole.links))
        early = drawn(page)
        assert early.kinds == whole.kinds and early.links.items() < whole.links.items()
        handle.press("End")
        until_drawn(page, whole)


def test_the_table_says_what_the_sheet_shows(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sheet = lay_parties(page, url)
        page.get_by_role("group", name="Slags", exact=True).get_by_role(
            "checkbox", name=re.compile("^Person")
        ).uncheck()
        page.wait_for_function("(n) => chart.cy.nodes().length < n", arg=len(sheet.kinds))
        sheet = drawn(page)
        labels = page.evaluate("chart.cy.nodes().map((n) => n.data('label'))")
        claims = page.evaluate("chart.cy.edges().map((e) => Number(e.data('pill') || 1))")  # one line may be several
        page.get_by_role("button", name=re.compile("^Tabel")).click()
        entities, links = (page.locator(".mirror table").nth(place).locator("tbody tr") for place in (0, 1))
        expect(entities).to_have_count(len(sheet.kinds))
        expect(links).to_have_count(sum(claims))
        assert sorted(entities.locator("th").all_inner_texts()) == sorted(labels)
        hidden = labels[0]
        entities.filter(has_text=hidden).first.get_by_role("button", name=re.compile("^Skjul")).click()
        expect(entities).to_have_count(len(sheet.kinds) - 1)
        page.wait_for_function("(n) => chart.cy.nodes().length === n", arg=len(sheet.kinds) - 1)
