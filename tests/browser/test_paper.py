"""Printed pages, in Danish: who, when and from which view stands across them, and the log says the same."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import CASE, goto, sign_in, visitor
from tests.browser.test_roles import quiet, sign_in_only

pytestmark = pytest.mark.browser

STUB = "window.printed = 0; window.print = () => { window.printed++; window.dispatchEvent(new Event('beforeprint')); };"
PRINTS = """async () => {
    const view = sessionStorage.getItem('krydsfelt.view');
    return (await (await fetch(`/api/v1/views/${view}/audit/report`)).json()).by_action.print ?? 0;
}"""


def mark(page: Page) -> str:
    found = re.search(r"udskrift ([0-9a-f]{8})", page.locator(".watermark p").inner_text())
    assert found
    return found[1]


def test_a_printed_page_says_who_when_and_which_view(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        page.add_init_script(STUB)
        sign_in(page, url, "inspector", "oversight")
        expect(page.locator(".watermark")).to_be_hidden()
        page.get_by_role("button", name="Udskriv").click()
        page.wait_for_function("() => window.printed === 1")
        page.emulate_media(media="print")
        expect(page.locator(".watermark")).to_be_visible()
        line = page.locator(".watermark p")
        expect(line).to_contain_text(re.compile(r"^inspector · \d+\.\d+\.20\d\d kl\. \d+\.\d\d · visning v[0-9a-f]{8}"))
        expect(line).to_contain_text("Kontrol og tilsyn · ingen sag")
        first = mark(page)
        expect(page.locator(".watermark text").first).to_contain_text(f"inspector · {line.inner_text()[12:22]}")
        page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")  # the browser's own way
        expect(line).not_to_contain_text(first)
        page.emulate_media(media="screen")
        expect(page.locator(".watermark")).to_be_hidden()
        for _ in range(50):
            if page.evaluate(PRINTS) == 2:
                break
            page.wait_for_timeout(100)
        assert page.evaluate(PRINTS) == 2


def test_a_chart_on_paper_bears_the_mark_and_frozen_exports_leave_it_empty(browser: Browser, url: str) -> None:
    context = quiet(browser)
    page = context.new_page()
    page.add_init_script(STUB)
    sign_in(page, url, "analyst", "investigate", case=CASE)
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".watermark p")).to_contain_text(CASE)
    with visitor(browser, url) as admin:
        sign_in_only(admin, url, "admin")
        admin.get_by_role("button", name="Frys udførsel").click()
        admin.locator("#stop-reason").fill("Metoden er under efterprøvning")
        admin.locator("dialog[open]").get_by_role("button", name="Frys udførsel").click()
        expect(admin.locator(".stopped")).to_be_visible()
        page.emulate_media(media="screen")
        goto(page, url, "/hjem")
        expect(page.locator(".stopped")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.locator(".frozen")).to_contain_text("Udførsel er frosset")
        expect(page.locator("main")).to_be_hidden()
        page.emulate_media(media="screen")
        admin.get_by_role("button", name="Lad udførsel fortsætte").click()
        admin.locator("#stop-reason").fill("Efterprøvningen er slut")
        admin.locator("dialog[open]").get_by_role("button", name="Lad udførsel fortsætte").click()
        expect(admin.locator(".stopped")).to_have_count(0)
    context.close()


def test_the_button_prints_nothing_that_the_log_did_not_take(browser: Browser, url: str) -> None:
    context = quiet(browser)
    page = context.new_page()
    page.add_init_script(STUB)
    sign_in(page, url, "inspector", "oversight")
    page.route("**/prints", lambda route: route.fulfill(status=503, json={"code": "audit-unavailable", "detail": "no"}))
    page.get_by_role("button", name="Udskriv").click()
    expect(page.get_by_role("heading", name="Tjenesten kan ikke svare lige nu")).to_be_visible()
    assert page.evaluate("() => window.printed") == 0
    context.close()
