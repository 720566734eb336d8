"""The rows of the coverage finding: needs by municipality, police districts that stand in, and the next measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analytics.arrays import Ints, ProjectionLike
from analytics.needs import Needs
from analytics.plan import Candidate, Choice, Network, Tie
from analytics.suppression import LEAST, Protected, shown_sums, small
from analytics.years import Sums


def need_row(
    projection: ProjectionLike, needs: Needs, n: int, hidden: bool, reached: int, binding: tuple[int, ...], sums: Sums
) -> dict[str, Any]:
    """Write one row. A reach or a gap under five is left out though the need is shown."""
    need, town = int(needs.amount[n]), int(needs.municipality[n])
    quiet = hidden or _is_small(reached) or _is_small(need - reached)
    return {
        "municipality": projection.refs(town) if town >= 0 else None,
        "municipality_label": projection.labels(town) if town >= 0 else None,
        "segment": projection.refs(int(needs.segment[n])),
        "segment_label": projection.labels(int(needs.segment[n])),
        "need": None if hidden else need,
        "reached": None if quiet else reached,
        "binding": None if hidden else _binds(projection, needs, binding),
        "missing": [] if hidden else _missing(projection, needs, n),
        "suppressed": hidden,
        "three_years": _three_years(sums, sums.of_segment.get(int(needs.segment[n])) if hidden else None),
    }


def _three_years(sums: Sums, need: int | None) -> dict[str, int] | None:
    return None if need is None else {"first": sums.first, "last": sums.last, "need": need}


def _is_small(count: int) -> bool:
    return 0 < count < LEAST


def _binds(projection: ProjectionLike, needs: Needs, binding: tuple[int, ...]) -> str | None:
    """Name the capacity, or the measure without any, that binds: of several the fewest places; a mentor only alone."""
    if not binding:
        return None
    held = [needs.services[j] for j in binding]
    measures = [s for s in held if s.programmes] or held
    service = min(measures, key=lambda s: (s.places, projection.refs(s.thing)))
    return projection.refs(service.names[0])


def _missing(projection: ProjectionLike, needs: Needs, n: int) -> list[str]:
    """Return the programmes the segment needs that nothing in its municipality offers."""
    here = {p for j in needs.serves[n] for p in needs.services[j].programmes}
    here |= {p for d, r in zip(needs.dialogues, needs.reaches, strict=True) if n in r for p in d.programmes}
    return sorted(projection.refs(p) for p in needs.programmes[n] - here)


def measure_row(projection: ProjectionLike, needs: Needs, network: Network, choice: Choice) -> dict[str, Any]:
    """Write one of the next measures, with its reason and what put it behind one of equal gain."""
    candidate = network.candidates[choice.candidate]
    towns = candidate.municipalities
    return {
        "measure": projection.refs(candidate.thing),
        "measure_label": projection.labels(candidate.thing),
        "kind": candidate.kind,
        "programme": projection.refs(candidate.programme) if candidate.programme >= 0 else None,
        "programme_label": projection.labels(candidate.programme) if candidate.programme >= 0 else None,
        "place": projection.refs(towns[0]) if towns else None,
        "place_label": projection.labels(towns[0]) if towns else None,
        "shared_with": [projection.labels(t) for t in towns[1:]],
        "places": candidate.places,
        "cost": candidate.cost if candidate.cost >= 0 else None,
        "gain": choice.shown,
        "exact": choice.shown == candidate.places,
        "need": candidate.need,
        "tie": choice.tie,
        "reason": _reason(projection, needs, candidate, choice),
    }


TIES: Mapping[Tie, str] = {
    "cost": " As many as the one before; that one costs less.",
    "need": " As many as the one before at the same cost; there the need is larger.",
    "order": " As many as the one before at the same cost and need; listed by place and programme.",
}


def _reason(projection: ProjectionLike, needs: Needs, candidate: Candidate, choice: Choice) -> str:
    programme = projection.labels(candidate.programme) if candidate.programme >= 0 else "it"
    where = "in the municipalities that share it" if len(candidate.municipalities) > 1 else "there"
    asks = f"{candidate.need} people {where} need what {programme} gives"
    many = "" if choice.shown == candidate.places else "at least "
    after = f"{many}{choice.shown} of them would be reached who are not with all else that is there and chosen before."
    tie = TIES[choice.tie] if choice.tie else ""
    if candidate.kind == "dialogue":
        return f"{candidate.need} people are in segments that were referred to this dialogue; held again, {after}{tie}"
    if candidate.kind == "new measure":
        return f"{asks} and nothing in the municipality offers it; with {candidate.places} places {after}{tie}"
    places = sum(s.places for s in needs.services if s.thing == candidate.thing)
    have = "no places left to give" if places == 0 else f"{places} places"
    return f"{asks} and the measure has {have}; with {candidate.places} more {after}{tie}"


def district_rows(
    projection: ProjectionLike,
    needs: Needs,
    protected: Protected,
    group: Ints,
    keys: list[tuple[int, str]],
    reached: Ints,
    sums: Sums,
) -> list[dict[str, Any]]:
    """Show the police district where municipalities are hidden and the total gives none of them away.

    Where it would, its three-year sum may stand in.
    """
    need = shown_sums(needs.amount, protected, group)
    out = []
    for number, (district, label) in enumerate(keys):
        mine = group == number
        if not protected.hidden[mine].any():
            continue
        total, got = int(need[number]), int(reached[mine].sum())
        hidden_got = int(reached[mine & protected.hidden].sum())
        hidden_gap = int((needs.amount - reached)[mine & protected.hidden].sum())
        quiet = total < 0 or any(map(_is_small, (got, total - got, hidden_got, hidden_gap)))
        quiet = quiet or bool((small(reached) & mine & ~protected.hidden).any())
        out.append(
            {
                "district": projection.refs(district),
                "district_label": projection.labels(district),
                "segment_label": label,
                "need": None if total < 0 else total,
                "reached": None if quiet else got,
                "suppressed": total < 0,
                "three_years": _three_years(sums, sums.of_group.get(number) if total < 0 else None),
            }
        )
    return sorted(out, key=lambda r: (r["district"], r["segment_label"]))
