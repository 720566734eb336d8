"""Small made-up worlds as plain values: about fourteen things, thirty-odd claims, many markings, cases, names.

A world says what was delivered when, and nothing of who may see it: that is `oracle`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from graph.ledger_write import NewClaim
from graph.model import Marking

NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRST: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
PURPOSES: Final = ("prevent", "investigate", "outreach-aggregate", "exchange", "oversight")
BASES: Final = ("LED-8", "polintel-4", "polintel-5", "rpl-115-1", "rpl-115-2", "rpl-115-3", "rpl-742", "pet-7")
OWN_CASE, OTHER_CASE, CLOSED_CASE, SEALED_CASE = "case-own", "case-other", "case-closed", "case-sealed"
ASKER, SOMEBODY, PARTNER = "asker", "somebody", "partner-x"
MASKED_SPACE, OPEN_SPACE = "alfa", "beta"
IDENTIFYING: Final = frozenset({"Person", "Phone", "Account", "TravelDocument", "Vehicle", "PaymentMeans"})
NECESSITY: Final = "strictly necessary tonight, as the lead says"
VAULT_SHARE: Final = 0.3
"""How often a request asks for the vault as well."""
NAMING: Final = frozenset({"name", "alias", "identifier", "number", "birth_date"})
"""Literals that name somebody."""

OPEN: Final = Marking(
    level=1,
    handling="H0",
    originator="home",
    share=("home", "org-x"),
    purposes=PURPOSES,
    legal_basis="LED-8",
    case="unbound",
    regime="synthetic",
    sealed=False,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One claim as delivered: in which namespace, at which time, and when it was retracted."""

    space: str
    at: datetime
    claim: NewClaim
    retracted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Work that somebody kept: a finding or plan of a case, or of a purpose where it has none."""

    id: str
    family: str
    owner: str
    case: str | None
    purpose: str
    word: str


@dataclass(frozen=True, slots=True)
class World:
    """All that a home holds."""

    claims: tuple[Said, ...]
    cases: Mapping[str, Mapping[str, Any]]
    asker: Mapping[str, Any]
    spaces: Mapping[str, bool] = field(default_factory=lambda: {MASKED_SPACE: False, OPEN_SPACE: True})
    """Namespace -> its labels are declared public."""
    kept: tuple[Kept, ...] = ()

    def entities(self) -> list[tuple[str, str]]:
        """Return every entity that a claim states, as (namespace, delivered id), in order."""
        found = {
            (said.space, end)
            for said in self.claims
            for end in (said.claim.subject, said.claim.object, said.claim.report)
            if end is not None
        }
        return sorted(found)


@dataclass(frozen=True, slots=True)
class Request:
    """What the asker's view is opened for."""

    purpose: str
    case: str | None = None
    legal_basis: str | None = None
    as_of: datetime | None = None
    valid: str | None = None
    necessity: str = ""
    """Why special categories are strictly necessary: opens the vault."""

    def body(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose,
            "case": self.case,
            "legal_basis": self.legal_basis,
            "reason": "a lead to follow",
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "valid": self.valid,
            "necessity": self.necessity,
        }


@dataclass(frozen=True, slots=True)
class Things:
    """What a world's claims are about, by kind; names and ids are words that stand nowhere else."""

    person: Sequence[str]
    phone: Sequence[str]
    section: Sequence[str]
    venue: Sequence[str]
    milieu: Sequence[str]
    report: Sequence[str]
    group: Sequence[str]
    document: Sequence[str]
    request: Sequence[str]
    place: Sequence[str]


KIND_OF: Final = {
    "person": "Person", "phone": "Phone", "section": "PrisonSection", "venue": "Venue", "milieu": "Milieu",
    "report": "Report", "group": "Group", "document": "Document", "request": "Request", "place": "Municipality",
    "vehicle": "Vehicle", "offence": "Offence", "programme": "Programme", "need": "NeedSegment",
}  # fmt: skip


def word(random: Random, length: int = 7) -> str:
    """Return a made-up word of letters that stands nowhere else."""
    return "".join(random.choice("bcdfghjklmnpqrtvwxz") + random.choice("aeiouy") for _ in range(length // 2 + 1))


def kind_of(entity: str) -> str:
    return KIND_OF[entity.partition(":")[0]]


def things(random: Random) -> Things:
    """Draw the things of a world."""

    def some(prefix: str, count: int) -> list[str]:
        return [f"{prefix}:{word(random, 9)}" for _ in range(count)]

    return Things(
        person=some("person", 5),
        phone=some("phone", 2),
        section=some("section", 1),
        venue=some("venue", 1),
        milieu=some("milieu", 2),
        report=some("report", 1),
        group=some("group", 1),
        document=some("document", 1),
        request=some("request", 1),
        place=some("place", 1),
    )


def draw(seed: int) -> tuple[World, Request]:
    """Draw a world, its asker and a request."""
    random = Random(seed)
    asker, request = draw_asker(random)
    markings = [OPEN, *(draw_marking(random) for _ in range(9))]
    about = things(random)
    days = sorted(random.sample(range(200), 3))
    moments = [FIRST + timedelta(days=day, minutes=random.randint(0, 600)) for day in days]
    names: list[str] = []
    claims: list[Said] = []
    seen: set[tuple[str, bytes]] = set()
    while len(claims) < 34:
        space = random.choice((MASKED_SPACE, MASKED_SPACE, OPEN_SPACE))
        mark = random.choice(markings) if random.random() < 0.5 else near(random, request)
        claim = draw_claim(random, about, mark, names)
        if (space, claim.content()) in seen:
            continue
        seen.add((space, claim.content()))
        at = random.choice(moments)
        gone = at + timedelta(days=random.randint(1, 40)) if random.random() < 0.06 else None
        claims.append(Said(space, at, claim, gone))
    claims.sort(key=lambda said: said.at)
    world = World(tuple(claims), draw_cases(random, about), asker, kept=draw_kept(random, request))
    if random.random() < VAULT_SHARE:
        world, request = with_vault(random, world, replace(request, necessity=NECESSITY), about, names)
    return world, request


def with_vault(
    random: Random, world: World, request: Request, about: Things, names: list[str]
) -> tuple[World, Request]:
    """Add claims of special categories, most of which a request that states their necessity would meet."""
    more: dict[tuple[str, bytes], Said] = {(said.space, said.claim.content()): said for said in world.claims}
    for _ in range(8):
        base = near(random, request)
        mark = replace(base if random.random() < 0.7 else draw_marking(random, base), special=True)
        said = Said(random.choice((MASKED_SPACE, OPEN_SPACE)), FIRST, draw_claim(random, about, mark, names))
        more.setdefault((said.space, said.claim.content()), said)
    return replace(world, claims=tuple(sorted(more.values(), key=lambda said: said.at))), request


def draw_asker(random: Random) -> tuple[dict[str, Any], Request]:
    """Draw who asks and for what; mostly somebody who may work, sometimes somebody who may not."""
    roles_drawn = [*["analyst"] * 6, *["liaison"] * 4, "planner", "inspector", "custodian"]
    role = random.choice(roles_drawn)
    usual = {
        "analyst": ["prevent", "investigate"], "liaison": ["exchange"], "planner": ["outreach-aggregate", "prevent"],
        "inspector": ["oversight"], "custodian": ["oversight"],
    }[role]  # fmt: skip
    roles = [role] if random.random() < 0.9 else [role, random.choice(("analyst", "liaison", "admin"))]
    asker = {
        "roles": roles,
        "clearance": random.choice((0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3)),
        "compartments": random.choice(([], [], ["red"], ["red", "blue"])),
        "purposes": usual if random.random() < 0.95 else [],
        "org": random.choice(("home", "home", "home", "home", "org-x")),
    }
    if random.random() < 0.2:
        asker["regimes"] = random.choice((["synthetic"], ["synthetic", "led"], ["research"]))
    purpose = random.choice(usual)
    case = None if purpose == "outreach-aggregate" or random.random() < 0.15 else OWN_CASE
    if purpose == "oversight":
        case = random.choice((None, CLOSED_CASE, CLOSED_CASE, CLOSED_CASE, SEALED_CASE, SEALED_CASE, OWN_CASE))
    elif case is not None and random.random() < 0.05:
        case = random.choice((OTHER_CASE, CLOSED_CASE, SEALED_CASE, "case-none"))
    basis = random.choice((None, None, None, "LED-8", "pet-7")) if random.random() < 0.97 else "rpl-115-1"
    as_of = FIRST + timedelta(days=random.randint(0, 220)) if random.random() < 0.12 else None
    valid = random.choice(("2015/2017", "2016", "2014-03/..")) if random.random() < 0.12 else None
    return asker, Request(purpose, case, basis, as_of, valid)


_DATES: Final = ("next year", *(str(NOW.date() + timedelta(days=days)) for days in (-400, -1, 0, 1, 400)))
"""Days around the one of the play, and what is no day."""


def draw_marking(random: Random, base: Marking = OPEN) -> Marking:
    """Draw a marking that differs from another in one or two attributes."""
    values = {name: getattr(base, name) for name in base.__dataclass_fields__}
    change: dict[str, Callable[[], Any]] = {
        "level": lambda: random.choice((0, 1, 2, 3)),
        "compartments": lambda: random.choice((("red",), ("blue", "red"), ("green",))),
        "handling": lambda: random.choice(("H0", "H1", "H2", "H3")),
        "tlp": lambda: random.choice((None, "GREEN", "RED")),
        "originator": lambda: random.choice(("", "org-x", "org-y")),
        "share": lambda: random.choice(((), ("org-x",), ("org-y",), ("home",))),
        "purposes": lambda: random.choice(((), ("exchange",), ("prevent",), ("investigate",), ("outreach-aggregate",))),
        "legal_basis": lambda: random.choice((*BASES, "rpl-115-1", "rpl-115-3", "", "nothing")),
        "case": lambda: random.choice((OWN_CASE, OTHER_CASE, CLOSED_CASE, SEALED_CASE, None)),
        "regime": lambda: random.choice(("research", "led", "pet", "gdpr", "")),
        "special": lambda: True,
        "minor": lambda: True,
        "sealed": lambda: True,
        "basis_from": lambda: random.choice(_DATES),
        "basis_to": lambda: random.choice(_DATES),
        "review_on": lambda: random.choice(_DATES),
        "category": lambda: random.choice(("a", "b", "c", "d", "e")),
    }
    for name in random.sample(sorted(change), random.choice((1, 1, 2))):
        values[name] = change[name]()
    return Marking(**values)


def near(random: Random, request: Request) -> Marking:
    """Return a marking that the request would most likely meet: open, or bound to its case."""
    if request.case is None or random.random() < 0.5:
        return OPEN
    values = {name: getattr(OPEN, name) for name in OPEN.__dataclass_fields__}
    return Marking(**{**values, "case": request.case, "legal_basis": "polintel-4"})


def draw_claim(random: Random, about: Things, marking: Marking, names: list[str]) -> NewClaim:
    """Draw one claim; `names` collects the names of people, so that texts can speak of them."""
    subject, predicate, target, value = random.choice(_SHAPES)(random, about, names)
    return NewClaim(
        subject=subject,
        subject_kind=kind_of(subject),
        predicate=predicate,
        marking=marking,
        source=random.choice(("register", "patrol", f"unit:{word(random, 5)}")),
        object=target,
        object_kind=kind_of(target) if target else None,
        value=value,
        valid=random.choice(("", "2014", "2015-02-03/..", "2016-05/2016-08", "2016?", "../2015-06", "2017-01-01")),
        grade=random.choice(("4x4:A1", "4x4:B2", "4x4:C3", "4x4:X4", "admiralty:C3")),
        assertion="assessment" if predicate in ("in_milieu", "member_of", "same_as", "not_same_as") else "fact",
        category=random.choice(("a", "a", "b", "c", "d")) if subject.startswith("person:") else None,
        report=random.choice((*about.report, *about.report, None, None, None)),
        locator=random.choice((None, None, "3:9", f"page {word(random, 5)}")),
        note=_speech(random, names) if random.random() < 0.15 else None,
    )


def _speech(random: Random, names: Sequence[str]) -> str:
    own = f"said {word(random, 7)}"
    return f"{own} about {random.choice(names)} yesterday" if names and random.random() < 0.6 else own


Shape = tuple[str, str, str | None, str | None]


def _name(random: Random, about: Things, names: list[str]) -> Shape:
    person = random.choice(about.person)
    called = random.choice(names) if names and random.random() < 0.1 else f"{word(random, 5)} {word(random, 7)}".title()
    names.append(called)
    return person, random.choice(("name", "name", "alias")), None, called


def _birth(random: Random, about: Things, names: list[str]) -> Shape:
    return random.choice(about.person), "birth_date", None, random.choice(("1990-01-01", "1984", "2011-05-06", "2014"))


def _number(random: Random, about: Things, names: list[str]) -> Shape:
    return random.choice(about.phone), "number", None, f"+45 {random.randint(20000000, 99999999)}"


def _title(random: Random, about: Things, names: list[str]) -> Shape:
    thing = random.choice((*about.section, *about.venue, *about.group, *about.report, *about.document, *about.place))
    return thing, random.choice(("name", "title")), None, f"Hus {word(random, 7)}".title()


def _code(random: Random, about: Things, names: list[str]) -> Shape:
    return random.choice(about.milieu), "code", None, random.choice(("C", "C.gang", "E", "E.isl", "E.rwe"))


def _text(random: Random, about: Things, names: list[str]) -> Shape:
    return random.choice(about.document), "text", None, _speech(random, names)


def _fact(random: Random, about: Things, names: list[str]) -> Shape:
    options: list[Shape] = [
        (random.choice(about.section), "capacity", None, str(random.randint(5, 60))),
        (random.choice(about.section), "security_level", None, random.choice(("open", "closed", "arrest"))),
        (random.choice(about.request), "due", None, f"2026-12-{random.randint(1, 28):02}"),
        (random.choice(about.request), "reference", None, f"ref {word(random, 7)}"),
        (random.choice(about.request), "state", None, random.choice(("open", "answered"))),
    ]
    return random.choice(options)


def _tie(random: Random, about: Things, names: list[str]) -> Shape:
    a, b = random.sample(list(about.person), 2)
    value = random.choice((None, '{"kind": "call", "count": 3}'))
    return a, random.choice(("associated_with", "kin_of")), b, value


def _spell(random: Random, about: Things, names: list[str]) -> Shape:
    person = random.choice(about.person)
    options: list[Shape] = [
        (person, "in_milieu", random.choice(about.milieu), None),
        (person, "placed_in", random.choice(about.section), None),
        (person, "present_at", random.choice(about.venue), None),
        (person, "uses", random.choice(about.phone), None),
        (person, "member_of", random.choice(about.group), None),
        (random.choice(about.venue), "subject_of", random.choice(about.report), None),
        (random.choice(about.venue), "located_in", random.choice(about.place), None),
    ]
    return random.choice(options)


def _same(random: Random, about: Things, names: list[str]) -> Shape:
    a, b = random.sample(list(about.person), 2)
    return a, random.choice(("same_as", "same_as", "not_same_as")), b, None


_SHAPES: Final = (_name, _name, _name, _birth, _number, _title, _title, _code, _text, _fact, _fact,
                  _tie, _tie, _tie, _spell, _spell, _spell, _spell, _spell, _spell, _same)  # fmt: skip


def draw_cases(random: Random, about: Things) -> dict[str, dict[str, Any]]:
    """Draw the asker's case, another, a closed and a sealed one."""
    body: dict[str, Any] = {
        "state": "open",
        "purpose": "investigate",
        "legal_basis": random.choice(("polintel-4", "LED-8", "pet-7")),
        "lead": "lead",
    }
    own: dict[str, Any] = {
        **body,
        "title": f"Own {word(random)}",
        "members": [ASKER],
        "parties": _draw_parties(random, about),
    }
    if random.random() < 0.3:
        own["masked"] = True
    for name in ("legal_basis_from", "legal_basis_to"):
        if random.random() < 0.08:
            own[name] = random.choice(_DATES)
    ended = {
        case: {
            **body, "state": state, "title": f"Ended {word(random)}", "members": [ASKER],
            "parties": _draw_parties(random, about), "namespace": random.choice((MASKED_SPACE, OPEN_SPACE)),
        }
        for case, state in ((CLOSED_CASE, "closed"), (SEALED_CASE, "sealed"))
    }  # fmt: skip
    return {
        OWN_CASE: {**own, "namespace": random.choice((MASKED_SPACE, OPEN_SPACE))},
        OTHER_CASE: {
            **body, "title": f"Other {word(random)}", "members": [SOMEBODY], "parties": [], "namespace": MASKED_SPACE,
        },
        **ended,
    }  # fmt: skip


def _draw_parties(random: Random, about: Things) -> list[dict[str, str]]:
    return [
        {
            "entity": person,
            "category": random.choice(("a", "b", "c", "d")),
            "role": random.choice(("subject", "suspect", "victim", "witness", "contact")),
            "reason": "entered by the lead",
        }
        for person in random.sample(list(about.person), 2)
    ]


def draw_kept(random: Random, request: Request) -> tuple[Kept, ...]:
    """Draw some work of others, and one finding that the asker may read."""
    own = Kept(f"find-{word(random)}", "finding", "colleague", request.case, request.purpose, word(random))
    return (own, other_work(random)) if random.random() < 0.5 else (other_work(random),)


def other_work(random: Random) -> Kept:
    """Draw a finding, plan or package of a case that the asker is no member of."""
    family = random.choice(("finding", "plan", "package-sent"))
    return Kept(f"{family}-{word(random)}", family, "somebody", OTHER_CASE, "investigate", word(random))
