"""The parties of a case: entered by its lead alone, each with category, role and reason, and ended again.

Entry names a party to the members of the case (`graph.names`), but never a witness, a victim or a minor. What a
delivery lists as parties counts as entered; it is ended like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from graph.answers import EntityRef
from graph.errors import BadInput, NotInView, Refused
from graph.home import Home
from graph.interval import day_number, parse_interval
from graph.names import Party, parties_of, party_from
from graph.ontology import ontology
from graph.steps import Step, need_reason, new_matter, steps_in, take

if TYPE_CHECKING:
    from graph.view_reads import View

CATEGORIES_OF: Final[Mapping[str, frozenset[str]]] = {
    "subject": frozenset("abd"),
    "suspect": frozenset("a"),
    "convicted": frozenset("b"),
    "victim": frozenset("c"),
    "witness": frozenset("d"),
    "contact": frozenset("d"),
}
"""Which category (LED article 6) a role may have."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A party with how it came in and whether it went out again.

    Parameters
    ----------
    id : str
    party : Party
    reason, since, until : str
        As stated; days in EDTF.
    by : str
        The lead who entered it; empty where a delivery did.
    at : datetime, optional
    ended_by, ended_reason : str
    ended_at : datetime, optional
    """

    id: str
    party: Party
    reason: str
    since: str = ""
    until: str = ""
    by: str = ""
    at: datetime | None = None
    ended_by: str = ""
    ended_reason: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party as a view tells it."""

    entered: Entered
    entity: EntityRef
    named: bool
    """Entry names it, on the day and with what the view holds."""


def entered_in(home: Home, case: str, body: Mapping[str, Any]) -> list[Entered]:
    """Return every party of a case, those that a delivery lists first, ended ones among them."""
    found: dict[str, Entered] = {}
    listed = [entry if isinstance(entry, Mapping) else {} for entry in body.get("parties") or ()]
    for n, party in enumerate(parties_of(body)):
        said = listed[n] if n < len(listed) else {}
        name = _delivered_id(home, case, party)
        found[name] = Entered(
            name, party, str(said.get("reason") or ""), str(said.get("from") or ""), str(said.get("to") or "")
        )
    for matter, steps in steps_in(home, "party", case).items():
        for step in steps:
            if step.act == "enter":
                found[matter] = _entered(step)
            elif matter in found:
                found[matter] = replace(
                    found[matter], ended_by=step.by, ended_reason=str(step.body["reason"]), ended_at=step.at
                )
    return list(found.values())


def parties_now(home: Home, case: str, body: Mapping[str, Any]) -> list[Party]:
    """Return the parties of a case that were not ended."""
    return [each.party for each in entered_in(home, case, body) if each.ended_at is None]


def enter(
    view: View,
    ref: str,
    *,
    category: str,
    role: str,
    reason: str,
    at: datetime,
    since: str = "",
    until: str = "",
) -> Entered:
    """Enter somebody whom the view shows as a party of its case.

    Parameters
    ----------
    view : View
        Of the case, opened by its lead.
    ref : str
        Token, pseudonym or open delivered id.
    category, role : str
        Codes of `categories` and `party_roles`.
    reason : str
        Why this person is a party.
    at : datetime
    since, until : str
        First and last day, in EDTF; open unless given.

    Raises
    ------
    Refused
        Not the lead, or no reason.
    NotInView
        The view has no case, or does not hold the person.
    BadInput
        Category, role or days are wrong, or it is no person.
    """
    said = need_reason(reason, "Entering a party")
    _check_words(category, role)
    _check_days(since, until)
    name = new_matter("party")
    about = {"party": name, "category": category, "role": role, "reason": said}
    with view.act("enter-party", detail=about) as act:
        case = _led(view)
        eids = view.ground.subjects_of(ref, kind="Person")
        act.touched |= set(eids)
        body = {**about, "entity": eids[0].hex(), "from": since, "to": until}
        step = Step("party", name, 0, "enter", view.actor.id, at, case, body)
        take(view.home, step)
    return _entered(step)


def end(view: View, party: str, reason: str, *, at: datetime) -> None:
    """End a party: from now on entry names it no longer.

    Raises
    ------
    Refused
        Not the lead, or no reason.
    NotInView
        The view has no case, or shows no such party.
    Conflict
        It was ended before.
    """
    said = need_reason(reason, "Ending a party")
    with view.act("end-party", detail={"party": party, "reason": said}):
        case = _led(view)
        found = {each.id: each for each in entered_in(view.home, case, view.ground.case_entry())}
        if party not in found or view.ground.party(found[party].party) is None:
            raise NotInView
        n = 1 if found[party].by else 0  # a party that a delivery listed has no first step
        take(view.home, Step("party", party, n, "end", view.actor.id, at, case, {"reason": said}))


def listed(view: View, *, at: datetime) -> list[PartyLine]:
    """Return the parties of the view's case that the view holds, those that count first.

    Raises
    ------
    NotInView
        The view has no case.
    """
    with view.act("list-parties") as act:
        if view.request.case is None:
            raise NotInView
        day, ground = day_number(at.date()), view.ground
        lines = []
        for each in entered_in(view.home, view.request.case, view.ground.case_entry()):
            held = ground.party(each.party)
            if held is not None:
                nid, ref = held
                act.touched.add(ground.eid(nid))
                counts = each.ended_at is None and each.party.first <= day <= each.party.last
                lines.append(PartyLine(_told(view, each), ref, counts and ground.named_by_entry(nid)))
    return sorted(lines, key=lambda line: (line.entered.ended_at is not None, line.entity.label, line.entered.id))


def _told(view: View, each: Entered) -> Entered:
    """Return it with its reasons as the view may tell them; who wrote one may read it, so nobody tries names on it."""
    return replace(
        each,
        reason=each.reason if each.by == view.actor.id else view.ground.say(each.reason),
        ended_reason=each.ended_reason if each.ended_by == view.actor.id else view.ground.say(each.ended_reason),
    )


def _led(view: View) -> str:
    """Return the view's case, where the actor leads it."""
    if view.request.case is None:
        raise NotInView
    if view.ground.case_entry().get("lead") != view.actor.id:
        raise Refused(
            "Only the lead of a case says who its parties are. Ask the lead; the page of the case names them.",
            code="lead-only",
        )
    return view.request.case


def _check_words(category: str, role: str) -> None:
    fitting = CATEGORIES_OF.get(role)
    if fitting is None or role not in ontology().codes("party_roles"):
        raise BadInput(f"A role is one of {', '.join(CATEGORIES_OF)}; got {role[:40]!r}.", code="bad-role")
    if category not in fitting:
        raise BadInput(
            f"The role {role} goes with category {' or '.join(sorted(fitting))} (LED article 6); got "
            f"{category[:40]!r}.",
            code="bad-category",
        )


def _check_days(since: str, until: str) -> None:
    first = parse_interval(since).valid_from if since else None
    last = parse_interval(until).valid_to if until else None
    if first is not None and last is not None and last < first:
        raise BadInput("The last day lies before the first. Give them in order.", code="bad-date")


def _entered(step: Step) -> Entered:
    body = step.body
    party = replace(party_from({**body, "entity": ""}), eid=bytes.fromhex(str(body["entity"])))
    return Entered(
        step.matter, party, str(body["reason"]), str(body["from"] or ""), str(body["to"] or ""), step.by, step.at
    )


def _delivered_id(home: Home, case: str, party: Party) -> str:
    """Return the id of a party that a delivery listed: the same for the same person and role, whatever the order."""
    text = "\0".join((case, party.delivered, party.category, party.role)).encode()
    return f"party-{hashlib.blake2b(text, key=home.secret('party-id'), digest_size=6).hexdigest()}"
