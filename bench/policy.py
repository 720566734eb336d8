"""What opening a view costs in each world: policy over its markings, in a fresh process and again."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.lab import Lab
from bench.result import Measure, Ratio, Result
from bench.served import ROOT


def run(lab: Lab) -> Result:
    """Measure it."""
    measures: list[Measure] = []
    ratios: list[Ratio] = []
    for name in dict.fromkeys((lab.small, lab.large)):
        said = _probe(str(lab.home(name).path))
        measures += [
            Measure(f"world {name}: markings", said["markings"], ""),
            Measure(f"world {name}: view opened in a fresh process", said["cold"] * 1_000, "ms"),
            Measure(f"world {name}: opened again", said["again"] * 1_000, "ms"),
            Measure(f"world {name}: policy over all markings", said["policy"] * 1_000, "ms"),
        ]
        ratios += [
            Ratio(f"world {name}: cold, in ms", said["cold"] * 1_000, at_most=1_000),
            Ratio(f"world {name}: again, in ms", said["again"] * 1_000, at_most=10),
            Ratio(f"world {name}: cold to again", said["cold"] / said["again"]),
        ]
    return Result("policy", "markings and policy", tuple(measures), tuple(ratios))


def _probe(home: str) -> dict[str, float]:
    command = (sys.executable, "-m", "bench.probe", home)
    found: dict[str, float] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return found
