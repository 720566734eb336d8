"""`demo`: a made-up Denmark, loaded and served, with progress on the way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.commands.options import utc_now
from api.commands.progress import bar, counted
from api.settings import settings
from graph.home import Home

SEED = 7


def demo(
    home: Annotated[
        Path | None, typer.Option("--home", envvar="KRYDSFELT_HOME", help="Where the demo lives; kept between runs.")
    ] = None,
    size: Annotated[Literal["S", "M", "L"], typer.Option(help="How large a world.")] = "S",
    host: Annotated[str, typer.Option(help="Address to listen on; loopback unless you know why not.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
) -> None:
    """Make the demo world when it is not there yet, load it, and serve it."""
    from api.commands import serve

    # a port in use is said before a minute is spent on a world
    serve.bind(host, port).close()
    engine = settings().graph
    made = prepare(home if home is not None else settings().home / "demo" / "home", size)
    if engine == "neo4j":
        _project(made)
    serve.run(made, host, port)


def _project(home: Home) -> None:
    """Bring Neo4j up to the ledger; the home's own server is started unless another is named."""
    from api.engines import catch_up
    from graph import neo4j_server

    if not neo4j_server.status(home).running:
        with bar("starting Neo4j") as progress:
            neo4j_server.start(home, lambda step: progress(step, 0.5))
    with bar("building Neo4j") as progress:
        catch_up(home, progress)


def prepare(path: Path, size: Literal["S", "M", "L"]) -> Home:
    """Return the demo's home, made and loaded. Loading is idempotent, so a broken-off start goes on where it was."""
    from ingest.load import load
    from ingest.scenario import make_world

    world = path.parent / f"world-{size}-{SEED}"
    if not (world / "manifest.yaml").exists():
        shutil.rmtree(world, ignore_errors=True)
        half = world.with_name(world.name + ".part")
        shutil.rmtree(half, ignore_errors=True)
        with bar("making the world") as progress:
            make_world(size, SEED, half, progress)
        half.rename(world)
    home = (
        Home.open(path)
        if (path / "home.json").exists()
        else Home.init(path, personas=True, partner=None, clock=utc_now)
    )
    with bar("loading") as progress:
        load(home, [world], progress=counted(progress), clock=utc_now)
    from api.warm import warm

    _sign_again(home)
    with bar("getting ready") as progress:
        warm(home, progress)
    return home


def _sign_again(home: Home) -> None:
    """Let the demo's own reviewers sign a policy that changed since the demo was made: it holds made-up data only."""
    from graph.policy.bundle import PolicyRefused, check, establish, reviewers, sign
    from graph.regimes import only_synthetic

    try:
        check(home)
    except PolicyRefused:
        if not only_synthetic(home):
            raise
        if not reviewers(home):
            establish(home, utc_now())
        for name in reviewers(home):
            sign(home, name, at=utc_now())
        print("The policy changed since this demo was made; the demo's own reviewers signed it again.")


def register(app: typer.Typer) -> None:
    app.command()(demo)
