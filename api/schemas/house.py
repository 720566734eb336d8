"""What the house says of itself: health, words, the plan."""

from __future__ import annotations

from typing import Literal

from api.schemas.base import Shape


class Health(Shape):
    status: Literal["ok"]
    version: str
    engine: Literal["embedded", "neo4j"]
    regimes: list[str]
    """Manifest kinds of the home: `synthetic`, `published-research`."""


class Labels(Shape):
    da: str
    en: str


class KindOut(Shape):
    name: str
    label: Labels
    plural: Labels
    family: str
    """Colour, shape and icon family of `palette.json`."""
    icon: str
    identifying: bool


class PredicateOut(Shape):
    name: str
    label: Labels
    assessment_only: bool


class CodeOut(Shape):
    code: str
    label: Labels


class OntologyOut(Shape):
    kinds: list[KindOut]
    predicates: list[PredicateOut]
    codes: dict[str, list[CodeOut]]


class InitiativeOut(Shape):
    number: int
    title: Labels
    status: Literal["works", "part", "not_yet"]
    does: Labels
    page: str | None


class AreaOut(Shape):
    number: int
    title: Labels
    initiatives: list[InitiativeOut]


class PlanOut(Shape):
    areas: list[AreaOut]
