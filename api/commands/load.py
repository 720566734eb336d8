"""`load` and `rebuild`: files into the ledger, the ledger into an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.commands.options import HomeOption, JsonOption, answer, open_home, utc_now
from api.commands.progress import bar, counted
from api.commands.report import load_text
from api.commands.usual import tell
from graph.text import several

NOUNS = {"claims": ("claim",), "entities": ("entity", "entities")}
"""Figures of a rebuild that a person reads, with their nouns."""


def load(
    paths: Annotated[list[Path], typer.Argument(help="Folders or files to load.", show_default=False)],
    home: HomeOption = None,
    mapping: Annotated[Path | None, typer.Option(help="A mapping file instead of the built-in one.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what each row would become; write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load deliveries: every row is accepted or lies in quarantine with its reason."""
    from ingest.load import load as load_paths
    from ingest.load import try_out

    act = try_out if dry_run else load_paths
    with bar("inspecting" if dry_run else "loading") as progress:
        report = act(open_home(home), paths, mapping=mapping, progress=counted(progress), clock=utc_now)
    tell(as_json, report.as_json(), load_text(report))


def rebuild(
    engine: Annotated[Literal["embedded", "neo4j"], typer.Option(help="Which engine to build from the ledger.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build an engine anew from the ledger."""
    from api.engines import rebuild as build

    with bar(f"building {engine}") as progress:
        report = build(open_home(home), engine, progress)
    if as_json:
        answer(report)
    else:
        held = [several(int(str(report[name])), *nouns) for name, nouns in NOUNS.items() if name in report]
        print(", ".join([f"{engine} built", *held, f"{report['seconds']:.1f} s"]))


def register(app: typer.Typer) -> None:
    app.command()(load)
    app.command()(rebuild)
