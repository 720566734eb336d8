"""Options that many commands share, and the view that a command opens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.settings import settings
from graph.actor import ViewRequest, actor_of
from graph.errors import BadInput
from graph.home import Home
from graph.view import View
from graph.view_open import open_view

AT_THE_TERMINAL = 2
"""How strongly a command's session counts as signed in (2, again just now): it is one act long and begins with the
command, so there is none that somebody could find left open, which is what a second sign-in guards against; and whoever
runs it reads the keys of the home from the disk already."""

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="KRYDSFELT_HOME",
        help="The home folder; the one in the user's data directory unless given.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON object on standard output.")]
AsOption = Annotated[
    str, typer.Option("--as", help="Who asks: a user of the home, such as a persona (analyst, planner, liaison).")
]
PurposeOption = Annotated[
    str, typer.Option("--purpose", help="What for: investigate, prevent, outreach-aggregate, exchange or oversight.")
]
CaseOption = Annotated[
    str | None, typer.Option("--case", help="The case, such as case-2026-001; without one, only what no case binds.")
]
BasisOption = Annotated[
    str | None,
    typer.Option("--basis", help="Legal basis, such as polintel-4; the case's or the purpose's own unless given."),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, where policy asks for it; it stands in the audit.")]
NecessityOption = Annotated[
    str,
    typer.Option(
        "--necessity",
        help="Why special categories are strictly necessary in this case: opens the vault. It stands in the audit.",
    ),
]


def home_path(given: Path | None) -> Path:
    """Return the home that was named, or the user's own."""
    return given if given is not None else settings().home


def open_home(given: Path | None) -> Home:
    return Home.open(home_path(given))


def view_of(
    home: Home,
    who: str,
    purpose: str,
    case: str | None,
    basis: str | None,
    reason: str,
    *,
    necessity: str = "",
    session: str = "cli",
) -> View:
    """Open the view of a command: the same door as the server's."""
    if not purpose:
        raise BadInput(
            "A purpose is needed: --purpose investigate, prevent, outreach-aggregate, exchange or oversight."
        )
    request = ViewRequest(purpose=purpose, case=case, legal_basis=basis, reason=reason, necessity=necessity)
    return open_view(home, actor_of(home, who), request, session=session, clock=utc_now)


def utc_now() -> datetime:
    return datetime.now(UTC)


def answer(value: object) -> None:
    """Print one JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, default=str))
