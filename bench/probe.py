"""Opens a view in a process of its own and prints what it took: `python -m bench.probe HOME`."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from bench.people import CASE, PERSONA, PURPOSE, opened
from graph.actor import actor_of
from graph.home import Home
from graph.ledger import Ledger
from graph.policy import Asking, decide

AGAIN = 20


def main() -> None:
    """Print seconds and counts as JSON."""
    home = Home.open(Path(sys.argv[1]))
    times = []
    for _ in range(AGAIN + 1):
        began = time.perf_counter()
        view = opened(home)
        times.append(time.perf_counter() - began)
    with Ledger(home) as ledger:
        markings = ledger.markings()
    began = time.perf_counter()
    decide(actor_of(home, PERSONA), Asking(PURPOSE, view.legal_basis, CASE), markings.values())
    policy = time.perf_counter() - began
    said = {"markings": len(markings), "cold": times[0], "again": statistics.median(times[1:]), "policy": policy}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
