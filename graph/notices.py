"""What somebody is told at once: a list per user, by code with plain values, never a name of anybody in the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from graph.actor import Actor
from graph.errors import NotInView
from graph.home import Home
from graph.steps import Step, audited, new_matter, steps_about, steps_of, take

Code = Literal[
    "unmask-asked",
    "unmask-approved",
    "unmask-refused",
    "unmask-withdrawn",
    "emergency-unmask",
    "emergency-reviewed",
    "case-overlap",
    "question-asked",
    "probing",
    "glass-asked",
    "glass-broken",
    "glass-ended",
    "glass-reviewed",
    "rights-lapse",
    "rights-kept",
]
WORDS: Final[Mapping[str, str]] = {
    "unmask-asked": "{user} asks in {case} to have somebody unmasked: {grant}. Approve or refuse it.",
    "unmask-approved": "{user} approved {grant} until {until}.",
    "unmask-refused": "{user} refused {grant}.",
    "unmask-withdrawn": "{user} withdrew {grant}.",
    "emergency-unmask": "{user} unmasked somebody alone in {case}: {grant}. Review it by {review_by}.",
    "emergency-reviewed": "{user} reviewed {grant}: {verdict}.",
    "case-overlap": "A case of {lead} touches on one of yours. Contact each other.",
    "question-asked": "{user} asks whether an identifier is known: {question}. Answer it by {due}.",
    "probing": "{user} asks too much, or one number after another, through the channel {channel}.",
    "glass-asked": "{user} asks to break the glass of {case}: {glass}. Approve or refuse it by {due}.",
    "glass-broken": "{by} let {user} into {case} by broken glass until {until}: {glass}. It is reviewed afterwards.",
    "glass-ended": "{user} ended {glass}.",
    "glass-reviewed": "{user} reviewed {glass}: {verdict}.",
    "rights-lapse": "{by} lets your rights lapse after {until}.",
    "rights-kept": "{by} took back that your rights lapse; they hold until {until} and can be confirmed.",
}
"""What the command line says; the pages have words of their own by code."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, as its reader has it."""

    id: str
    code: str
    at: datetime
    values: Mapping[str, str]
    seen: bool

    def text(self) -> str:
        """Return it as an English sentence."""
        return WORDS[self.code].format_map(self.values)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "code": self.code,
            "at": self.at.isoformat(),
            "values": dict(self.values),
            "text": self.text(),
            "seen": self.seen,
        }


def to_user(user: str, code: Code, at: datetime, by: str, /, **values: str) -> Step:
    """Return the step that tells one user."""
    return _tell({"user": user}, code, at, by, values)


def to_role(role: str, code: Code, at: datetime, by: str, /, **values: str) -> Step:
    """Return the step that tells everybody in a role."""
    return _tell({"role": role}, code, at, by, values)


def listed(home: Home, actor: Actor) -> list[Notice]:
    """Return what the actor was told, newest first.

    Raises
    ------
    AuditUnavailable
    """
    with audited(home, actor, "list-notices"):
        return _mine(home, actor)


def mark_seen(home: Home, actor: Actor, notice: str, *, at: datetime) -> None:
    """Mark a notice as seen; it stays on the list.

    Raises
    ------
    NotInView
        It is none of the actor's.
    """
    with audited(home, actor, "list-notices", detail={"seen": notice}):
        told = {each.id: each for each in _mine(home, actor)}
        if notice not in told:
            raise NotInView
        if not told[notice].seen:
            n = len(steps_about(home, notice))
            take(home, Step("notice", notice, n, "seen", actor.id, at, None, {}))


def _mine(home: Home, actor: Actor) -> list[Notice]:
    found = []
    for matter, steps in steps_of(home, "notice").items():
        told = steps[0]
        if told.body["to"].get("user") == actor.id or told.body["to"].get("role") in actor.roles:
            seen = any(step.act == "seen" and step.by == actor.id for step in steps[1:])
            found.append(Notice(matter, str(told.body["code"]), told.at, told.body["values"], seen))
    return found[::-1]


def _tell(to: Mapping[str, str], code: Code, at: datetime, by: str, values: Mapping[str, str]) -> Step:
    return Step("notice", new_matter("notice"), 0, "tell", by, at, None, {"to": to, "code": code, "values": values})
