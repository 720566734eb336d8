"""The best set of measures, exactly, by CP-SAT: what the greedy choice is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analytics.plan import Network

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


def coverage_optimum(network: Network, count: int) -> Optimum:
    """Choose the best `count` candidates of a network.

    An integer programme: a candidate is taken or not, whole people go from segments to services, no service takes more
    than its places. One worker and a deterministic limit, so the answer repeats.
    """
    from ortools.sat.python import cp_model

    from analytics.flow import value

    model = cp_model.CpModel()
    taken = [model.new_bool_var(f"take{i}") for i in range(len(network.candidates))]
    model.add(sum(taken) <= count)
    flows: list[Any] = []
    before = 0
    for p, part in enumerate(network.base):
        before += value(part)
        own = [i for i, home in enumerate(network.home) if home == p]
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
        return Optimum(0, sum(sum(part.need) for part in network.base) - before, False, ())
    best = round(solver.objective_value)
    return Optimum(
        best - before,
        int(solver.best_objective_bound + 1e-6) - before,
        status == cp_model.OPTIMAL,
        tuple(i for i, take in enumerate(taken) if solver.value(take)),
    )
