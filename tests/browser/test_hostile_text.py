"""Texts that would run as scripts, in every field that a page or a chart shows: they are read and never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.headers import REPORTS
from graph.home import Home
from tests.browser.served import goto, run, serving, sign_in, visitor
from tests.hostile import HUBS, vectors, world

pytestmark = pytest.mark.browser

TEXTS = vectors()
PLANTED = """() => [...document.querySelectorAll('*')].filter(e =>
    [...e.attributes].some(a => a.name.startsWith('on') || /^\\s*(javascript|data:text)/i.test(a.value)) ||
    ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'MATH', 'VIDEO'].includes(e.tagName) ||
    e.tagName === 'SCRIPT' && !e.src && e.type !== 'application/json').map(e => e.outerHTML.slice(0, 120))"""
"""Elements that only a text can have made: none of ours has a handler in its markup."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Home:
    place = tmp_path_factory.mktemp("hostile")
    return world(TEXTS, Home.init(place / "partner")).home(place)


@pytest.fixture(scope="module")
def served(hostile: Home) -> Iterator[str]:
    with serving(hostile.path) as address:
        yield address


def look(page: Page, *, chart: bool = False) -> str:
    """Hold a page to having made nothing of a text; return all that it shows."""
    planted = [] if chart else page.evaluate(PLANTED)
    assert planted == []
    assert page.evaluate("window.ran") is None
    assert "ran" not in page.title()
    text: str = page.evaluate(
        "[document.body.textContent, ...[...document.querySelectorAll('[title],[aria-label],[placeholder],option')]"
        ".map(e => [e.title, e.ariaLabel, e.placeholder, e.label].join(' '))].join(' ')"
    )
    return text


def unseen(shown: str) -> list[str]:
    return [text for text in TEXTS if text.strip() not in shown]


def test_there_are_enough_and_they_differ() -> None:
    assert len(TEXTS) == len(set(TEXTS)) >= 200 and vectors() == TEXTS


def test_one_that_ran_would_be_seen(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p></p>")
    page.evaluate("t => { document.querySelector('p').innerHTML = t; }", "<img src=x onerror=window.ran=1>")
    page.wait_for_function("window.ran === 1")
    assert page.evaluate(PLANTED) == ['<img src="x" onerror="window.ran=1">']
    page.close()


def test_the_desk_shows_them_all_and_runs_none(browser: Browser, served: str) -> None:
    reports: list[str] = []
    shown = ""
    with visitor(browser, served) as page:
        page.on("request", lambda r: reports.append(r.url) if REPORTS in r.url else None)
        page.on("dialog", lambda d: reports.append(d.message))
        sign_in(page, served, "analyst", "investigate", case="case-1")
        shown += look(page)
        goto(page, served, "/hjem")
        shown += look(page)
        for hub in range(HUBS):
            goto(page, served, f"/skrivebord?e=person:hub{hub}")
            page.get_by_role("tab").nth(1).wait_for()
            shown += look(page)
            for tab in (1, 2):
                page.get_by_role("tab").nth(tab).click()
                shown += look(page)
            page.get_by_role("button", name="Tabel", exact=False).first.click()
            page.locator(".mirror").wait_for()
            page.mouse.move(700, 450)
            shown += look(page)
        goto(page, served, "/skrivebord?e=person:v7")
        page.get_by_role("button", name="som modtaget", exact=False).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        shown += look(page)
        page.keyboard.press("Escape")
        for text in TEXTS[:12]:
            page.locator("#desk-search").fill(text)
            page.locator("#desk-search").press("Enter")
            page.get_by_role("region", name="Resultater").or_(page.locator(".found")).first.wait_for()
            shown += look(page)
    assert unseen(shown) == []
    assert reports == []


def test_the_exchange_shows_them_all_and_runs_none(browser: Browser, served: str) -> None:
    reports: list[str] = []
    with visitor(browser, served) as page:
        page.on("request", lambda r: reports.append(r.url) if REPORTS in r.url else None)
        page.on("dialog", lambda d: reports.append(d.message))
        sign_in(page, served, "liaison", "exchange", case="case-1")
        goto(page, served, "/udveksling")
        page.locator(".acts select").select_option(index=1)
        page.locator("table.rel-t, .rel-t").first.wait_for()
        shown = look(page)
        page.locator(".rel-t").get_by_role("checkbox").nth(1).click()
        page.locator(".paper").first.wait_for()
        shown += look(page)
    assert len(TEXTS) - len(unseen(shown)) >= 200  # the last lines of a long table wait for a click
    assert reports == []


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_chart_from_disk_shows_them_all_and_runs_none(
    browser: Browser, hostile: Home, tmp_path: Path, language: str
) -> None:
    shown, trouble = "", list[str]()
    for hub in range(HUBS):
        file = tmp_path / f"{hub}.html"
        words = ("--as", "analyst", "--purpose", "investigate", "--case", "case-1", "--language", language)
        run(
            "chart",
            "--home",
            str(hostile.path),
            *words,
            "--entity",
            f"person:hub{hub}",
            "--hops",
            "1",
            "--out",
            str(file),
        )
        page = browser.new_page()
        page.on("console", lambda m: trouble.append(m.text))
        page.on("pageerror", lambda e: trouble.append(str(e)))
        page.on("dialog", lambda d: trouble.append(d.message))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:image")) else trouble.append(r.url))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.locator("summary").click()
        for x in range(300, 1200, 90):  # tooltips of what lies under the hand
            page.mouse.move(x, 400)
        shown += look(page, chart=True)
        page.close()
    assert unseen(shown) == []
    assert trouble == []
