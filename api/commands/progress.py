"""Progress on standard error: bars for people, nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """Show a bar; yields `progress(step, share)` with share from 0 to 1.

    On a terminal the bar moves; elsewhere each new step is a line, and so is each further quarter of it.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        seen: dict[str, int] = {}

        def line(step: str, share: float) -> None:
            quarter = int(share * 4)
            if step not in seen:
                console.print(f"{title}: {step}", highlight=False)
            elif seen[step] < quarter < 4:
                console.print(f"{title}: {step}, {quarter * 25} %", highlight=False)
            seen[step] = max(quarter, seen.get(step, 0))

        yield line
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
    ) as shown:
        task = shown.add_task(title, total=1.0)

        def move(step: str, share: float) -> None:
            shown.update(task, description=f"{title}: {step}", completed=share)

        yield move
        shown.update(task, completed=1.0)


def counted(progress: Callable[[str, float], None]) -> Callable[[str, int, int], None]:
    """Return the same bar for work that counts its rows; while nobody knows how many there are it stays empty."""
    return lambda step, done, total: progress(step, done / total if total else 0.0)
