"""Which rows there are, and running them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bench import demo, door, load, memory, neighbours, paths, policy, rebuild, settings, soak
from bench.lab import MOST, PACE, WORLDS, Lab, Tell
from bench.result import Result
from graph.errors import BadInput
from ingest.scenario import WorldSize

ROWS: dict[str, Callable[[Lab], Result]] = {
    "load": load.run,
    "rebuild": rebuild.run,
    "neighbours": neighbours.run,
    "paths": paths.run,
    "settings": settings.run,
    "policy": policy.run,
    "memory": memory.run,
    "demo": demo.run,
    "door": door.run,
    "soak": soak.run,
}
FOLDER = Path(__file__).parents[1] / ".cache" / "bench"


def chosen(names: Sequence[str]) -> list[str]:
    """Return the rows to run, in their order; all where none is named.

    Raises
    ------
    BadInput
        There is no such row.
    """
    unknown = sorted(set(names) - set(ROWS))
    if unknown:
        raise BadInput(f"There is no row {unknown[0]!r}; the rows are {', '.join(ROWS)}.", code="unknown-row")
    return [name for name in ROWS if not names or name in names]


def run(
    names: Sequence[str],
    *,
    small: str,
    large: str,
    tell: Tell,
    folder: Path = FOLDER,
    worlds: Mapping[str, WorldSize] = WORLDS,
    most: int = MOST,
    pace: tuple[float, float] = PACE,
) -> Iterator[Result]:
    """Run rows one after another and yield what each measured.

    Parameters
    ----------
    names : sequence of str
    small, large : str
        The worlds to measure on.
    tell : callable
        Told in words what is being done.
    folder : Path
        Where worlds and loaded homes are kept.
    worlds : mapping of str to WorldSize
    most : int
        Claims in the table that is loaded, at most.
    pace : (float, float)
        Questions a second of the soak, and for how many seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with Lab(folder, small, large, tell, worlds, most, pace) as lab:
        for name in chosen(names):
            tell(name)
            yield ROWS[name](lab)
