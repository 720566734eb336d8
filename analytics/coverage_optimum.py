"""The best set of measures, exactly, by CP-SAT: what the greedy choice is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analytics.flow import values
from analytics.plan import Network, gain_of

_EFFORT = 20.0
"""Deterministic time that the solver may use, so that the same input stops at the same place on every machine."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """The most people that `count` candidates can add.

    Attributes
    ----------
    gain : int
        Reached by the best set found.
    bound : int
        No set reaches more.
    proven : bool
        The two agree.
    """

    gain: int
    bound: int
    proven: bool
    chosen: tuple[int, ...]


def coverage_optimum(network: Network, count: int, hint: Sequence[int] = ()) -> Optimum:
    """Choose the best `count` candidates of a network, beginning from a choice that is good already.

    An integer programme: a candidate is taken or not, whole people go from segments to services, no service takes more
    than its places. One worker and a deterministic limit, so the answer repeats.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    kept = _worth_asking(network, count, hint)
    taken = {i: model.new_bool_var(f"take{i}") for i in kept}
    model.add(sum(taken.values()) <= count)
    for number, take in taken.items():
        model.add_hint(take, number in set(hint))
    flows: list[Any] = []
    parts = sorted({network.home[i] for i in kept})
    before = sum(values([network.base[p] for p in parts]))
    for p in parts:
        part, own = network.base[p], [i for i in kept if network.home[i] == p]
        full = network.with_added(p, own)
        out: dict[int, list[Any]] = {}
        for i, serves in enumerate(full.serves):
            away = [model.new_int_var(0, full.need[i], f"x{p}.{i}.{j}") for j in serves]
            model.add(sum(away) <= full.need[i])
            for j, flow in zip(serves, away, strict=True):
                out.setdefault(j, []).append(flow)
            flows += away
        for j, places in enumerate(full.places):
            if j in out:
                extra = j - len(part.places)
                model.add(sum(out[j]) <= (places if extra < 0 else places * taken[own[extra]]))
    model.maximize(sum(flows))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = _EFFORT
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Optimum(0, sum(sum(network.base[p].need) for p in parts) - before, False, ())
    best = round(solver.objective_value)
    return Optimum(
        best - before,
        int(solver.best_objective_bound + 1e-6) - before,
        status == cp_model.OPTIMAL,
        tuple(i for i, take in taken.items() if solver.value(take)),
    )


def _worth_asking(network: Network, count: int, hint: Sequence[int]) -> list[int]:
    """Return the candidates that may be part of a choice better than `hint`.

    What candidates add is submodular, so a choice with one of them reaches at most what that one reaches alone and what
    the best others reach, each alone. Parts of the network without such a candidate need not be asked about at all.
    """
    usable = [i for i, home in enumerate(network.home) if home >= 0]
    base = values(network.base)
    grown = values([network.with_added(network.home[i], [i]) for i in usable])
    alone = {i: after - base[network.home[i]] for i, after in zip(usable, grown, strict=True)}
    found = gain_of(network, list(hint)) if hint else 0
    rest = sum(sorted(alone.values(), reverse=True)[: count - 1])
    return [i for i, gain in alone.items() if gain > 0 and gain + rest >= found]
