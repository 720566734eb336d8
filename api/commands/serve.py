"""`serve`: the pages and the API on this machine."""

from __future__ import annotations

import ipaddress
import socket
from typing import Annotated

import typer

from api.commands.options import HomeOption, home_path
from api.settings import Settings
from graph.errors import BadInput, PortInUse
from graph.home import Home


def serve(
    home: HomeOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback unless you know why not.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
) -> None:
    """Serve a home until interrupted."""
    run(Home.open(home_path(home)), host, port)


def run(home: Home, host: str, port: int) -> None:
    """Bind first, so that a port in use is said before anything starts; then serve."""
    import uvicorn

    from api.app import create_app
    from api.warm import warm_engine
    from graph.policy.bundle import start

    start(home)
    bound = bind(host, port)
    settings = Settings(home=home.path)
    app = create_app(home, settings, loopback=ipaddress.ip_address(host).is_loopback)
    if settings.graph == "neo4j":
        warm_engine(home)
    print(f"Krydsfelt serves at http://{host}:{bound.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run(sockets=[bound])


def bind(host: str, port: int) -> socket.socket:
    """Return a bound socket.

    Raises
    ------
    BadInput
        `host` is no address of this machine.
    PortInUse
        Something listens there already.
    """
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        raise BadInput(f"--host wants an IP address of this machine, such as 127.0.0.1; got {host!r}.") from None
    # with the protocol named, asyncio sets TCP_NODELAY on what is accepted; without it every answer waits some 40 ms
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise PortInUse(
            f"Could not listen on {host} port {port}: {error.strerror}. Stop what listens there, or name another "
            "with --port."
        ) from error
    return bound


def register(app: typer.Typer) -> None:
    app.command()(serve)
