"""What browsers report about our pages: that one tried something which its policy forbids."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from typing import Any, Final

from fastapi import APIRouter, Request

from api.headers import CSP, REPORTS

router = APIRouter(tags=["house"])
log = logging.getLogger("krydsfelt")

LARGEST: Final = 16 * 1024
MOST_LINES: Final = 100
"""Lines of the log that reports may fill while a process runs; what comes after is only counted."""
DIRECTIVES: Final = frozenset(part.split()[0] for part in CSP.split(";")) | {
    f"{part}-{where}" for part in ("script-src", "style-src") for where in ("elem", "attr")
}


class Reports:
    """How often each directive was broken. A report may hold data, so its directive is all that is kept of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def take(self, content: bytes) -> None:
        """Count one report."""
        directive = _directive(content)
        with self._lock:
            self.counts[directive] += 1
            told = self.counts.total() <= MOST_LINES
        if told:
            log.warning("a page broke its policy: %s", directive)


REPORTED: Final = Reports()


def _directive(content: bytes) -> str:
    """Return the broken directive, or `unknown`: only words of our own policy leave here."""
    try:
        said: Any = json.loads(content)
        inner = said["csp-report"]
        word = inner.get("effective-directive") or inner.get("violated-directive")
        return word if word in DIRECTIVES else "unknown"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "unknown"


@router.post(REPORTS, status_code=204, include_in_schema=False)
async def report(request: Request) -> None:
    """Take a browser's report; anybody may send one, and nothing is answered."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST:
            return
    REPORTED.take(content)
