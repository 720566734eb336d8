"""The demo, made once for all workers of a run, and a server over a copy for each module that walks through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.served import Demo, copy_of, make_demo, serving


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo's world and home; nobody writes into them."""
    base = tmp_path_factory.getbasetemp()
    # under xdist each worker has a folder of its own below the run's
    shared = base.parent if base.name.startswith("popen-") else base
    return make_demo(shared / "demo")


@pytest.fixture(scope="module")
def url(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over a copy of the demo."""
    home = tmp_path_factory.mktemp("served") / "home"
    copy_of(demo.home, home)
    with serving(home) as address:
        yield address
