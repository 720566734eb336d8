"""The shapes of the HTTP answers. `viz/web/src/lib/api.d.ts` is generated from them by way of OpenAPI.

No shape pairs a person with a number that could be read as risk (limit B1); a test scans the schema for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# ---- the house ------------------------------------------------------------------------------------------------------


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


# ---- who and what for -----------------------------------------------------------------------------------------------


class PersonaOut(Shape):
    id: str
    roles: list[str]
    org: str


class SessionOut(Shape):
    actor: PersonaOut | None
    personas: list[PersonaOut]
    """Those that may be chosen; empty unless every namespace is synthetic or research and the server is on loopback."""


class SignIn(Shape):
    persona: str = Field(min_length=1, max_length=100)


class CaseChoice(Shape):
    id: str
    title: str
    state: Literal["open", "closed", "sealed"]
    legal_basis: str
    purpose: str


class PurposeChoice(Shape):
    purpose: str
    label: Labels
    default_basis: str
    bases: list[CodeOut]
    needs_case: bool


class OpeningsOut(Shape):
    """What the actor may ask a view for, from the actor's own rights alone."""

    purposes: list[PurposeChoice]
    cases: list[CaseChoice]


class OpenView(Shape):
    purpose: str = Field(max_length=100)
    case: str | None = Field(default=None, max_length=200)
    legal_basis: str | None = Field(default=None, max_length=100)
    reason: str = Field(default="", max_length=2000)
    as_of: AwareDatetime | None = None
    valid: str | None = Field(default=None, max_length=100)
    """EDTF window of valid time."""


class Band(Shape):
    """The highest marking on a page."""

    level: int
    word: str
    tlp: str | None
    made_up: bool


class CountOut(Shape):
    name: str
    count: int


class ViewOut(Shape):
    id: str
    digest: str
    purpose: str
    case: CaseChoice | None
    legal_basis: str
    expires: datetime
    as_of: datetime | None
    valid: str | None
    naming: Literal["public", "parties", "pseudonyms"]
    band: Band
    entities: list[CountOut]
    claims: list[CountOut]


# ---- the graph ------------------------------------------------------------------------------------------------------


class EntityOut(Shape):
    token: str
    kind: str
    label: str
    form: Literal["public", "party", "granted", "pseudonym", "plain"]
    delivered: str | None


class MarkingOut(Shape):
    level: int
    word: str
    handling: str
    tlp: str | None
    pap: str | None
    originator: str
    case: str | None


class ValidOut(Shape):
    text: str
    start: str | None
    """First possible day, ISO; null when there is none."""
    end: str | None
    """Last possible day, ISO; null when open."""
    certain: bool
    """There is at least one day on which it certainly held."""


class ClaimOut(Shape):
    token: str
    subject: EntityOut
    predicate: str
    object: EntityOut | None
    value: str | None
    qualifiers: dict[str, str | int | float | bool | None]
    valid: ValidOut
    grade: str
    assertion: Literal["fact", "assessment"]
    category: str | None
    marking: MarkingOut
    source: str
    report: EntityOut | None
    locator: str | None
    note: str | None
    known_at: datetime


class ConflictOut(Shape):
    predicate: str
    sides: list[list[ClaimOut]]


class CardOut(Shape):
    entity: EntityOut
    also: list[EntityOut]
    claims: list[ClaimOut]
    conflicts: list[ConflictOut]
    more: int


class SubgraphOut(Shape):
    entities: list[EntityOut]
    links: list[ClaimOut]
    more: int


class StepOut(Shape):
    start: EntityOut
    end: EntityOut
    claim: ClaimOut


class PathOut(Shape):
    steps: list[StepOut]
    weakest: int
    sources: int


class PathAnswer(Shape):
    path: PathOut | None
    """Null when there is none in this view."""


class HitOut(Shape):
    entity: EntityOut
    matched: str
    predicate: str


class SearchOut(Shape):
    hits: list[HitOut]
    known: EntityOut | None
    more: bool


class RecordOut(Shape):
    delivery: str
    file: str
    row: int
    columns: list[str]
    cells: list[str]
    raw: str


class CaseOut(Shape):
    id: str
    title: str
    state: str
    legal_basis: str
    lead: str
    members: list[str]
    parties: list[EntityOut]


# ---- analyses -------------------------------------------------------------------------------------------------------


class RunAnalysis(Shape):
    parameters: dict[str, str | int | float | bool] = {}


class RunOut(Shape):
    id: str
    name: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: float
    """Share done, 0 to 1."""
    step: str
    finding: str | None
    """Id of the finding when done."""
    error: str | None


class FindingHead(Shape):
    id: str
    method: str
    version: str
    question: str
    made_at: datetime
    made_by: str
    expires: datetime
    parameters: dict[str, str | int | float | bool | None]


class AboutOut(Shape):
    """The setting that a sentence speaks of."""

    ref: str
    name: str
    direction: str


class SentenceOut(Shape):
    """A sentence of a method as a code of the pages' catalogue with its values; `text` is the English."""

    code: str
    values: dict[str, str | int | float]
    about: AboutOut | None
    text: str


class SaidOut(Shape):
    null_model: list[SentenceOut]
    power: list[SentenceOut]
    limits: list[SentenceOut]
    explanations: list[SentenceOut]


class FindingOut(Shape):
    head: FindingHead
    seed: int
    view: str
    null_model: str
    power: str
    limits: list[str]
    explanations: list[str]
    said: SaidOut
    evidence_count: int
    rows: list[dict[str, object]]
    extra: dict[str, object] = {}
    """What a method adds beside its rows: coverage's `next`, the optimum, tables by source and grade."""


class KeepPlan(Shape):
    finding: str
    title: str = Field(min_length=1, max_length=200)
    note: str = Field(default="", max_length=4000)
    measures: list[int] = Field(max_length=10)
    """Which of the finding's next measures are kept, by place in its list."""


class PlanKept(Shape):
    id: str
    title: str
    note: str
    made_at: datetime
    made_by: str
    finding: str
    measures: list[dict[str, object]]


# ---- exchange -------------------------------------------------------------------------------------------------------


class PartnerOut(Shape):
    id: str
    name: str
    org: str
    fingerprint: str


class RequestOut(Shape):
    entity: EntityOut
    direction: str | None
    partner: str | None
    reference: str | None
    received: str | None
    due: str | None
    urgency: str | None
    state: str | None
    purpose: str | None
    basis: str | None


class PackageAsk(Shape):
    partner: str
    request: str | None = None
    """Token of the Request entity that is answered."""
    claims: list[str] = Field(max_length=5000)


class ReleaseLine(Shape):
    """One claim: what leaves, what stays, and why."""

    claim: ClaimOut
    outcome: Literal["leaves", "partly", "stays"]
    reasons: list[str]
    stays: list[str]
    """Names of the parts that stay."""


class PreviewOut(Shape):
    partner: PartnerOut
    lines: list[ReleaseLine]
    band: Band
    file_allowed: bool
    """False above TIL TJENESTEBRUG: there is a manifest to print but no file."""
    why_no_file: str | None


class PackageOut(Shape):
    id: str
    partner: str
    request: str | None
    made_at: datetime
    made_by: str
    claims: int
    band: Band
    sha256: str | None
    expires: datetime
    downloadable: bool


class CheckOut(Shape):
    """What was checked, what was found in English, and that as a code with values."""

    name: str
    passed: bool
    detail: str
    code: str
    values: dict[str, str]


class VerifyOut(Shape):
    """What was checked of a received package; the inner part only with the recipient's key."""

    package: str | None
    sender: str | None
    recipient: str | None
    expires: datetime | None
    whole: bool
    inner: bool
    checks: list[CheckOut]
    claims: int | None
