"""The command line: `krydsfelt`.

Each group of commands is a module under `api/commands`; they are imported when the program starts, the libraries they
need when they run. Errors of the tree become one line on standard error and an exit code that means something
(`graph.errors`).
"""

from __future__ import annotations

import json
import sys

import typer
from rich.console import Console

from api.commands import (
    account,
    analyse,
    audit,
    bench,
    channel,
    demo,
    exchange,
    home,
    load,
    neo4j,
    party,
    policy,
    read,
    rights,
    scenario,
    serve,
    stop,
    token,
    unmask,
    vault,
)
from graph.errors import KrydsfeltError

EXIT_CODES = (
    "Exit codes: 0 done; 1 an unexpected error; 2 something handed in is wrong (a file, a value, an option); "
    "3 you may not, and why; 4 not in this view; 5 somebody or something else was first (a port, a key, a newer home); "
    "6 the machine cannot now (disk, audit, engine): run the same again; 7 the audit was changed; 8 the policy is not "
    "the one that was signed; 130 stopped."
)

app = typer.Typer(
    name="krydsfelt",
    help="Graph-based intelligence and network analysis for preventing extremism.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for group in (
    home,
    account,
    token,
    load,
    scenario,
    read,
    analyse,
    exchange,
    audit,
    policy,
    rights,
    party,
    unmask,
    vault,
    channel,
    neo4j,
    serve,
    demo,
    stop,
    bench,
):
    group.register(app)


def main() -> None:
    """Run the command line; the entry point `krydsfelt`."""
    as_json = "--json" in sys.argv
    try:
        app(standalone_mode=False)
    except KrydsfeltError as error:
        _say(error.message, error.reason_code, as_json=as_json)
        sys.exit(error.exit_code)
    except typer.TyperException as error:
        _say(error.format_message(), "usage", as_json=as_json)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        _say("Stopped. What was acknowledged is kept; run the command again to go on.", "stopped", as_json=as_json)
        sys.exit(130)


def _say(message: str, code: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": {"code": code, "message": message}}))
    Console(stderr=True, highlight=False).print(f"[bold]error[/bold] ({code}): ", end="")
    print(message, file=sys.stderr)
