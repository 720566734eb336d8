"""`vault`: special categories of one entity, where they are strictly necessary."""

from __future__ import annotations

from typing import Annotated

import typer

from api import present
from api.commands.options import AT_THE_TERMINAL, JsonOption
from api.commands.usual import tell, through_vault
from graph.answers import ClaimView
from graph.text import several
from graph.view import View


@through_vault
def vault(
    view: View,
    entity: Annotated[str, typer.Argument(help="A delivered id, a pseudonym or a token, as search prints it.")],
    as_json: JsonOption = False,
) -> None:
    """Read what the vault holds about one entity: claims of special categories (LED 10). It takes a case, a reason and
    the necessity in writing; each look stands in the audit.
    """
    found = view.vault(entity, strength=AT_THE_TERMINAL)
    lines = [_line(claim) for claim in found.claims]
    lines.append(f"{several(len(found.claims) + found.more, 'claim')} in the vault about {found.entity.label}.")
    if found.more:
        lines.append(f"and {found.more} more")
    tell(as_json, present.vault(found).model_dump(mode="json"), "\n".join(lines))


def _line(claim: ClaimView) -> str:
    said = claim.object.ref if claim.object is not None else claim.value or ""
    return "\t".join((claim.subject.ref, claim.predicate, said, claim.valid.text, claim.grade, claim.source))


def register(app: typer.Typer) -> None:
    app.command()(vault)
