"""Emergency access in the pages, in Danish: asked, approved, loud while open, reviewed by a third person."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.served import goto, sign_in, visitor

pytestmark = pytest.mark.browser

OTHERS = "case-2026-004"
REASON = "En trussel mod en, som sagen nævner, i aften"


def test_two_people_open_a_case_and_a_third_reviews_it(browser: Browser, url: str) -> None:
    with (
        visitor(browser, url) as analyst,
        visitor(browser, url) as custodian,
        visitor(browser, url) as inspector,
    ):
        sign_in(analyst, url, "analyst", "prevent")
        goto(analyst, url, "/aabn-visning")
        analyst.locator("input[name=purpose][value=investigate]").check()
        analyst.get_by_role("link", name="Bed om nødadgang").click()
        expect(analyst.locator("section[aria-labelledby=glass-waiting] li")).to_have_count(0)
        analyst.get_by_role("button", name="Bed om nødadgang").click()
        expect(analyst.get_by_text("Skriv sagens nummer.")).to_be_visible()
        analyst.locator("#glass-case").fill(OTHERS)
        analyst.locator("#glass-reason").fill("Det haster")
        analyst.locator("#glass-reason").press("Tab")
        analyst.keyboard.press("Enter")
        expect(analyst.get_by_text("Skriv mindst 20 tegn.")).to_be_visible()
        expect(analyst.locator("#glass-reason")).to_be_focused()
        analyst.locator("#glass-reason").fill(REASON)
        analyst.get_by_role("button", name="Bed om nødadgang").click()
        waiting = analyst.locator("section[aria-labelledby=glass-waiting]")
        expect(waiting).to_contain_text(REASON)
        expect(waiting.get_by_role("button", name="Godkend")).to_have_count(0)

        sign_in(custodian, url, "custodian", "oversight")
        goto(custodian, url, "/beskeder")
        expect(custodian.locator("section[aria-labelledby=notices]")).to_contain_text(
            f"analyst beder om nødadgang til {OTHERS}"
        )
        custodian.get_by_role("link", name="Se nødadgange").click()
        custodian.get_by_role("button", name="Godkend i fire timer").click()
        expect(custodian.locator("section[aria-labelledby=glass-open]")).to_contain_text("åben til kl.")

        goto(analyst, url, "/noedadgang")
        analyst.get_by_role("link", name="Åbn en visning af sagen").click()
        expect(analyst.locator("#case option:checked")).to_contain_text("nødadgang til kl.")
        analyst.locator("#reason").fill(REASON)
        analyst.locator("form.purpose button[type=submit]").click()
        band = analyst.locator(".glassband")
        expect(band).to_contain_text(f"Du læser i sag {OTHERS}, som du ikke er med på. Godkendt af custodian.")
        analyst.get_by_role("button", name="Slut nødadgangen").click()
        expect(analyst.locator("section[aria-labelledby=glass-toreview]")).to_contain_text("gennemgås senest")
        expect(band).to_have_count(0)
        expect(analyst.locator(".viewbar")).to_have_count(0)

        goto(custodian, url, "/noedadgang")
        expect(custodian.get_by_role("button", name="I orden")).to_have_count(0)  # who approved it
        sign_in(inspector, url, "inspector", "oversight")
        inspector.get_by_role("link", name="Nødadgang", exact=True).click()
        review = inspector.locator("section[aria-labelledby=glass-toreview]")
        review.get_by_role("button", name="Ikke i orden", exact=True).click()
        expect(review.get_by_text("Skriv en grund på mindst 10 tegn.")).to_be_visible()
        review.locator("textarea").fill("Sagslederen kunne nås og blev ikke spurgt")
        review.get_by_role("button", name="Ikke i orden", exact=True).click()
        expect(inspector.locator("section[aria-labelledby=glass-past]")).to_contain_text(
            "gennemgået af inspector: ikke i orden"
        )
        goto(analyst, url, "/beskeder")
        expect(analyst.locator("section[aria-labelledby=notices]")).to_contain_text("ikke i orden")
