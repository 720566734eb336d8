"""Declared channels: the only answers that may depend on what the asker cannot see.

They stand in `channels.yaml`: basis, who asks and who answers, acts, limit, and the oracle that holds them in the
tests. Asking beyond the limit is refused, stands in the audit, and is told to the inspectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from graph.actor import Actor
from graph.audit import audit_of
from graph.errors import Refused
from graph.home import Home
from graph.ledger import Ledger
from graph.model import Marking
from graph.notices import to_role
from graph.ontology import ontology
from graph.steps import Step, new_matter, steps_of, take
from graph.view_books import ledger_of

UNBOUND: Final = "unbound"


@dataclass(frozen=True, slots=True)
class Channel:
    """One declared channel.

    Parameters
    ----------
    name, da, en : str
    basis : str
        Legal basis.
    asks, answers : tuple of str
        Roles.
    acts : tuple of str
        What the audit calls its steps.
    tells : str
        Who learns what.
    count, hours : int
        Askings of one user within so many hours.
    oracle : str
        The plain reading in the tests.
    """

    name: str
    da: str
    en: str
    basis: str
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    acts: tuple[str, ...]
    tells: str
    count: int
    hours: int
    oracle: str


@cache
def channels() -> Mapping[str, Channel]:
    """Return every declared channel by name."""
    written = resources.files("graph").joinpath("channels.yaml").read_text(encoding="utf-8")
    body: dict[str, dict[str, Any]] = yaml.safe_load(written)
    return {
        name: Channel(
            name=name,
            da=str(said["da"]),
            en=str(said["en"]),
            basis=str(said["basis"]),
            asks=tuple(said["asks"]),
            answers=tuple(said["answers"]),
            acts=tuple(said["acts"]),
            tells=str(said["tells"]),
            count=int(said["limit"]["count"]),
            hours=int(said["limit"]["hours"]),
            oracle=str(said["oracle"]),
        )
        for name, said in body.items()
    }


def spend(home: Home, actor: Actor, name: str, *, at: datetime) -> None:
    """Count one asking against the limit of a channel. What is asked in vain counts like everything else.

    Raises
    ------
    Refused
        The limit is used up.
    """
    channel = channels()[name]
    begin = at - timedelta(hours=channel.hours)
    used = [
        step
        for steps in steps_of(home, "channel").values()
        for step in steps
        if step.act == name and step.by == actor.id and begin < step.at <= at
    ]
    if len(used) >= channel.count:
        report_probing(home, actor, name, "limit", at=at)
        again = used[0].at + timedelta(hours=channel.hours)
        raise Refused(
            f"The channel {name} answers {channel.count} times in {channel.hours} hours, and these are used up. It "
            f"answers again from {again:%Y-%m-%d %H:%M} UTC; what cannot wait goes to the coordinator in person.",
            code="budget",
        )
    take(home, Step("channel", new_matter("channel"), 0, name, actor.id, at, None, {}))


def report_probing(home: Home, actor: Actor, name: str, how: str, *, at: datetime) -> None:
    """Put into the audit that somebody asks too much, or one number after another; tell the inspectors once a day."""
    log = audit_of(home)
    intent = log.intent("channel-probing", {"user": actor.id, "loud": True, "detail": {"channel": name, "how": how}})
    told = [
        steps[0]
        for steps in steps_of(home, "notice").values()
        if steps[0].body["code"] == "probing" and steps[0].by == actor.id and at - steps[0].at < timedelta(days=1)
    ]
    if not any(step.body["values"]["channel"] == name for step in told):
        take(home, to_role("inspector", "probing", at, actor.id, user=actor.id, channel=name))
    log.outcome(intent, "ok", {})


def may_count(marking: Marking) -> bool:
    """Say whether claims under a marking count in any channel: none that are sealed, or behind the one-way wall."""
    bases = ontology().codes("legal_bases").codes
    basis = bases.get(marking.legal_basis)
    walled = basis is None or "investigate" in basis.attributes.get("never", ())
    return not marking.sealed and not walled and bool(marking.regime) and bool(marking.case)


def markings_that_count(ledger: Ledger) -> dict[int, Marking]:
    """Return the markings whose claims count in channels, by number."""
    return {nid: marking for nid, marking in ledger.markings().items() if may_count(marking)}


def open_cases(home: Home) -> dict[str, Mapping[str, Any]]:
    """Return the cases that are open, by id."""
    return {name: body for name, body in ledger_of(home).cases().items() if body.get("state") == "open"}
