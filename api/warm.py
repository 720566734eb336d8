"""Getting ready: what the first request would otherwise wait for."""

from __future__ import annotations

from collections.abc import Callable

from graph.columns import Columns
from graph.home import Home


def warm(home: Home, progress: Callable[[str, float], None]) -> None:
    """Build the columns if the ledger has grown past them."""
    progress("building the columns", 0.1)
    Columns.open(home)
    progress("ready", 1.0)
