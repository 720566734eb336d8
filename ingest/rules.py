"""Rules of a mapping bound to the columns of a table: a row in, claims out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from graph.errors import BadRow
from ingest.mapping import ClaimRule, literal_fits
from ingest.source import COLUMNS
from ingest.template import compile_template

PLACE = {name: place for place, name in enumerate(COLUMNS)}
Claim = list[str]


class BoundRule:
    """A rule bound to the columns of one table.

    Parameters
    ----------
    rule : ClaimRule
    names : sequence of str
        Columns of the table.
    maps : mapping
        The maps of the mapping.
    where : str
        The table, for messages.
    """

    def __init__(
        self, rule: ClaimRule, names: Sequence[str], maps: Mapping[str, Mapping[str, str]], where: str
    ) -> None:
        self.rule = rule
        self._cells = {
            name: compile_template(getattr(rule, name), names, maps, where)
            for name in ("subject", "object", "value", "valid", "grade", "category", "source", "marking", "note")
            if getattr(rule, name)
        }
        self._qualifiers = {name: compile_template(text, names, maps, where) for name, text in rule.qualifiers.items()}
        self._when = [(list(names).index(column), value) for column, value in rule.when.items()]
        self.left_out = 0
        """Loose values that did not fit their predicate."""

    def claim(self, row: Sequence[str], number: int, table: str, kinds: dict[str, str]) -> Claim | None:
        """Return the claim that a row makes, None where it makes none.

        Raises
        ------
        BadRow
            The subject's kind should be known, and no earlier table gave it.
        """
        rule = self.rule
        if any(row[place] != value for place, value in self._when):
            return None
        filled = {name: template.fill(row, number, table) for name, template in self._cells.items()}
        subject = filled["subject"]
        if not subject or ("object" in filled and not filled["object"]):
            return None
        if "value" in filled and not filled["value"]:
            return None
        kind = known_kind(kinds, subject) if rule.subject_kind == "known" else rule.subject_kind
        kinds.setdefault(subject, kind)
        if "object" in filled:
            kinds.setdefault(filled["object"], rule.object_kind)
        elif rule.loose and not literal_fits(rule.predicate, kind, filled["value"]):
            self.left_out += 1
            return None
        claim = [""] * len(COLUMNS)
        for name, text in filled.items():
            claim[PLACE[name]] = text
        claim[PLACE["subject_kind"]], claim[PLACE["predicate"]] = kind, rule.predicate
        if "object" in filled:
            claim[PLACE["object_kind"]] = rule.object_kind
            stated = {name: t.fill(row, number, table) for name, t in self._qualifiers.items()}
            claim[PLACE["value"]] = qualifiers({name: text for name, text in stated.items() if text})
        return claim


def known_kind(kinds: Mapping[str, str], delivered: str) -> str:
    """Return the kind under which an earlier table gave an id.

    Raises
    ------
    BadRow
        None did.
    """
    kind = kinds.get(delivered)
    if kind is None:
        raise BadRow(f"No table of nodes has the id {delivered[:80]!r}.", code="unknown-end")
    return kind


def qualifiers(stated: Mapping[str, object]) -> str:
    """Return the qualifiers of a link as it is kept: JSON with sorted names, empty without any."""
    return orjson.dumps(dict(stated), option=orjson.OPT_SORT_KEYS).decode() if stated else ""
