"""Network folders: nodes and edges in their three shapes, read without a mapping of their own."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graph.errors import BadDelivery, BadRow, KrydsfeltError
from graph.interval import parse_interval
from graph.ontology import ontology
from ingest.mapping import ClaimRule, NetworkRule, RelationRule, rule_columns
from ingest.rules import PLACE, BoundRule, Claim, known_kind, qualifiers
from ingest.source import COLUMNS

_NODES = re.compile(r"(?:.+_)?nodes\.csv|nodes_.+\.csv")
_EDGES = re.compile(r"(?:.+_)?edges\.csv|relationships_.+\.csv")
_DATE = re.compile(r"[12]\d{3}(?:-\d{2}(?:-\d{2})?)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ENDS = ((":START_ID", ":END_ID", ":TYPE"), ("source", "target", "relation"))
_IDS = ((":ID", ":LABEL"), ("id", "type"))
EDGE_SLOT = 0
BARE_SLOT = 999


def is_nodes(name: str) -> bool:
    """Say whether a table holds nodes, by its name."""
    return _NODES.fullmatch(name) is not None


def is_edges(name: str) -> bool:
    """Say whether a table holds edges, by its name."""
    return _EDGES.fullmatch(name) is not None


def is_network(name: str) -> bool:
    """Say whether a table is part of a network, by its name."""
    return is_nodes(name) or is_edges(name)


class NetworkTables:
    """Reads nodes and edges.

    Parameters
    ----------
    rules : NetworkRule
    maps : mapping
        The maps of the mapping.
    withheld : callable
        Says which of some columns state what is never collected as a field.
    kinds : dict
        Delivered id to kind; nodes enter theirs.
    """

    def __init__(
        self,
        rules: NetworkRule,
        maps: Mapping[str, Mapping[str, str]],
        withheld: Callable[[Sequence[str]], set[str]],
        kinds: dict[str, str],
    ) -> None:
        self.rules = rules
        self.maps = maps
        self.kinds = kinds
        self._withheld = withheld
        self._words = ontology()
        self._bound: dict[tuple[str, str], list[tuple[int, BoundRule]]] = {}
        self._places: dict[str, tuple[int, ...]] = {}
        self._extras: dict[str, list[tuple[int, str]]] = {}
        self._found: dict[tuple[str, str, str], tuple[RelationRule, bool]] = {}

    def check_header(self, file: str, names: Sequence[str]) -> set[str]:
        """Return the columns that are read, or refuse the table.

        Raises
        ------
        BadDelivery
            It has no columns for ids or ends.
        """
        shapes = _IDS if is_nodes(file) else _ENDS
        shape = next((each for each in shapes if set(each) <= set(names)), None)
        if shape is None:
            raise BadDelivery(
                f"{file} has neither the columns {', '.join(shapes[0])} nor {', '.join(shapes[1])}; "
                f"it has {', '.join(names)}.",
                code="missing-columns",
            )
        self._places[file] = tuple(list(names).index(name) for name in shape)
        if is_edges(file):
            known = {*shape, "start", "end"}
            barred = self._withheld(names)
            self._extras[file] = [(i, name) for i, name in enumerate(names) if name not in known and name not in barred]
            return set(names) - barred
        read = set(shape)
        for rule in self.claims(file):
            read |= {name for name in names if f"{{{name}}}" in rule.value or f"{{{name}|" in rule.value}
        return read

    def claims(self, file: str) -> list[ClaimRule]:
        """Return the rules that may apply to a table of nodes."""
        if not is_nodes(file):
            return []
        kind = re.fullmatch(r"nodes_(.+)\.csv", file)
        if kind and kind[1] in self.rules.nodes:
            return list(self.rules.nodes[kind[1]])
        return [rule for name, rules in self.rules.nodes.items() if name == "*" or not kind for rule in rules]

    def bound(self) -> list[tuple[str, BoundRule]]:
        """Return the rules as bound to tables."""
        return [(file, each) for (file, _), rules in self._bound.items() for _, each in rules]

    def claims_of(self, file: str, names: Sequence[str], row: Sequence[str]) -> Iterator[tuple[int, Claim]]:
        """Return the claims of one row, each with its slot.

        Raises
        ------
        BadRow, BadValue
        """
        return self._node(file, names, row) if is_nodes(file) else self._edge(file, names, row)

    def _node(self, file: str, names: Sequence[str], row: Sequence[str]) -> Iterator[tuple[int, Claim]]:
        place_id, place_type = self._places[file]
        delivered, received = row[place_id], row[place_type]
        if not delivered:
            raise BadRow("The node has no id.", code="missing")
        kind = self.rules.kinds.get(received) or self.rules.kinds.get("*", "Thing")
        known = self.kinds.setdefault(delivered, kind)
        if known != kind:
            raise BadRow(f"{delivered[:80]} is a {known}; this row says {kind}.", code="kind-conflict")
        found = False
        for slot, rule in self._rules_of(file, names, received):
            if rule.rule.predicate == "type_received" and found and kind != "Thing":
                continue  # the kind says it already
            claim = rule.claim(row, 0, file, self.kinds)
            if claim is not None:
                found = True
                yield slot, claim
        if not found:
            yield BARE_SLOT, _literal(delivered, kind, "type_received", received or "node")

    def _rules_of(self, file: str, names: Sequence[str], received: str) -> list[tuple[int, BoundRule]]:
        key = (file, received if received in self.rules.nodes else "*")
        rules = self._bound.get(key)
        if rules is None:
            own = {"subject": "{:ID}" if ":ID" in names else "{id}"}
            rules = [
                (slot, BoundRule(rule.model_copy(update=own), names, self.maps, file))
                for slot, rule in enumerate(self.rules.nodes[key[1]])
                if rule_columns(rule) - {"id"} <= set(names)
            ]
            self._bound[key] = rules
        return rules

    def _edge(self, file: str, names: Sequence[str], row: Sequence[str]) -> Iterator[tuple[int, Claim]]:
        first, second, relation = (row[place] for place in self._places[file])
        if not first or not second:
            raise BadRow("The edge lacks an end.", code="missing")
        stated: dict[str, Any] = {}
        for place, name in self._extras[file]:
            if row[place]:
                stated[name] = _plain_value(name, row[place])
        cell = dict(zip(names, row, strict=True))
        valid, rest = self._time(cell.get("start", ""), cell.get("end", ""))
        stated.update(rest)
        kinds = known_kind(self.kinds, first), known_kind(self.kinds, second)
        found = self._found.get((relation, *kinds))
        if found is None:
            found = self._found[relation, *kinds] = self._rule(relation, kinds)
        rule, swapped = found
        if swapped:
            first, second, kinds = second, first, (kinds[1], kinds[0])
        if rule.predicate == "present_at":
            stated["role"] = rule.role or relation
        elif rule.role:
            stated["role"] = rule.role
        of_row = str(stated.pop(self.rules.kind_from, "")).lower() if self.rules.kind_from else ""
        kind = of_row or rule.kind
        if kind or rule.predicate == "associated_with":
            stated["kind"] = kind or relation or "unspecified"
        claim = [""] * len(COLUMNS)
        for name, text in (
            ("subject", first), ("subject_kind", kinds[0]), ("predicate", rule.predicate), ("object", second),
            ("object_kind", kinds[1]), ("value", qualifiers(stated)), ("valid", valid),
        ):  # fmt: skip
            claim[PLACE[name]] = text
        yield EDGE_SLOT, claim

    def _rule(self, relation: str, kinds: tuple[str, str]) -> tuple[RelationRule, bool]:
        """Return the rule for a relation between two kinds, and whether its ends change places."""
        for rule in self.rules.relations.get(relation, ()):
            ends = (kinds[1], kinds[0]) if rule.reverse else kinds
            if self._admits(rule.predicate, *ends):
                return rule, rule.reverse
        declared = relation in self.rules.relations
        for swapped in (False, True):
            ends = (kinds[1], kinds[0]) if swapped else kinds
            if not declared and self._admits("present_at", *ends):
                return RelationRule(predicate="present_at"), swapped
        return RelationRule(predicate="associated_with", kind=relation), False

    def _admits(self, predicate: str, subject: str, target: str) -> bool:
        try:
            return self._words.admits(predicate, subject, target)
        except KrydsfeltError:
            return False

    def _time(self, start: str, end: str) -> tuple[str, dict[str, Any]]:
        """Return when an edge held, and what of its ends is no date and stays a qualifier."""
        if self.rules.time == "dates" and all(not part or _DATE.fullmatch(part) for part in (start, end)):
            if not start and not end:
                return "", {}
            text = start if start == end else f"{start}/{end}"
            parse_interval(text)
            return text, {}
        return "", {name: _plain_value(name, part) for name, part in (("start", start), ("end", end)) if part}


def _literal(subject: str, kind: str, predicate: str, value: str) -> Claim:
    claim = [""] * len(COLUMNS)
    for name, text in (("subject", subject), ("subject_kind", kind), ("predicate", predicate), ("value", value)):
        claim[PLACE[name]] = text
    return claim


def _plain_value(name: str, text: str) -> Any:
    """Return a qualifier: `directed` as truth, numbers as numbers, all else as text.

    Raises
    ------
    BadRow
        A number that is not finite.
    """
    if name == "directed" and text in ("0", "1"):
        return text == "1"
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise BadRow(f"{name} is not a finite number: {text[:20]!r}.", code="not-a-number")
    if not _NUMBER.fullmatch(text) or len(text) > 18 or re.match(r"-?0\d", text):
        return text
    number = json.loads(text)
    if isinstance(number, float) and not math.isfinite(number):
        raise BadRow(f"{name} is not a finite number: {text[:20]!r}.", code="not-a-number")
    return number
