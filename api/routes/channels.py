"""The declared channels: what may depend on more than the asker sees, and nothing beside."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import ServerDep, SessionDep, ViewDep
from api.schemas import channels as shapes
from api.schemas.names import ReasonIn
from graph import overlaps, questions, restricted

router = APIRouter(prefix="/api/v1", tags=["channels"])


@router.get("/overlaps")
def list_overlaps(parts: ServerDep, session: SessionDep) -> list[shapes.OverlapOut]:
    """Which open cases overlap: for the coordinator, and nothing but which."""
    found = overlaps.listed(parts.home, session.actor, at=parts.clock())
    return [shapes.OverlapOut.model_validate(each.to_json()) for each in found]


@router.post("/overlaps/{overlap}/tell")
def tell(overlap: str, body: ReasonIn, parts: ServerDep, session: SessionDep) -> shapes.OverlapOut:
    """Tell both leads to contact each other; each learns the other's name and nothing more."""
    done = overlaps.tell(parts.home, session.actor, overlap, body.reason, at=parts.clock())
    return shapes.OverlapOut.model_validate(done.to_json())


@router.get("/overlaps/{overlap}/why")
def why(overlap: str, parts: ServerDep, session: SessionDep) -> shapes.OverlapWhyOut:
    """What two cases share, under pseudonyms of the pair's own: for who oversees."""
    return shapes.OverlapWhyOut.model_validate(overlaps.explain(parts.home, session.actor, overlap).to_json())


@router.post("/views/{v}/questions", status_code=201)
def ask(body: shapes.AskHit, view: ViewDep, parts: ServerDep) -> shapes.QuestionOut:
    """Ask whether one exact number is known elsewhere; a person answers."""
    now = parts.clock()
    asked = questions.ask(view, body.identifier, body.reason, at=now)
    return shapes.QuestionOut.model_validate(asked.to_asker(now))


@router.get("/questions")
def list_questions(parts: ServerDep, session: SessionDep) -> shapes.QuestionsOut:
    """One's own questions; for who answers, those that wait."""
    now = parts.clock()
    own = questions.own(parts.home, session.actor)
    answers = "answer-hit" in session.actor.actions
    waiting = questions.waiting(parts.home, session.actor) if answers else []
    return shapes.QuestionsOut(
        own=[shapes.QuestionOut.model_validate(each.to_asker(now)) for each in own],
        waiting=[
            shapes.WaitingOut(
                id=each.id,
                user=each.user,
                case=each.case,
                purpose=each.purpose,
                reason=each.reason,
                asked_at=each.asked_at,
                matches=match,
            )
            for each, match in waiting
        ],
    )


@router.post("/questions/{question}/answer", status_code=204)
def answer(question: str, body: shapes.AnswerHit, parts: ServerDep, session: SessionDep) -> None:
    questions.answer(parts.home, session.actor, question, body.answer, at=parts.clock())


@router.get("/views/{v}/entities/{e}/restricted")
def ask_restricted(e: str, view: ViewDep, parts: ServerDep) -> shapes.RestrictedOut:
    """Whether another case knows more about an entity of the view and lets that be said."""
    found = restricted.ask(view, e, at=parts.clock())
    return shapes.RestrictedOut(held=found.held, contacts=list(found.contacts))
