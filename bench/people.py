"""Whom the reading rows ask about, and the view they ask through."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench.lab import SEED
from graph.actor import ViewRequest, actor_of
from graph.errors import NotInView
from graph.home import Home
from graph.reading import open_reader, reading
from graph.view import View, open_view

CASE, PERSONA, PURPOSE = "case-2026-001", "analyst", "investigate"
_PEOPLE = (
    "SELECT e.nid FROM entity e JOIN term t ON t.nid = e.kind WHERE t.family = 'kind' AND t.text = 'Person'"
    " AND EXISTS (SELECT 1 FROM claim c WHERE c.subject = e.nid AND c.object IS NOT NULL) ORDER BY e.nid"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One person: the ledger's number, and how the view names them."""

    nid: int
    ref: str


def opened(home: Home) -> View:
    """Open the view that the rows read through: an analyst in the first case."""
    request = ViewRequest(purpose=PURPOSE, case=CASE)
    return open_view(home, actor_of(home, PERSONA), request, session="bench")


def people(home: Home, view: View, count: int) -> list[Asked]:
    """Draw people with links at random, those that the view holds, by a fixed seed."""
    engine = open_reader(home)
    try:
        with reading(engine) as connection:
            nids = [int(row[0]) for row in connection.connection.cursor().execute(_PEOPLE)]
            drawn = random.Random(SEED).sample(nids, min(len(nids), 2 * count))
            marks = ", ".join("?" * len(drawn))
            named = connection.connection.cursor().execute(
                f"SELECT nid, delivered FROM entity WHERE nid IN ({marks})", drawn
            )
            delivered = {int(nid): str(name) for nid, name in named}
    finally:
        engine.dispose()
    found: list[Asked] = []
    for nid in drawn:
        if len(found) == count:
            break
        try:
            found.append(Asked(nid, view.entity(delivered[nid]).token))
        except NotInView:
            continue
    return found
