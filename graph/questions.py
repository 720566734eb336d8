"""The channel *hit / no-hit*: is this one number known elsewhere, asked of a person.

What was asked is kept as keyed hashes; the coordinator sees who asks and why, and whether it matches, and answers. The
asker reads the answer a whole number of days after asking, so neither shape nor delay tells what it is going to be.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from graph.actor import Actor, actor_of
from graph.channels import markings_that_count, report_probing, spend
from graph.errors import BadInput, Conflict, NotInView, Refused
from graph.held import numbers
from graph.home import Home
from graph.names import spellings
from graph.notices import to_role
from graph.steps import Step, audited, last, need_reason, new_matter, steps_about, steps_of, take
from graph.view_books import ledger_of

if TYPE_CHECKING:
    from graph.view_reads import View

CHANNEL: Final = "hit-no-hit"
Answer = Literal["hit", "no-hit"]
DAY: Final = timedelta(days=1)
MEMORY: Final = timedelta(days=30)
"""How far back neighbouring numbers of one asker are looked for."""
NEIGHBOURS: Final = 3
"""Numbers alike but for their last two signs that one user may ask within that time before it counts as probing."""
_LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question with what became of it."""

    id: str
    user: str
    case: str
    purpose: str
    reason: str
    asked_at: datetime
    forms: tuple[str, ...]
    stem: str
    answered_by: str = ""
    answered_at: datetime | None = None
    answer: str = ""

    @property
    def opens_at(self) -> datetime | None:
        """When the asker may read the answer: whole days after asking; None before there is one."""
        if self.answered_at is None:
            return None
        return self.asked_at + DAY * max(1, -((self.asked_at - self.answered_at) // DAY))

    def told(self, at: datetime) -> str:
        """Return what the asker may read at a time: the answer, or nothing yet."""
        return self.answer if self.opens_at is not None and at >= self.opens_at else ""

    def to_asker(self, at: datetime) -> dict[str, Any]:
        """Return it as its asker has it: of one shape whatever the answer is going to be."""
        return {
            "id": self.id,
            "case": self.case,
            "reason": self.reason,
            "asked_at": self.asked_at.isoformat(),
            "answer": self.told(at),
        }


def ask(view: View, identifier: str, reason: str, *, at: datetime) -> Question:
    """Ask whether one exact number, plate or identifier is known outside the view's case.

    Raises
    ------
    Refused
        The role does not allow it, the limit is used up, there is no case, or the reason says too little.
    BadInput
        It is no number: names are not asked for here.
    """
    said = need_reason(reason, "Asking elsewhere")
    forms = spellings(identifier)
    with view.act("ask-hit", detail={"term": _term(view.home, identifier), "reason": said}):
        if view.request.case is None:
            raise Refused("This is asked for a case. Open the case.", code="needs-case")
        if not forms or len(forms[-1]) < _LEAST or not any(c.isdigit() for c in forms[-1]) or len(identifier) > 100:
            raise BadInput(
                f"Ask for one whole number, plate or identifier of at least {_LEAST} signs. Names are not asked for "
                "here.",
                code="no-identifier",
            )
        spend(view.home, view.actor, CHANNEL, at=at)
        body = {
            "forms": [_keyed(view.home, form) for form in forms],
            "stem": _keyed(view.home, f"{forms[-1][:-2]}*"),
            "reason": said,
            "purpose": view.request.purpose,
        }
        name = new_matter("question")
        step = Step("question", name, 0, "ask", view.actor.id, at, view.request.case, body)
        due = f"{at + DAY:%Y-%m-%d %H:%M} UTC"
        take(
            view.home,
            step,
            to_role("coordinator", "question-asked", at, view.actor.id, user=view.actor.id, question=name, due=due),
        )
    asked = _question([step])
    _watch(view.home, view.actor, asked, at)
    return asked


def answer(home: Home, actor: Actor, question: str, said: Answer, *, at: datetime) -> Question:
    """Answer a question: no hit may always be said, a hit only where there is one.

    Raises
    ------
    NotInView
        There is no such question.
    Conflict
        It was answered before.
    BadInput
        A hit was said where nothing matches.
    """
    if said not in ("hit", "no-hit"):
        raise BadInput("The answer is hit or no-hit.", code="answer")
    steps = steps_about(home, question)
    found = _question(steps) if steps and steps[0].family == "question" else None
    with audited(home, actor, "answer-hit", case=found.case if found else None, detail={"question": question}) as done:
        if found is None:
            raise NotInView
        if found.user == actor.id:
            raise Refused("Nobody answers their own question.", code="second-person")
        if found.answered_at is not None:
            raise Conflict(f"{question} was answered before.")
        if said == "hit" and not matches(home, [found])[found.id]:
            raise BadInput("Nothing matches: a hit cannot be said.", code="answer")
        done["answer"] = said
        step = Step("question", question, 1, "answer", actor.id, at, found.case, {"answer": said})
        take(home, step)
    return _question([*steps, step])


def own(home: Home, actor: Actor) -> list[Question]:
    """Return the actor's own questions, newest first; `Question.to_asker` tells them.

    Raises
    ------
    Refused
    """
    with audited(home, actor, "list-hits"):
        return [q for q in _all(home) if q.user == actor.id][::-1]


def waiting(home: Home, actor: Actor) -> list[tuple[Question, bool]]:
    """Return the questions that wait for an answer, oldest first, each with whether it matches.

    Raises
    ------
    Refused
        Only who answers may see whether anything matches.
    """
    with audited(home, actor, "list-hits", detail={"what": "waiting"}):
        actor.demand("answer-hit")
        found = [q for q in _all(home) if q.answered_at is None]
        match = matches(home, found)
    return [(q, match[q.id]) for q in found]


def matches(home: Home, asked: Sequence[Question]) -> Mapping[str, bool]:
    """Say of questions whether what they ask for is held outside their case, in a regime of the asker's."""
    ledger = ledger_of(home)
    counting = markings_that_count(ledger)
    held: dict[str, set[tuple[str, str]]] = {}
    wanted = {form for question in asked for form in question.forms}
    for _, value, marking in numbers(ledger, counting) if asked else ():
        for form in spellings(value):
            key = _keyed(home, form)
            if key in wanted:
                held.setdefault(key, set()).add((str(counting[marking].case), counting[marking].regime))
    found = {}
    for question in asked:
        regimes = actor_of(home, question.user).regimes
        where = {place for form in question.forms for place in held.get(form, ())}
        found[question.id] = any(case != question.case and regime in regimes for case, regime in where)
    return found


def _watch(home: Home, actor: Actor, asked: Question, at: datetime) -> None:
    """Notice who asks one number after another."""
    near = {q.forms for q in _all(home) if q.user == actor.id and q.stem == asked.stem and at - q.asked_at < MEMORY}
    if len(near) >= NEIGHBOURS:
        report_probing(home, actor, CHANNEL, "neighbours", at=at)


def _all(home: Home) -> list[Question]:
    return [_question(steps) for steps in steps_of(home, "question").values()]


def _question(steps: Sequence[Step]) -> Question:
    asked, body, said = steps[0], steps[0].body, last(steps, "answer")
    return Question(
        id=asked.matter,
        user=asked.by,
        case=str(asked.case),
        purpose=str(body["purpose"]),
        reason=str(body["reason"]),
        asked_at=asked.at,
        forms=tuple(body["forms"]),
        stem=str(body["stem"]),
        answered_by=said.by if said else "",
        answered_at=said.at if said else None,
        answer=str(said.body["answer"]) if said else "",
    )


def _keyed(home: Home, form: str) -> str:
    return hmac.digest(home.secret("hit-no-hit"), form.encode(), "sha256")[:16].hex()


def _term(home: Home, identifier: str) -> str:
    from graph.audit import audit_of

    return audit_of(home).term(identifier)
