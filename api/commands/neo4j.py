"""`neo4j start | stop | status`: the managed server of a home."""

from __future__ import annotations

from dataclasses import asdict

import typer

from api.commands.options import HomeOption, JsonOption, open_home
from api.commands.progress import bar
from api.commands.usual import tell

group = typer.Typer(help="The managed Neo4j server of a home.", no_args_is_help=True)


@group.command()
def start(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Start the home's server (the first time its jars are fetched from package registries)."""
    from graph import neo4j_server

    with bar("starting Neo4j") as progress:
        server = neo4j_server.start(open_home(home), lambda step: progress(step, 0.5))
    tell(as_json, {"uri": server.uri, "pid": server.pid}, f"Neo4j answers at {server.uri}.")


@group.command()
def stop(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Stop the home's server."""
    from graph import neo4j_server

    stopped = neo4j_server.stop(open_home(home))
    tell(as_json, {"stopped": stopped}, "Stopped." if stopped else "It was not running.")


@group.command()
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say whether the home's server runs."""
    from graph import neo4j_server

    found = neo4j_server.status(open_home(home))
    tell(as_json, asdict(found), f"Runs at {found.uri}, process {found.pid}." if found.running else "Not running.")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="neo4j")
