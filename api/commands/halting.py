"""What runs in this process ends when its stop button is pressed in another."""

from __future__ import annotations

import _thread
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from graph.errors import Refused

PATIENCE = 0.5
"""Seconds for what runs to end by itself; a library that does not listen is ended with the process."""


@contextmanager
def halting(watch: Callable[[Callable[[str], None]], AbstractContextManager[object]]) -> Iterator[None]:
    """Run the block until it ends, or until what `watch` watches says why it must.

    Raises
    ------
    Refused
        With that sentence.
    """
    said, over = list[str](), threading.Event()

    def stopped(why: str) -> None:
        said.append(why)
        _thread.interrupt_main()
        if not over.wait(PATIENCE):
            print(f"error (stopped-suggestions): {why}", file=sys.stderr, flush=True)
            os._exit(Refused.exit_code)

    try:
        with watch(stopped):
            yield
    except KeyboardInterrupt:
        if said:
            raise Refused(said[0], code="stopped-suggestions") from None
        raise
    finally:
        over.set()
