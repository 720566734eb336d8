"""`init` and `doctor`: making a home, and saying how it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import HomeOption, JsonOption, home_path, open_home, utc_now
from api.commands.usual import tell
from graph.home import Home


def init(
    home: HomeOption = None,
    personas: Annotated[bool, typer.Option(help="Make local personas named after the roles.")] = False,
    partner: Annotated[
        Path | None, typer.Option(help="A made-up partner's folder: its keys become the home's own.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a home: folder, keys, empty ledger."""
    made = Home.init(home_path(home), personas=personas, partner=partner, clock=utc_now)
    told = {"home": made.id, "personas": personas, "partner": partner is not None}
    tell(as_json, told, f"Made a home at {made.path}.")


def doctor(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check a home: ledger, columns, engines side by side, audit chain."""
    from api.checkup import examine

    report = examine(open_home(home))
    tell(as_json, report.to_json(), report.text())


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(doctor)
