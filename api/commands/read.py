"""`search`, `neighbours` and `chart`: reading through a view from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api import present
from api.commands.options import JsonOption, answer
from api.commands.usual import through_view
from graph.errors import NotInView
from graph.text import several
from graph.view import View

MOST_DRAWN = 150
"""Entities that can still be told apart on a screen."""


@through_view
def search(
    view: View,
    text: Annotated[str, typer.Argument(help="A name, or the beginning of one.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="Most hits to list.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Search names that the view may know; a masked name answers only to the whole name."""
    found = view.search(text, limit=limit)
    if not found.hits and found.known is None and not found.near:
        raise NotInView
    if as_json:
        answer({**present.search(found).model_dump(mode="json"), "near": list(found.near)})
        return
    for hit in found.hits:
        print(f"{hit.entity.ref}\t{hit.entity.kind}\t{hit.entity.label}\t{hit.predicate}: {hit.matched}")
    if found.more:
        print("and more: raise --limit, or write more of the name")
    if found.known is not None:
        print(f"Known here: {found.known.label}")
    if found.near:
        print(f"No match. Near: {', '.join(found.near)}.")


@through_view
def neighbours(
    view: View,
    entity: Annotated[str, typer.Argument(help="A delivered id, a pseudonym or a token, as search prints it.")],
    limit: Annotated[int, typer.Option(min=1, max=5000, help="Most neighbours to list.")] = 500,
    as_json: JsonOption = False,
) -> None:
    """List the links of one entity: from, link, to, when, grade, source."""
    found = view.neighbours(entity, limit=limit)
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


@through_view
def chart(
    view: View,
    *,
    entity: Annotated[str, typer.Option("--entity", help="The entity in the middle, as search prints it.")],
    out: Annotated[Path, typer.Option("--out", help="The page to write (.html); never one that exists.")],
    hops: Annotated[int, typer.Option(min=1, max=4, help="How many links away from it to go.")] = 2,
    limit: Annotated[
        int, typer.Option(min=2, max=2000, help="Most entities to draw, the nearest first; more is hard to read.")
    ] = MOST_DRAWN,
    language: Annotated[Literal["da", "en"], typer.Option(help="Language of the page.")] = "da",
    as_json: JsonOption = False,
) -> None:
    """Write a stand-alone link chart that opens from disk without a request."""
    from viz.chart import write_chart

    drawn = write_chart(view, entity, hops, out, limit=limit, language=language)
    if as_json:
        told = {"entities": drawn.entities, "links": drawn.links, "not_drawn": sum(drawn.not_drawn.values())}
        answer({"out": str(out), **told, "not_drawn_by_kind": dict(drawn.not_drawn)})
        return
    print(f"Wrote {out}: {several(drawn.entities, 'entity', 'entities')}, {several(drawn.links, 'link')}.")
    if drawn.not_drawn:
        kinds = ", ".join(f"{kind} {count}" for kind, count in drawn.not_drawn.items())
        print(
            f"Not drawn: {several(sum(drawn.not_drawn.values()), 'entity', 'entities')} further out ({kinds}). "
            f"Take fewer --hops, or raise --limit (now {limit}, at most 2000)."
        )


def register(app: typer.Typer) -> None:
    app.command()(search)
    app.command()(neighbours)
    app.command()(chart)
