"""`scenario make`: a made-up Denmark with a planted truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.commands.options import JsonOption
from api.commands.progress import bar
from api.commands.usual import tell

group = typer.Typer(help="Made-up worlds.", no_args_is_help=True)


@group.command()
def make(
    out: Annotated[Path, typer.Option(help="The folder to write; must not exist or be empty.")],
    size: Annotated[
        Literal["S", "M", "L"], typer.Option(help="S 5 thousand persons, M 100 thousand, L 1 million.")
    ] = "S",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Write a world: claims, markings, cases, users, partners, documents and the truth."""
    from dataclasses import asdict

    from ingest.scenario import make_world

    with bar("making the world") as progress:
        summary = make_world(size, seed, out, progress)
    tell(as_json, asdict(summary), f"Wrote {out}: see its README.md.")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="scenario")
