"""Memory of a real `krydsfelt serve` after some requests."""

from __future__ import annotations

import json
from urllib.parse import quote

import psutil

from bench import served
from bench.lab import Lab
from bench.result import Measure, Ratio, Result

HOLD_MB = 400


def run(lab: Lab) -> Result:
    """Measure it, on world S where the run has it."""
    name = "S" if "S" in (lab.small, lab.large) else lab.small
    home = lab.home(name)
    with served.process(served.ours(home)) as (port, pid):
        started = _resident(pid)
        client, view = served.signed_in(port)
        parties = json.loads(client.get(f"{view}/case"))["parties"]
        for party in parties:
            token = quote(party["token"])
            client.get(f"{view}/search?q={quote(party['label'])}")
            for page in ("", "/neighbours", "/surroundings?hops=2"):
                client.get(f"{view}/entities/{token}{page}")
            client.get(f"{view}/paths?start={quote(parties[0]['token'])}&end={token}")
        after = _resident(pid)
        client.close()
    return Result(
        "memory",
        f"krydsfelt serve on world {name}, {5 * len(parties)} requests",
        (Measure("resident after start", started, "MB"), Measure("resident after the requests", after, "MB")),
        (Ratio(f"resident to {HOLD_MB} MB", after / HOLD_MB, at_most=1),),
    )


def _resident(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6
