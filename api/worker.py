"""The worker process of one analysis.

`python -m api.worker`, an order on standard input, lines of JSON on standard output.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from api import findings
from graph.access import access_of
from graph.actor import ViewRequest, actor_of
from graph.errors import KrydsfeltError, NotSignedIn
from graph.home import Home, now
from graph.view_books import ledger_of
from graph.view_open import open_view


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> int:
    """Run the order; the exit code is 0 when a finding was kept."""
    order = json.load(sys.stdin)
    home = Home.open(Path(order["home"]))
    request = ViewRequest(
        purpose=order["purpose"],
        case=order["case"],
        legal_basis=order["legal_basis"],
        reason=order["reason"],
        as_of=datetime.fromisoformat(order["as_of"]) if order["as_of"] else None,
        window=tuple(order["window"]) if order["window"] else None,
    )
    try:
        if access_of(ledger_of(home), order["actor"]).epoch != order["epoch"]:
            raise NotSignedIn("The sign-in that asked for this was revoked. Sign in again, and start it again.")
        view = open_view(home, actor_of(home, order["actor"]), request, session="worker", clock=now)
        _, kept_as = findings.run(
            view, order["name"], order["parameters"], now(), lambda step, done: say(step=step, done=round(done, 3))
        )
    except KrydsfeltError as error:
        say(error=error.message, code=error.reason_code)
        return error.exit_code
    say(finding=kept_as)
    return 0


if __name__ == "__main__":
    sys.exit(main())
