"""`analyse NAME`: run a method through a view and keep its finding."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import typer

from api.commands.halting import halting
from api.commands.options import JsonOption, utc_now
from api.commands.progress import bar
from api.commands.report import finding_text
from api.commands.usual import tell, through_view
from graph.view import View

group = typer.Typer(help="Run an analysis and keep its finding.", no_args_is_help=True)


def _run(view: View, name: str, parameters: dict[str, str | int | float | bool], as_json: bool) -> None:
    from api import findings

    findings.check(view, name, parameters)
    with halting(partial(findings.watch, view.home, name)), bar(name) as progress:
        finding, _ = findings.run(view, name, parameters, utc_now(), progress)
    tell(as_json, finding.to_json(), finding_text(finding))


@group.command()
@through_view
def settings(
    view: View,
    lag_days: Annotated[
        int, typer.Option(min=0, max=730, help="Days after a stay in which a crossing still counts for the setting.")
    ] = 30,
    q: Annotated[float, typer.Option(help="Share of false discoveries to accept, over 0 and under .5.")] = 0.1,
    overlap: Annotated[
        Literal["possible", "certain"], typer.Option(help="Whether stays with uncertain dates count where they may.")
    ] = "possible",
    as_json: JsonOption = False,
) -> None:
    """Bridge settings: where people cross between crime and extremism more often than their strata explain."""
    _run(view, "settings", {"lag_days": lag_days, "q": q, "overlap": overlap}, as_json)


@group.command()
@through_view
def coverage(view: View, as_json: JsonOption = False) -> None:
    """Coverage: needs, measures, what binds, and the next ten measures by gain."""
    _run(view, "coverage", {}, as_json)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="analyse")
