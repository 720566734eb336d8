"""A bare FastAPI route, as the least that an audited answer could cost: one synced line, one statement.

`python -m bench.bare HOME FOLDER` serves it on a free port of loopback and prints the address.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from graph.home import Home

_COLUMNS = (
    "SELECT hex(c.cid), p.text, s.delivered, o.delivered, c.value, v.text, g.text, c.marking, c.source FROM claim c"
    " JOIN entity s ON s.nid = c.subject JOIN entity o ON o.nid = c.object JOIN term p ON p.nid = c.predicate"
    " JOIN term v ON v.nid = c.valid JOIN term g ON g.nid = c.grade"
)
NEIGHBOURS = f"{_COLUMNS} WHERE c.subject = :n UNION ALL {_COLUMNS} WHERE c.object = :n AND c.subject <> :n"


def reader(home: Home) -> sqlite3.Connection:
    """Return a connection that only reads."""
    connection = sqlite3.connect(f"file:{home.ledger_path.as_posix()}?mode=ro", uri=True, check_same_thread=False)
    connection.execute("PRAGMA mmap_size=1073741824")
    return connection


def create_app(home: Home, folder: Path) -> FastAPI:
    """Make the application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    log = os.open(folder / "bare.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    local = threading.local()

    @app.get("/entities/{nid}/neighbours")
    def neighbours(nid: int) -> dict[str, Any]:
        os.write(log, json.dumps({"action": "read", "subject": nid}).encode() + b"\n")
        os.fdatasync(log)
        if not hasattr(local, "connection"):
            local.connection = reader(home)
        return {"links": local.connection.execute(NEIGHBOURS, {"n": nid}).fetchall()}

    return app


def main() -> None:
    """Serve until the process is ended."""
    import uvicorn

    from api.commands.serve import bind

    bound = bind("127.0.0.1", 0)
    app = create_app(Home.open(Path(sys.argv[1])), Path(sys.argv[2]))
    print(f"bare at http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run(sockets=[bound])


if __name__ == "__main__":
    main()
