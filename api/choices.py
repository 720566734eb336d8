"""What a signed-in actor may choose from, and how an open view describes itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from api import present, schemas
from graph.actor import Actor, is_member
from graph.glass import approver, broken_cases
from graph.home import Home
from graph.ontology import ontology
from graph.regimes import only_synthetic
from graph.view import View
from graph.view_books import ledger_of
from graph.words import Code, Label


def label(value: Label) -> schemas.Labels:
    return schemas.Labels(da=value.da, en=value.en)


def code(value: Code) -> schemas.CodeOut:
    return schemas.CodeOut(code=value.code, label=label(value.label))


@cache
def ontology_out() -> schemas.OntologyOut:
    """Return kinds, predicates and code lists with their words; the same for everybody."""
    words = ontology()
    return schemas.OntologyOut(
        kinds=[
            schemas.KindOut(
                name=k.name,
                label=label(k.label),
                plural=label(k.plural),
                family=k.family,
                icon=k.icon,
                identifying=k.identifying,
            )
            for k in words.kinds.values()
        ],
        predicates=[
            schemas.PredicateOut(name=p.name, label=label(p.label), assessment_only=p.assessment_only)
            for p in words.predicates.values()
        ],
        codes={name: [code(c) for c in listed.codes.values()] for name, listed in words.code_lists.items()},
    )


def openings(home: Home, actor: Actor, at: datetime) -> schemas.OpeningsOut:
    """Return the purposes the actor was granted, and the open cases that let the actor in.

    The actor's own rights, nothing else: cases of a member, and of who broke the glass with a second person.
    """
    words = ontology()
    bases = words.codes("legal_bases").codes
    ledger = ledger_of(home)
    glass = broken_cases(ledger, actor, at)
    mine = {n: b for n, b in ledger.cases().items() if b.get("state") == "open" and (n in glass or is_member(actor, b))}
    purposes = []
    for purpose in words.codes("purposes").codes.values():
        if purpose.code not in actor.purposes:
            continue
        fitting = [b for b in bases.values() if purpose.code not in b.attributes.get("never", ())]
        purposes.append(
            schemas.PurposeChoice(
                purpose=purpose.code,
                label=label(purpose.label),
                default_basis=str(purpose.attributes["basis"]),
                bases=[code(b) for b in fitting],
                needs_case=purpose.code == "exchange" or (purpose.code == "investigate" and bool(mine)),
            )
        )
    through = {name: glass[name].until for name, body in mine.items() if name in glass and not is_member(actor, body)}
    return schemas.OpeningsOut(
        purposes=purposes, cases=[case(name, body, through.get(name)) for name, body in mine.items()]
    )


def case(name: str, body: Mapping[str, Any], glass_until: datetime | None = None) -> schemas.CaseChoice:
    return schemas.CaseChoice(
        id=name,
        title=str(body.get("title") or name),
        state=body["state"],
        legal_basis=str(body.get("legal_basis") or ""),
        purpose=str(body.get("purpose") or ""),
        glass_until=glass_until,
    )


def view_out(view: View, *, valid: str | None) -> schemas.ViewOut:
    """Describe an open view: what it is for, until when, how it names people, and how much it holds."""
    asked = view.request
    held = view.statistics()
    chosen = None if asked.case is None else case(asked.case, ledger_of(view.home).cases()[asked.case])
    return schemas.ViewOut(
        id=view.id,
        digest=view.digest,
        purpose=asked.purpose,
        case=chosen,
        legal_basis=view.legal_basis,
        reason=asked.reason,
        expires=view.expires,
        as_of=asked.as_of,
        valid=valid,
        naming=view.naming,
        vault_until=view.vault_until,
        necessity=asked.necessity,
        glass=_glass(view),
        band=present.band(view.markings(), made_up=only_synthetic(view.home)),
        entities=_counts(held.entities),
        claims=_counts(held.claims),
    )


def _glass(view: View) -> schemas.ViewGlass | None:
    if view.entry is None or not view.entry.glass:
        return None
    return schemas.ViewGlass(id=view.entry.glass, approved_by=approver(ledger_of(view.home), view.entry.glass))


def _counts(counts: Mapping[str, int]) -> list[schemas.CountOut]:
    return [schemas.CountOut(name=name, count=count) for name, count in sorted(counts.items())]
