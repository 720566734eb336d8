"""What every test may lean on: the browser, the real data beside the checkout, and no skip that nobody saw."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium

pytest_plugins = ["tests.neo4j_fixtures", "tests.homes"]

ROOT = Path(__file__).parents[1]
ABSENT = "shared data absent"

# homes are made here by the thousand: each would start a writer of its own; tests/graph/test_audit_writer.py tries it
os.environ.setdefault("KRYDSFELT_AUDIT", "inside")

# a busy machine is no fault of the code under test
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the checkout, read in place; skips where it is not."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(ABSENT)
    return folder


@pytest.fixture(scope="session")
def node() -> Path:
    """The Node executable from PyPI."""
    return chromium.node()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium executable."""
    return chromium.executable()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The script of axe-core."""
    return chromium.axe()


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """One running Chromium for the session."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=list(chromium.ARGS))
        yield running
        running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where nothing may be skipped (``KRYDSFELT_NO_SKIP=1``), a skip for any reason but absent data is a failure."""
    report = yield
    if os.environ.get("KRYDSFELT_NO_SKIP") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if ABSENT not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped, and KRYDSFELT_NO_SKIP=1 lets nothing be skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for a whole module."""
    report = yield
    if os.environ.get("KRYDSFELT_NO_SKIP") == "1" and report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if ABSENT not in reason:
            report.outcome = "failed"
            report.longrepr = (
                f"{collector.nodeid} was skipped, and KRYDSFELT_NO_SKIP=1 lets nothing be skipped: {reason}"
            )
    return report
