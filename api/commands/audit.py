"""`audit verify`: is the chain whole."""

from __future__ import annotations

import typer

from api.commands.options import HomeOption, JsonOption, answer, open_home
from graph.audit_verify import verify as verify_chain
from graph.errors import KrydsfeltError

group = typer.Typer(help="The audit log.", no_args_is_help=True)


class ChainBroken(KrydsfeltError):
    """The log was changed, cut or forked after it was written."""

    code, exit_code = "chain-broken", 7


@group.command()
def verify(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Read the whole log, check hash chain and signed checkpoints, and name the first fault."""
    report = verify_chain(open_home(home))
    if as_json:
        answer(report.to_json())
    else:
        print(f"{report.text()}\n{report.acts_text()}" if report.whole else report.text())
    if not report.whole:
        raise ChainBroken(report.text())


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="audit")
