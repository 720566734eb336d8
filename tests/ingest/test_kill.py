"""`kill -9` during a load, at random moments: nothing acknowledged is lost, nothing is doubled, the file opens."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.home import Home
from graph.identity import MODULUS, Identity
from graph.ledger import Ledger
from ingest.load import load
from tests.factory import set_digests
from tests.ingest.folders import ask, claim, folder, link

CLAIMS = 6_000
BAD = 60
SEED = 20_261_124
LINES = 90
"""About as often as the loader tells its progress: a third of it inspecting, the rest writing and committing."""
LOADER = """
import sys
from pathlib import Path
from graph import rows
from graph.home import Home
from ingest import deliver, target
from ingest.load import load
rows.CHUNK = 16 << 10
deliver.COMMIT_ROWS, deliver.SCRIBE_ROWS, target.BULK_ROWS = int(sys.argv[3]), int(sys.argv[4]), 0
print("ready", flush=True)
load(Home.open(sys.argv[1]), [Path(sys.argv[2])], progress=lambda stage, done, _: print(stage, done, flush=True))
"""


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names, links and some bad rows."""
    rows = []
    for number in range(CLAIMS // 2):
        rows.append(claim(subject=f"person:{number}", value=f"Ada Prøve {number % 700}"))
        rows.append(link(f"person:{number}", f"person:{number + 1}", valid=f"20{number % 20:02}-0{number % 9 + 1}-11"))
    for number in range(BAD):
        rows.insert(number * 90, claim(grade="B2", note=str(number)))
    return folder(tmp_path_factory.mktemp("delivery") / "in", rows)


def start(home: Home, delivery: Path, commit: int = 1, scribe: int = 0) -> subprocess.Popen[str]:
    """Start a loader and wait until it has read its modules.

    It commits after so many rows, and has a second process write from so many rows on. That process has its standard
    output too, so that waiting for the end of the one waits for the end of both.
    """
    loader = subprocess.Popen(
        [sys.executable, "-c", LOADER, str(home.path), str(delivery), str(commit), str(scribe)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert loader.stdout is not None
    assert loader.stdout.readline() == "ready\n"
    return loader


def finish(loader: subprocess.Popen[str]) -> None:
    """Wait for a loader that is left alone."""
    loader.communicate(timeout=300)
    assert loader.returncode == 0


def kill_and_complete(delivery: Path, home: Home, lines: int, after: float, commit: int, scribe: int) -> int:
    """Kill a load, look at what is left, complete it; return how many rows had been acknowledged.

    The kill comes `after` seconds from the moment that the loader has told its progress so many times, which does not
    depend on how busy the machine is.
    """
    loader = start(home, delivery, commit, scribe)
    assert loader.stdout is not None
    told = [line for line, _ in zip(loader.stdout, range(lines), strict=False)]
    time.sleep(after)
    loader.kill()
    rest, _ = loader.communicate(timeout=60)
    written = [int(line.split()[1]) for line in [*told, *rest.splitlines()] if line.startswith("load ")]
    acknowledged = max(written, default=0)
    assert ask(home, "PRAGMA quick_check") == [("ok",)]
    rows = ask(home, "SELECT row FROM claim")
    assert len(set(rows)) == len(rows), "nothing is doubled"
    least = acknowledged - BAD
    assert len(rows) >= least, "nothing acknowledged is lost"
    sums(home)
    report = load(home, [delivery])
    assert report.new == CLAIMS - len(rows)
    assert load(home, [delivery]).new == 0
    whole(home)
    return acknowledged


def whole(home: Home) -> None:
    """The ledger holds all of the delivery, once."""
    assert ask(home, "SELECT count(*), count(DISTINCT cid), count(DISTINCT row) FROM claim") == [(CLAIMS,) * 3]
    assert ask(home, "SELECT count(*) FROM quarantine") == [(BAD,)]
    assert ask(home, "SELECT count(*) FROM name_text") == [(CLAIMS // 2,)]
    assert ask(home, "SELECT state, rows, accepted, quarantined FROM delivery") == [("done", CLAIMS + BAD, CLAIMS, BAD)]
    assert ask(home, "SELECT max(seq) FROM claim") == ask(home, "SELECT max(last_seq) FROM commit_time")
    assert ask(home, "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'claim'") == [(3,)]
    sums(home)


def sums(home: Home) -> None:
    """The set digest of every marking is the sum of what it holds."""
    identity = Identity(home)
    held: dict[int, int] = {}
    for marking, cid in ask(home, "SELECT marking, cid FROM claim"):
        held[marking] = (held.get(marking, 0) + identity.held(cid)) % MODULUS
    with Ledger(home) as ledger:
        for marking, digest in set_digests(ledger).items():
            assert digest == held.get(marking, 0).to_bytes(32, "big")


def rounds(delivery: Path, tmp_path: Path, count: int) -> list[int]:
    draw = random.Random(SEED + count)
    found = []
    for number in range(count):
        lines, after = draw.randrange(LINES), draw.uniform(0, 0.05)
        commit = CLAIMS if number % 5 == 4 else 1  # the whole in one transaction, or every block in its own
        scribe = 0 if number % 2 == 0 else CLAIMS * 2  # a second process writes, or this one does
        found.append(kill_and_complete(delivery, Home.init(tmp_path / str(number)), lines, after, commit, scribe))
    return found


def test_five_kills(delivery: Path, tmp_path: Path) -> None:
    rounds(delivery, tmp_path, 5)


@pytest.mark.campaign
def test_fifty_kills(delivery: Path, tmp_path: Path) -> None:
    acknowledged = rounds(delivery, tmp_path, 50)
    print(f"seed {SEED + 50}, 50 kills, acknowledged rows at the kill: {sorted(acknowledged)}")
    assert len({rows for rows in acknowledged if 0 < rows < CLAIMS + BAD}) >= 10, "kills fell into the writing"


def test_two_loads_at_once_double_nothing(delivery: Path, tmp_path: Path) -> None:
    home = Home.init(tmp_path / "home")
    loaders = [start(home, delivery) for _ in range(2)]
    for loader in loaders:
        finish(loader)
    whole(home)
