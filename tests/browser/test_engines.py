"""The desks once more, served from a real Neo4j: the same walks, and the footer names who answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import test_walk as walk
from tests.browser.served import CASE, Demo, copy_of, run, serving, sign_in, visitor

pytestmark = [pytest.mark.browser, pytest.mark.neo4j]


@pytest.fixture(scope="module")
def url(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over a copy of the demo that answers from Neo4j."""
    home = tmp_path_factory.mktemp("neo4j-served") / "home"
    copy_of(demo.home, home)
    run("neo4j", "start", "--home", str(home))
    try:
        run("rebuild", "--engine", "neo4j", "--home", str(home))
        with serving(home, engine="neo4j") as address:
            yield address
    finally:
        run("neo4j", "stop", "--home", str(home))


def test_the_footer_names_the_engine(browser: Browser, url: str) -> None:
    with visitor(browser, url) as page:
        sign_in(page, url, "analyst", "investigate", case=CASE)
        expect(page.locator("footer")).to_contain_text("Neo4j")


test_the_analyst_walks = walk.test_the_analyst_walks_from_a_name_to_a_finding
test_the_planner_keeps_a_plan = walk.test_the_planner_keeps_a_plan_of_the_next_measures
test_the_liaison_sends_a_package = walk.test_the_liaison_sends_a_package_that_the_partner_verifies
