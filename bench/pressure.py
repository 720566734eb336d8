"""Asks a server for a stated number of things a second, whether it answers or not: `python -m bench.pressure < PLAN`.

The plan is one JSON object; figures of each phase go out as a line of JSON. Times count from the moment at which a
question was due, so that a server which stalls is charged with all that waited. It runs in a process of its own and
does as little as it can, for it shares the cores with what it measures.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MOST_OPEN: Final = 2_000
"""Connections; what finds none counts as not sent."""
PATIENCE: Final = 20.0
"""Seconds after which an answer is given up."""
DRAIN: Final = 15.0


@dataclass(slots=True)
class Phase:
    """What one phase found."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """By class: an answer's question, or the status of a refusal."""
    late: list[float] = field(default_factory=list)
    """How far behind its own plan the asker was."""

    def note(self, question: str, status: int, seconds: float) -> None:
        self.statuses[str(status)] += 1
        self.seconds.setdefault(question if status < 400 else str(status), []).append(seconds)

    def lost(self, why: str) -> None:
        self.statuses[why] += 1


class Line(asyncio.Protocol):
    """One kept connection; one question at a time."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._needs = 0
        self._status = 0
        self._asked: tuple[Phase, str, float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes, phase: Phase, question: str, due: float) -> None:
        assert self._transport is not None
        self._asked, self._needs = (phase, question, due), 0
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        held = self._data
        held += data
        if not self._needs:
            end = held.find(b"\r\n\r\n")
            if end < 0:
                return
            self._status = int(held[9:12])
            self._needs = end + 4 + _length(bytes(held[:end]))
        if len(held) >= self._needs and self._asked is not None:
            phase, question, due = self._asked
            self._asked = None
            held.clear()
            phase.note(question, self._status, time.monotonic() - due)
            self._crowd.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._asked is not None:
            self._asked[0].lost("connection lost")
            self._asked = None
        self._crowd.gone(self)

    def gives_up(self, at: float) -> None:
        if self._asked is not None and at - self._asked[2] > PATIENCE and self._transport is not None:
            self._asked[0].lost("no answer")
            self._asked = None
            self._transport.abort()


class Crowd:
    """All connections to one server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: deque[Line] = deque()
        self._lines: set[Line] = set()

    def free(self, line: Line) -> None:
        self._idle.append(line)

    def gone(self, line: Line) -> None:
        self._lines.discard(line)
        if line in self._idle:
            self._idle.remove(line)

    async def send(self, request: bytes, phase: Phase, question: str, due: float) -> None:
        if not self._idle:
            if len(self._lines) >= MOST_OPEN:
                phase.lost("not sent")
                return
            loop = asyncio.get_running_loop()
            try:
                _, line = await loop.create_connection(lambda: Line(self), "127.0.0.1", self._port)
            except OSError:
                phase.lost("no connection")
                return
            self._lines.add(line)
            self._idle.append(line)
        self._idle.pop().ask(request, phase, question, due)

    def busy(self) -> int:
        return len(self._lines) - len(self._idle)

    def give_up(self) -> None:
        at = time.monotonic()
        for line in list(self._lines):
            line.gives_up(at)


class Asker:
    """Draws questions: who asks is drawn evenly, what they ask by the shares of the mix.

    Parameters
    ----------
    port : int
    seats : sequence of mapping
        Of `bench.desk.Seat`.
    mix : mapping of str to float
    recent : int
        Of what a question may be about, the first so many are asked about three times in four.
    seed : int
    """

    def __init__(
        self, port: int, seats: Sequence[Mapping[str, Any]], mix: Mapping[str, float], recent: int, seed: int
    ) -> None:
        self._port, self._seats, self._recent = port, seats, recent
        self._names, self._shares = list(mix), list(mix.values())
        self._draw = random.Random(seed)
        self.crowd = Crowd(port)

    def question(self) -> tuple[str, bytes]:
        """Draw one: its name and its bytes."""
        draw = self._draw
        place = draw.randrange(len(self._seats))
        seat = self._seats[place]
        name = draw.choices(self._names, self._shares)[0]
        addresses = seat["questions"][name]
        if not addresses:  # a view that may show no record
            name, addresses = "card", seat["questions"]["card"]
        few = draw.random() < 0.75
        address = addresses[draw.randrange(min(len(addresses), self._recent) if few else len(addresses))]
        return name, (
            f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUser-Agent: desk/{place}\r\n"
            f"Accept: application/json\r\nCookie: {seat['cookie']}\r\n\r\n"
        ).encode()

    async def run(self, rate: float, seconds: float) -> dict[str, Any]:
        """Ask for so long at so many a second, at random moments, and return what came of it."""
        phase, began = Phase(), time.monotonic()
        due, ends = began, began + seconds
        name, request = self.question()
        while (due := due + self._draw.expovariate(rate)) < ends:
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            phase.late.append(time.monotonic() - due)
            await self.crowd.send(request, phase, name, due)
            name, request = self.question()
        asked = time.monotonic() - began
        until = time.monotonic() + DRAIN
        while self.crowd.busy() and time.monotonic() < until:
            self.crowd.give_up()
            await asyncio.sleep(0.05)
        return _figures(phase, asked, self.crowd.busy())


def _figures(phase: Phase, seconds: float, unanswered: int) -> dict[str, Any]:
    answered = [one for name, many in phase.seconds.items() if not name.isdigit() for one in many]
    refused = [one for name in ("429", "503") for one in phase.seconds.get(name, ())]
    return {
        "asked": len(phase.late),
        "rate": len(phase.late) / seconds,
        "statuses": dict(phase.statuses) | ({"unanswered": unanswered} if unanswered else {}),
        "answered": _spread(answered),
        "refused": _spread(refused),
        "questions": {name: _spread(many) for name, many in sorted(phase.seconds.items())},
        "late": _spread(phase.late),
    }


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return how many, and percentiles in milliseconds."""
    if not seconds:
        return {"count": 0}
    ordered = sorted(seconds)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}
    found = {name: ordered[min(len(ordered) - 1, int(at * len(ordered)))] * 1_000 for name, at in places.items()}
    return {"count": len(ordered), **found, "most": ordered[-1] * 1_000}


def _length(head: bytes) -> int:
    """Return the length of the body that a head announces."""
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def _all(plan: Mapping[str, Any]) -> None:
    asker = Asker(plan["port"], plan["seats"], plan["mix"], plan["recent"], plan["seed"])
    for phase in plan["phases"]:
        found = await asker.run(phase["rate"], phase["seconds"])
        print(json.dumps({"phase": phase["name"], **found}), flush=True)


def main() -> None:
    """Run the phases of the plan."""
    asyncio.run(_all(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
