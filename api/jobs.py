"""Analyses as jobs: each in a worker process of its own, which is killed to cancel.

The worker (`api.worker`) opens its own view for the same actor and request, so a job never has more rights than its
asker has when it runs. It writes one JSON object a line: `{"step", "done"}` while it works, then `{"finding"}` or
`{"error", "code"}`.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Literal

from graph.errors import Conflict, NotInView

WatchOver = Callable[[Callable[[str], None]], AbstractContextManager[object]]
"""Watches over a run while it is inside: what it is given is told, once, why the run has to end."""


RunState = Literal["waiting", "running", "done", "failed", "cancelled"]
MOST_AT_ONCE = 2
MOST_KEPT = 200


def unwatched(_: Callable[[str], None]) -> AbstractContextManager[object]:
    """Let a run go on until it ends by itself."""
    return nullcontext()


@dataclass(slots=True)
class Run:
    """One run of an analysis, as its asker may see it."""

    id: str
    name: str
    view: str
    state: RunState = "waiting"
    done: float = 0.0
    step: str = ""
    finding: str | None = None
    error: str | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    process: subprocess.Popen[str] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    def change(self, **to: object) -> None:
        """Set attributes and wake all who watch; an ended run does not change."""
        with self.changed:
            if not self.ended:
                for name, value in to.items():
                    setattr(self, name, value)
            self.changed.notify_all()


class Jobs:
    """The runs of one server."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._gate = threading.Semaphore(MOST_AT_ONCE)
        self._lock = threading.Lock()

    def start(self, view_id: str, name: str, order: Mapping[str, object], watch: WatchOver = unwatched) -> Run:
        """Start a run; `order` is what the worker reads from its standard input, `watch` what may end it.

        Raises
        ------
        Conflict
            The view already has a run of this analysis under way.
        """
        with self._lock:
            if any(r.view == view_id and r.name == name and not r.ended for r in self._runs.values()):
                raise Conflict("This analysis is already running in this view. Wait for it, or cancel it.")
            while len(self._runs) >= MOST_KEPT:
                ended = next((k for k, r in self._runs.items() if r.ended), None)
                if ended is None:
                    raise Conflict("Too many analyses are waiting. Try again when one has ended.")
                del self._runs[ended]
            run = Run(secrets.token_urlsafe(9), name, view_id)
            self._runs[run.id] = run
        threading.Thread(target=self._work, args=(run, json.dumps(order), watch), daemon=True).start()
        return run

    def get(self, view_id: str, run_id: str) -> Run:
        """Return a run of this view; any other is not in it."""
        run = self._runs.get(run_id)
        if run is None or run.view != view_id:
            raise NotInView
        return run

    def cancel(self, run: Run) -> None:
        """Kill the worker. What it had not written is not there."""
        run.change(state="cancelled")
        if run.process is not None:
            run.process.kill()

    @staticmethod
    def _halt(run: Run, why: str) -> None:
        run.change(state="failed", error=why)
        if run.process is not None:
            run.process.kill()

    def cancel_of(self, view_id: str) -> None:
        """Cancel what still runs in a view."""
        self._cancel_all([run for run in list(self._runs.values()) if run.view == view_id])

    def close(self) -> None:
        """Cancel all that still runs."""
        self._cancel_all(list(self._runs.values()))

    def _cancel_all(self, runs: Iterable[Run]) -> None:
        for run in runs:
            if not run.ended:
                self.cancel(run)

    def watch(self, run: Run, patience: float = 15.0) -> Iterator[Run]:
        """Yield the run at once and after each change, until it has ended."""
        while True:
            yield run
            if run.ended:
                return
            with run.changed:
                run.changed.wait(patience)

    @staticmethod
    async def follow(run: Run, patience: float = 15.0, pause: float = 0.2) -> AsyncIterator[Run]:
        """Yield the run at once, after each change and now and then, until it has ended; no thread waits."""
        said: tuple[object, ...] = ()
        waited = 0.0
        while True:
            seen = (run.state, run.done, run.step)
            if seen != said or waited >= patience:
                said, waited = seen, 0.0
                yield run
                continue
            if run.ended:
                return
            await asyncio.sleep(pause)
            waited += pause

    def _work(self, run: Run, order: str, watch: WatchOver) -> None:
        with watch(lambda why: self._halt(run, why)), self._gate:
            if run.ended:
                return
            run.change(state="running")
            # stderr stays the server's: a traceback names code, and the worker never prints data
            process = subprocess.Popen(
                [sys.executable, "-m", "api.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            run.process = process
            if run.state in ("cancelled", "failed"):  # while the process was starting
                process.kill()
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(order)
                process.stdin.close()
                for line in process.stdout:
                    self._hear(run, json.loads(line))
            except (BrokenPipeError, json.JSONDecodeError):
                pass  # the worker died: said below
            process.wait()
            process.stdout.close()
            run.change(state="failed", error="The analysis ended without an answer. Nothing was kept; start it again.")

    @staticmethod
    def _hear(run: Run, said: Mapping[str, object]) -> None:
        if "finding" in said:
            run.change(state="done", done=1.0, finding=said["finding"])
        elif "error" in said:
            run.change(state="failed", error=said["error"])
        else:
            run.change(step=said["step"], done=said["done"])
