"""Rights that lapse, in the pages and in Danish: confirmed or let lapse with one click, taken back with another."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.served import goto, sign_in, visitor
from tests.browser.test_roles import sign_in_only

pytestmark = pytest.mark.browser


def test_an_administrator_confirms_lets_lapse_and_takes_it_back(browser: Browser, url: str) -> None:
    with visitor(browser, url) as admin, visitor(browser, url) as analyst, visitor(browser, url) as inspector:
        sign_in_only(admin, url, "admin")
        table = admin.locator("table.rights")
        line = table.locator("tr", has=admin.locator("th", has_text=re.compile("^analyst$")))
        mine = table.locator("tr", has=admin.locator("th", has_text=re.compile("^admin$")))
        expect(mine).to_contain_text("Dine egne bekræfter en anden.")
        expect(mine.get_by_role("button")).to_have_count(0)
        expect(line).to_contain_text("ingen endnu")
        line.get_by_role("button", name="Bekræft analyst").click()
        expect(line).to_contain_text("gælder")
        expect(line.locator("td").nth(2)).to_have_text("admin")
        line.get_by_role("button", name="Fortryd analyst").focus()
        admin.keyboard.press("Enter")
        expect(line).to_contain_text("ingen endnu")
        line.get_by_role("button", name="Lad udløbe analyst").click()
        expect(line).to_contain_text("fornys ikke, siger admin")

        sign_in(analyst, url, "analyst", "prevent")
        goto(analyst, url, "/beskeder")
        expect(analyst.locator("section[aria-labelledby=notices]")).to_contain_text(
            "admin lader dine rettigheder udløbe efter"
        )
        expect(analyst.locator("section[aria-labelledby=mine]")).to_contain_text("De gælder til og med")

        sign_in(inspector, url, "inspector", "oversight")
        seen = inspector.locator("section[aria-labelledby=rights]")
        expect(seen).to_contain_text("fornys ikke, siger admin")
        expect(seen.get_by_role("button")).to_have_count(0)
        line.get_by_role("button", name="Fortryd analyst").click()
        expect(line).to_contain_text("ingen endnu")
