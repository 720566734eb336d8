"""The band says the level of what is on the page: never lower than what is shown, and no higher than it need be."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from tests.browser.served import CASE, Demo, goto, sign_in, visitor

pytestmark = pytest.mark.browser

WORDS = ("OPDIGTEDE DATA", "TIL TJENESTEBRUG", "FORTROLIGT", "HEMMELIGT")


def levels_in(value: Any) -> set[int]:
    """Every level that an answer of the API states, at whatever depth."""
    if isinstance(value, dict):
        own = {value["level"]} if isinstance(value.get("level"), int) else set()
        return own.union(*(levels_in(v) for v in value.values()))
    return set().union(*(levels_in(v) for v in value)) if isinstance(value, list) else set()


def band(page: Page) -> int:
    return WORDS.index(page.locator(".handling .hl").inner_text())


def test_the_band_rises_with_what_is_laid_on_the_sheet(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        view = page.evaluate("fetch('/api/v1/views/' + sessionStorage['krydsfelt.view']).then(r => r.json())")
        expect(page.locator(".handling .hl")).to_have_text(WORDS[0])
        told: set[int] = set()

        def heard(answer: Response) -> None:
            if "/entities/" in answer.url and answer.ok:
                told.update(levels_in(answer.json()))

        page.on("response", heard)
        page.locator(".over .btn.main").click()
        expect(page.locator(".undrawn b")).not_to_have_text("0")
        expect(page.locator(".card .id h2")).to_be_visible()
        expect(page.locator(".cardpanel")).to_be_visible()
        assert max(told) > 0
        expect(page.locator(".handling .hl")).to_have_text(WORDS[max(told)])
        assert page.locator(".fm").inner_text().startswith(WORDS[band(page)])
        assert band(page) <= view["band"]["level"]


def test_while_an_answer_is_awaited_the_band_is_that_of_the_view(browser: Browser, url: str, demo: Demo) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        expect(page.locator(".handling .hl")).to_have_text(WORDS[0])
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            waiting.append(route)

        page.route("**/search?**", hold)
        page.locator("#desk-search").fill("Ingen af dette navn")
        page.locator("#desk-search").press("Enter")
        held = page.evaluate("fetch('/api/v1/views/' + sessionStorage['krydsfelt.view']).then(r => r.json())")
        assert held["band"]["level"] > 0
        expect(page.locator(".handling .hl")).to_have_text(WORDS[held["band"]["level"]])
        assert waiting
        waiting[0].continue_()
        expect(page.locator(".handling .hl")).to_have_text(WORDS[0])


def test_a_page_that_shows_nothing_marked_says_so(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        goto(page, url, "/fund")
        expect(page.locator("#kept")).to_be_visible()
        expect(page.locator(".handling .hl")).to_have_text(WORDS[0])
