"""The channel *case overlap*: two open cases hold the same person, phone, vehicle or account.

The coordinator learns which two cases, and may tell both leads to contact each other. A lead learns the other's name
and nothing more. An inspector sees what they share, under pseudonyms of the pair's own, and who told whom.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, Final

from graph.actor import Actor
from graph.channels import UNBOUND, markings_that_count, open_cases, spend
from graph.errors import Conflict, NotInView, Refused
from graph.held import markings_of, numbers, people, things
from graph.home import Home
from graph.identity import Identity
from graph.model import Marking
from graph.names import spellings
from graph.notices import to_user
from graph.ontology import ontology
from graph.parties import parties_now
from graph.pseudonyms import Pseudonyms, Tokens
from graph.steps import Step, audited, need_reason, steps_about, steps_of, take
from graph.view_books import ledger_of

CHANNEL: Final = "case-overlap"
PERSON: Final = "Person"
Key = tuple[str, ...]
"""What two cases may share: regime, and an entity or a number of one kind."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two open cases that hold something in common; which comes first says nothing."""

    id: str
    cases: tuple[str, str]
    told_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "cases": list(self.cases),
            "told_at": self.told_at.isoformat() if self.told_at else None,
        }


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that two cases share, for an inspector: kind, pseudonym, and how it is known to be one."""

    kind: str
    shown: str
    through: str
    """`entity` or `number`."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a pair of cases is an overlap, and who told the leads."""

    overlap: Overlap
    shared: tuple[Shared, ...]
    told: tuple[tuple[str, datetime, str], ...]
    """By whom, when, with which reason."""

    def to_json(self) -> dict[str, Any]:
        return {
            **self.overlap.to_json(),
            "shared": [{"kind": s.kind, "shown": s.shown, "through": s.through} for s in self.shared],
            "told": [{"by": by, "at": at.isoformat(), "reason": reason} for by, at, reason in self.told],
        }


def listed(home: Home, actor: Actor, *, at: datetime) -> list[Overlap]:
    """Return which open cases overlap: the pairs and nothing else, in the order of their names.

    Raises
    ------
    Refused
        The role does not allow it, or the limit is used up.
    """
    with audited(home, actor, "list-overlaps") as told:
        spend(home, actor, CHANNEL, at=at)
        found = of_house(home)
        told["count"] = len(found)
    return found


def of_house(home: Home) -> list[Overlap]:
    """Return which open cases overlap, for who reads the log for oversight (`graph.audit_desk`); no act of its own."""
    return [_overlap(home, pair) for pair in sorted(_pairs(home))]


def tell(home: Home, actor: Actor, overlap: str, reason: str, *, at: datetime) -> Overlap:
    """Tell both leads to contact each other.

    Raises
    ------
    Refused
        The role does not allow it, a case has no lead, or the reason says too little.
    NotInView
        There is no such overlap.
    Conflict
        They were told before.
    """
    said = need_reason(reason, "Telling two leads")
    with audited(home, actor, "tell-overlap", detail={"overlap": overlap, "reason": said}) as done:
        pair, _ = _known(home, overlap)
        if steps_about(home, overlap):
            raise Conflict("Both leads were told before.")
        cases = open_cases(home)
        leads = [str(cases[name].get("lead") or "") for name in pair]
        if not all(leads):
            raise Refused("One of the cases has no lead. Whoever administers it names one first.", code="no-lead")
        done["cases"] = list(pair)
        step = Step("overlap", overlap, 0, "tell", actor.id, at, None, {"cases": list(pair), "reason": said})
        one, two = leads
        told = [to_user(one, "case-overlap", at, actor.id, lead=two)]
        if one != two:
            told.append(to_user(two, "case-overlap", at, actor.id, lead=one))
        take(home, step, *told)
    return _overlap(home, pair)


def explain(home: Home, actor: Actor, overlap: str) -> Why:
    """Return why two cases overlap, for who oversees.

    Raises
    ------
    Refused
        The role does not allow it.
    NotInView
        There is no such overlap.
    """
    with audited(home, actor, "explain-overlap", detail={"overlap": overlap}) as done:
        pair, keys = _known(home, overlap)
        entities = sorted({eid for _, eids in keys for eid in eids})
        done["touched"] = _touched(home, entities)
        blocks = Tokens(home.secret("pseudonym"), f"overlap|{overlap}").blocks(entities)
        names = Pseudonyms.over(blocks)
        shown = {eid: names.name(int(block)) for eid, block in zip(entities, blocks.tolist(), strict=True)}
        shared = {Shared(key[2], ", ".join(sorted({shown[eid] for eid in eids})), key[1]) for key, eids in keys}
        told = tuple((step.by, step.at, str(step.body["reason"])) for step in steps_about(home, overlap))
        return Why(_overlap(home, pair), tuple(sorted(shared, key=lambda s: (s.kind, s.through, s.shown))), told)


def _pairs(home: Home) -> dict[tuple[str, str], list[tuple[Key, frozenset[bytes]]]]:
    """Return the pairs of open cases that share something, with what they share and the entities it is."""
    holders: dict[Key, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for case, key, eid in _held(home):
        holders[key][case].add(eid)
    found: dict[tuple[str, str], list[tuple[Key, frozenset[bytes]]]] = defaultdict(list)
    for key, cases in holders.items():
        for one, two in combinations(sorted(cases), 2):
            found[one, two].append((key, frozenset(cases[one] | cases[two])))
    return found


def _held(home: Home) -> Iterable[tuple[str, Key, bytes]]:
    """Give what each open case holds that names somebody: things and parties, and their numbers by what they read."""
    ledger, cases = ledger_of(home), open_cases(home)
    counting = markings_that_count(ledger)
    bound = {nid: m for nid, m in counting.items() if m.case in cases}
    kinds = {nid: kind for nid, kind in ledger.terms("kind").items() if kind in ontology().identifying_kinds}
    stated = things(ledger, bound, kinds) if bound and kinds else []
    rows = [(str(bound[m].case), bound[m].regime, n, eid, kinds[kind]) for m, n, eid, kind in stated]
    holding: dict[int, set[tuple[str, str]]] = defaultdict(set)
    about: dict[int, tuple[bytes, str]] = {}
    for case, regime, nid, eid, kind in [*rows, *_entries(home, cases, counting, kinds)]:
        if nid:
            holding[nid].add((case, regime))
            about[nid] = eid, kind
        yield case, (regime, "entity", kind, eid.hex()), eid
    for nid, value, marking in numbers(ledger, counting):
        said = counting[marking]
        for case, regime in holding.get(nid, ()):
            if said.regime == regime and said.case in (UNBOUND, case):
                eid, kind = about[nid]
                yield case, (regime, "number", kind, spellings(value)[-1]), eid


def _entries(
    home: Home, cases: Mapping[str, Mapping[str, Any]], counting: Mapping[int, Marking], kinds: Mapping[int, str]
) -> list[tuple[str, str, int, bytes, str]]:
    """Return whom open cases hold by entry alone: case, regime, number (0 where no claim names them), random id, kind.

    An entry counts under the regime of the case's controller, and under those that are nobody's where claims that count
    speak of the person under them: regimes are never joined.
    """
    ledger, ids = ledger_of(home), Identity(home)
    entered = {
        (case, party.eid or ids.eid(str(body.get("namespace") or ""), party.delivered))
        for case, body in cases.items()
        for party in parties_now(home, case, body)
        if party.eid or party.delivered
    }
    known = people(ledger, {eid for _, eid in entered})
    spoken: dict[int, set[str]] = defaultdict(set)
    for nid, marking in markings_of(ledger, {nid for nid, _ in known.values()}):
        if marking in counting:
            spoken[nid].add(counting[marking].regime)
    found = []
    for case, eid in sorted(entered):
        nid, kind = known.get(eid, (0, 0))
        if nid and kind not in kinds:
            continue
        own, open_to_all = _regimes(str(cases[case].get("legal_basis") or ""))
        name = kinds[kind] if nid else PERSON
        found += [(case, regime, nid, eid, name) for regime in sorted(own | (open_to_all & spoken[nid]))]
    return found


def _regimes(basis: str) -> tuple[set[str], set[str]]:
    """Return the regimes that know a basis: those of a controller, and those that are nobody's."""
    own, nobodys = set[str](), set[str]()
    bases = ontology().codes("legal_bases").codes
    for name, code in ontology().codes("regimes").codes.items():
        if basis in code.attributes.get("bases", bases):
            (own if "bases" in code.attributes else nobodys).add(name)
    return own, nobodys


def _known(home: Home, overlap: str) -> tuple[tuple[str, str], list[tuple[Key, frozenset[bytes]]]]:
    for pair, keys in _pairs(home).items():
        if _id(home, pair) == overlap:
            return pair, keys
    raise NotInView


def _overlap(home: Home, pair: tuple[str, str]) -> Overlap:
    name = _id(home, pair)
    steps = steps_of(home, "overlap").get(name)
    return Overlap(name, pair, steps[0].at if steps else None)


def _id(home: Home, pair: tuple[str, str]) -> str:
    said = "\0".join(pair).encode()
    return f"overlap-{hashlib.blake2b(said, key=home.secret('overlap-id'), digest_size=6).hexdigest()}"


def _touched(home: Home, eids: Iterable[bytes]) -> dict[str, Any]:
    from graph.audit import audit_of

    return audit_of(home).touched(eids)
