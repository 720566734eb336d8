"""The twin of a world: the same in all that the asker may see, changed in what they may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from graph.ledger_write import NewClaim
from graph.model import Marking
from tests.trust import oracle
from tests.trust.worlds import (
    FIRST,
    KIND_OF,
    MASKED_SPACE,
    OPEN_SPACE,
    OTHER_CASE,
    SOMEBODY,
    Request,
    Said,
    World,
    draw_marking,
    kind_of,
    near,
    other_work,
    word,
)

MOST_TRIES: Final = 60
LINKS: Final = ("associated_with", "kin_of", "uses", "present_at", "placed_in", "member_of", "in_milieu", "same_as")


@dataclass(slots=True)
class _Change:
    """A world under change."""

    world: World
    request: Request
    random: Random
    claims: list[Said]
    marks: list[Marking]
    """Markings under which the asker sees nothing."""
    moments: list[datetime]
    """When deliveries came: with those that may be seen, and between them."""


def twin(world: World, request: Request, seed: int) -> World:
    """Return a world that the request cannot tell from this one.

    Hidden claims are dropped, marked otherwise, delivered at another time or taken back; further ones are added: on
    visible things, between them, on new things, under new kinds and namespaces, as namesakes of the visible; cases and
    work of others come and go.
    """
    random = Random(seed)
    moments = sorted({said.at for said in world.claims}) + [_moment(random) for _ in range(3)]
    at = _Change(world, request, random, list(world.claims), _hidden_marks(world, request, random), moments)
    for said in oracle.hidden(world, request):
        if random.random() < 0.5:
            _alter(at, said)
    if request.as_of is not None:  # what became known afterwards
        for said in [s for s in world.claims if s.at > request.as_of and s not in oracle.hidden(world, request)]:
            if random.random() < 0.5 and said in at.claims:
                at.claims.remove(said)
    for add in random.sample(ADDITIONS, random.randint(4, len(ADDITIONS))):
        for _ in range(random.randint(1, 2)):
            at.claims.extend(add(at))
    unique: dict[tuple[str, bytes], Said] = {}
    for said in sorted(at.claims, key=lambda said: said.at):
        unique.setdefault((said.space, said.claim.content()), said)
    more = {said.space: random.random() < 0.5 for said in unique.values() if said.space not in world.spaces}
    changed = replace(world, claims=tuple(unique.values()), spaces={**world.spaces, **more})
    return _others(changed, request, random)


def _hidden_marks(world: World, request: Request, random: Random) -> list[Marking]:
    found = [s.claim.marking for s in oracle.hidden(world, request)]
    for _ in range(MOST_TRIES):
        drawn = draw_marking(random, near(random, request))
        if request.necessity and random.random() < 0.6:
            drawn = replace(drawn, special=True)  # what an open vault must keep back as well
        if not (oracle.opens(world, request) and oracle.in_reach(world, request, drawn)):
            found.append(drawn)
        if len(found) > 8:
            break
    return found


def _alter(at: _Change, said: Said) -> None:
    place = at.claims.index(said)
    act = at.random.choice(("drop", "drop", "relabel", "value", "later", "take back", "turn"))
    if act == "drop":
        del at.claims[place]
        return
    claim = said.claim
    if act == "relabel":
        changed = replace(said, claim=replace(claim, marking=at.random.choice(at.marks)))
    elif act == "value" and claim.object is None:
        changed = replace(said, claim=replace(claim, value=_value(claim.predicate, at.random)))
    elif act == "later":
        changed = replace(said, at=at.random.choice(at.moments), retracted=None)
    elif act == "turn" and claim.object is not None:
        other = at.random.choice([e for s, e in at.world.entities() if s == said.space and e != claim.subject])
        changed = replace(said, claim=replace(claim, object=other, object_kind=kind_of(other)))
    else:
        changed = replace(said, retracted=said.at + timedelta(days=1))
    at.claims[place] = changed


def _value(predicate: str, random: Random) -> str:
    return {
        "birth_date": random.choice(("2013-01-01", "1970", "2012")),
        "capacity": str(random.randint(61, 99)),
        "code": random.choice(("C.rocker", "E.lwe")),
        "security_level": random.choice(("open", "closed", "arrest")),
        "due": "2026-11-30",
        "state": random.choice(("open", "answered", "refused")),
        "number": f"+45 {random.randint(20000000, 99999999)}",
    }.get(predicate, f"{word(random, 6)} {word(random, 6)}".title())


def _moment(random: Random) -> datetime:
    return FIRST + timedelta(days=random.randint(0, 240), minutes=random.randint(0, 900))


def _claim(at: _Change, space: str, subject: str, predicate: str, **said: str | None) -> Said:
    """Make a hidden claim."""
    target = said.pop("object", None)
    random = at.random
    return Said(
        space,
        random.choice(at.moments),
        NewClaim(
            subject=subject,
            subject_kind=kind_of(subject),
            predicate=predicate,
            marking=random.choice(at.marks),
            source=random.choice(("register", f"unit:{word(random, 5)}", f"agent:{word(random, 5)}")),
            object=target,
            object_kind=kind_of(target) if target else None,
            valid=random.choice(("", "2016-05/2016-08", "2018-03-01/..")),
            grade=random.choice(("4x4:A1", "admiralty:A1", "4x4:D4")),
            assertion="assessment" if predicate in ("in_milieu", "member_of", "same_as", "not_same_as") else "fact",
            category=random.choice(("a", "b", "c", "d")) if subject.startswith("person:") else None,
            **said,  # type: ignore[arg-type]
        ),
    )


def _entity(at: _Change, *prefixes: str, space: str | None = None) -> tuple[str, str]:
    """Return an entity of the world, of some kinds."""
    found = [
        (s, e)
        for s, e in at.world.entities()
        if (not prefixes or e.partition(":")[0] in prefixes) and space in (None, s)
    ]
    return (
        at.random.choice(found)
        if found
        else (space or MASKED_SPACE, f"{(prefixes or ('person',))[0]}:{word(at.random, 9)}")
    )


def _literals(at: _Change) -> list[Said]:
    """Hidden names, numbers, birth dates and facts of things that may be seen."""
    space, subject = _entity(at)
    options = {
        "person": ("name", "alias", "birth_date"),
        "phone": ("number",),
        "section": ("name", "capacity", "security_level"),
        "milieu": ("code",),
        "request": ("due", "state", "reference"),
        "document": ("text", "title"),
    }
    predicate = at.random.choice(options.get(subject.partition(":")[0], ("name", "title")))
    return [_claim(at, space, subject, predicate, value=_value(predicate, at.random))]


def _links(at: _Change) -> list[Said]:
    """Hidden links between things that may be seen: shortcuts, higher degrees."""
    space, a = _entity(at, "person")
    _, b = _entity(at, "person", "venue", "section", "phone", "milieu", "group", space=space)
    predicate = {
        "person": at.random.choice(("associated_with", "kin_of")), "venue": "present_at", "section": "placed_in",
        "phone": "uses", "milieu": "in_milieu", "group": "member_of",
    }[b.partition(":")[0]]  # fmt: skip
    return [_claim(at, space, a, predicate, object=b)] if a != b else []


def _bridge(at: _Change) -> list[Said]:
    """A hidden thing between two that may be seen."""
    (space, a), new = _entity(at, "person"), f"venue:{word(at.random, 9)}"
    _, b = _entity(at, "person", space=space)
    return [
        _claim(at, space, a, "present_at", object=new),
        _claim(at, space, b, "present_at", object=new),
        _claim(at, space, new, "name", value=_value("name", at.random)),
    ]


def _newcomer(at: _Change) -> list[Said]:
    """Hidden things of known and of new kinds."""
    prefix = at.random.choice(sorted(KIND_OF))
    new = f"{prefix}:{word(at.random, 9)}"
    space = at.random.choice((MASKED_SPACE, OPEN_SPACE))
    return [
        _claim(at, space, new, "number" if prefix in ("phone", "vehicle") else "name", value=_value("name", at.random))
    ]


def _namesake(at: _Change) -> list[Said]:
    """A hidden person who bears the name of somebody who may be seen."""
    named = [s for s in at.world.claims if s.claim.predicate in ("name", "alias") and s.claim.value]
    if not named:
        return []
    like = at.random.choice(named)
    new = f"person:{word(at.random, 9)}" if at.random.random() < 0.7 else like.claim.subject
    value = like.claim.value if at.random.random() < 0.5 else f"{like.claim.value} {word(at.random, 5)}".title()
    return [_claim(at, like.space, new, "name", value=value)]


def _verdict(at: _Change) -> list[Said]:
    """A hidden verdict that joins, or parts, two people; or a hidden alias through which they meet."""
    (space, a), random = _entity(at, "person"), at.random
    _, b = _entity(at, "person", space=space)
    if a == b:
        return []
    if random.random() < 0.3:
        return [_claim(at, space, a, "not_same_as", object=b)]
    if random.random() < 0.5:
        return [_claim(at, space, a, "same_as", object=b)]
    new = f"person:{word(random, 9)}"
    return [_claim(at, space, a, "same_as", object=new), _claim(at, space, new, "same_as", object=b)]


def _conflict(at: _Change) -> list[Said]:
    """A hidden source that says otherwise than one that may be seen."""
    sharp = [s for s in at.world.claims if s.claim.predicate in ("capacity", "security_level", "due", "birth_date")]
    said = at.random.choice(sharp if sharp and at.random.random() < 0.5 else at.world.claims)
    claim = replace(said.claim, marking=at.random.choice(at.marks), source=f"agent:{word(at.random, 5)}")
    if claim.object is None:
        claim = replace(claim, value=_value(claim.predicate, at.random))
    elif at.random.random() < 0.7:
        claim = replace(claim, valid=at.random.choice(("2015-02-03/2015-09-01", "2016-05/2016-07")))
    return [Said(said.space, at.random.choice(at.moments), claim)]


def _milieu(at: _Change) -> list[Said]:
    """Hidden spells in a milieu and at a setting, so that figures of analyses would move."""
    space, person = _entity(at, "person")
    _, milieu = _entity(at, "milieu", space=space)
    _, section = _entity(at, "section", space=space)
    return [
        _claim(at, space, person, "in_milieu", object=milieu),
        _claim(at, space, person, "placed_in", object=section),
    ]


def _request(at: _Change) -> list[Said]:
    """A hidden request of a partner."""
    new = f"request:{word(at.random, 9)}"
    return [
        _claim(at, MASKED_SPACE, new, "due", value="2026-11-25"),
        _claim(at, MASKED_SPACE, new, "reference", value=_value("reference", at.random)),
    ]


def _measure(at: _Change) -> list[Said]:
    """A hidden need and who would meet it."""
    space, place = _entity(at, "place")
    need, programme = f"need:{word(at.random, 9)}", f"programme:{word(at.random, 9)}"
    return [
        _claim(at, space, need, "needs", object=programme),
        _claim(at, space, need, "located_in", object=place),
        _claim(at, space, need, "amount", value=str(at.random.randint(20, 200))),
    ]


def _foreign(at: _Change) -> list[Said]:
    """Claims of another namespace of which everything is hidden."""
    new = f"person:{word(at.random, 9)}"
    return [_claim(at, f"zeta{at.random.randint(0, 1)}", new, "name", value=_value("name", at.random))]


ADDITIONS: Final[tuple[Callable[[_Change], list[Said]], ...]] = (
    _literals, _literals, _links, _links, _bridge, _newcomer, _namesake, _verdict, _conflict, _conflict, _milieu,
    _request, _measure, _foreign,
)  # fmt: skip


def _others(world: World, request: Request, random: Random) -> World:
    """Let cases and work of others come and go."""
    cases = {name: dict(body) for name, body in world.cases.items()}
    if request.case != OTHER_CASE and not oracle.member(world, OTHER_CASE):
        if random.random() < 0.5:
            cases.pop(OTHER_CASE)
        else:
            cases[OTHER_CASE] |= {"title": f"Other {word(random)}", "state": random.choice(("open", "closed"))}
    if random.random() < 0.5:
        cases["case-more"] = {
            "title": f"More {word(random)}", "state": "open", "purpose": "prevent", "legal_basis": "polintel-4",
            "lead": "somebody", "members": [SOMEBODY], "parties": [], "namespace": MASKED_SPACE,
        }  # fmt: skip
    mine = [kept for kept in world.kept if kept.case == request.case and kept.purpose == request.purpose]
    theirs = [kept for kept in world.kept if kept not in mine and random.random() < 0.5]
    return replace(
        world, cases=cases, kept=(*mine, *theirs, *(other_work(random) for _ in range(random.randint(0, 2))))
    )
