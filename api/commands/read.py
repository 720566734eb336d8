"""`search`, `neighbours` and `chart`: reading through a view from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api import present
from api.commands.options import (
    AsOption,
    BasisOption,
    CaseOption,
    HomeOption,
    JsonOption,
    PurposeOption,
    ReasonOption,
    answer,
    open_home,
    view_of,
)


def search(
    text: Annotated[str, typer.Argument(help="A name, or the beginning of one.")],
    who: AsOption,
    purpose: PurposeOption,
    home: HomeOption = None,
    case: CaseOption = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    as_json: JsonOption = False,
) -> None:
    """Search names that the view may know; a masked name answers only to the whole name."""
    found = view_of(open_home(home), who, purpose, case, basis, reason).search(text, limit=limit)
    if as_json:
        answer(present.search(found).model_dump(mode="json"))
        return
    for hit in found.hits:
        print(f"{hit.entity.ref}\t{hit.entity.kind}\t{hit.entity.label}\t{hit.predicate}: {hit.matched}")
    if found.more:
        print("and more: raise --limit, or write more of the name")
    if found.known is not None:
        print(f"Known here: {found.known.label}")
    if not found.hits and found.known is None:
        print("Not in this view. That does not mean that it does not exist.")


def neighbours(
    entity: Annotated[str, typer.Argument(help="A delivered id, a pseudonym or a token.")],
    who: AsOption,
    purpose: PurposeOption,
    home: HomeOption = None,
    case: CaseOption = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 500,
    as_json: JsonOption = False,
) -> None:
    """List the links of one entity."""
    found = view_of(open_home(home), who, purpose, case, basis, reason).neighbours(entity, limit=limit)
    if as_json:
        answer(present.subgraph(found).model_dump(mode="json"))
        return
    for link in found.links:
        assert link.object is not None
        print(
            f"{link.subject.ref}\t{link.predicate}\t{link.object.ref}\t{link.valid.text}\t{link.grade}\t{link.source}"
        )
    if found.more:
        print(f"and {found.more} more: raise --limit")


def chart(
    who: AsOption,
    purpose: PurposeOption,
    entity: Annotated[str, typer.Option("--entity", help="The entity in the middle.")],
    out: Annotated[Path, typer.Option("--out", help="The page to write.")],
    hops: Annotated[int, typer.Option(min=1, max=4)] = 2,
    home: HomeOption = None,
    case: CaseOption = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    language: Annotated[str, typer.Option(help="da or en.")] = "da",
    as_json: JsonOption = False,
) -> None:
    """Write a stand-alone link chart that opens from disk without a request."""
    from viz.chart import write_chart

    view = view_of(open_home(home), who, purpose, case, basis, reason)
    drawn = write_chart(view, entity, hops, out, language=language)
    if as_json:
        answer({"out": str(out), "entities": drawn.entities, "links": drawn.links, "not_drawn": drawn.not_drawn})
    else:
        print(f"Wrote {out}: {drawn.entities} entities, {drawn.links} links, {drawn.not_drawn} not drawn.")


def register(app: typer.Typer) -> None:
    app.command()(search)
    app.command()(neighbours)
    app.command()(chart)
