"""Options that many commands share, and the view that a command opens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.settings import Settings
from graph.actor import ViewRequest, actor_of
from graph.errors import BadInput
from graph.home import Home
from graph.view import View
from graph.view_open import open_view

HomeOption = Annotated[
    Path | None, typer.Option("--home", envvar="KRYDSFELT_HOME", help="The home folder.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
AsOption = Annotated[str, typer.Option("--as", help="Who asks: a user of the home.")]
PurposeOption = Annotated[
    str, typer.Option("--purpose", help="What for: investigate, prevent, outreach-aggregate, exchange, oversight.")
]
CaseOption = Annotated[str | None, typer.Option("--case", help="The case, where the purpose needs one.")]
BasisOption = Annotated[
    str | None, typer.Option("--basis", help="Legal basis; the case's or the purpose's own unless given.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, where policy asks for it.")]


def home_path(given: Path | None) -> Path:
    """Return the home that was named, or the user's own."""
    return given if given is not None else Settings().home


def open_home(given: Path | None) -> Home:
    return Home.open(home_path(given))


def view_of(
    home: Home, who: str, purpose: str, case: str | None, basis: str | None, reason: str, *, session: str = "cli"
) -> View:
    """Open the view of a command: the same door as the server's."""
    if not purpose:
        raise BadInput("A purpose is needed: name one with --purpose.")
    request = ViewRequest(purpose=purpose, case=case, legal_basis=basis, reason=reason)
    return open_view(home, actor_of(home, who), request, session=session, clock=utc_now)


def utc_now() -> datetime:
    return datetime.now(UTC)


def answer(value: object) -> None:
    """Print one JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, default=str))
