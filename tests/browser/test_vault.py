"""The vault in the pages: opened with the view by stating why, read one look at a time, shut again by the next view."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import CASE, axe_finds, goto, picture, sign_in, visitor

pytestmark = pytest.mark.browser

NEED = "Mødet er i aften, og han kan blive syg af at vente"
REASON = "Forberede samtalen med den, sagen handler om"
NOTE = "Notat efter besøg"


def test_special_categories_are_read_where_their_necessity_is_stated(
    browser: Browser, url: str, axe_source: str
) -> None:
    with visitor(browser, url, bypass_csp=True) as analyst, visitor(browser, url) as inspector:
        sign_in(analyst, url, "analyst", "investigate", case=CASE)
        find(analyst)
        is_shut(analyst)

        fill(analyst, url, "fordi")
        send(analyst)
        expect(analyst.locator("#necessity-hint")).to_contain_text("Skriv mindst 20 tegn")
        expect(analyst.locator("#necessity")).to_be_focused()
        judge(analyst, axe_source, "boks-afvist-da-light")
        analyst.locator("#necessity").fill(NEED)
        send(analyst)
        expect(analyst.locator(".viewbar")).to_contain_text("åben til")

        find(analyst)
        box = analyst.locator(".vaultbox")
        expect(box).to_contain_text("Et opslag gælder kun denne")
        expect(analyst.locator("body")).not_to_contain_text("medicin")
        box.get_by_role("button", name="Slå op i boksen").click()
        expect(box).to_contain_text("medicin")
        judge(analyst, axe_source, "boks-da-light")

        goto(analyst, url, "/aabn-visning")  # with the reason given before: no necessity is kept with it
        expect(analyst.locator(".note.info")).to_contain_text(REASON)
        send(analyst)
        find(analyst)
        is_shut(analyst)

        sign_in(inspector, url, "inspector", "oversight")
        report = inspector.locator("section[aria-labelledby=vaultings]")
        expect(report).to_contain_text(NEED)
        expect(report).to_contain_text("analyst")


def test_an_english_reader_in_the_dark_opens_it_too(browser: Browser, url: str, axe_source: str) -> None:
    with visitor(browser, url, language="en", scheme="dark", bypass_csp=True) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        fill(page, url, "because")
        send(page)
        expect(page.locator("#necessity-hint")).to_contain_text("at least 20 characters")
        judge(page, axe_source, "boks-afvist-en-dark")
        page.locator("#necessity").fill(NEED)
        send(page)
        expect(page.locator(".viewbar")).to_contain_text("open until")
        find(page)
        page.get_by_role("button", name="Look into the vault").click()
        expect(page.locator(".vaultbox")).to_contain_text("medicin")
        judge(page, axe_source, "boks-en-dark")


def test_it_is_offered_to_analysts_of_a_case_alone(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "prevent")
        goto(page, url, "/aabn-visning")
        page.locator("input[name=purpose][value=prevent]").check()
        expect(page.locator("#basis")).to_be_visible()
        expect(page.locator("details.vault")).to_have_count(0)
        page.locator("input[name=purpose][value=investigate]").check()
        expect(page.locator("details.vault")).to_have_count(1)
        sign_in(page, url, "liaison", "exchange", case=CASE)
        goto(page, url, "/aabn-visning")
        expect(page.locator("#case")).to_be_visible()
        expect(page.locator("details.vault")).to_have_count(0)


def judge(page: Page, axe: str, name: str) -> None:
    """Judge a page by axe-core and keep its picture."""
    assert axe_finds(page, axe) == []
    picture(page, name)


def fill(page: Page, url: str, necessity: str) -> None:
    """Go to the opening of a view; state a reason, and why the vault is strictly necessary."""
    goto(page, url, "/aabn-visning")
    page.locator("input[name=purpose][value=investigate]").check()
    page.locator("#case").select_option(CASE)
    page.locator("details.vault > summary").click()
    page.locator("#necessity").fill(necessity)
    page.locator("#reason").fill(REASON)  # asked for again, though one was given before


def send(page: Page) -> None:
    page.locator("form.purpose button[type=submit]").click()


def find(page: Page) -> None:
    """Search for the note and open its card."""
    page.wait_for_url("**/skrivebord")
    page.locator("#desk-search").fill(NOTE)
    page.locator("#desk-search").press("Enter")
    page.locator(".facets").get_by_text(NOTE).first.click()
    expect(page.get_by_role("heading", name=NOTE)).to_be_visible()
    expect(page.locator("#card-panel .claims").first).to_be_visible()


def is_shut(page: Page) -> None:
    """See neither the vault on the card nor a word of it in the view bar."""
    expect(page.locator(".vaultbox")).to_have_count(0)
    expect(page.locator(".viewbar")).not_to_contain_text("Boks")
