"""`export`, `verify`, `import`: packages to and from partners."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    AsOption,
    BasisOption,
    HomeOption,
    JsonOption,
    PurposeOption,
    ReasonOption,
    answer,
    open_home,
    utc_now,
    view_of,
)
from api.commands.report import load_text


def export(
    who: AsOption,
    purpose: PurposeOption,
    case: Annotated[str, typer.Option("--case", help="The case whose claims may leave.")],
    to: Annotated[str, typer.Option("--to", help="The partner.")],
    out: Annotated[Path, typer.Option("--out", help="The package to write (.kxp).")],
    home: HomeOption = None,
    request: Annotated[str | None, typer.Option("--request", help="The request that is answered.")] = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Release what may leave a case to one partner: signed, encrypted, registered."""
    from ingest.exchange.release import release_case

    opened = open_home(home)
    view = view_of(opened, who, purpose, case, basis, reason)
    made = release_case(opened, view, to, request=request, out=out, clock=utc_now)
    if as_json:
        answer(made.to_json())
    else:
        print(made.text())


def verify(
    package: Annotated[Path, typer.Argument(help="A .kxp file.")], home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Check a package: the outer part always, the inner part with the recipient's key."""
    from ingest.exchange.package import verify_file

    report = verify_file(open_home(home), package, now=utc_now())
    if as_json:
        answer(report.to_json())
    else:
        print(report.text())
    report.demand_whole()


def import_(
    package: Annotated[Path, typer.Argument(help="A .kxp file.")], home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Take a package in as its sender's claims, after every check."""
    from ingest.exchange.receive import receive

    report = receive(open_home(home), package, clock=utc_now)
    if as_json:
        answer(report.as_json())
    else:
        print(load_text(report))


def register(app: typer.Typer) -> None:
    app.command()(export)
    app.command()(verify)
    app.command("import")(import_)
