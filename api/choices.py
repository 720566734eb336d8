"""What a signed-in actor may choose from, and how an open view describes itself."""

from __future__ import annotations

from functools import cache

from api import present, schemas
from graph.actor import Actor, may_purpose
from graph.answers import CaseView
from graph.home import Home
from graph.ledger import Ledger
from graph.ontology import Code, Labels, ontology
from graph.view import View


def labels(value: Labels) -> schemas.Labels:
    return schemas.Labels(da=value.da, en=value.en)


def code(value: Code) -> schemas.CodeOut:
    return schemas.CodeOut(code=value.code, label=labels(value.label))


@cache
def ontology_out() -> schemas.OntologyOut:
    words = ontology()
    return schemas.OntologyOut(
        kinds=[
            schemas.KindOut(
                name=k.name,
                label=labels(k.label),
                plural=labels(k.plural),
                family=k.family,
                icon=k.icon,
                identifying=k.identifying,
            )
            for k in words.kinds.values()
        ],
        predicates=[
            schemas.PredicateOut(name=p.name, label=labels(p.label), assessment_only=p.assessment_only)
            for p in words.predicates.values()
        ],
        codes={name: [code(c) for c in words.codes(name)] for name in words.code_lists},
    )
