"""The ten-minute walk of docs/demo.md, performed in Danish; the numbers of the steps are the page's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from graph.home import Home
from ingest.exchange import frame, stix
from ingest.exchange import package as packages
from tests.browser.served import CASE, PARTNER, Demo, goto, picture, run, sign_in, visitor

pytestmark = pytest.mark.browser


def find(page: Page, name: str) -> None:
    page.locator("#desk-search").fill(name)
    page.locator("#desk-search").press("Enter")
    page.get_by_role("button", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_the_analyst_walks_from_a_name_to_a_finding(browser: Browser, url: str, demo: Demo) -> None:
    first, second = demo.path_ends()
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)  # 1
        expect(page.get_by_text("Arket er tomt")).to_be_visible()

        find(page, first)  # 2: from a name to its sources
        page.get_by_role("tab", name=re.compile("Kilder")).click()
        expect(page.get_by_role("tabpanel").get_by_text("Kriminalregister").first).to_be_visible()
        page.get_by_role("tab", name=re.compile("Oplysninger")).click()
        conflict = page.get_by_label("Uenighed mellem kilder").first  # 3: a conflict between two sources
        expect(conflict).to_be_visible()
        assert conflict.locator(".sides > div").count() >= 2
        conflict.get_by_role("button", name=re.compile("som modtaget")).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")

        find(page, second)  # 4: the path between two people, with its weakest link
        page.get_by_role("button", name=re.compile("Tabel")).click()
        for name in (first, second):
            page.get_by_role("checkbox", name=f"Vælg {name}", exact=True).set_checked(True)
        page.get_by_role("button", name="Tilbage til netværket").click()
        page.get_by_role("button", name="Vej", exact=True).click()
        path = page.locator(".pathbox")
        expect(path.get_by_text("svageste led")).to_be_visible()
        expect(path.locator(".tag.warn").first).to_have_text("svagest")
        path.get_by_role("button", name="I tidens orden").click()
        expect(path.get_by_role("heading", name=re.compile("^Vej i tid"))).to_be_visible()
        expect(path.get_by_role("button", name="I tidens orden", pressed=True)).to_be_visible()
        expect(path.locator("li").nth(3)).to_be_visible()  # longer than the shortest of 3, which is no path in time
        expect(path.get_by_text("svageste led")).to_be_visible()

        goto(page, url, "/fund")  # 5: the finding with its innocent explanations
        page.get_by_role("button", name="Find brosteder").click()
        page.wait_for_url(re.compile("/fund/"), timeout=180_000)
        expect(page.get_by_role("heading", name="Uskyldige forklaringer")).to_be_visible()
        expect(page.locator("main")).to_contain_text("gange så ofte")


def test_the_planner_keeps_a_plan_of_the_next_measures(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "planner", "outreach-aggregate")  # 6: the ten next measures
        page.get_by_role("main").get_by_role("button").first.click()
        expect(page.get_by_role("heading", name="De ti næste indsatser")).to_be_visible(timeout=180_000)
        measures = page.get_by_role("region", name="De ti næste indsatser").get_by_role("checkbox")
        assert measures.count() == 10
        for i in range(3):
            measures.nth(i).check()
        page.get_by_label(re.compile("Titel|Navn")).fill("Foråret 2027")
        page.get_by_role("button", name=re.compile("Gem")).click()
        expect(page.get_by_text("Foråret 2027").first).to_be_visible()


def test_the_liaison_sends_a_package_that_the_partner_verifies(
    browser: Browser, url: str, demo: Demo, tmp_path: Path
) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "liaison", "exchange", case=CASE)  # 7: the package, sent and verified
        page.get_by_role("button", name=re.compile("^Besvar")).first.click()
        asked = page.locator("section[aria-labelledby=requests] tr.sel th").inner_text().strip()
        page.get_by_role("button", name=re.compile("der må sendes")).click()
        above = page.locator("tbody tr", has=page.locator(".mk-2, .mark-2, [data-level='2']"))
        for i in range(above.count()):
            box = above.nth(i).get_by_role("checkbox")
            if box.count() and box.is_checked():
                box.uncheck()
        with page.expect_download() as download:
            page.get_by_role("button", name="Underskriv, krypter og hent").click()
        file = tmp_path / "p.kxp"
        download.value.save_as(file)
        expect(page.locator("#register")).to_be_visible()
        expect(page.locator(".paper.manifest")).to_contain_text(f"Svar på anmodning {asked}.")
        page.locator("#package-file").set_input_files(file)
        expect(page.get_by_role("heading", name="Pakken er hel")).to_be_visible()

    partner = tmp_path / "partner"
    run("init", "--home", str(partner), "--partner", str(demo.world / "partners" / PARTNER))
    assert "inner signature and digest fit" in run("verify", str(file), "--home", str(partner))
    run("import", str(file), "--home", str(partner))


def received(demo: Demo, folder: Path) -> Path:
    """A package that a partner, whose key the demo knows, made for it: one claim as a fact, one as an assessment."""
    home, made = Home.open(demo.home), datetime.now(UTC).replace(microsecond=0)
    sender = Home.init(folder / "sender", partner=demo.world / "partners" / PARTNER)
    us = packages.Partner(home.party, "Home", home.org, home.sign_public, home.age_recipient)
    people = [stix.Node("identity--1", "Person", "Ada Prøve"), stix.Node("identity--2", "Person", "Bo Prøve")]
    fact = stix.Said(
        "note--1", "identity--1", "name", None, "Ada Prøve", None, "2020", "4x4:B2", "fact", "a", "H1", 1, None, "s-1"
    )
    guess = replace(fact, id="note--2", subject="identity--2", value="Bo Prøve", assertion="assessment", level=0)
    bundle = stix.to_bundle(sender.party, "p", made, people, [fact, guess], b"k" * 32)
    manifest = {"band": 1, "case": "x", "claims": 2, "handling": ["H1"], "kind": "synthetic", "purpose": "exchange"}
    file = folder / "received.kxp"
    file.write_bytes(
        packages.make(
            sender,
            us,
            {**manifest, "request": None},
            frame.canonical(bundle),
            package="kxp-1",
            made=made,
            expires=made + timedelta(days=9),
        )
    )
    return file


@pytest.mark.parametrize(("language", "scheme"), [("da", "light"), ("en", "dark")])
def test_the_liaison_reads_a_package_before_it_is_taken_in(
    browser: Browser, url: str, demo: Demo, tmp_path: Path, language: str, scheme: str
) -> None:
    words = {
        "da": ("Det siger pakken", "Fakta", "Vurdering"),
        "en": ("What the package says", "Fact", "Assessment"),
    }[language]
    file = received(demo, tmp_path)
    with visitor(browser, url, language=language, scheme=scheme) as page:
        sign_in(page, url, "liaison", "exchange", case=CASE)
        goto(page, url, "/udveksling")
        page.locator("#package-file").set_input_files(file)
        table = page.get_by_role("region", name=words[0])
        expect(table.locator("tbody tr")).to_have_count(2)
        ada, bo = table.locator("tr", has_text="Ada Prøve"), table.locator("tr", has_text="Bo Prøve")
        for row, assertion, grade in ((ada, words[1], "B2"), (bo, words[2], "B2")):
            for said in (assertion, grade, "H1", "2020"):
                expect(row).to_contain_text(said)
        expect(ada.locator("[data-level='1']")).to_be_visible()
        expect(page.locator("section[aria-labelledby=verify]")).to_contain_text("krydsfelt import received.kxp")
        picture(page, f"pakke-{language}-{scheme}", whole=True)
