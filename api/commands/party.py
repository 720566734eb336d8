"""`party`: who is a party of a case, entered and ended by its lead."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import JsonOption, answer, through_view, utc_now
from graph.view import View

group = typer.Typer(help="The parties of a case: its lead enters and ends them.", no_args_is_help=True)
WhyOption = Annotated[str, typer.Option("--why", help="Why; it stands with the party and in the audit.")]


@through_view
def add(
    view: View,
    entity: Annotated[str, typer.Argument(help="A pseudonym, a token or an open delivered id.")],
    *,
    category: Annotated[str, typer.Option("--category", help="a suspect, b convicted, c victim, d other (LED 6).")],
    role: Annotated[str, typer.Option("--role", help="subject, suspect, convicted, victim, witness or contact.")],
    why: WhyOption,
    since: Annotated[str, typer.Option("--since", help="First day (EDTF); open unless given.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day (EDTF); open unless given.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Enter a party; entry names it to the members, but no victim, witness or minor."""
    from graph.parties import enter

    made = enter(view, entity, category=category, role=role, reason=why, at=utc_now(), since=since, until=until)
    if as_json:
        answer({"party": made.id})
    else:
        print(f"{made.id}: entered.")


@through_view
def list_(view: View, as_json: JsonOption = False) -> None:
    """List the parties that the view holds, those that count first."""
    from api import naming
    from graph.parties import listed

    found = [naming.party(line) for line in listed(view, at=utc_now())]
    if as_json:
        answer({"parties": [each.model_dump(mode="json") for each in found]})
        return
    for each in found:
        state = "ended" if each.ended_at else "named" if each.named else "not named"
        print(f"{each.id}\t{each.entity.label}\t{each.category}\t{each.role}\t{state}\t{each.reason}")


@through_view
def end(
    view: View,
    party: Annotated[str, typer.Argument(help="The id that `party list` gives.")],
    *,
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """End a party: from now on entry names it no longer."""
    from graph.parties import end as end_party

    end_party(view, party, why, at=utc_now())
    if as_json:
        answer({"party": party, "ended": True})
    else:
        print(f"{party}: ended.")


def register(app: typer.Typer) -> None:
    group.command()(add)
    group.command("list")(list_)
    group.command()(end)
    app.add_typer(group, name="party")
