"""`bench`: measurements side by side with the plain alternatives; needs a checkout."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import api
from api.commands.options import JsonOption, answer
from api.commands.progress import bar
from graph.errors import BadInput


def bench(
    rows: Annotated[list[str] | None, typer.Argument(help="Rows to run; all unless given.", show_default=False)] = None,
    quick: Annotated[bool, typer.Option("--quick", help="On small worlds: takes minutes.")] = False,
    rate: Annotated[float, typer.Option(min=1, help="Questions a second of the row soak.")] = 300,
    seconds: Annotated[
        float, typer.Option(min=1, help="How long the row soak lasts, warming up and overload apart.")
    ] = 600,
    as_json: JsonOption = False,
) -> None:
    """Measure side by side with what one would use instead, and print ratios."""
    running = _rooms(Path(api.__file__).parents[1])
    names = running.chosen(rows or [])
    small, large = ("XS", "S") if quick else ("S", "M")
    found: list[Any] = []
    with bar("bench") as progress:
        told = running.run(
            names,
            small=small,
            large=large,
            tell=lambda step: progress(step, len(found) / len(names)),
            pace=(rate, seconds),
        )
        for result in told:
            found.append(result)
            if not as_json:
                print(f"{result.text()}\n", flush=True)
    if as_json:
        answer({"small": small, "large": large, "rows": [result.as_json() for result in found]})


def _rooms(checkout: Path) -> Any:
    """Return the module that runs the rows.

    Raises
    ------
    BadInput
        This is no checkout: what is installed has no `bench` folder.
    """
    if not (checkout / "bench" / "run.py").is_file():
        raise BadInput(
            "krydsfelt bench needs a checkout: the measurements lie in its bench folder, which is not installed. "
            "Clone the repository and run `make bench` there.",
            code="no-checkout",
        )
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    return importlib.import_module("bench.run")


def register(app: typer.Typer) -> None:
    app.command()(bench)
