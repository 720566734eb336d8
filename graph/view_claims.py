"""From rows of an engine to what a reader may be told: refs, claims with what names nobody, paths."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from graph.answers import ClaimView, EntityRef, LabelForm, PathStep, PathView
from graph.grade import parse_grade, strength
from graph.interval import NO_BEGINNING, NO_END, Interval
from graph.mentions import Mentions
from graph.model import ClaimRow, EntityRow, Nid, PathRow
from graph.names import NameRule, spellings
from graph.ontology import ontology
from graph.pseudonyms import Pseudonyms, Tokens
from graph.text import fold
from graph.view_answers import Answers
from graph.view_books import Books
from graph.view_scope import MOST_KEPT, ScopedGraph, scoped

VERDICTS: Final = frozenset({"same_as", "not_same_as"})
"""Claims about two entities being one: their ends are told as they stand, everything else under the joined name."""

WITHHELD: Final = "[withheld: this text names somebody whom this view shows under a pseudonym]"

MOST_TOLD: Final = 5_000
"""Claims that a view keeps as it told them."""

_ALWAYS: Final = (NO_BEGINNING, NO_END)
_LETTER: Final = re.compile(r"[^\W_]{2}")


class Teller:
    """Tells what rows say, in the words that one view may use; views that may use the same words share one.

    Parameters
    ----------
    graph : ScopedGraph
    books : Books
    rule : NameRule
    tokens : Tokens
    """

    def __init__(self, graph: ScopedGraph, books: Books, rule: NameRule, tokens: Tokens) -> None:
        self.graph = graph
        self.books = books
        self.rule = rule
        self.tokens = tokens
        self._refs: dict[Nid, EntityRef] = {}
        self._told: dict[bytes, ClaimView | None] = {}
        """Claims told before, by random id; None where one names somebody masked."""
        self.answers = Answers()

    @property
    def masked(self) -> list[EntityRow]:
        """Every entity of the scope that has a pseudonym here, by `eid`."""
        return self.graph.kept(("masked", self.rule), self._masked)

    def _masked(self) -> list[EntityRow]:
        if not self.rule.masks:
            return []
        return [row for row in self.graph.identifying if self.form(row) == "pseudonym"]

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """Short names, unique over all identifying entities of the scope."""
        return Pseudonyms.over(self.tokens.blocks([row.eid for row in self.graph.identifying]))

    def form(self, row: EntityRow) -> LabelForm:
        """Say how an entity is named, those that verdicts join with it considered."""
        form = self.rule.form(row)
        group = self.graph.same.members(row.nid)
        if form != "pseudonym" or len(group) == 1:
            return form
        spokesman = self._spokesman(group)
        return form if spokesman is None else self.rule.form(spokesman)

    def _spokesman(self, group: Sequence[Nid]) -> EntityRow | None:
        """Return which of joined entities gives the name: the first that may be named and has one.

        None where nobody may be named, or one of them was entered as a party and may not.
        """
        if any(nid in self.rule.entered and nid not in self.rule.parties for nid in group):
            return None
        rows = self.graph.rows(group)
        named = [n for n in group if n in rows and self.rule.form(rows[n]) != "pseudonym"]
        labels = self.graph.labels(named)
        return rows[min(named, key=lambda n: n not in labels)] if named else None

    def refs(self, nids: Iterable[Nid]) -> dict[Nid, EntityRef]:
        """Return how entities are named, joined ones under their common name; what is not in scope is left out."""
        heads = {nid: self.graph.same.canonical(nid) for nid in set(nids)}
        missing = [head for head in set(heads.values()) if head not in self._refs]
        if missing:
            if len(self._refs) > MOST_KEPT:
                self._refs.clear()
                missing = list(set(heads.values()))
            self._refs.update(self._joined_refs(missing))
        return {nid: self._refs[head] for nid, head in heads.items() if head in self._refs}

    def _joined_refs(self, heads: Sequence[Nid]) -> dict[Nid, EntityRef]:
        found = self.raw_refs(heads)
        for head in heads:
            group = self.graph.same.groups.get(head)
            spokesman = self._spokesman(group) if group is not None and head in found else None
            if spokesman is not None and spokesman.nid != head:
                said = self.raw_refs([spokesman.nid])[spokesman.nid]
                found[head] = replace(found[head], label=said.label, form=said.form, delivered=said.delivered)
        return found

    def raw_refs(self, nids: Iterable[Nid]) -> dict[Nid, EntityRef]:
        """Return how entities are named, each for itself."""
        rows = self.graph.rows(nids)
        forms = {nid: self.rule.form(row) for nid, row in rows.items()}
        labels = self.graph.labels([nid for nid, form in forms.items() if form != "pseudonym"])
        ordered = list(rows)
        tokens = dict(zip(ordered, self.tokens.entities([rows[n].eid for n in ordered]), strict=True))
        masked = [n for n in ordered if forms[n] == "pseudonym"]
        blocks = dict(zip(masked, self.tokens.blocks([rows[n].eid for n in masked]).tolist(), strict=True))
        return {
            nid: EntityRef(tokens[nid], rows[nid].kind, self.pseudonyms.name(blocks[nid]), "pseudonym", None)
            if nid in blocks
            else EntityRef(
                tokens[nid], rows[nid].kind, labels.get(nid) or rows[nid].delivered, forms[nid], rows[nid].delivered
            )
            for nid in ordered
        }

    def label_markings(self, nids: Iterable[Nid]) -> set[int]:
        """Return the markings under which the names of entities stand that `refs` tells, pseudonyms having none."""
        heads = {self.graph.same.canonical(nid) for nid in nids}
        rows = self.graph.rows(n for head in heads for n in self.graph.same.members(head))
        return self.graph.label_markings(n for n, row in rows.items() if self.rule.form(row) != "pseudonym")

    def claims(self, rows: Sequence[ClaimRow]) -> list[ClaimView]:
        """Tell claims in order; those that would name somebody masked are left out."""
        if len(self._told) > MOST_TOLD:
            self._told = {}  # a new one: other threads may be reading the old
        told_before = self._told
        known = {row.cid: told_before[row.cid] for row in rows if row.cid in told_before}
        news = [row for row in rows if row.cid not in known]
        if news:
            said = self._tell(news)
            known.update(said)
            if len(said) <= MOST_TOLD:
                told_before.update(said)
        return [told for row in rows if (told := known[row.cid]) is not None]

    def _tell(self, rows: Sequence[ClaimRow]) -> dict[bytes, ClaimView | None]:
        ends = {n for row in rows for n in (row.subject, row.object, row.report) if n is not None}
        refs = self.refs(ends)
        verdicts = {n for r in rows if r.predicate in VERDICTS for n in (r.subject, r.object) if n is not None}
        raw = self.raw_refs(verdicts) if verdicts else {}
        tokens = self.tokens.claims([row.cid for row in rows])
        told: dict[bytes, ClaimView | None] = {}
        for row, token in zip(rows, tokens, strict=True):
            names = raw if row.predicate in VERDICTS else refs
            subject = names.get(row.subject)
            target = names.get(row.object) if row.object is not None else None
            if subject is None or (row.object is not None and target is None) or not self.may_tell(row):
                told[row.cid] = None
                continue
            report = refs.get(row.report) if row.report is not None else None
            told[row.cid] = self._claim(row, token, subject, target, report)
        return told

    def may_tell(self, row: ClaimRow) -> bool:
        """Say whether a claim names nobody who is masked: names, birth dates and identifiers of masked entities are
        withheld.
        """
        said = ontology().predicates.get(row.predicate)
        if row.object is not None or (said is not None and not said.identifying):
            return True
        subject = self.graph.rows([row.subject]).get(row.subject)
        return subject is not None and self.form(subject) != "pseudonym"

    def _claim(
        self, row: ClaimRow, token: str, subject: EntityRef, target: EntityRef | None, report: EntityRef | None
    ) -> ClaimView:
        return ClaimView(
            token=token,
            subject=subject,
            predicate=row.predicate,
            object=target,
            value=self.told_value(row),
            qualifiers=_qualifiers(row),
            valid=Interval(row.valid_from, row.valid_to, row.certain_from, row.certain_to, row.valid),
            grade=row.grade,
            assertion=row.assertion,
            category=row.category,
            marking=self.books.markings[row.marking],
            source=self.books.sources[row.source].name,
            report=report,
            locator=self.open_text(row.locator, self._ends(row)),
            note=self.open_text(row.note, self._ends(row)),
            known_at=self.books.time_of(row.seq),
        )

    def told_value(self, row: ClaimRow) -> str | None:
        """Return the value of a claim that may be told; words of somebody's own are withheld where they name somebody
        masked.
        """
        if row.object is not None or not _speaks(row.predicate):
            return row.value
        return self.open_text(row.value, self._ends(row))

    def _ends(self, row: ClaimRow) -> list[Nid]:
        """Return whom a claim is about, those joined with them among them."""
        ends = [n for n in (row.subject, row.object) if n is not None]
        return [member for end in ends for member in self.graph.same.members(end)]

    def open_text(self, text: str | None, about: Collection[Nid] = ()) -> str | None:
        """Return a text, or that it is withheld where it names somebody masked; `about` says whom it is about."""
        if not text or not self.rule.masks or not _LETTER.search(text):
            return text
        return WITHHELD if any(found.names(text, about) for found in self.mentions()) else text

    def mentions(self) -> Iterator[Mentions]:
        """Give what finds whom a text names that is masked here: in the view, and in the view without its window.

        A window that leaves out when somebody bore a name makes nobody nameable.
        """
        yield self.graph.kept(("mentions", self.rule), self._mentions)
        if self.graph.scope.window != _ALWAYS:
            scope = replace(self.graph.scope, window=_ALWAYS)
            whole = Teller(scoped(self.graph.store, scope, self.graph.ledger), self.books, self.rule, self.tokens)
            yield from whole.mentions()

    def _mentions(self) -> Mentions:
        whole = self.masked_names
        if not whole:
            return Mentions({}, (), ())
        named = [p.name for p in ontology().predicates.values() if p.value == "name" and p.identifying]
        table = self.graph.store.scan(self.graph.scope, predicates=named).select(["subject", "value"])
        said = zip(*(column.to_pylist() for column in table.columns), strict=True)
        people = {row.nid for row in self.graph.of_kinds(["Person"])}
        names = [(subject, fold(value)) for subject, value in said if value and subject in people]
        masked = {row.nid for row in self.masked}
        hidden = [each for each in names if each[0] in masked]
        shown = [each for each in names if each[0] not in masked]
        return Mentions(whole, hidden, shown, frozenset(self.rule.entered))

    @property
    def masked_names(self) -> Mapping[str, tuple[Nid, ...]]:
        """Folded whole names, aliases and identifiers of masked entities, delivered ids among them, to who bears them
        by `eid`.
        """
        return self.graph.kept(("masked names", self.rule), self._masked_names)

    def _masked_names(self) -> Mapping[str, tuple[Nid, ...]]:
        masked = {row.nid: row for row in self.masked}
        if not masked:
            return {}
        bearers: dict[str, set[Nid]] = {}
        for value_type, forms in (("name", lambda value: (fold(value),)), ("identifier", spellings)):
            wanted = [p.name for p in ontology().predicates.values() if p.identifying and p.value == value_type]
            table = self.graph.store.scan(self.graph.scope, predicates=wanted).select(["subject", "value"])
            for subject, value in zip(*(column.to_pylist() for column in table.columns), strict=True):
                if subject in masked and value:
                    for form in forms(value):
                        bearers.setdefault(form, set()).add(subject)
        for row in masked.values():
            if folded := fold(row.delivered):
                bearers.setdefault(folded, set()).add(row.nid)
        return {name: tuple(sorted(who, key=lambda n: masked[n].eid)) for name, who in bearers.items()}

    def path(self, row: PathRow | None) -> PathView | None:
        """Tell a path: its steps, its weakest link, how many sources carry it."""
        if row is None:
            return None
        claims = dict(zip((c.cid for c in row.claims), self._path_claims(row.claims), strict=True))
        refs = self.refs(row.nodes)
        steps = [
            PathStep(refs[a], refs[b], claims[claim.cid])
            for a, b, claim in zip(row.nodes, row.nodes[1:], row.claims, strict=False)
            if refs[a].token != refs[b].token
        ]
        weakest = min(range(len(steps)), key=lambda i: strength(parse_grade(steps[i].claim.grade)), default=0)
        return PathView(tuple(steps), weakest, len({step.claim.source for step in steps}))

    def _path_claims(self, rows: Sequence[ClaimRow]) -> list[ClaimView]:
        told = self.claims(rows)
        assert len(told) == len(rows)  # links name nobody: none is withheld
        return told


def teller_of(graph: ScopedGraph, books: Books, rule: NameRule, tokens: Tokens) -> Teller:
    """Return the teller of a scope, a name rule and a partition: the same one for all views that agree in these."""
    # the kept teller holds its books, so no others have their address while it is kept
    key = ("teller", rule, tokens.partition, id(books))
    return graph.kept(key, lambda: Teller(graph, books, rule, tokens))


def _speaks(predicate: str) -> bool:
    """Say whether a literal may hold words about others: not a date, number or code, nor a name that its bearer is
    shown under.
    """
    said = ontology().predicates.get(predicate)
    return said is None or (not said.identifying and said.value not in ("date", "number", "code"))


def _qualifiers(row: ClaimRow) -> Mapping[str, Any]:
    if row.object is None or not row.value:
        return {}
    try:
        said = json.loads(row.value)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
