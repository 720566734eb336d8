"""The cells of the decision table as real questions, and the matrix of all cells that are asked.

What a word stands for is written here by hand, not worked out by the rules that are to be tested.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from random import Random
from typing import Final

from graph.actor import Actor
from graph.interval import NO_END
from graph.model import Marking
from graph.policy.asking import ACTS, Asking
from graph.policy.rules import Question
from graph.policy.table import Cell, Table

TODAY: Final = 20_000
_YESTERDAY, _TODAY, _TOMORROW = "2024-10-03", "2024-10-04", "2024-10-05"
_HERE, _OTHER, _PARTNER, _STRANGER = "org-here", "org-other", "org-partner", "org-stranger"
_CASE: Final = "case-1"

BASE: Final[Mapping[str, str]] = {
    "act": "read", "role": "analyst", "rights": "confirmed", "clearance": "2", "level": "1", "compartments": "held",
    "regime": "police", "shared": "listed", "originator": "other", "purpose": "investigate", "granted": "yes",
    "claim-purpose": "yes", "basis": "police", "claim-basis": "known", "place": "own", "admitted": "member",
    "state": "open", "sealed": "no", "review": "ahead", "special": "no", "need": "no", "reason": "yes", "minor": "no",
    "category": "suspect", "recipient": "listed", "consent": "no", "handling": "H1", "tlp": "none", "pap": "none",
    "strength": "twice",
}  # fmt: skip
"""A cell that is allowed, from which the others differ."""

PLAIN: Final[Mapping[str, Mapping[str, str]]] = {
    "read": {},
    "look-up": {},
    "analyse": {},
    "count": {"role": "planner", "purpose": "outreach-aggregate"},
    "export": {"role": "liaison", "purpose": "exchange", "originator": "own"},
    "unmask": {},
    "open-vault": {"special": "yes", "need": "yes"},
    "review": {"role": "custodian", "purpose": "oversight", "admitted": "oversight"},
}
"""What each act changes in `BASE` so that it is allowed."""

GROUNDS: Final[Mapping[str, Mapping[str, str]]] = {
    "": {},
    "security service": {"regime": "security-service", "basis": "security-service"},
    "municipality": {"regime": "municipality", "basis": "municipality", "purpose": "prevent"},
    "open": {"shared": "open", "recipient": "unlisted"},
    "outside": {"place": "outside", "regime": "made-up"},
}
"""What an allowed cell may stand on instead."""

MAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "act": ACTS,
    "role": ("analyst", "liaison", "planner", "inspector", "custodian", "admin"),
    "clearance": ("0", "1", "2", "3"),
    "level": ("0", "1", "2", "3"),
    "compartments": ("none", "held", "partly"),
    "granted": ("yes", "no"),
    "handling": ("H0", "H1", "H2", "H3", "unknown"),
    "originator": ("own", "other"),
    "basis": ("police", "not-for-purpose", "run-out"),
    "state": ("open", "closed", "sealed"),
    "sealed": ("no", "yes"),
    "recipient": ("listed", "unlisted"),
}
"""The first block: every mixture of these."""

PEOPLE: Final[Mapping[str, tuple[str, ...]]] = {
    "act": ACTS,
    "role": ("analyst", "liaison", "planner", "inspector", "custodian", "admin", "service"),
    "purpose": (
        "prevent", "investigate", "outreach-aggregate", "exchange", "oversight", "admin-decision", "browse", "unknown",
    ),
    "category": ("not-stated", "suspect", "convicted", "victim", "other", "unknown"),
    "minor": ("no", "yes"),
    "special": ("no", "yes"),
    "regime": ("police", "security-service", "not-held"),
    "review": ("ahead", "past"),
    "admitted": ("member", "break-glass", "oversight"),
    "place": ("own", "outside"),
}  # fmt: skip
"""The second block: whom a claim is about, whose it is, what for."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the matrix: its number of cells, and how to make each by its place."""

    name: str
    axes: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return math.prod(len(words) for words in self.axes.values())

    def cells(self) -> Iterator[dict[str, str]]:
        """Make every cell, those of one actor and one claim near each other."""
        names = list(self.axes)
        for words in product(*self.axes.values()):
            chosen = dict(zip(names, words, strict=True))
            yield {**BASE, **PLAIN[chosen["act"]], **chosen}

    def cell(self, place: int) -> dict[str, str]:
        """Make one cell by its place."""
        chosen = {}
        for name, words in reversed(list(self.axes.items())):
            place, at = divmod(place, len(words))
            chosen[name] = words[at]
        return {**BASE, **PLAIN[chosen["act"]], **chosen}


BLOCKS: Final = (Block("main", MAIN), Block("people", PEOPLE))


def near(of: Table, act: str, role: str | None = None, ground: str = "") -> Iterator[dict[str, str]]:
    """Make every cell that differs from an allowed one of an act in at most two attributes.

    Parameters
    ----------
    of : Table
    act : str
    role : str, optional
        The reader's, where it is not the first that may.
    ground : str
        One of `GROUNDS`: what else the allowed cell may stand on.
    """
    base = {**BASE, **PLAIN[act], "act": act, **GROUNDS[ground]}
    if role is not None:
        base["role"] = role
    names = [name for name in of.attributes if name != "act"]
    yield dict(base)
    for name in names:
        for word in of.attributes[name].words:
            if word != base[name]:
                yield {**base, name: word}
    for one, two in combinations(names, 2):
        for first, second in product(of.attributes[one].words, of.attributes[two].words):
            if first != base[one] and second != base[two]:
                yield {**base, one: first, two: second}


def pairs(of: Table) -> Iterator[dict[str, str]]:
    """Make the cells near what is allowed, for every act, every role that may do it, and every ground."""
    for act in ACTS:
        for role, acts in of.roles.items():
            if act in acts:
                for ground in GROUNDS:
                    yield from near(of, act, role, ground)


def matrix(of: Table) -> Iterator[dict[str, str]]:
    """Make the complete matrix: both blocks, and the pairs around what is allowed for every act and role."""
    for block in BLOCKS:
        yield from block.cells()
    yield from pairs(of)


def sample(of: Table, count: int, seed: int) -> list[dict[str, str]]:
    """Draw cells: a third each from the blocks, the pairs and anywhere at all."""
    random = Random(seed)
    around = list(pairs(of))
    drawn: list[dict[str, str]] = []
    while len(drawn) < count:
        block = random.choice(BLOCKS)
        drawn.append(block.cell(random.randrange(len(block))))
        drawn.append(random.choice(around))
        act = random.choice(ACTS)
        changed = random.sample([n for n in of.attributes if n != "act"], random.randint(1, 6))
        words = {name: random.choice(list(of.attributes[name].words)) for name in changed}
        drawn.append({**BASE, **PLAIN[act], "act": act, **words})
    return drawn[:count]


_WORDS_OF_ACTOR: Final = ("role", "rights", "clearance", "purpose", "granted", "originator")
_WORDS_OF_ASKING: Final = (
    "act", "purpose", "basis", "place", "admitted", "state", "need", "reason", "recipient", "consent", "strength",
)  # fmt: skip
_WORDS_OF_MARKING: Final = (
    "level", "compartments", "regime", "shared", "originator", "purpose", "claim-purpose", "claim-basis", "place",
    "sealed", "review", "special", "minor", "category", "recipient", "handling", "tlp", "pap",
)  # fmt: skip


def question(cell: Cell) -> Question:
    """Return the question that a cell stands for."""
    return (
        _actor(tuple(cell[name] for name in _WORDS_OF_ACTOR)),
        _asking(tuple(cell[name] for name in _WORDS_OF_ASKING)),
        _marking(tuple(cell[name] for name in _WORDS_OF_MARKING)),
    )


def _org(originator: str) -> str:
    """Return the reader's organisation: one word of the originator says that there is none."""
    return "" if originator == "nobody" else _HERE


_PURPOSE: Final = {"unknown": "made-up-purpose"}
_OTHER_PURPOSE: Final = "training"


@lru_cache(maxsize=8192)
def _actor(said: tuple[str, ...]) -> Actor:
    role, rights, clearance, purpose, granted, originator = said
    return Actor(
        id="reader",
        roles=frozenset({role}),
        clearance=int(clearance),
        compartments=frozenset({"red", "blue"}),
        purposes=frozenset({_PURPOSE.get(purpose, purpose)} if granted == "yes" else {_OTHER_PURPOSE}),
        org=_org(originator),
        regimes=frozenset({"led", "pet", "gdpr", "synthetic"}),
        confirmed_until=TODAY + {"confirmed": 30, "last-day": 0, "lapsed": -1}[rights],
    )


_NOT_CARRYING: Final = {
    "prevent": "rpl-742", "investigate": "rpl-115-1", "outreach-aggregate": "rpl-742", "exchange": "rpl-115-1",
    "admin-decision": "polintel-5", "browse": "polintel-5",
}  # fmt: skip
_BASIS: Final = {
    "police": "LED-8", "security-service": "pet-7", "municipality": "gdpr-6-1-e", "cooperation": "rpl-115-3",
    "unknown": "made-up-basis", "run-out": "LED-8", "not-begun": "LED-8",
}  # fmt: skip


@lru_cache(maxsize=65_536)
def _asking(said: tuple[str, ...]) -> Asking:
    act, purpose, basis, place, admitted, state, need, reason, recipient, consent, strength = said
    return Asking(
        purpose=_PURPOSE.get(purpose, purpose),
        legal_basis=_NOT_CARRYING.get(purpose, "made-up-basis") if basis == "not-for-purpose" else _BASIS[basis],
        case=None if place.startswith("outside") else _CASE,
        act=act,
        day=TODAY,
        basis_from=TODAY + 1 if basis == "not-begun" else TODAY if basis == "police" else TODAY - 10,
        basis_to=TODAY - 1 if basis == "run-out" else TODAY if basis == "police" else NO_END,
        case_state="reopened" if state == "unknown" else state,
        admitted="" if admitted == "nobody" else admitted,
        reason=reason == "yes",
        necessary=need == "yes",
        recipient="" if recipient == "nobody" else _PARTNER,
        consent=consent == "yes",
        strength=2 if strength == "twice" else 1,
    )


_REGIME: Final = {
    "police": ("led", "LED-8", "pet-7"),
    "security-service": ("pet", "pet-7", "LED-8"),
    "municipality": ("gdpr", "gdpr-6-1-e", "LED-8"),
    "made-up": ("synthetic", "LED-8", "pet-7"),
    "not-held": ("research", "gdpr-6-1-e", "pet-7"),
}
"""The regime of a claim, a basis that it knows, and one that is another's; what is nobody's knows them all."""
_CATEGORY: Final = {"not-stated": "", "suspect": "a", "convicted": "b", "victim": "c", "other": "d", "unknown": "e"}


@lru_cache(maxsize=131_072)
def _marking(said: tuple[str, ...]) -> Marking:
    words = dict(zip(_WORDS_OF_MARKING, said, strict=True))
    regime, known, foreign = _REGIME[words["regime"]]
    bases = {"cooperation": "rpl-115-1", "foreign": foreign, "unknown": "made-up-basis"}
    share = [_OTHER]
    if words["shared"] == "listed":
        share.append(_org(words["originator"]))
    if words["recipient"] == "listed":
        share.append(_PARTNER)
    purpose = _PURPOSE.get(words["purpose"], words["purpose"])
    return Marking(
        level=-1 if words["level"] == "wrong" else int(words["level"]),
        compartments={"none": (), "held": ("red",), "partly": ("green", "red")}[words["compartments"]],
        handling="H7" if words["handling"] == "unknown" else words["handling"],
        tlp={"none": None, "unknown": "PINK"}.get(words["tlp"], words["tlp"]),
        pap=None if words["pap"] == "none" else words["pap"],
        originator={"own": _HERE, "other": _OTHER, "unnamed": "", "nobody": ""}[words["originator"]],
        share=tuple(sorted(share)),
        open=words["shared"] == "open",
        purposes=("debrief", purpose) if words["claim-purpose"] == "yes" else ("debrief", _OTHER_PURPOSE),
        legal_basis=bases.get(words["claim-basis"], known),
        case={"unbound": "unbound", "outside": "unbound", "own": _CASE, "outside-bound": _CASE, "other": "case-2"}.get(
            words["place"]
        ),
        regime=regime,
        special=words["special"] == "yes",
        minor=words["minor"] == "yes",
        sealed=words["sealed"] == "yes",
        basis_from={"not-begun": _TOMORROW, "known": _TODAY}.get(words["claim-basis"], ""),
        basis_to={"run-out": _YESTERDAY, "known": _TODAY}.get(words["claim-basis"], ""),
        review_on={"none": "", "ahead": _TOMORROW, "today": _TODAY, "past": _YESTERDAY}[words["review"]],
        category=_CATEGORY[words["category"]],
    )
