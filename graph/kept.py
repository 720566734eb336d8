"""What is kept of work done in a view.

Findings, plans, packages. Each belongs to the view's case, or to its purpose where it has none.

Reading and keeping go through the view like everything else: audited, and seen only in the same case and purpose by
somebody who may see all that the work was made from. What was derived takes the highest of its sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from graph.errors import NotInView
from graph.ledger import Artefact, stamp
from graph.stops import check_kept
from graph.view import View
from graph.view_books import ledger_of


def keep(view: View, family: str, artefact_id: str, body: Mapping[str, object], at: datetime) -> Artefact:
    """Keep a body under a new id; it never changes afterwards."""
    artefact = Artefact(
        id=artefact_id,
        family=family,
        owner=view.actor.id,
        case=view.request.case,
        view_digest=view.digest,
        created_at=stamp(at),
        body={**body, "purpose": view.request.purpose, "made_from": sorted(view.contents_held())},
    )
    ledger_of(view.home).put_artefact(artefact)
    return artefact


def kept(view: View, family: str) -> list[Artefact]:
    """Return what this view may see of a family, newest first."""
    with view.act("list-kept", detail={"family": family}):
        check_kept(view.home, view.actor, family)
        found = ledger_of(view.home).artefacts(family, view.request.case)
    return [_told(a) for a in reversed(found) if _belongs(view, a)]


def one(view: View, family: str, artefact_id: str) -> Artefact:
    """Return one artefact.

    Raises
    ------
    NotInView
        There is none, it is of another case or purpose, or was made from what may not be seen here.
    """
    with view.act("read-kept", detail={"family": family, "id": artefact_id}):
        check_kept(view.home, view.actor, family)
        found = ledger_of(view.home).artefact(artefact_id)
    if found is None or found.family != family or not _belongs(view, found):
        raise NotInView
    return _told(found)


def _told(artefact: Artefact) -> Artefact:
    return replace(artefact, body={key: value for key, value in artefact.body.items() if key != "made_from"})


def _belongs(view: View, artefact: Artefact) -> bool:
    if artefact.case != view.request.case or artefact.body.get("purpose") != view.request.purpose:
        return False
    made_from = artefact.body.get("made_from")
    if made_from is None:  # kept before this was written down: only a view that shows just the same
        return artefact.view_digest == view.digest
    return view.contents_open().issuperset(str(each) for each in made_from)
