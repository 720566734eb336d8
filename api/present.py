"""From what a view answers to the shapes of the HTTP answers."""

from __future__ import annotations

from collections.abc import Sequence

from api import schemas
from graph.answers import Card, CaseView, ClaimView, EntityRef, PathView, RecordView, SearchAnswer, Subgraph, VaultView
from graph.interval import NO_BEGINNING, NO_END, Interval, format_day
from graph.model import Marking

LEVEL_WORDS = ("UKLASSIFICERET", "TIL TJENESTEBRUG", "FORTROLIGT", "HEMMELIGT")


def entity(ref: EntityRef) -> schemas.EntityOut:
    return schemas.EntityOut(token=ref.token, kind=ref.kind, label=ref.label, form=ref.form, delivered=ref.delivered)


def marking(value: Marking) -> schemas.MarkingOut:
    return schemas.MarkingOut(
        level=value.level,
        word=LEVEL_WORDS[value.level],
        handling=value.handling,
        tlp=value.tlp,
        pap=value.pap,
        originator=value.originator,
        case=value.case,
    )


def valid(interval: Interval) -> schemas.ValidOut:
    return schemas.ValidOut(
        text=interval.text,
        start=None if interval.valid_from == NO_BEGINNING else format_day(interval.valid_from),
        end=None if interval.valid_to == NO_END else format_day(interval.valid_to),
        certain=interval.has_certain_day,
    )


def claim(view: ClaimView) -> schemas.ClaimOut:
    return schemas.ClaimOut(
        token=view.token,
        subject=entity(view.subject),
        predicate=view.predicate,
        object=entity(view.object) if view.object else None,
        value=view.value,
        qualifiers=dict(view.qualifiers),  # pydantic checks that they are plain
        valid=valid(view.valid),
        grade=view.grade,
        assertion=view.assertion,
        category=view.category,
        marking=marking(view.marking),
        source=view.source,
        report=entity(view.report) if view.report else None,
        locator=view.locator,
        note=view.note,
        known_at=view.known_at,
    )


def card(answer: Card) -> schemas.CardOut:
    return schemas.CardOut(
        entity=entity(answer.entity),
        also=[entity(e) for e in answer.also],
        claims=[claim(c) for c in answer.claims],
        conflicts=[
            schemas.ConflictOut(predicate=c.predicate, sides=[[claim(x) for x in side] for side in c.sides])
            for c in answer.conflicts
        ],
        more=answer.more,
        marking=level(answer.markings),
    )


def vault(answer: VaultView) -> schemas.VaultOut:
    return schemas.VaultOut(
        entity=entity(answer.entity),
        claims=[claim(c) for c in answer.claims],
        more=answer.more,
        until=answer.until,
        marking=level(answer.markings),
    )


def subgraph(answer: Subgraph) -> schemas.SubgraphOut:
    return schemas.SubgraphOut(
        entities=[entity(e) for e in answer.entities],
        links=[claim(c) for c in answer.links],
        more=answer.more,
        marking=level(answer.markings),
    )


def path(answer: PathView | None) -> schemas.PathAnswer:
    if answer is None:
        return schemas.PathAnswer(path=None)
    steps = [schemas.StepOut(start=entity(s.start), end=entity(s.end), claim=claim(s.claim)) for s in answer.steps]
    return schemas.PathAnswer(
        path=schemas.PathOut(
            steps=steps, weakest=answer.weakest, sources=answer.sources, marking=level(answer.markings)
        )
    )


def search(answer: SearchAnswer) -> schemas.SearchOut:
    return schemas.SearchOut(
        hits=[schemas.HitOut(entity=entity(h.entity), matched=h.matched, predicate=h.predicate) for h in answer.hits],
        known=entity(answer.known) if answer.known else None,
        more=answer.more,
        marking=level(answer.markings),
    )


def record(answer: RecordView) -> schemas.RecordOut:
    return schemas.RecordOut(
        delivery=answer.where.delivery,
        file=answer.where.file,
        columns=list(answer.columns),
        cells=list(answer.cells),
        raw=answer.raw,
        marking=level(answer.markings),
    )


def case(answer: CaseView) -> schemas.CaseOut:
    return schemas.CaseOut(
        id=answer.id,
        title=answer.title,
        state=answer.state,
        legal_basis=answer.legal_basis,
        lead=answer.lead,
        members=list(answer.members),
        parties=[entity(e) for e in answer.parties],
        marking=level(answer.markings),
    )


def band(markings: Sequence[Marking], *, made_up: bool) -> schemas.Band:
    """Return the highest marking of what is shown, and whether all of it was made up."""
    highest = level(markings)
    return schemas.Band(level=highest.level, word=highest.word, tlp=highest.tlp, made_up=made_up)


def level(markings: Sequence[Marking]) -> schemas.LevelOut:
    """Return the highest marking of what is shown; TLP only where nothing is classified."""
    highest = max((m.level for m in markings), default=0)
    order = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
    labels = [m.tlp for m in markings if m.tlp in order]
    tlp = max(labels, key=order.index, default=None) if highest == 0 else None
    return schemas.LevelOut(level=highest, word=LEVEL_WORDS[highest], tlp=tlp)
