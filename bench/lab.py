"""What the rows measure on: worlds, homes and servers, made once and kept between runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import kept
from graph.home import Home
from ingest.load import load
from ingest.scenario import SIZES, WorldSize, make_world_of

if TYPE_CHECKING:
    from neo4j import Driver

SEED = 7
SMALL = WorldSize(
    persons=1_500,
    block=1_500,
    venues=1,
    base_hazard=900_000,
    gap_days=150,
    reports_per_year=60,
    custody_years=1,
    cases=3,
    documents=12,
    big=False,
)
"""Smaller than S, as the other end of a quick run."""
WORLDS = {"XS": SMALL, "S": SIZES["S"], "M": SIZES["M"]}

MOST = 500_000
PACE = (300.0, 600.0)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PlainRates:
    """Claims a second that plain Neo4j creates: in an empty database, and where as many are deleted first."""

    empty: float
    full: float


class Lab:
    """Worlds, homes and servers of one run.

    Parameters
    ----------
    folder : Path
        Where worlds and loaded homes are kept from run to run.
    small, large : str
        Names of the two worlds measured on.
    tell : callable
        Told in words what is being done.
    worlds : mapping of str to WorldSize
    most : int
        Claims in the table that is loaded and rebuilt from, at most.
    pace : (float, float)
        Questions a second of the soak, and for how many seconds.
    """

    def __init__(
        self,
        folder: Path,
        small: str,
        large: str,
        tell: Tell,
        worlds: Mapping[str, WorldSize] = WORLDS,
        most: int = MOST,
        pace: tuple[float, float] = PACE,
    ) -> None:
        self.pace = pace
        self.folder = folder
        self.small = small
        self.large = large
        self.tell = tell
        self.worlds = worlds
        self.most = most
        self.plain_rates: PlainRates | None = None
        """Those of plain Neo4j, once a row of this run has measured them."""
        self._stack = ExitStack()
        self._running: Home | None = None
        self.scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="krydsfelt-bench-")))

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_neo4j()
        self._stack.close()

    def home_key(self, name: str) -> str:
        """Return what a home with that world loaded depends on."""
        return kept.home_key(self.worlds[name])

    def world(self, name: str) -> Path:
        """Return the folder of a made-up world; one that an older generator made is made again."""
        stem = f"world-{name}-{SEED}"
        place = self.folder / f"{stem}-{kept.world_key(self.worlds[name])}"
        if not (place / "README.md").exists():  # the last file that is written
            shutil.rmtree(place, ignore_errors=True)
            self.tell(f"making world {name}")
            make_world_of(self.worlds[name], name, SEED, place, lambda _what, _part: None)
            kept.remove_stale(place, stem)
        return place

    def home(self, name: str) -> Home:
        """Return a home with that world loaded; one of an older schema or generator is loaded again."""
        stem = f"home-{name}-{SEED}"
        place = self.folder / f"{stem}-{self.home_key(name)}"
        ready = place.with_name(f"{place.name}.ready")
        if not ready.exists():
            world = self.world(name)
            shutil.rmtree(place, ignore_errors=True)
            self.tell(f"loading world {name} (kept for later runs)")
            load(Home.init(place, personas=True), [world])
            ready.touch()
            kept.remove_stale(place, stem)
        return Home.open(place)

    def neo4j(self, home: Home) -> Driver:
        """Return a driver to a server that keeps its data in a home; one server runs at a time."""
        from graph import neo4j_server
        from graph.neo4j_process import Memory

        if self._running is None or self._running.path != home.path:
            self._stop_neo4j()
            neo4j_server.start(home, self.tell, memory=Memory.of_machine())
            self._running = home
        driver = neo4j_server.connect(home)
        self._stack.callback(driver.close)
        return driver

    def scratch_home(self, name: str) -> Home:
        """Return a home that goes with the run."""
        place = self.scratch / name
        return Home.open(place) if place.exists() else Home.init(place, personas=True)

    def _stop_neo4j(self) -> None:
        from graph import neo4j_server

        if self._running is not None:
            neo4j_server.stop(self._running)
            self._running = None
