"""The demo, served by the real command to a real browser."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

PICTURES = os.environ.get("KRYDSFELT_PICTURES")
AXE = """axe.run({resultTypes: ['violations']})
    .then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))]))"""
ENTRY = Path(sys.executable).with_name("krydsfelt")
CASE = "case-2026-001"
PARTNER = "partner-01"
SEED = 7

PATIENCE = 240_000  # milliseconds: a busy machine is no fault of the page
expect.set_options(timeout=PATIENCE / 4)


@dataclass(frozen=True, slots=True)
class Demo:
    """A made demo: the world's folder and the home that holds it."""

    world: Path
    home: Path

    def path_ends(self) -> tuple[str, str]:
        """The names of the two parties that the world's README says to find a path between."""
        text = (self.world / "README.md").read_text(encoding="utf-8")
        found = re.search(r"find a path between: `\S+` (.+?) and `\S+` (.+?);", text)
        assert found
        return found[1], found[2]

    def bridges(self) -> list[str]:
        """The delivered ids of the planted bridge settings."""
        truth = json.loads((self.world / "truth.json").read_text(encoding="utf-8"))
        return [b["setting"] for b in truth["bridge_settings"]]


def make_demo(folder: Path) -> Demo:
    """Make and load the demo's world by the real commands, once for all workers of a run."""
    demo = Demo(folder / f"world-S-{SEED}", folder / "home")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            run("scenario", "make", "--size", "S", "--seed", str(SEED), "--out", str(demo.world))
            run("init", "--home", str(demo.home), "--personas")
            run("load", str(demo.world), "--home", str(demo.home))
            (folder / "done").touch()
    return demo


def run(*words: str) -> str:
    """Run a command of the product; its output, or its error as the failure."""
    done = subprocess.run([ENTRY, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(home: Path, engine: str = "embedded") -> Iterator[str]:
    """Serve a home on a free port and give its address."""
    process = subprocess.Popen(
        [ENTRY, "serve", "--home", str(home), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"KRYDSFELT_GRAPH": engine},
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, f"the server said {said!r}"
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def copy_of(home: Path, to: Path) -> Path:
    """Copy a home without the sockets of what still writes its audit."""
    shutil.copytree(home, to, ignore=shutil.ignore_patterns("*.sock"))
    return to


class Trouble(AssertionError):
    """The page said or asked for something that it should not."""


@contextmanager
def visitor(
    browser: Browser,
    url: str,
    *,
    language: str = "da",
    scheme: str = "light",
    width: int = 1440,
    height: int = 900,
    bypass_csp: bool = False,
) -> Iterator[Page]:
    """Give a page of a new visitor; on leaving, anything the console said or that went outside is an error."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": height},
        locale="da-DK" if language == "da" else "en-GB",
        color_scheme="dark" if scheme == "dark" else "light",
        accept_downloads=True,
        bypass_csp=bypass_csp,  # only to let axe-core's script in
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    trouble: list[str] = []
    page.on("console", lambda m: trouble.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: trouble.append(f"script: {e}"))
    page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else trouble.append(f"out: {r.url}"))
    page.add_init_script(
        f"if (!localStorage.getItem('krydsfelt.lang')) localStorage.setItem('krydsfelt.lang', '{language}')"
    )
    yield page
    context.close()
    if trouble:
        raise Trouble("\n".join(trouble))


def goto(page: Page, url: str, path: str) -> None:
    """Open an address and wait until the page has its data."""
    page.goto(url + path)
    page.wait_for_selector("html[data-ready]", timeout=PATIENCE)


def axe_finds(page: Page, axe: str) -> list[str]:
    """Judge a page as it stands by axe-core, whose source is given; the violations and where they are."""
    page.evaluate(axe + ";0")
    return [f"{rule} at {where}" for rule, where in page.evaluate(AXE)]


def picture(page: Page, name: str, whole: bool = False) -> None:
    """Keep a picture of a page as it stands, or of its whole length, where KRYDSFELT_PICTURES names a folder."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        if whole:  # what stands at the foot of the window would lie across the middle of the page
            width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
            page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def sign_in(page: Page, url: str, persona: str, purpose: str, *, case: str | None = None) -> None:
    """Sign in by persona and open a view, as a person does."""
    goto(page, url, "/log-ind")
    choice = page.locator(".choice.role", has=page.locator(".code", has_text=re.compile(f"^{persona}$")))
    if not choice.is_visible():  # the world's own users are folded away below the personas
        page.locator("details:has(.choice.role) > summary").click()
    choice.click()
    page.locator(f"input[name=purpose][value={purpose}]").check()
    if case is not None:
        page.locator("#case").select_option(case)
    page.locator("#reason").fill(
        "Gennemgang af sagen" if page.locator("html[lang=da]").count() else "Going through the case"
    )
    page.locator("form.purpose button[type=submit]").click()
    page.wait_for_url(lambda at: "/aabn-visning" not in at, timeout=PATIENCE)
    page.wait_for_selector("html[data-ready]", timeout=PATIENCE)
