"""The channel *restricted node*: another case knows more about an entity of the view, and lets that be said.

Only a case whose entry says `existence: told` is ever told of, only for a purpose that its claims allow, and only with
the name of its lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from graph.channels import markings_that_count, open_cases, spend
from graph.held import markings_about
from graph.view_books import ledger_of

if TYPE_CHECKING:
    from graph.view_reads import View

CHANNEL: Final = "restricted-node"


@dataclass(frozen=True, slots=True)
class Restricted:
    """Whether more is held than the view shows, as far as anybody lets it be said, and whom to ask."""

    held: bool
    contacts: tuple[str, ...]


def ask(view: View, ref: str, *, at: datetime) -> Restricted:
    """Ask whether more is held about an entity of the view.

    Raises
    ------
    NotInView
        The entity is not in the view.
    Refused
        The role does not allow it, or the limit is used up.
    """
    with view.act("ask-restricted") as act:
        spend(view.home, view.actor, CHANNEL, at=at)
        eids = view.ground.subjects_of(ref)
        act.touched |= set(eids)
        ledger, cases = ledger_of(view.home), open_cases(view.home)
        telling = {name for name, body in cases.items() if body.get("existence") == "told"}
        counting = {
            nid: str(marking.case)
            for nid, marking in markings_that_count(ledger).items()
            if marking.case in telling
            and marking.case != view.request.case
            and nid not in view.scope.visible
            and marking.regime in view.actor.regimes
            and view.request.purpose in marking.purposes
        }
        found = markings_about(ledger, eids) & counting.keys()
        leads = {str(cases[counting[nid]].get("lead") or "") for nid in found}
        return Restricted(bool(found), tuple(sorted(leads - {""})))
