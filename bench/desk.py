"""A house full of people for the soak: users in many cases, signed in, each with an open view and a sheet of entities.

What they ask for is what the pages ask for, in the shares of `MIX`: the neighbours and the card of what is on the
sheet, names searched for, paths between two of them, the record behind a claim, the case with its parties, the lists
of a page, the figures of the view, the notices, and how the stop buttons stand.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import quote

from bench.lab import SEED
from bench.people import PURPOSE
from bench.served import Client
from graph.home import Home
from graph.ledger import Ledger

USERS: Final = 120
CASES: Final = 12
SHEET: Final = 40
"""Entities that lie on one user's sheet."""
AROUND: Final = 120
"""Entities that are found around the parties of a case; its members draw their sheets from them."""
RECORDS: Final = 12
CROWD: Final = 80
"""Links of an entity above which the desk does not draw them unasked."""
RECENT: Final = 12
"""Of what is on the sheet, those that most is asked about: what a person has just put there."""
MIX: Final[Mapping[str, float]] = {
    "neighbours": 0.34,
    "card": 0.30,
    "search": 0.08,
    "stops": 0.08,
    "path": 0.05,
    "case": 0.04,
    "record": 0.03,
    "parties": 0.03,
    "view": 0.02,
    "notices": 0.02,
    "findings": 0.01,
}
"""Share of each question. Every act on the sheet asks for neighbours or a card; the buttons are asked for every quarter
of a minute by each page that is open, the case and its lists when a page is opened; `view` counts what the view holds.
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """One user at work: whom the server knows by the cookie, and what each question may be about."""

    cookie: str
    questions: Mapping[str, Sequence[str]]
    """Addresses by question."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def settle(home: Home, users: int = USERS, cases: int = CASES) -> dict[str, str]:
    """Enter users into the directory of a home and spread them over its open cases; return each one's case."""
    with Ledger(home) as ledger:
        known = ledger.cases()
        open_ = [name for name in sorted(known) if known[name].get("state") == "open"][:cases]
        where = {f"desk-{n:03}": open_[n % len(open_)] for n in range(users)}
        rights = {"roles": ["analyst"], "clearance": 2, "purposes": ["prevent", PURPOSE]}
        with ledger.writer() as writer:
            for user in where:
                writer.directory("user", user, "home", {**rights, "compartments": [], "org": "home"})
            for case in open_:
                body = dict(known[case])
                space = str(body.pop("namespace", "home"))
                members = [*(body.get("members") or ()), *(user for user, his in where.items() if his == case)]
                writer.directory("case", case, space, {**body, "members": members})
    return where


def seats(port: int, where: Mapping[str, str], *, seed: int = SEED) -> list[Seat]:
    """Sign everybody in, open their views and fill their sheets from what lies around the parties of their case."""
    found = []
    around: dict[str, Around] = {}
    for number, (user, case) in enumerate(where.items()):
        client = Client(port, agent=f"desk/{number}")
        client.post("/api/v1/session", {"persona": user})
        opened = client.post("/api/v1/views", {"purpose": PURPOSE, "case": case, "reason": "looking after the case"})
        view = f"/api/v1/views/{quote(str(opened['id']))}"
        draw = random.Random(f"{seed}/{user}")
        if case not in around:  # tokens are the same for all members of a case
            entities = _walk(client, view, draw)
            around[case] = Around(entities, _records(client, view, entities))
            _first_of_the_day(client, view, entities)
        found.append(_seat(client.cookie, view, around[case], draw))
        client.close()
    return found


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around the parties of a case, and claims whose records may be shown."""

    entities: Sequence[Mapping[str, Any]]
    records: Sequence[str]


def _seat(cookie: str, view: str, around: Around, draw: random.Random) -> Seat:
    sheet = draw.sample(around.entities, min(SHEET, len(around.entities)))
    tokens = [quote(str(entity["token"])) for entity in sheet]
    pairs = [draw.sample(tokens, 2) for _ in range(10)]
    words = [quote(str(entity["label"]).split()[0]) for entity in draw.sample(sheet, min(20, len(sheet)))]
    return Seat(
        cookie,
        {
            "neighbours": [f"{view}/entities/{token}/neighbours?limit=200" for token in tokens],
            "card": [f"{view}/entities/{token}" for token in tokens],
            "search": [f"{view}/search?q={word}&limit=20" for word in words],
            "stops": ["/api/v1/stops"],
            "path": [f"{view}/paths?start={a}&end={b}&kind=shortest&overlap=possible" for a, b in pairs],
            "case": [f"{view}/case"],
            "record": [f"{view}/claims/{claim}/record" for claim in around.records],
            "parties": [f"{view}/parties"],
            "view": [view],
            "notices": ["/api/v1/notices"],
            "findings": [f"{view}/findings"],
        },
    )


def _walk(client: Client, view: str, draw: random.Random) -> list[Mapping[str, Any]]:
    """Follow links from the parties of the case; what would crowd a sheet is not drawn."""
    waiting = list(client.read(f"{view}/case")["parties"])
    known = {entity["token"] for entity in waiting}
    found: list[Mapping[str, Any]] = []
    asked = 0
    while waiting and len(found) < AROUND and asked < 2 * AROUND:
        entity, asked = waiting.pop(draw.randrange(len(waiting))), asked + 1
        there = client.read(f"{view}/entities/{quote(entity['token'])}/neighbours?limit=20")
        if len(there["links"]) + there["more"] > CROWD:
            continue
        found.append(entity)
        new = [other for other in there["entities"] if other["token"] not in known]
        drawn = draw.sample(new, min(6, len(new)))
        known |= {other["token"] for other in drawn}
        waiting += drawn
    return found


def _first_of_the_day(client: Client, view: str, entities: Sequence[Mapping[str, Any]]) -> None:
    """Ask once in each case for what is made once for all that is asked later: names that forgive errors, paths."""
    client.get(f"{view}/search?q=Qxzv&limit=20")
    ends = [quote(str(entity["token"])) for entity in (entities[0], entities[-1])]
    client.get(f"{view}/paths?start={ends[0]}&end={ends[1]}")
    client.get(view)


def _records(client: Client, view: str, entities: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return claims whose records the view may show, a few."""
    found: list[str] = []
    for entity in entities:
        for claim in client.read(f"{view}/entities/{quote(entity['token'])}")["claims"][:3]:
            if len(found) < RECORDS and client.status(f"{view}/claims/{quote(claim['token'])}/record") == 200:
                found.append(quote(str(claim["token"])))
        if len(found) >= RECORDS:
            break
    return found
