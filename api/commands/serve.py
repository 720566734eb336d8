"""`serve`: the pages and the API on this machine."""

from __future__ import annotations

import errno
import gc
import ipaddress
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from api.commands.options import HomeOption, home_path
from api.settings import settings
from graph.errors import BadInput, PortInUse
from graph.home import Home


def serve(
    home: HomeOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback unless you know why not.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    certificate: Annotated[Path | None, typer.Option(help="The server's certificate chain (PEM), for TLS.")] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's private key (PEM).")] = None,
    proxy: Annotated[
        str | None,
        typer.Option(help="Address of the proxy in front that ends TLS; only its word on who asks is taken."),
    ] = None,
) -> None:
    """Serve a home until interrupted. To other machines only by TLS, here or at a proxy in front."""
    run(Home.open(home_path(home)), host, port, Transport(certificate, key, proxy))


TURN_SECONDS: Final = 0.001
"""How long a thread may keep the interpreter while others wait; the loop, which only passes on, is one of them."""


SELDOM: Final = (20_000, 20, 50)
"""When cycles are looked for: what is kept of a large world is millions of objects without any, and each look goes
through them all while everybody waits.
"""


@dataclass(frozen=True, slots=True)
class Transport:
    """How what is served reaches those who ask: by TLS here, by a proxy's, or on this machine alone."""

    certificate: Path | None = None
    key: Path | None = None
    proxy: str | None = None

    def check(self, host: str) -> None:
        """Check that nothing goes to other machines in the clear.

        Raises
        ------
        BadInput
        """
        if (self.certificate is None) != (self.key is None):
            raise BadInput("--certificate and --key belong together: give both.")
        if not ipaddress.ip_address(host).is_loopback and self.certificate is None and self.proxy is None:
            raise BadInput(
                f"{host} can be reached by other machines, and what is served would go there in the clear. Give "
                "--certificate and --key, or --proxy ADDRESS of a proxy in front that ends TLS.",
                code="no-tls",
            )

    def check_files(self) -> None:
        """Check that certificate and key can serve, before anything listens.

        Raises
        ------
        BadInput
        """
        if self.certificate is None or self.key is None:
            return
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.certificate, self.key)
        except OSError as error:  # of the files, or of what is in them
            raise BadInput(
                f"{self.certificate} and {self.key} cannot serve TLS: {error.strerror or error}. Give a certificate "
                "chain and its private key, both PEM.",
                code="bad-certificate",
            ) from None

    def alone(self, host: str) -> bool:
        """Say whether only this machine can ask."""
        return ipaddress.ip_address(host).is_loopback and self.proxy is None

    def options(self) -> dict[str, Any]:
        """Return what the HTTP server is told; whose word on addresses is not asked for is not taken."""
        given: dict[str, Any] = {"proxy_headers": self.proxy is not None, "forwarded_allow_ips": self.proxy}
        if self.certificate is not None:
            given |= {"ssl_certfile": str(self.certificate), "ssl_keyfile": str(self.key)}
        return given


ON_THIS_MACHINE: Final = Transport()


def run(home: Home, host: str, port: int, transport: Transport = ON_THIS_MACHINE) -> None:
    """Bind first, so that a port in use is said before anything starts; then serve."""
    import uvicorn

    from api.app import create_app
    from api.warm import warm_engine
    from graph.policy.bundle import start

    start(home)
    told = settings(home.path)
    transport.check_files()
    bound = bind(host, port)
    transport.check(host)
    app = create_app(home, told, loopback=transport.alone(host))
    if told.graph == "neo4j":
        warm_engine(home)
    scheme = "http" if transport.certificate is None else "https"
    print(f"Krydsfelt serves at {scheme}://{host}:{bound.getsockname()[1]}", flush=True)
    hurry_interpreter()
    config = uvicorn.Config(app, log_level="warning", server_header=False, **transport.options())
    uvicorn.Server(config).run(sockets=[bound])


def hurry_interpreter() -> None:
    """Have the interpreter pass turns on soon and look for cycles seldom: for a process that serves until it ends."""
    sys.setswitchinterval(TURN_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


def bind(host: str, port: int) -> socket.socket:
    """Return a bound socket.

    Raises
    ------
    BadInput
        `host` is no address of this machine, or this user may not take the port.
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
        if error.errno == errno.EADDRNOTAVAIL:
            raise BadInput(f"{host} is no address of this machine. Give one that is, such as 127.0.0.1.") from error
        if error.errno == errno.EACCES:
            raise BadInput(f"This user may not listen on port {port}. Name one from 1024 with --port.") from error
        raise PortInUse(
            f"Could not listen on {host} port {port}: {error.strerror}. Stop what listens there, or name another "
            "with --port."
        ) from error
    return bound


def register(app: typer.Typer) -> None:
    app.command()(serve)
