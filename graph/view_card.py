"""What a card adds to its claims: where sources contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from graph.answers import ClaimView, Conflict
from graph.errors import BadDate
from graph.interval import Interval, parse_interval, possible_overlap
from graph.ontology import ontology
from graph.text import fold

FUNCTIONAL: Final = frozenset({
    "birth_date", "death_date", "gender", "capacity", "security_level", "reason", "legal_status", "release_actual",
    "release_kind", "reported_on", "date", "due", "received",
})  # fmt: skip
"""Literals of which one value can hold at a time."""

STAYS: Final = frozenset({"placed_in", "present_at", "stayed_in"})
"""Links of which two sources may give the same stay other ends."""


def conflicts(claims: Sequence[ClaimView]) -> tuple[Conflict, ...]:
    """Return where claims of one entity cannot all hold.

    Two values of a functional literal whose times may meet, and a stay of one person at one place whose first or last
    day differs by source. Every side has the claims that say it; nothing here says which is right.
    """
    values: dict[tuple[str, str], list[ClaimView]] = defaultdict(list)
    stays: dict[tuple[str, str, str], list[ClaimView]] = defaultdict(list)
    for claim in claims:
        if claim.object is None and claim.predicate in FUNCTIONAL:
            values[claim.predicate, claim.subject.token].append(claim)
        elif claim.object is not None and claim.predicate in STAYS and claim.subject.kind == "Person":
            stays[claim.predicate, claim.subject.token, claim.object.token].append(claim)
    found = [_values(said) for said in values.values()] + [c for said in stays.values() for c in _stays(said)]
    return tuple(sorted((c for c in found if c is not None), key=lambda c: (c.predicate, c.sides[0][0].token)))


def _values(said: Sequence[ClaimView]) -> Conflict | None:
    sides: dict[str, list[ClaimView]] = defaultdict(list)
    for claim in said:
        sides[fold(claim.value or "")].append(claim)
    kept = {
        key: side
        for key, side in sides.items()
        if any(_contradict(a, b) for other, others in sides.items() if other != key for a in side for b in others)
    }
    return _conflict(said[0].predicate, kept.values()) if len(kept) > 1 else None


def _contradict(a: ClaimView, b: ClaimView) -> bool:
    if not possible_overlap(a.valid, b.valid):
        return False
    if ontology().predicate(a.predicate).value == "date":
        try:
            return not possible_overlap(parse_interval(a.value or ""), parse_interval(b.value or ""))
        except BadDate:
            return True
    return True


def _stays(said: Sequence[ClaimView]) -> list[Conflict]:
    """Group claims that may speak of one stay, and keep the groups in which sources differ."""
    found = []
    for group in _meeting(said):
        sides: dict[tuple[int, int], list[ClaimView]] = defaultdict(list)
        for claim in group:
            sides[claim.valid.valid_from, claim.valid.valid_to].append(claim)
        sources = [{claim.source for claim in side} for side in sides.values()]
        if len(sides) > 1 and len(set().union(*sources)) > 1:
            found.append(_conflict(said[0].predicate, sides.values()))
    return found


def _meeting(said: Sequence[ClaimView]) -> list[list[ClaimView]]:
    groups: list[list[ClaimView]] = []
    reach: Interval | None = None
    for claim in sorted(said, key=lambda c: (c.valid.valid_from, c.valid.valid_to, c.token)):
        if claim.valid.is_timeless:
            continue
        if reach is not None and claim.valid.valid_from <= reach.valid_to:
            groups[-1].append(claim)
            if claim.valid.valid_to > reach.valid_to:
                reach = claim.valid
        else:
            groups.append([claim])
            reach = claim.valid
    return groups


def _conflict(predicate: str, sides: Iterable[Sequence[ClaimView]]) -> Conflict:
    ordered = sorted(
        (tuple(sorted(side, key=lambda c: c.token)) for side in sides),
        key=lambda side: (side[0].valid.valid_from, side[0].value or "", side[0].token),
    )
    return Conflict(predicate, tuple(ordered))
