"""A small home of two cases for the tests of names, and the ways in which people come to learn one there."""

from __future__ import annotations

import json

from graph import unmasking
from graph.actor import ViewRequest
from graph.answers import EntityRef
from graph.audit_format import segments
from graph.grants import Grant, Subject
from graph.home import Home
from graph.view import View, open_view
from tests.factory import Ticking, World, persona

CASE, OTHER = "case-1", "case-2"
WHY = "To plan the talk of Thursday"
ALARM = "Somebody may be hurt tonight if nobody calls"


def world() -> World:
    made = World().case(CASE, lead="chief", members=["analyst", "liaison", "chief", "second"])
    made.case(OTHER, lead="chief", members=["analyst", "chief"])
    made.user("chief").user("second")
    made.person("mads", "Mads Østergård", born="1985-02-02").person("kaja", "Kaja Lind", born="1990-05-01")
    made.person("vera", "Vera Holm", born="1980-01-01", category="c").person("ib", "Ib Ung", born="2010-01-01")
    made.claim("person:mads", "identifier", value="AB-123456").claim("person:mads", "alias", value="Østersen")
    made.claim("person:mads", "associated_with", "person:kaja", {"kind": "call"}, marking=CASE)
    made.claim("person:mads", "associated_with", "person:vera", {"kind": "call"}, marking=OTHER)
    made.claim("document:1", "text", value="Mads Østergård kom.", marking=CASE)
    for n in range(12):
        made.person(f"p{n}", f"Navn Nummer{n}")
    return made


def opened(
    home: Home, ticking: Ticking, who: str = "analyst", case: str | None = CASE, purpose: str = "investigate"
) -> View:
    return open_view(home, persona(home, who), ViewRequest(purpose, case), session=who, clock=ticking)


def met(view: View, delivered: str) -> EntityRef:
    """How the view shows somebody whose delivered id the test knows and the reader may not."""
    row = view._graph.store.find(view.scope, delivered)[0]
    return view.entity(view._teller.tokens.entity(row.eid))


def asked(view: View, ticking: Ticking, *people: str, **more: object) -> Grant:
    subjects = [Subject(met(view, who).label, WHY) for who in people or ("person:mads",)]
    return unmasking.ask(view, subjects, reason=WHY, at=ticking(), **more)  # type: ignore[arg-type]


def log_of(home: Home) -> list[dict[str, object]]:
    return [json.loads(line) for p in segments(home.audit) for line in p.read_bytes().splitlines()]
