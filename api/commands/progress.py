"""Progress on standard error: bars for people, nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """Show a bar; yields `progress(step, share)` with share from 0 to 1.

    On a terminal the bar moves; elsewhere each new step is one line.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        seen: set[str] = set()

        def line(step: str, share: float) -> None:
            if step not in seen:
                seen.add(step)
                console.print(f"{title}: {step}", highlight=False)

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
    """Return the same bar for work that counts its rows."""
    return lambda step, done, total: progress(step, done / total if total else 1.0)
