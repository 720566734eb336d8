"""Every page, light and dark, Danish and English: opened, judged by axe-core, and pictured for docs/pictures.

A picture is written only where KRYDSFELT_PICTURES names a folder, so that a test run changes nothing in the checkout.
Two tests beside this one make pictures as well: test_vault the vault (`boks-*`), test_walk the package that a partner
sent (`pakke-*`).

    KRYDSFELT_PICTURES=docs/pictures pytest -m browser tests/browser
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import CASE, Demo, axe_finds, goto, picture, sign_in, visitor

pytestmark = pytest.mark.browser


def take(page: Page, axe: str, name: str) -> list[str]:
    """Judge a page as it stands and keep its picture; the violations, by name."""
    found = axe_finds(page, axe)
    picture(page, name)
    return [f"{name}: {violation}" for violation in found]


def entry(page: Page, url: str, shot: Callable[[str], None]) -> None:
    goto(page, url, "/log-ind")
    shot("log-ind")
    goto(page, url, "/planen")
    shot("planen")


def analyst(page: Page, url: str, shot: Callable[[str], None]) -> None:
    sign_in(page, url, "analyst", "investigate", case=CASE)
    page.locator(".over .btn.main").click()
    expect(page.locator(".undrawn b")).not_to_have_text("0")
    page.wait_for_timeout(4000)  # the layout runs in a worker and has no end that a page shows
    shot("skrivebord")
    goto(page, url, "/hjem")
    shot("hjem")
    goto(page, url, "/fund")
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url(re.compile("/fund/"), timeout=240_000)
    page.wait_for_selector("article.finding")
    shot("fund")
    goto(page, url, "/aabn-visning")
    shot("aabn-visning")


def planner(page: Page, url: str, shot: Callable[[str], None]) -> None:
    sign_in(page, url, "planner", "outreach-aggregate")
    first = page.locator(".state .btn.main")
    expect(page.locator("#next").or_(first)).to_be_visible()
    if first.is_visible():  # another visitor may have computed it already
        first.click()
    expect(page.locator("#next")).to_be_visible(timeout=240_000)
    shot("daekning")


def liaison(page: Page, url: str, shot: Callable[[str], None]) -> None:
    sign_in(page, url, "liaison", "exchange", case=CASE)
    page.locator("#requests ~ *, section[aria-labelledby=requests]").get_by_role("button").filter(
        has_text=re.compile("Besvar|Answer")
    ).first.click()
    expect(page.locator("table.rel-t")).to_be_visible()
    page.locator(".relfilter button").click()
    expect(page.locator(".paper")).to_be_visible()
    shot("udveksling")


def inspector(page: Page, url: str, shot: Callable[[str], None]) -> None:
    sign_in(page, url, "analyst", "investigate", case=CASE)  # something to look at
    for words in ("Nørregade", "Forum", "Ingen af dette navn"):
        page.locator("#desk-search").fill(words)
        page.locator("#desk-search").press("Enter")
        expect(page.locator(".facets section").first).to_be_visible()
    sign_in(page, url, "inspector", "oversight")
    page.wait_for_url("**/tilsyn")
    page.locator("section[aria-labelledby=chain] button").click()
    expect(page.locator("svg.chain")).to_be_visible()
    page.locator("section[aria-labelledby=sample] button[type=submit]").click()
    expect(page.locator(".sampled, section[aria-labelledby=sample] p.dim").first).to_be_visible()
    shot("tilsyn")


def keeper(page: Page, url: str, shot: Callable[[str], None]) -> None:
    goto(page, url, "/log-ind")
    page.locator(".choice.role", has=page.locator(".code", has_text=re.compile("^admin$"))).click()
    page.wait_for_url("**/drift")
    expect(page.locator(".stops li")).to_have_count(2)
    page.locator("table.rights").get_by_role("button", name=re.compile("^(Bekræft|Confirm)")).first.click()
    expect(page.locator(".foot .say")).not_to_be_empty()
    shot("rettigheder")
    page.locator(".stops button").first.click()
    expect(page.locator("#stop-reason")).to_be_visible()
    shot("drift")


def glass(page: Page, url: str, shot: Callable[[str], None]) -> None:
    sign_in(page, url, "analyst", "prevent")
    goto(page, url, "/noedadgang?sag=case-2026-004")
    page.locator("#glass-reason").fill("En trussel mod en, som sagen nævner, i aften")
    page.locator("form.glassask button[type=submit]").click()
    expect(page.locator("section[aria-labelledby=glass-waiting] li").first).to_be_visible()
    shot("noedadgang")
    sign_in(page, url, "custodian", "oversight")
    goto(page, url, "/noedadgang")
    page.locator("section[aria-labelledby=glass-waiting] .btn.main").first.click()
    expect(page.locator("section[aria-labelledby=glass-open] li").first).to_be_visible()
    shot("noedadgang-godkend")
    sign_in(page, url, "analyst", "investigate", case="case-2026-004")
    expect(page.locator(".glassband")).to_be_visible()
    shot("noedadgang-aaben")
    page.locator(".glassband button").click()
    expect(page.locator("section[aria-labelledby=glass-toreview] li").first).to_be_visible()


def names(page: Page, url: str, shot: Callable[[str], None]) -> None:
    sign_in(page, url, "user-021", "investigate", case="case-2026-002")
    page.locator(".over .btn.main").click()
    page.locator(".claims").get_by_role("button", name=re.compile("^(hvorfor|why)")).first.click()
    expect(page.locator("dialog[open] .st")).to_be_visible()
    shot("hvorfor")
    goto(page, url, "/hjem")
    expect(page.locator("section[aria-labelledby=parties] tbody tr").first).to_be_visible()
    shot("parter")
    goto(page, url, "/beskeder")
    expect(page.locator("section[aria-labelledby=grants]")).to_be_visible()
    shot("beskeder")


@pytest.mark.parametrize(("language", "scheme"), [("da", "light"), ("en", "dark")])
@pytest.mark.parametrize("walk", [entry, analyst, planner, liaison, inspector, keeper, glass, names])
def test_every_page_is_open_to_all(
    browser: Browser, url: str, demo: Demo, axe_source: str, walk: Callable[..., None], language: str, scheme: str
) -> None:
    found: list[str] = []
    with visitor(browser, url, language=language, scheme=scheme, bypass_csp=True) as page:
        walk(page, url, lambda name: found.extend(take(page, axe_source, f"{name}-{language}-{scheme}")))
    assert found == []
