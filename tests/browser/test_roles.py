"""What each role can and cannot do here, as they meet it: an analyst, planner, liaison, inspector, administrator."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.served import CASE, goto, sign_in, visitor

pytestmark = pytest.mark.browser

MASKED = "case-2026-002"
LEAD = "user-021"
GRANTS = "section[aria-labelledby=grants]"
WHY = "Metoden er under efterprøvning"


def sign_in_only(page: Page, url: str, persona: str) -> None:
    """Sign in as somebody who opens no view."""
    goto(page, url, "/log-ind")
    page.locator(".choice.role", has=page.locator(".code", has_text=re.compile(f"^{persona}$"))).click()
    page.wait_for_url(lambda at: "/log-ind" not in at)


def choose_masked(page: Page) -> str:
    """Lay the parties, choose somebody who is none, and give the pseudonym."""
    page.locator(".over .btn.main").click()
    expect(page.locator(".undrawn b")).not_to_have_text("0")
    page.get_by_role("button", name=re.compile("Tabel")).click()
    row = page.locator(".mirror tbody tr", has_text=re.compile("K-[0-9A-Z]{4}")).first
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Tilbage til netværket").click()
    expect(page.locator(".card .id")).to_contain_text("navnet er skjult")
    return page.locator(".card .id h2").inner_text()


def menu(page: Page) -> list[str]:
    return page.locator(".top nav a").all_inner_texts()


def test_an_analyst_gives_a_reason_once_for_a_case_and_shift(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        goto(page, url, f"/aabn-visning?sag={CASE}")
        expect(page.get_by_text("Du gav denne grund kl.")).to_contain_text("Gennemgang af sagen")
        expect(page.locator("#reason")).to_have_count(0)
        page.get_by_role("button", name="Fortsæt med samme grund").click()
        page.wait_for_url("**/skrivebord")
        goto(page, url, "/aabn-visning?sag=case-2026-003")  # another case has a reason of its own
        page.locator("#case").select_option("case-2026-003")
        expect(page.locator("#reason")).to_be_visible()
        page.locator("form.purpose button[type=submit]").click()
        expect(page.get_by_text("Skriv en grund. Det er nok med én sætning.")).to_be_visible()
        page.locator("#reason").fill("Sammenhold de to sager")
        page.locator("form.purpose button[type=submit]").click()
        page.wait_for_url("**/skrivebord")
        goto(page, url, "/hjem")
        page.get_by_role("button", name=f"Fortsæt {CASE}").click()  # one click
        expect(page.locator(".viewbar")).to_contain_text(CASE)


def test_an_analyst_is_told_why_and_why_not(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        assert menu(page) == ["Hjem", "Skrivebord", "Fund", "Planen"]
        page.locator(".over .btn.main").click()
        page.locator(".claims").get_by_role("button", name=re.compile("^hvorfor")).first.click()
        dialog = page.locator("dialog[open]")
        expect(dialog).to_contain_text("Læse: ja, for rollen Analytiker må; oplysningen må bruges til Efterforskning")
        dialog.get_by_role("button", name="Sende til en partner").click()
        expect(dialog).to_contain_text("Sende til en partner: nej. Formålet bærer ikke denne handling.")
        dialog.get_by_role("button", name="Luk").click()
        told = []
        for words in ("Ingen Sådan Person", "Hemmelig Hansen"):
            page.locator("#desk-search").fill(words)
            page.locator("#desk-search").press("Enter")
            page.locator(".facets details.whynot summary").click()
            expect(page.locator(".facets details.whynot")).to_contain_text(f"Din visning viser sag {CASE}")
            told.append(page.locator(".facets details.whynot").inner_text())
            goto(page, url, "/skrivebord")
        assert told[0] == told[1]


def test_a_name_is_seen_by_who_asked_after_a_second_person_said_yes(browser: Browser, url: str) -> None:
    with visitor(browser, url) as analyst, visitor(browser, url) as lead:
        sign_in(analyst, url, "analyst", "investigate", case=MASKED)
        pseudonym = choose_masked(analyst)
        analyst.get_by_role("button", name="Søg afmaskering").click()
        analyst.get_by_role("button", name="Send anmodningen").click()
        expect(analyst.get_by_text("Skriv en grund på mindst 10 tegn.")).to_be_visible()
        analyst.locator("#unmask-reason").fill("Skal kunne genkendes ved anholdelsen i morgen")
        analyst.get_by_role("button", name="Send anmodningen").click()
        expect(analyst.get_by_text("Anmodningen er sendt").first).to_be_visible()
        goto(analyst, url, "/beskeder")
        expect(analyst.locator(GRANTS)).to_contain_text("venter på afgørelse")
        expect(analyst.get_by_role("button", name="Godkend", exact=True)).to_have_count(0)

        sign_in(lead, url, LEAD, "investigate", case=MASKED)
        goto(lead, url, "/beskeder")
        expect(lead.locator("section[aria-labelledby=notices]")).to_contain_text("analyst søger afmaskering i")
        lead.get_by_role("button", name="Godkend", exact=True).click()
        expect(lead.locator(GRANTS)).to_contain_text("gælder nu")

        goto(analyst, url, f"/skrivebord?e={pseudonym}")
        expect(analyst.locator(".card .id")).to_contain_text("Afmaskeret for dig")
        assert analyst.locator(".card .id h2").inner_text() != pseudonym
        goto(lead, url, f"/skrivebord?e={pseudonym}")
        expect(lead.locator(".card .id")).to_contain_text("navnet er skjult")  # nobody else sees it
        goto(analyst, url, "/beskeder")
        analyst.locator(f"{GRANTS} textarea").fill("Anholdelsen er gennemført")
        analyst.get_by_role("button", name="Træk tilbage").click()
        expect(analyst.locator(GRANTS)).to_contain_text("trukket tilbage")
        goto(analyst, url, f"/skrivebord?e={pseudonym}")
        expect(analyst.locator(".card .id")).to_contain_text("navnet er skjult")


def quiet(browser: Browser) -> BrowserContext:
    """A visitor whose refusals go to the console, as a browser writes them there."""
    return browser.new_context(locale="da-DK", viewport={"width": 1440, "height": 900})


def test_a_planner_sees_figures_and_no_claims(browser: Browser, url: str) -> None:
    context = quiet(browser)
    page = context.new_page()
    sign_in(page, url, "planner", "outreach-aggregate")
    assert menu(page) == ["Hjem", "Dækning", "Planen"]
    expect(page.locator(".viewbar")).to_contain_text("Kun tal, ingen personer")
    for address, whose in (("/skrivebord", "Analytiker"), ("/tilsyn", "Tilsyn"), ("/drift", "Administrator")):
        goto(page, url, address)  # no link leads there
        refused = page.get_by_role("main")
        expect(refused.get_by_role("heading", name="Din rolle rækker ikke til dette")).to_be_visible()
        expect(refused).to_contain_text(f"Siden er for {whose}")
        expect(refused).to_contain_text("Din rolle er Indsatsplanlægger. Bed en kollega, hvis rolle rækker")
        expect(refused.get_by_role("button")).to_have_count(0)  # nothing that would be refused
    page.get_by_role("link", name="Gå til din side").click()
    page.wait_for_url("**/hjem")
    context.close()


def test_exports_are_frozen_for_a_liaison_when_somebody_presses(browser: Browser, url: str) -> None:
    with visitor(browser, url) as admin:
        sign_in_only(admin, url, "admin")
        expect(admin.get_by_role("heading", name="Drift af tjenesten")).to_be_visible()
        assert menu(admin) == ["Drift", "Planen"]
        goto(admin, url, "/aabn-visning")  # there is none to open
        admin.wait_for_url("**/drift")
        expect(admin.get_by_text("Åbne en visning, søge eller læse i nogen sag.")).to_be_visible()
        admin.get_by_role("button", name="Frys udførsel").click()
        admin.locator("#stop-reason").fill(WHY)
        admin.locator("dialog[open]").get_by_role("button", name="Frys udførsel").click()
        expect(admin.locator(".stopped")).to_contain_text("Udførsel er frosset. admin trykkede")
        expect(admin.locator(".stopped")).to_contain_text(WHY)
    context = quiet(browser)
    page = context.new_page()
    sign_in(page, url, "liaison", "exchange", case=CASE)
    assert menu(page) == ["Hjem", "Skrivebord", "Udveksling", "Planen"]
    expect(page.locator(".stopped")).to_contain_text(WHY)
    page.get_by_role("button", name=re.compile("^Besvar")).first.click()
    page.locator(".relfilter button").click()
    above = page.locator("tbody tr", has=page.locator("[data-level='2']"))
    for i in range(above.count()):
        box = above.nth(i).get_by_role("checkbox")
        if box.count() and box.is_checked():
            box.uncheck()
    page.get_by_role("button", name=re.compile("^Underskriv")).click()
    expect(page.get_by_role("heading", name="Udførsel er frosset")).to_be_visible()
    expect(page.locator(".state", has_text="Udførsel er frosset")).to_contain_text("lader det fortsætte")
    context.close()
    with visitor(browser, url) as custodian:
        sign_in(custodian, url, "custodian", "oversight")
        goto(custodian, url, "/drift")
        custodian.get_by_role("button", name="Lad udførsel fortsætte").click()
        custodian.locator("#stop-reason").fill("Efterprøvningen er slut")
        custodian.locator("dialog[open]").get_by_role("button", name="Lad udførsel fortsætte").click()
        expect(custodian.locator(".stopped")).to_have_count(0)


def test_an_inspector_reads_the_log_and_no_case(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        page.locator("#desk-search").fill("Ingen Sådan Person")
        page.locator("#desk-search").press("Enter")
        expect(page.get_by_role("region", name="Fundet")).to_be_visible()
    with visitor(browser, url) as page:
        sign_in(page, url, "inspector", "oversight")
        page.wait_for_url("**/tilsyn")
        assert menu(page) == ["Hjem", "Tilsyn", "Nødadgang", "Planen"]
        purposes = page.get_by_role("region", name="Figur: søgninger efter formål")
        expect(purposes).to_contain_text("Efterforskning")
        page.get_by_role("button", name="Efterprøv", exact=True).click()
        expect(page.locator("section[aria-labelledby=chain] .st")).to_contain_text("hel")
        page.get_by_label("Antal").fill("200")  # all of them
        page.get_by_role("button", name="Træk lod").click()
        page.get_by_role("button", name=re.compile("^Gennemgå")).first.click()
        page.get_by_label("Bemærkning").fill("Set sammen med sagslederen")
        page.get_by_role("button", name="I orden", exact=True).click()
        expect(page.locator(".sampled")).to_contain_text("Set sammen med sagslederen")
        drawn = page.locator(".sampled li", has_text="Åbnede en visning").first
        number = drawn.get_by_role("button", name=re.compile("Gennemgå")).inner_text().split()[-1]
        page.get_by_label("Handlingens nummer").fill(number)
        page.get_by_role("button", name="Genspil", exact=True).first.click()
        expect(page.locator(".replay")).to_contain_text("Genspillet: samme svar")


def test_a_coordinator_brings_two_leads_together_and_sees_no_case(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in_only(page, url, "coordinator")
        page.wait_for_url("**/beskeder")
        assert menu(page) == ["Planen"]
        overlaps = page.locator("section[aria-labelledby=overlaps]")
        first = overlaps.locator("li").first
        expect(first).to_contain_text("lederne ved det ikke endnu")
        first.locator("textarea").fill("To sager i to kredse rører hinanden")
        first.get_by_role("button", name="Bed lederne tale sammen").click()
        expect(overlaps.get_by_text("lederne fik besked").first).to_be_visible()
        cases = overlaps.locator("li", has_text="lederne fik besked").first.locator("b.code").inner_text()
    with visitor(browser, url) as page:
        sign_in(page, url, "inspector", "oversight")
        why = page.locator("section[aria-labelledby=overlaps]")
        why.get_by_role("button", name="Se, hvilke sager der overlapper").click()
        line = why.locator("li", has=page.locator("b.code", has_text=cases))
        expect(line).to_contain_text("lederne fik besked")
        line.get_by_role("button", name="Hvorfor overlapper de").click()
        expect(line).to_contain_text(re.compile("samme (nummer|entitet)"))
        expect(line).to_contain_text("To sager i to kredse rører hinanden")


def test_a_question_about_a_number_is_answered_by_a_person(browser: Browser, url: str) -> None:
    with visitor(browser, url) as liaison, visitor(browser, url) as coordinator:
        sign_in(liaison, url, "liaison", "exchange", case=CASE)
        goto(liaison, url, "/beskeder")
        asked = liaison.locator("section[aria-labelledby=questions]")
        asked.locator("#identifier").fill("+45 20 30 40 50")
        asked.locator("#question-reason").fill("Nummeret fra dagens afhøring")
        asked.get_by_role("button", name="Spørg", exact=True).click()
        expect(asked.locator("li")).to_contain_text("venter på svar")
        expect(asked.locator("li")).to_contain_text("svaret kan tidligst læses")

        sign_in_only(coordinator, url, "coordinator")
        waiting = coordinator.locator("section[aria-labelledby=questions] li")
        expect(waiting).to_contain_text("Nummeret fra dagens afhøring")
        expect(waiting).to_contain_text("International udveksling")
        expect(waiting).to_contain_text("svar senest")
        expect(waiting).not_to_contain_text("20 30 40 50")
        waiting.get_by_role("button", name="ikke kendt", exact=True).click()
        expect(waiting).to_have_count(0)
        goto(liaison, url, "/beskeder")  # the answer is told a whole day after asking, whatever it is
        expect(asked.locator("li")).to_contain_text("venter på svar")


def test_a_wrong_number_and_a_restricted_entity_are_said_in_danish(browser: Browser, url: str) -> None:
    context = quiet(browser)
    page = context.new_page()
    sign_in(page, url, "analyst", "investigate", case=CASE)
    page.locator(".over .btn.main").click()
    card = page.locator(".card")
    card.get_by_role("button", name="Ved en anden sag mere?").click()
    expect(card.locator(".elsewhere")).to_contain_text("Intet, der må siges. Det betyder ikke, at der ikke er mere.")
    card.get_by_role("link", name="Er nummeret kendt andre steder?").click()
    page.wait_for_url("**/beskeder#questions")
    page.locator("#identifier").fill("Hansen")
    page.locator("#question-reason").fill("Nummeret fra dagens afhøring")
    page.get_by_role("button", name="Spørg", exact=True).click()
    expect(page.get_by_role("heading", name="Det er ikke et helt nummer")).to_be_visible()
    expect(page.get_by_text("Names are not asked for here")).not_to_be_visible()  # folded away
    context.close()


def test_signs_in_the_log_are_said_in_danish(browser: Browser, url: str) -> None:
    context = quiet(browser)
    page = context.new_page()
    sign_in(page, url, "planner", "outreach-aggregate")
    page.evaluate(
        """async () => {
            const view = sessionStorage.getItem('krydsfelt.view');
            for (let i = 0; i < 13; i++) await fetch(`/api/v1/views/${view}/search?q=Hansen`);
        }"""
    )
    context.close()
    with visitor(browser, url) as inspector:
        sign_in(inspector, url, "inspector", "oversight")
        inspector.get_by_role("button", name="Se efter tegn").click()
        signs = inspector.locator("section[aria-labelledby=alerts]")
        expect(signs).to_contain_text(re.compile(r"planner fik \d+ afslag den .*: Din rolle rækker ikke til dette \("))
        expect(signs).not_to_contain_text("was refused")
