"""Signing in with an account in a real browser: wrong, one-time, and with the password that was chosen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.served import PATIENCE, Trouble, goto, run, serving, visitor

pytestmark = pytest.mark.browser
CHOSEN = "syv blå sejl i vinden"


def send(page: Page, password: str, code: int) -> None:
    """Send the form, and see what it is answered."""
    page.locator("#password").fill(password)
    with page.expect_response(re.compile("/session/password$")) as told:
        page.locator("form button[type=submit]").click()
    assert told.value.status == code


def walk(browser: Browser, home: Path, language: str, given: str) -> None:
    """Sign in as a person does who was given a one-time password."""
    with serving(home) as url, visitor(browser, url, language=language) as page:
        goto(page, url, "/log-ind")
        assert page.locator(".choice.role").count() == 0, "no personas where people have accounts"
        page.locator("#user").fill("ida.lind")
        send(page, "wrong", 401)
        send(page, given, 403)
        page.locator("#fresh").fill(CHOSEN)
        send(page, given, 200)
        page.wait_for_url(re.compile("/aabn-visning"), timeout=PATIENCE)
        page.wait_for_selector("html[data-ready]", timeout=PATIENCE)


@pytest.mark.parametrize("language", ["da", "en"])
def test_somebody_signs_in_with_a_one_time_password(browser: Browser, tmp_path: Path, language: str) -> None:
    home = tmp_path / "home"
    run("init", "--home", str(home))
    rights = ("--role", "analyst", "--purpose", "prevent")
    said = run("account", "add", "ida.lind", *rights, "--one-time", "--home", str(home), "--json")
    given = json.loads(said)["one_time_password"]
    with pytest.raises(Trouble) as told:
        walk(browser, home, language, given)
    # the browser's own console tells of the two refusals, and of nothing else
    lines = str(told.value).splitlines()
    assert [code for line in lines for code in ("401", "403") if code in line] == ["401", "403"], lines
    listed = json.loads(run("account", "list", "--home", str(home), "--json"))
    assert listed["accounts"][0]["one_time_until"] is None
