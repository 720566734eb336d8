"""`vault`: special categories of one entity, where they are strictly necessary."""

from __future__ import annotations

from typing import Annotated

import typer

from api import present
from api.commands.options import (
    AT_THE_TERMINAL,
    AsOption,
    BasisOption,
    CaseOption,
    HomeOption,
    JsonOption,
    NecessityOption,
    PurposeOption,
    ReasonOption,
    answer,
    open_home,
    view_of,
)
from graph.text import several


def vault(
    entity: Annotated[str, typer.Argument(help="A delivered id, a pseudonym or a token, as search prints it.")],
    who: AsOption,
    purpose: PurposeOption,
    necessity: NecessityOption = "",
    home: HomeOption = None,
    case: CaseOption = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Read what the vault holds about one entity: claims of special categories (LED 10). It takes a case, a reason and
    the necessity in writing; each look stands in the audit.
    """
    view = view_of(open_home(home), who, purpose, case, basis, reason, necessity=necessity)
    found = view.vault(entity, strength=AT_THE_TERMINAL)
    if as_json:
        answer(present.vault(found).model_dump(mode="json"))
        return
    for claim in found.claims:
        said = claim.object.ref if claim.object is not None else claim.value or ""
        print("\t".join((claim.subject.ref, claim.predicate, said, claim.valid.text, claim.grade, claim.source)))
    print(f"{several(len(found.claims) + found.more, 'claim')} in the vault about {found.entity.label}.")
    if found.more:
        print(f"and {found.more} more")


def register(app: typer.Typer) -> None:
    app.command()(vault)
