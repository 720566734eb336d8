"""The routes that leave no intent in the audit, each with why: a closed list, held by `tests/trust/test_unaudited.py`.

Besides them only the pages' own files leave none. None of these answers from the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

UNAUDITED: Final[Mapping[tuple[str, str], str]] = {
    ("GET", "/api/v1/health"): "says that the server runs",
    ("GET", "/api/v1/ontology"): "the words of the product, the same for everybody",
    ("GET", "/api/v1/initiatives"): "the published plan, the same for everybody",
    ("GET", "/api/v1/map"): "a map of municipalities, the same for everybody",
    ("GET", "/api/v1/session"): "who the asker is signed in as",
    ("GET", "/api/v1/openings"): "the asker's own rights: purposes, and cases that let the asker in",
    ("GET", "/api/v1/views/again"): "the asker's own reason of this shift",
    ("GET", "/api/v1/views/{v}/runs/{r}"): "how far an analysis of this view has come, whose start left an intent",
    ("GET", "/api/v1/views/{v}/runs/{r}/events"): "the same, as it comes; what it found is read elsewhere",
    ("DELETE", "/api/v1/views/{v}/runs/{r}"): "ends an analysis of this view, whose start left an intent",
    ("POST", "/api/v1/csp-reports"): "a browser's report of what a page was kept from loading; nothing is answered",
    ("GET", "/sign-in/elsewhere"): "leads a browser to the provider; coming back leaves an intent",
    ("GET", "/api/v1/stops"): "which stop buttons are pressed, shown to everybody",
}
