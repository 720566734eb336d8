"""How long the demo takes from the command to the page that signs in, nothing being there before."""

from __future__ import annotations

import time

from bench import served
from bench.lab import Lab
from bench.result import Measure, Ratio, Result

HOLD_SECONDS = 60


def run(lab: Lab) -> Result:
    """Measure it: the world is made, loaded, made ready and served."""
    home = lab.scratch / "demo" / "home"
    began = time.perf_counter()
    with served.process(served.cli("demo", "--home", str(home), "--port", "0")) as (port, _):
        client = served.Client(port)
        client.get("/")
        taken = time.perf_counter() - began
        client.close()
    return Result(
        "demo",
        "krydsfelt demo with nothing there, until its first page is answered",
        (Measure("from the command to the first page", taken, "s"),),
        (Ratio(f"taken to {HOLD_SECONDS} s", taken / HOLD_SECONDS, at_most=1),),
    )
