"""A planner's plan, in Danish: kept from the ten next measures, and printed with who kept it and each reason.

And what the page says while it does not know yet whether there is a coverage.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.served import sign_in, visitor
from tests.browser.test_paper import STUB

pytestmark = pytest.mark.browser


def test_a_kept_plan_is_printed_with_its_reasons(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        page.add_init_script(STUB)
        sign_in(page, url, "planner", "outreach-aggregate")
        page.get_by_role("main").get_by_role("button").first.click()
        ten = page.get_by_role("region", name="De ti næste indsatser")
        boxes = ten.get_by_role("checkbox")
        expect(boxes).to_have_count(10)
        for place in (0, 2):
            boxes.nth(place).check()
        page.get_by_label(re.compile("Titel|Navn")).fill("Efteråret 2027")
        page.get_by_role("button", name=re.compile("Gem")).click()
        plan = page.get_by_role("article", name="Efteråret 2027")
        rows = plan.locator("tbody tr")
        expect(rows).to_have_count(2)
        expect(plan).to_contain_text("planner")
        for place in range(2):
            added, reason = rows.nth(place).locator("td").nth(1), rows.nth(place).locator("td").nth(2)
            assert re.fullmatch(r"\+ [\d.]+", added.inner_text()) and len(reason.inner_text()) > 20
        plan.get_by_role("button", name="Udskriv").click()
        page.wait_for_function("() => window.printed === 1")
        page.emulate_media(media="print")
        expect(rows).to_have_count(2)
        expect(rows.first).to_be_visible()
        expect(plan.get_by_role("button", name="Udskriv")).to_be_hidden()
        expect(page.locator(".watermark p")).to_contain_text("planner · ")


def test_no_coverage_yet_is_said_only_once_it_is_known(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "planner", "outreach-aggregate")
        page.get_by_role("main").get_by_role("button").first.click()
        expect(page.locator("#next")).to_be_visible(timeout=240_000)

        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/plans", hold)
        with page.expect_response("**/findings"):
            page.reload()
        page.wait_for_timeout(500)  # the list of findings is here and drawn, the plans are not
        assert held
        expect(page.locator(".loading")).to_be_visible()
        expect(page.locator(".state .btn.main")).to_have_count(0)
        held[0].continue_()
        expect(page.locator("#next")).to_be_visible()
