"""Opening a view: who, what for, which case, on which basis; then policy over the markings, and a scope before anything
is read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph.actor import Actor, ViewRequest, check_request, enter_case, legal_basis
from graph.audit import AuditLog, audit_of
from graph.engines import open_graph
from graph.errors import KrydsfeltError
from graph.home import Home, now
from graph.interval import NO_BEGINNING, NO_END
from graph.policy import policy_digest
from graph.policy.asking import asking_for, user_of
from graph.pseudonyms import Tokens, partition_of
from graph.scope import Scope
from graph.store import GraphStore
from graph.vault import OPEN_FOR, check_entered, check_stated
from graph.view_acts import SHIFT, Opened
from graph.view_books import Books, books_back_to, books_of, decisions_of, ledger_of
from graph.view_claims import teller_of
from graph.view_names import Names
from graph.view_reads import View
from graph.view_scope import scoped


@lru_cache(maxsize=32)
def _store(path: Path, home_id: str, engine: str) -> GraphStore:
    return open_graph(Home.open(path), engine)


def serving(home: Home) -> GraphStore:
    """Return this process's engine of a home, the one that `KRYDSFELT_GRAPH` names or the embedded one."""
    return _store(home.path, home.id, os.environ.get("KRYDSFELT_GRAPH") or "embedded")


def open_view(
    home: Home,
    actor: Actor,
    request: ViewRequest,
    *,
    session: str,
    clock: Callable[[], datetime] = now,
    engine: GraphStore | None = None,
) -> View:
    """Open the door.

    Parameters
    ----------
    home : Home
    actor : Actor
    request : ViewRequest
    session : str
        What the view is bound to; only its keyed hash is written down.
    clock : callable
        Gives the time, aware.
    engine : GraphStore, optional
        The one that answers; this process's own unless given.

    Raises
    ------
    Refused
        Role, purpose or basis do not carry it: with the reason, and how to mend it.
    NotInView
        The case is closed, of others, or does not exist: one answer.
    AuditUnavailable
        It could not be written down that the view was asked for.
    """
    log = audit_of(home)
    intent = log.intent("open-view", _asked(actor, request, log.term(session), clock()))
    result, about = "error", dict[str, Any]()
    try:
        view = _open(home, actor, request, session, clock, engine, log)
        result, about = (
            "ok",
            {"view": view.id, "digest": view.digest, "legal_basis": view.legal_basis, "policy": policy_digest()},
        )
        if view.entry is not None and view.entry.glass:
            about |= {"glass": view.entry.glass, "loud": True}
        return view
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, about)


def _asked(actor: Actor, request: ViewRequest, session: str, at: datetime) -> dict[str, Any]:
    return {
        "user": actor.id,
        "roles": sorted(actor.roles),
        "session": session,
        "purpose": request.purpose,
        "case": request.case,
        "legal_basis": request.legal_basis,
        "reason": request.reason,
        **({"necessity": request.necessity} if request.necessity else {}),
        "actor": user_of(actor),
        "as_of": request.as_of.isoformat() if request.as_of is not None else None,
        "window": request.window,
        "door_time": at.isoformat(),
    }


def _open(
    home: Home,
    actor: Actor,
    request: ViewRequest,
    session: str,
    clock: Callable[[], datetime],
    engine: GraphStore | None,
    log: AuditLog,
) -> View:
    at = clock()
    check_request(actor, request, at.date())
    check_stated(actor, request)
    ledger = ledger_of(home)
    entry = enter_case(ledger, actor, request, at)
    check_entered(request, entry)
    case = entry.case if entry is not None else None
    basis = legal_basis(request, case)
    books = books_of(home)
    asking = asking_for(request, basis, entry, at.date())
    visible = decisions_of(home).visible(actor, asking, books.markings)
    as_of = books.seq_at(request.as_of) if request.as_of is not None else books.head
    if request.as_of is not None:
        books = books_back_to(home, books, as_of)
    scope = Scope.of(visible, as_of, request.window or (NO_BEGINNING, NO_END))
    graph = scoped(engine or serving(home), scope, ledger)
    tokens = Tokens(home.secret("pseudonym"), partition_of(request.case, request.purpose, actor.id))
    names = Names(home, graph, books, actor, request, asking)
    teller = teller_of(graph, books, names.rule(at), tokens)
    vault = at + OPEN_FOR if asking.necessary else None
    opened = Opened(view_digest(books, scope, request), asking, entry, at + SHIFT, vault)
    return View(home, actor, request, session=session, opened=opened, teller=teller, names=names, log=log, clock=clock)


def view_digest(books: Books, scope: Scope, request: ViewRequest) -> str:
    """Return the SHA-256 of policy, window, knowledge time and what the visible markings hold.

    Markings go in by content and those that hold nothing stay out, so two homes that agree on what is visible have the
    same digest.
    """
    held = sorted(
        (content, digest.hex())
        for nid, (content, digest) in books.contents.items()
        if nid in scope.visible and any(digest)
    )
    body = {
        "policy": policy_digest(),
        "window": scope.window,
        "as_of": request.as_of.isoformat() if request.as_of is not None else None,
        "markings": held,
    }
    return hashlib.sha256(
        json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
