"""Two homes with the same keys, on which worlds are played: the real application in process, and the command line.

A ledger is emptied and written anew between worlds, its sequence numbers running on, so that whatever the product
remembers from the world before is of an older head; nothing of the product is switched off.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import unquote, urlencode

import anyio.to_thread
import typer.main
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

import api.cli
import api.jobs
import api.worker
from api.app import create_app
from api.settings import Settings
from graph.audit import audit_of
from graph.home import PERSONAS, Home
from ingest.exchange.package import verify
from tests.trust.press import Press, artefacts
from tests.trust.worlds import ASKER, NOW, PARTNER, SOMEBODY, World

EXPIRES: Final = re.compile(r"expires=[^;]+")
"""A cookie's date, which the framework takes from the machine's clock."""
RANDOM: Final = re.compile(
    r"\bbundle--[0-9a-f-]{36}|\bv[0-9a-f]{24}\b|\bkxp-[0-9a-f]{16}\b|\b[a-z][a-z-]*-[0-9a-f]{12}\b"
)
"""Ids that are declared random: of views, packages and plans. Run ids, cookies and digests of encrypted files are bound
where they appear; everything else must be equal."""


OTHERS: Final[Mapping[str, Any]] = {
    "roles": ["analyst"], "clearance": 3, "compartments": ["blue", "green", "red"],
    "purposes": ["prevent", "investigate"], "org": "home",
}  # fmt: skip
"""Who works on another case meanwhile."""


_PERSONAS: Final = {
    name: {"roles": [name], "org": "home", "namespace": "home", **body} for name, body in PERSONAS.items()
}
"""They are what makes signing in by choosing a name possible."""
UNHURRIED: Final = {
    "actor": {"requests_per_second": 10**9, "requests_at_once": 10**9, "objects_per_hour": 10**9,
              "persons_per_day": 10**9, "look_ups_per_day": 10**9},
    "sign_in": {"per_name_and_address": 10**9, "per_name": 10**9, "per_address": 10**9},
}  # fmt: skip
"""Limits of a home in which thousands of worlds are played by one asker: their own tests hold what they do."""


@dataclass(slots=True)
class Answer:
    """What came back: a status or exit code, headers, a body; and what was written down about it."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    raw: bytes = b""
    audit: str = ""
    log: str = ""


@dataclass
class House:
    """One home, the application over it, and who is signed in."""

    home: Home
    press: Press
    partners: Mapping[str, Mapping[str, Any]]
    app: Any
    now: datetime = NOW
    cookie: str = ""
    names: dict[str, str] = field(default_factory=dict)
    """Random ids of this house, by the word that stands for each in both."""
    seen: dict[str, str] = field(default_factory=dict)
    """Random ids that are known by their form, by value."""
    package: bytes = b"no package"
    """The last package that was fetched."""
    told: list[Mapping[str, Any]] = field(default_factory=list)
    """What went into the audit since the last answer."""

    @classmethod
    def over(cls, path: Path, partner: Home) -> House:
        """Open a home and serve it."""
        home = Home.open(path)
        keys = {"sign_key": partner.sign_public, "age_recipient": partner.age_recipient}
        house = cls(home, Press(home), {PARTNER: {"name": "A partner", "org": partner.org, **keys}}, None)
        house.app = create_app(home, Settings(home=path), clock=lambda: house.now)
        log = audit_of(home)
        put = log._put

        def heard(body: Mapping[str, Any], ticket: Any) -> bool:
            house.told.append(body)
            return put(body, ticket)

        log._put = heard  # type: ignore[method-assign]
        return house

    def play(self, world: World) -> None:
        """Put a world in the place of the one before."""
        users = {**_PERSONAS, ASKER: world.asker, SOMEBODY: OTHERS}
        directory = {"case": world.cases, "user": users, "partner": self.partners}
        self.press.print(world, directory, artefacts(world))
        self.now = NOW
        for known in (self.names, self.seen, self.told):
            known.clear()
        self.cookie, self.package = "", b"no package"

    def ask(self, loop: asyncio.AbstractEventLoop, method: str, path: str, **sent: Any) -> Answer:
        """Send one request through the application, in process."""
        with heard_log() as log:
            answer = _to_the_end(loop, self._ask(method, path, **sent))
        answer.log = log.getvalue()
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        content: bytes | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        data = content if content is not None else json.dumps(body).encode() if body is not None else b""
        sent = [(b"host", b"127.0.0.1"), (b"content-length", str(len(data)).encode())]
        if self.cookie:
            sent.append((b"cookie", f"krydsfelt_session={self.cookie}".encode()))
        if body is not None:
            sent.append((b"content-type", b"application/json"))
        sent += [(k.lower().encode("latin-1"), v.encode("latin-1", "replace")) for k, v in headers]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode(),
            "query_string": urlencode(query or {}, doseq=True).encode(),
            "headers": sent, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "root_path": "", "state": {},
        }  # fmt: skip
        messages: list[dict[str, Any]] = []
        received = False

        async def receive() -> dict[str, Any]:
            nonlocal received
            if received:
                await asyncio.sleep(3600)
            received = True
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        start = messages[0]
        raw = b"".join(m.get("body", b"") for m in messages[1:])
        given = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in start["headers"]]
        return Answer(start["status"], given, raw.decode("utf-8", "replace"), raw)

    def command(self, arguments: list[str]) -> Answer:
        """Run one command of the command line, in process."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        argv = ["krydsfelt", *arguments]
        with (
            heard_log() as log,
            patch.object(sys, "argv", argv),
            patch.dict(os.environ, KRYDSFELT_HOME=str(self.home.path)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            self._own_clock(),
        ):
            try:
                api.cli.main()
            except SystemExit as left:
                code = int(left.code or 0)
        body = f"{out.getvalue()}\n---\n{err.getvalue()}".replace(str(self.home.path.parent), "HOME")
        return Answer(code, [], body, log=log.getvalue())

    def wait_for(self, run: str) -> Any:
        """Wait until an analysis has ended, and return it."""
        jobs = self.app.state.server.jobs
        *_, ended = jobs.watch(jobs._runs[run])
        return ended

    @contextlib.contextmanager
    def _own_clock(self) -> Iterator[None]:
        """Give every command that asks for the time this house's own."""
        with contextlib.ExitStack() as stack:
            for name, module in sys.modules.copy().items():
                if name.startswith("api.commands.") and hasattr(module, "utc_now"):
                    stack.enter_context(patch.object(module, "utc_now", lambda: self.now))
            yield

    def hear(self, answer: Answer) -> Answer:
        """Put with an answer what went into the audit since the last one."""
        plain = [{k: v for k, v in body.items() if k not in ("id", "intent", "session")} for body in self.told]
        self.told.clear()
        answer.audit = json.dumps(plain, sort_keys=True, default=str)
        return answer

    def canonical(self, answer: Answer) -> Answer:
        """Return an answer with this house's random ids under their common words."""

        def plain(said: str) -> str:
            for name, value in self.names.items():
                said = said.replace(value, f"<{name}>")
            return RANDOM.sub(lambda found: self._word(found.group()), said)

        headers = [(key, EXPIRES.sub("expires=then", plain(value))) for key, value in answer.headers]
        return Answer(answer.status, headers, plain(answer.body), b"", plain(answer.audit), plain(answer.log))

    def _word(self, value: str) -> str:
        """Return the word for a random id: its kind, and the how-many-th of its kind in this world."""
        if value not in self.seen:
            kind = value[:1] if value[0] == "v" else value.partition("-")[0]
            self.seen[value] = f"<{kind} {sum(1 for v in self.seen.values() if v.startswith(f'<{kind} '))}>"
        return self.seen[value]

    def close(self) -> None:
        self.press.close()
        audit_of(self.home).close()


@contextlib.contextmanager
def heard_log() -> Iterator[io.StringIO]:
    """Collect what is logged meanwhile, by anybody."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield out
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class _Lines(list[str]):
    """What a worker wrote."""

    def close(self) -> None:
        """Nothing is held open."""


class InProcess:
    """Stands where a worker process would: the worker's own code runs here when its order has been written."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.stdin = self
        self.stdout = _Lines()
        self._order: list[str] = []
        self.clock = NOW

    def write(self, order: str) -> None:
        self._order.append(order)

    def close(self) -> None:
        said: list[str] = []
        with (
            patch.object(sys, "stdin", io.StringIO("".join(self._order))),
            patch.object(api.worker, "say", lambda **what: said.append(json.dumps(what))),
            patch.object(api.worker, "now", lambda: NOW),
            contextlib.suppress(Exception),  # a worker that dies says nothing more, and the job says so
        ):
            api.worker.main()
        self.stdout.extend(said)

    def wait(self) -> int:
        return 0

    def kill(self) -> None:
        """There is nothing to kill: it has ended when the order was written."""


async def _here(function: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    """Run a route's function in the loop itself: one request at a time needs no thread."""
    return function(*arguments)


@dataclass
class Stage:
    """Both houses and the loop that their application runs in."""

    place: Path
    houses: tuple[House, House]
    partner: Home
    loop: asyncio.AbstractEventLoop

    @classmethod
    def at(cls, place: Path) -> Stage:
        """Build two homes that share their keys, and a partner's."""
        partner = _partner(place / "keys")
        first = Home.init(place / "a" / "home", clock=lambda: NOW)
        (first.path / "limits.yaml").write_text(yaml.safe_dump(UNHURRIED))
        shutil.copytree(first.path, place / "b" / "home")
        houses = tuple(House.over(place / side / "home", partner) for side in ("a", "b"))
        return cls(place, (houses[0], houses[1]), partner, asyncio.new_event_loop())

    def play(self, *worlds: World) -> None:
        for house, world in zip(self.houses, worlds, strict=True):
            house.play(world)

    def opened(self, package: bytes) -> str:
        """Return what a package holds, opened with the partner's key: all but random bytes and digests of them."""
        report = verify(self.partner, package, now=NOW)
        about = {**report.to_json(), "manifest": {k: v for k, v in (report.manifest or {}).items() if k != "sha256"}}
        return json.dumps(about, default=str) + (report.payload.decode() if report.payload else "")

    def close(self) -> None:
        self.loop.close()
        for house in self.houses:
            house.close()
        shutil.rmtree(self.place, ignore_errors=True)


@contextlib.contextmanager
def stage(place: Path) -> Iterator[Stage]:
    """Set the stage; workers run in process, only the start of another process is left out.

    The command line is put together once, not anew for every command: that was a fifth of a campaign's time.
    """
    instead = SimpleNamespace(Popen=InProcess, PIPE=subprocess.PIPE)
    with (
        patch.object(api.jobs, "subprocess", instead),
        patch.object(anyio.to_thread, "run_sync", _here),
        patch.object(typer.main, "get_command", cache(typer.main.get_command)),
    ):
        made = Stage.at(place)
        try:
            yield made
        finally:
            made.close()


def _partner(place: Path) -> Home:
    place.mkdir(parents=True)
    folder = place / "folder"
    folder.mkdir()
    (folder / "partner.yaml").write_text(yaml.safe_dump({"id": PARTNER, "org": "org-x"}))
    (folder / "sign.ed25519").write_text(Ed25519PrivateKey.generate().private_bytes_raw().hex())
    (folder / "age.key").write_text(str(x25519.Identity.generate()))
    return Home.init(place / "home", partner=folder, clock=lambda: NOW)


def _to_the_end(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run to the end; in a thread of its own where a browser's test before this one left a loop running in this one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return loop.run_until_complete(work)
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(loop.run_until_complete, work).result()
