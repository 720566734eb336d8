"""Bare FastAPI routes, as the least that an audited answer could cost: one synced line, then bare SQL.

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

_BESIDE = (
    "SELECT c.subject, c.object FROM claim c JOIN json_each(:ids) i ON c.subject = i.value WHERE c.object IS NOT NULL"
    " UNION ALL SELECT c.object, c.subject FROM claim c JOIN json_each(:ids) i ON c.object = i.value"
)


def reader(home: Home) -> sqlite3.Connection:
    """Return a connection that only reads."""
    connection = sqlite3.connect(f"file:{home.ledger_path.as_posix()}?mode=ro", uri=True, check_same_thread=False)
    connection.execute("PRAGMA mmap_size=1073741824")
    return connection


def shortest(connection: sqlite3.Connection, start: int, end: int, hops: int) -> list[int]:
    """Return the entities of one shortest path, ends included; empty where there is none of at most so many links.

    From both ends at once, always from the smaller edge, a statement for each step.
    """
    if start == end:
        return [start]
    before: tuple[dict[int, int], dict[int, int]] = ({start: start}, {end: end})
    edges = [[start], [end]]
    for _ in range(hops):
        side = 0 if len(edges[0]) <= len(edges[1]) else 1
        found: list[int] = []
        for near, far in connection.execute(_BESIDE, {"ids": json.dumps(edges[side])}):
            if far not in before[side]:
                before[side][far] = near
                found.append(far)
        met = next((nid for nid in found if nid in before[1 - side]), None)
        if met is not None:
            return [*reversed(_back(before[0], met)), *_back(before[1], met)[1:]]
        if not found:
            return []
        edges[side] = found
    return []


def _back(before: dict[int, int], nid: int) -> list[int]:
    way = [nid]
    while before[way[-1]] != way[-1]:
        way.append(before[way[-1]])
    return way


def create_app(home: Home, folder: Path) -> FastAPI:
    """Make the application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    log = os.open(folder / "bare.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    local = threading.local()

    def logged(**act: Any) -> sqlite3.Connection:
        os.write(log, json.dumps({"action": "read", **act}).encode() + b"\n")
        os.fdatasync(log)
        if not hasattr(local, "connection"):
            local.connection = reader(home)
        connection: sqlite3.Connection = local.connection
        return connection

    @app.get("/entities/{nid}/neighbours")
    def neighbours(nid: int) -> dict[str, Any]:
        return {"links": logged(subject=nid).execute(NEIGHBOURS, {"n": nid}).fetchall()}

    @app.get("/paths")
    def path(start: int, end: int, hops: int) -> dict[str, Any]:
        return {"path": shortest(logged(start=start, end=end), start, end, hops)}

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
