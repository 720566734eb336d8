"""What somebody may not see, read plainly from the rules (visibility, existence, names), apart from the product.

Nothing of the product's policy, scope or naming is used here, and the lists are written out once more on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from graph.model import Marking
from tests.trust.worlds import IDENTIFYING, NAMING, NOW, Request, Said, World, kind_of

KNOWN_PURPOSES: Final = {"prevent", "investigate", "outreach-aggregate", "exchange", "oversight"}
COOPERATION: Final = {"rpl-115-1", "rpl-115-2", "rpl-115-3"}
CARRIED: Final[Mapping[str, set[str]]] = {
    "polintel-4": {"prevent", "investigate", "exchange", "oversight"},
    "polintel-5": {"prevent", "investigate", "outreach-aggregate", "exchange", "oversight"},
    **{basis: {"prevent", "outreach-aggregate", "oversight"} for basis in COOPERATION},
    "rpl-742": {"investigate", "exchange", "oversight"},
    "pet-7": {"prevent", "investigate", "outreach-aggregate", "exchange", "oversight"},
    "gdpr-6-1-e": {"prevent", "outreach-aggregate", "oversight"},
    "LED-8": {"prevent", "investigate", "outreach-aggregate", "exchange", "oversight"},
}
"""Legal basis -> the purposes that it carries."""
CONTROLLED: Final[Mapping[str, set[str]]] = {
    "led": {"polintel-4", "polintel-5", *COOPERATION, "rpl-742", "LED-8"},
    "pet": {"pet-7"},
    "gdpr": {"gdpr-6-1-e", *COOPERATION},
    "research": set(CARRIED),
    "synthetic": set(CARRIED),
}
"""Regime -> the bases of its controller: of the request and of the claim."""
ACROSS: Final = {"polintel-5", "gdpr-6-1-e"}
INSIDE_A_CASE: Final = {"polintel-4", "rpl-742"}
DEFAULT_BASIS: Final = {
    "prevent": "polintel-5", "investigate": "polintel-5", "outreach-aggregate": "polintel-5", "exchange": "LED-8",
    "oversight": "LED-8",
}  # fmt: skip
ALL_REGIMES: Final = {"led", "pet", "gdpr", "research", "synthetic"}
OPENERS: Final = {"analyst", "planner", "liaison", "custodian", "inspector"}
OUTSIDERS: Final = {"planner", "inspector", "admin"}
OVERSEERS: Final = {"closed": {"custodian", "inspector"}, "sealed": {"custodian"}}
"""State of a case -> who enters it, for oversight."""
ACTS_OF: Final = {
    "prevent": {"read", "count", "open-vault"}, "investigate": {"read", "count", "open-vault"},
    "outreach-aggregate": {"count"},
    "exchange": {"read", "count"}, "oversight": {"count", "review"},
}  # fmt: skip
"""Purpose -> what it carries, of the acts with which a view or its vault is opened."""

TODAY: Final = NOW.date().isoformat()

Entity = tuple[str, str]
"""Namespace and delivered id."""


def member(world: World, case: str) -> bool:
    """Say whether the asker works in a case: open, named there, and of no role that never does."""
    body = world.cases.get(case)
    if body is None or body["state"] != "open" or set(world.asker["roles"]) & OUTSIDERS:
        return False
    return "asker" in body["members"] or body["lead"] == "asker"


def entered(world: World, request: Request) -> bool:
    """Say whether the asker comes into the request's case: its members while it is open, later those who oversee it."""
    if request.case is None:
        return True
    if request.purpose == "oversight":
        state = world.cases[request.case]["state"] if request.case in world.cases else ""
        return bool(set(world.asker["roles"]) & OVERSEERS.get(state, set()))
    return request.purpose != "outreach-aggregate" and member(world, request.case)


def widest(world: World, request: Request) -> str:
    """Return the act with which the asker's roles open the view."""
    roles, inside = set(world.asker["roles"]), request.case is not None
    if roles & {"analyst", "liaison"} and not (inside and request.purpose == "oversight"):
        return "read"
    ended = inside and world.cases.get(str(request.case), {}).get("state") in OVERSEERS
    return "review" if "custodian" in roles and ended else "count"


def basis_of(world: World, request: Request) -> str:
    if request.legal_basis is not None:
        return request.legal_basis
    return str(world.cases[request.case]["legal_basis"]) if request.case else DEFAULT_BASIS[request.purpose]


def opens(world: World, request: Request) -> bool:
    """Say whether the request may be granted at all; where it may not, nothing may be seen."""
    if not set(world.asker["roles"]) & OPENERS or request.purpose not in KNOWN_PURPOSES & set(world.asker["purposes"]):
        return False
    if not entered(world, request) or (request.necessity and not may_ask_for_special(world, request)):
        return False
    basis = basis_of(world, request)
    if request.purpose not in CARRIED.get(basis, set()):
        return False
    return request.case is not None or basis not in INSIDE_A_CASE


def may_ask_for_special(world: World, request: Request) -> bool:
    """Say whether somebody may state that special categories are strictly necessary: an analyst, inside a case."""
    at_work = "analyst" in world.asker["roles"] and request.purpose in ("prevent", "investigate")
    return at_work and request.case is not None and len(request.necessity.strip()) >= 20


def readable(world: World, request: Request, marking: Marking) -> bool:
    """Say whether claims under a marking may be seen, in whatever the view answers."""
    return not marking.special and _reached(world, request, marking, widest(world, request))


def in_vault(world: World, request: Request, marking: Marking) -> bool:
    """Say whether claims under a marking may be read one entity at a time: special ones, where they are needed."""
    return marking.special and may_ask_for_special(world, request) and _reached(world, request, marking, "open-vault")


def in_reach(world: World, request: Request, marking: Marking) -> bool:
    """Say whether claims under a marking may be seen at all: anywhere, or in the vault alone."""
    return readable(world, request, marking) or in_vault(world, request, marking)


def _reached(world: World, request: Request, marking: Marking, act: str) -> bool:
    """Say whether all but the special category allows an act: every attribute asked, whatever is missing or unknown
    denies.
    """
    asker = world.asker
    review = act == "review"
    shared = (
        marking.open or asker["org"] in marking.share or (marking.originator and marking.originator == asker["org"])
    )
    here = marking.case == "unbound" or (marking.case is not None and marking.case == request.case)
    grown = not marking.minor or (request.case is not None and request.purpose in ("prevent", "investigate"))
    controlled = CONTROLLED.get(marking.regime, set())
    carried = marking.legal_basis in controlled and basis_of(world, request) in controlled
    walled = marking.legal_basis in COOPERATION and request.purpose in ("investigate", "exchange")
    counted = not (marking.minor or marking.category in ("c", "d"))
    kept = not marking.sealed and _in_force("", marking.review_on)
    case = world.cases.get(request.case, {}) if request.case else {}
    return bool(
        0 <= marking.level <= asker["clearance"]
        and set(marking.compartments) <= set(asker["compartments"])
        and act in ACTS_OF[request.purpose]
        and (review or request.purpose in marking.purposes)
        and request.purpose in asker["purposes"]
        and marking.regime in set(asker.get("regimes", ALL_REGIMES))
        and shared
        and here
        and carried
        and not walled
        and _in_force(marking.basis_from, marking.basis_to)
        and _in_force(case.get("legal_basis_from", ""), case.get("legal_basis_to", ""))
        and marking.category in ("", "a", "b", "c", "d")
        and (counted or act != "count")
        and (review or (kept and grown))
    )


def _in_force(begin: str, end: str) -> bool:
    """Say whether today lies between two dates; what is no date is never in force, what is not stated always."""
    try:
        return date.fromisoformat(begin or TODAY) <= NOW.date() <= date.fromisoformat(end or TODAY)
    except ValueError:
        return False


def known(request: Request, said: Said) -> bool:
    """Say whether a claim was there at the time that is asked about."""
    then = request.as_of or NOW
    return said.at <= then and (said.retracted is None or said.retracted > then)


def visible(world: World, request: Request, said: Said) -> bool:
    """Say whether one claim is there for the asker: readable, known by then, and not taken back."""
    return known(request, said) and opens(world, request) and readable(world, request, said.claim.marking)


def hidden(world: World, request: Request) -> list[Said]:
    """Return the claims that the asker's rights do not reach, at any time."""
    may = opens(world, request)
    return [said for said in world.claims if not (may and in_reach(world, request, said.claim.marking))]


def shown(world: World, request: Request) -> list[Said]:
    return [said for said in world.claims if visible(world, request, said)]


def vaulted(world: World, request: Request) -> list[Said]:
    """Return the claims that the asker may read in the vault, and nowhere else."""
    if not opens(world, request):
        return []
    return [s for s in world.claims if known(request, s) and in_vault(world, request, s.claim.marking)]


def existing(world: World, request: Request) -> set[Entity]:
    """Return the entities that a visible claim states."""
    return {(s.space, end) for s in shown(world, request) for end in (s.claim.subject, s.claim.object) if end}


def masked(world: World, request: Request) -> set[Entity]:
    """Return the entities whose names the asker may not learn."""
    said = shown(world, request)
    there = existing(world, request)
    case = world.cases.get(request.case) if request.case else None
    hides = bool(case and case.get("masked"))
    across = request.case is None or not opens(world, request) or basis_of(world, request) in ACROSS
    entered, named = _parties(case, _births(world, request), there)
    groups = _joined(said, there)

    def own(entity: Entity) -> bool:
        """Say whether the entity may be named for itself."""
        if kind_of(entity[1]) not in IDENTIFYING or (world.spaces.get(entity[0]) and not hides):
            return True
        return entity in named and not across

    found = set()
    for entity in there:
        group = groups.get(entity, {entity})
        barred = any(one in entered and one not in named for one in group)
        if not own(entity) and (barred or not any(own(one) for one in group)):
            found.add(entity)
    return found


def _births(world: World, request: Request) -> dict[Entity, list[str]]:
    """Return the birth dates that may be read today: a view on another time makes nobody older."""
    found: dict[Entity, list[str]] = {}
    for said in shown(world, replace(request, as_of=None)):
        if said.claim.predicate == "birth_date":
            found.setdefault((said.space, said.claim.subject), []).append(said.claim.value or "")
    return found


def _parties(
    case: Mapping[str, Any] | None, births: Mapping[Entity, list[str]], there: set[Entity]
) -> tuple[set[Entity], set[Entity]]:
    """Return who was entered as a party, and whom entry names: suspects and convicted, no victim, witness or minor."""
    if case is None:
        return set(), set()
    entered, barred = set(), set()
    for party in case["parties"]:
        entity = (case["namespace"], party["entity"])
        if entity not in there:
            continue
        entered.add(entity)
        nameable = party["category"] in ("a", "b") or (
            party["category"] == "d" and party["role"] in ("subject", "suspect", "convicted", "contact")
        )
        if not nameable or party["role"] in ("victim", "witness", "informant"):
            barred.add(entity)
        if any(_young(text) for text in births.get(entity, ())):
            barred.add(entity)
    return entered, entered - barred


def _young(text: str) -> bool:
    """Say whether somebody may be under 18; a year alone counts from its last day."""
    parts = [int(p) for p in text.split("-")]
    latest = date(parts[0], *(parts[1:] if len(parts) == 3 else (12, 31)))
    return latest.replace(year=latest.year + 18) > NOW.date()


def _joined(said: Iterable[Said], there: set[Entity]) -> dict[Entity, set[Entity]]:
    """Return who is held to be one with whom, by visible verdicts; groups that hold a pair held apart are left."""
    apart, ties = set(), []
    for one in said:
        claim = one.claim
        if claim.object is None or claim.predicate not in ("same_as", "not_same_as"):
            continue
        pair = frozenset({(one.space, claim.subject), (one.space, claim.object)})
        if claim.predicate == "not_same_as":
            apart.add(pair)
        else:
            ties.append(pair)
    groups = {entity: {entity} for entity in there}
    for pair in ties:
        if pair in apart or len(pair) != 2:
            continue
        a, b = sorted(pair)
        whole = groups[a] | groups[b]
        for entity in whole:
            groups[entity] = whole
    return {
        entity: group
        for entity, group in groups.items()
        if len(group) > 1 and not any(len(pair) == 2 and pair <= group for pair in apart)
    }


def names_of(world: World, request: Request, *, of_vault: bool = False) -> set[str]:
    """Return words that must stand in no answer: of hidden claims, and the names of people who are masked.

    Words that the asker may read in something else are left out. What the vault holds may stand in its own answers
    alone.
    """
    more = vaulted(world, request) if of_vault else []
    veiled = masked(world, request) | _veiled_in_vault(world, request, more)
    secret, open_words = set(), {"home"}
    veiled_words: set[str] = set()
    may_read = {*shown(world, request), *more}
    for said in world.claims:
        claim, words = said.claim, _words(said)
        if said not in may_read:
            secret |= words
            continue
        about = (said.space, claim.subject)
        if about in veiled and claim.object is None and claim.predicate in NAMING:
            veiled_words |= _split(claim.value)
        else:
            open_words |= _split(claim.value) if claim.object is None else set()
        open_words |= _split(claim.note) | _split(claim.locator) | _split(claim.source) | _split(claim.report)
        for end in (claim.subject, claim.object):
            if end is not None:
                (veiled_words if (said.space, end) in veiled else open_words).update(_split(end))
    plain = _plainly_named(world, may_read, veiled)
    for name, body in world.cases.items():
        if name != request.case or not opens(world, request):
            secret |= _split(body["title"]) if not member(world, name) else set()
    secret |= {k.word for k in world.kept if k.case not in (request.case,) or k.purpose != request.purpose}
    return {w for w in (secret - open_words - veiled_words) | (veiled_words - plain) if len(w) > 5 and w.isalnum()}


def _veiled_in_vault(world: World, request: Request, said: Iterable[Said]) -> set[Entity]:
    """Return those whom the vault alone knows and whose labels are not public: nothing in it names anybody."""
    case = world.cases.get(request.case) if request.case else None
    ends = {(s.space, end) for s in said for end in (s.claim.subject, s.claim.object) if end}
    return {
        entity
        for entity in ends - existing(world, request)
        if kind_of(entity[1]) in IDENTIFYING and not (world.spaces.get(entity[0]) and not (case and case.get("masked")))
    }


def _plainly_named(world: World, may_read: set[Said], veiled: set[Entity]) -> set[str]:
    """Return the words of names of people who are not masked: namesakes of those who are."""
    found: set[str] = set()
    for said in may_read:
        claim = said.claim
        if (said.space, claim.subject) not in veiled and claim.object is None and claim.predicate in NAMING:
            found |= _split(claim.value)
        for end in (said.claim.subject, said.claim.object, said.claim.report):
            if end is not None and (said.space, end) not in veiled:
                found |= _split(end)
    return found


def _words(said: Said) -> set[str]:
    claim = said.claim
    texts = (claim.subject, claim.object, claim.report, claim.note, claim.locator, claim.source)
    return set().union(*(_split(text) for text in texts), _split(claim.value) if claim.object is None else set())


_COMMON: Final = {
    "person", "section", "report", "document", "request", "register", "patrol", "yesterday", "closed", "arrest",
    "answered", "milieu", "vehicle", "offence", "programme",
}  # fmt: skip


def _split(text: str | None) -> set[str]:
    if not text:
        return set()
    spaced = "".join(letter if letter.isalnum() else " " for letter in text)
    return {w.lower() for w in spaced.split()} - _COMMON
