"""Mutants of the policy, made from its parsed text: every condition dropped, turned round, or weakened in one place.

A mutant is a whole policy with one change. They are made from Cedar's own JSON form, so none is forgotten when a rule
is added.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cedarpy

SWAPS = {
    "containsAll": ("containsAny",),
    "containsAny": ("containsAll",),
    "<=": ("<", ">=", "=="),
    "<": ("<=", ">", "!="),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
}
"""An operator and what it is mistaken for.

`contains` takes one value, for which `containsAll` and `containsAny` mean the same; it is turned round instead.
"""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in which rule, what, and the policy with it."""

    rule: str
    change: str
    policy: str


def mutants(policy: str) -> Iterator[Mutant]:
    """Make every mutant of a policy."""
    body = json.loads(cedarpy.policies_to_json_str(policy))
    for number, rule in body["staticPolicies"].items():
        name = rule["annotations"]["id"]
        for change, changed in _changes(rule):
            mutated = copy.deepcopy(body)
            if changed is None:
                del mutated["staticPolicies"][number]
            else:
                mutated["staticPolicies"][number] = changed
            yield Mutant(name, change, cedarpy.policies_from_json_str(json.dumps(mutated)))


def _changes(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    yield "rule dropped", None
    yield "effect turned", {**rule, "effect": "permit" if rule["effect"] == "forbid" else "forbid"}
    for change, action in _actions(rule["action"]):
        yield change, {**rule, "action": action}
    for place, condition in enumerate(rule["conditions"]):
        kind = condition["kind"]
        rest = [c for at, c in enumerate(rule["conditions"]) if at != place]
        yield f"{kind} {place} dropped", {**rule, "conditions": rest}
        turned = {"kind": "unless" if kind == "when" else "when", "body": condition["body"]}
        yield f"{kind} {place} turned", _with(rule, ("conditions", place), turned)
        for path, change, body in _bodies(condition["body"], ()):
            yield f"{kind} {place}: {change}", _with(rule, ("conditions", place, "body", *path), body)


def _actions(action: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Widen a rule to every act, and take each act out of a list."""
    if action["op"] == "All":
        return
    yield "act widened", {"op": "All"}
    for place, entity in enumerate(action.get("entities", ())):
        rest = [e for at, e in enumerate(action["entities"]) if at != place]
        yield f"act {entity['id']} taken out", {**action, "entities": rest}


def _bodies(body: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Change every expression in a condition, one at a time."""
    (operator, inside), *_ = body.items()
    if operator in ("&&", "||"):
        yield path, f"left of {operator} dropped", inside["right"]
        yield path, f"right of {operator} dropped", inside["left"]
    for other in SWAPS.get(operator, ()):
        yield path, f"{operator} to {other}", {other: inside}
    if operator == "contains":
        yield path, "contains turned", {"!": {"arg": body}}
    if operator in ("containsAll", "containsAny", "<=", "<"):
        yield path, f"sides of {operator} swapped", {operator: {"left": inside["right"], "right": inside["left"]}}
    if operator in ("<=", "<", "==", "!=", "contains", "containsAll", "containsAny", "in"):
        yield path, f"{operator} always", {"Value": True}
        yield path, f"{operator} never", {"Value": False}
    if operator == "." and _is_flag(inside):
        yield path, f"{inside['attr']} turned", {"!": {"arg": body}}
    if operator == "Set":
        for place in range(len(inside)):
            yield path, f"element {place} taken out", {"Set": [e for at, e in enumerate(inside) if at != place]}
    if operator == "Value" and isinstance(inside, int) and not isinstance(inside, bool):
        yield path, f"{inside} one less", {"Value": inside - 1}
        yield path, f"{inside} one more", {"Value": inside + 1}
    if operator == "Value" and isinstance(inside, str) and inside:
        yield path, f"{inside} misspelt", {"Value": inside + "?"}
    for side in ("left", "right", "arg"):
        if isinstance(inside, dict) and isinstance(inside.get(side), dict):
            yield from _bodies(inside[side], (*path, operator, side))


FLAGS = {"open", "bound", "special", "minor", "sealed", "hasCase", "reasoned", "necessary", "consent"}


def _is_flag(inside: dict[str, Any]) -> bool:
    return inside["attr"] in FLAGS


def _with(rule: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(rule)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed
