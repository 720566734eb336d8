"""Which regimes the deliveries of a home are under.

`synthetic` or `published-research`; nothing else loads (limit B8).
"""

from __future__ import annotations

from graph.home import Home
from graph.view_books import ledger_of

OPEN = frozenset({"synthetic", "published-research"})


def regimes(home: Home) -> frozenset[str]:
    """Return the manifest kinds of all namespaces."""
    return frozenset(str(n["regime"]) for n in ledger_of(home).namespaces().values())


def only_open(home: Home) -> bool:
    """Say whether personas may be offered.

    Nothing but synthetic and research data. An empty home has none to protect.
    """
    return regimes(home) <= OPEN


def only_synthetic(home: Home) -> bool:
    """Say whether all there is was made up, so that pages say so."""
    return regimes(home) == {"synthetic"}
