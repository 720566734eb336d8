"""What single pages promise: keys that can be turned off, names in the language of the page, letters of other alphabets
in the page's own type, a legend that covers nothing, and one page for all that may not be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import CASE, Demo, copy_of, goto, serving, sign_in, visitor
from tests.homes import alter

pytestmark = pytest.mark.browser

LABELS = "chart.cy.nodes().map((n) => n.data('label')).sort()"
OTHER_LETTERS = """[...document.fonts].filter((f) => f.unicodeRange !== 'U+0-10FFFF' && f.status === 'loaded').length"""


def lay_parties(page: Page, url: str) -> None:
    """Open the case and lay its parties on the sheet."""
    sign_in(page, url, "analyst", "investigate", case=CASE)
    page.locator(".over .btn.main").click()
    expect(page.locator(".legend")).to_be_visible()


def test_single_keys_can_be_turned_off_and_stay_off(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        lay_parties(page, url)
        legend = page.locator(".legend")
        page.locator(".card").click(position={"x": 5, "y": 5})
        page.keyboard.press("g")
        expect(legend).to_have_count(0)
        page.keyboard.press("g")
        expect(legend).to_be_visible()
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Tastatur")
        expect(dialog).to_be_visible()
        dialog.get_by_role("switch", name="Enkelte taster er slået til").uncheck()
        dialog.get_by_role("button", name="Luk").click()

        for key in ("g", "t", "?", "/"):
            page.keyboard.press(key)
        expect(legend).to_be_visible()
        expect(page.locator(".mirror")).to_have_count(0)
        expect(dialog).to_be_hidden()
        assert page.evaluate("document.activeElement?.id") != "q"
        page.locator(".net").focus()
        page.keyboard.press("g")
        expect(legend).to_be_visible()
        page.keyboard.press("ArrowRight")  # what is no single letter still works
        assert page.evaluate("chart.at() !== undefined")

        goto(page, url, "/skrivebord")
        page.locator("#hjaelp").click()
        expect(dialog.get_by_role("switch")).not_to_be_checked()


def test_a_change_of_language_renames_the_chart_at_once(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        lay_parties(page, url)
        danish = page.evaluate(LABELS)
        assert any(name.startswith("Møde ") for name in danish)
        page.locator(".top .lang").click()
        expect(page.locator("html[lang=en]")).to_be_attached()
        expect(page.get_by_role("button", name="Expand", exact=True)).to_be_visible()
        english = page.evaluate(LABELS)
        assert any(name.startswith("Meeting ") for name in english)
        assert len(english) == len(danish) and not any(name.startswith("Møde ") for name in english)


def test_the_legend_and_the_sheet_share_no_place(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        lay_parties(page, url)
        sheet, legend = page.locator(".net").bounding_box(), page.locator(".legend").bounding_box()
        assert sheet and legend
        assert sheet["y"] + sheet["height"] <= legend["y"] + 1


def test_letters_of_other_languages_come_in_the_pages_type_when_needed(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        goto(page, url, "/log-ind")
        page.evaluate("document.fonts.ready.then(() => 0)")
        assert page.evaluate(OTHER_LETTERS) == 0
        page.evaluate("document.fonts.load('16px \"IBM Plex Sans\"', 'Yıldıran, Łucja, Őze, Şahin').then(() => 0)")
        assert page.evaluate(OTHER_LETTERS) == 1


# -- one page for what may not be seen and what never was ----------------------------------------------------------


@pytest.fixture(scope="module")
def lowered(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose user-014, member of the case, is cleared for nothing that is marked."""
    home = tmp_path_factory.mktemp("lowered") / "home"
    copy_of(demo.home, home)
    alter(home, "user", "user-014", clearance=0)
    with serving(home) as address:
        yield address


def told(page: Page, *asked: str) -> str:
    """All that a page says, to the eye and to the ear, without what was asked for."""
    text = page.locator("main").inner_text() + page.locator("footer").inner_text() + page.title()
    for words in asked:
        text = text.replace(words, "…")
    return re.sub(r"\d+ (t\.|min\.)|kl\. \d+\.\d+", "", text)


def searched(page: Page, url: str, name: str) -> str:
    goto(page, url, "/skrivebord")
    page.locator("#desk-search").fill(name)
    page.locator("#desk-search").press("Enter")
    expect(page.get_by_role("region", name="Fundet")).to_be_visible()
    return told(page, name)


def carded(page: Page, url: str, ref: str) -> str:
    goto(page, url, f"/skrivebord?e={ref}")
    expect(page.locator(".deskproblem")).to_be_visible()
    return told(page, ref)


@pytest.mark.parametrize(
    ("reader", "purpose", "case"),
    [("user-014", "investigate", CASE), ("user-021", "prevent", None), ("analyst", "investigate", "case-2026-003")],
    ids=["too low a clearance", "not of the case, no case", "not of the case, another case"],
)
def test_what_may_not_be_seen_is_the_page_of_what_never_was(
    browser: Browser, lowered: str, reader: str, purpose: str, case: str | None
) -> None:
    with visitor(browser, lowered) as page:
        sign_in(page, lowered, reader, purpose, case=case)
        hidden = searched(page, lowered, "Notat 7, 12. juli 2026")
        expect(page.get_by_role("button", name="Notat 7, 12. juli 2026", exact=True)).to_have_count(0)
        assert hidden == searched(page, lowered, "Notat 7, 12. juli 2096")
    # a card that is not there is an answer of 404, which a browser writes to its console
    context = browser.new_context(locale="da-DK", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, lowered, reader, purpose, case=case)
    hidden = carded(page, lowered, "document:0007")
    assert "Det betyder ikke, at" in hidden and hidden == carded(page, lowered, "document:9907")
    context.close()


def test_the_same_words_find_it_where_it_may_be_seen(browser: Browser, lowered: str) -> None:
    with visitor(browser, lowered) as page:
        sign_in(page, lowered, "analyst", "investigate", case=CASE)
        searched(page, lowered, "Notat 7, 12. juli 2026")
        expect(page.get_by_role("button", name="Notat 7, 12. juli 2026")).to_be_visible()
