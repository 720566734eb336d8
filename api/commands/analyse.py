"""`analyse NAME`: run a method through a view and keep its finding."""

from __future__ import annotations

import typer

from api.commands.options import (
    AsOption,
    BasisOption,
    CaseOption,
    HomeOption,
    JsonOption,
    PurposeOption,
    ReasonOption,
    answer,
    open_home,
    utc_now,
    view_of,
)
from api.commands.progress import bar
from api.commands.report import finding_text

group = typer.Typer(help="Run an analysis and keep its finding.", no_args_is_help=True)


def _run(
    name: str,
    parameters: dict[str, str | int | float | bool],
    home: HomeOption,
    who: str,
    purpose: str,
    case: str | None,
    basis: str | None,
    reason: str,
    as_json: bool,
) -> None:
    from api import findings

    view = view_of(open_home(home), who, purpose, case, basis, reason)
    findings.check(view, name, parameters)
    with bar(name) as progress:
        finding, _ = findings.run(view, name, parameters, utc_now(), progress)
    if as_json:
        answer(finding.to_json())
    else:
        print(finding_text(finding))


@group.command()
def settings(
    who: AsOption,
    purpose: PurposeOption,
    home: HomeOption = None,
    case: CaseOption = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    lag_days: int = 30,
    q: float = 0.1,
    overlap: str = "possible",
    as_json: JsonOption = False,
) -> None:
    """Bridge settings: where people cross between crime and extremism more often than their strata explain."""
    _run(
        "settings", {"lag_days": lag_days, "q": q, "overlap": overlap}, home, who, purpose, case, basis, reason, as_json
    )


@group.command()
def coverage(
    who: AsOption,
    purpose: PurposeOption,
    home: HomeOption = None,
    case: CaseOption = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Coverage: needs, measures, what binds, and the next ten measures by gain."""
    _run("coverage", {}, home, who, purpose, case, basis, reason, as_json)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="analyse")
