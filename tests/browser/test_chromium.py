"""The browser itself: it starts, draws a page and judges it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium

pytestmark = pytest.mark.browser


def test_it_draws_a_page(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 200, "height": 100})
    page.goto("data:text/html,<title>one</title><body style='margin:0;background:%23123456'><canvas id=c></canvas>")
    assert page.title() == "one"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 52, 86)"
    assert page.screenshot().startswith(b"\x89PNG")
    page.close()


def test_axe_finds_what_is_wrong_and_only_that(browser: Browser, axe_source: str) -> None:
    page = browser.new_page()

    def faults(html: str) -> list[str]:
        page.set_content(html)
        page.evaluate(axe_source + ";0")
        return [fault["id"] for fault in page.evaluate("axe.run()")["violations"]]

    good = "<!doctype html><html lang=en><title>t</title><main><h1>A</h1><img alt='a dot' src='data:,'></main>"
    assert faults(good) == []
    assert faults(good.replace("alt='a dot' ", "")) == ["image-alt"]
    page.close()


def test_another_browser_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "chrome"
    monkeypatch.setenv("KRYDSFELT_CHROMIUM", str(mine))
    with pytest.raises(RuntimeError, match="is not a file"):
        chromium.executable()
    mine.touch()
    assert chromium.executable() == mine
