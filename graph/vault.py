"""The vault: claims of special categories (LED 10), shut unless a view states why they are strictly necessary.

Who may open it is the policy's matter (the act `open-vault`); this is what a request has to say first. It is stated
for one case and holds for an hour; each look into the vault is about one entity and stands in the audit.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from graph.actor import Actor, Entry, ViewRequest
from graph.errors import Refused
from graph.ontology import ontology
from graph.policy.asking import MEMBER

ACT: Final = "open-vault"
"""As roles and policy call it."""
OPEN_FOR: Final = timedelta(hours=1)
LEAST_NEED: Final = 20
"""Characters of a necessity that says something."""


def check_stated(actor: Actor, request: ViewRequest) -> None:
    """Check what a request says of the vault, where it says anything: role, purpose, case, reason and necessity.

    Raises
    ------
    Refused
        With what is missing. All of it follows from the actor and the request alone.
    """
    if not request.necessity:
        return
    actor.demand(ACT)
    if ACT not in ontology().codes("purposes").get(request.purpose).attributes.get("acts", ()):
        raise Refused(
            f"The purpose {request.purpose} never carries special categories. Open the view without the vault.",
            code="vault-need",
        )
    if request.case is None:
        raise Refused("The vault opens inside a case only. Name the case.", code="needs-case")
    if not request.reason.strip():
        raise Refused("The vault opens in a view with a written reason only. Write one.", code="needs-reason")
    if len(request.necessity.strip()) < LEAST_NEED:
        raise Refused(
            f"Say in at least {LEAST_NEED} characters why special categories are strictly necessary in this case.",
            code="vault-need",
        )


def check_entered(request: ViewRequest, entry: Entry | None) -> None:
    """Check that somebody who states necessity came into the case as its member: no broken glass opens the vault.

    Raises
    ------
    Refused
    """
    if request.necessity and (entry is None or entry.admitted != MEMBER):
        raise Refused(
            "The vault opens to members of the case only, not by broken glass. Open the view without it.",
            code="vault-need",
        )
