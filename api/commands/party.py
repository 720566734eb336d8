"""`party`: who is a party of a case, entered and ended by its lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import JsonOption, utc_now
from api.commands.usual import tell, tell_list, through_view
from graph.view import View

if TYPE_CHECKING:
    from api.schemas.names import PartyOut

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
    tell(as_json, {"party": made.id}, f"{made.id}: entered.")


@through_view
def list_(view: View, as_json: JsonOption = False) -> None:
    """List the parties that the view holds, those that count first."""
    from api import naming
    from graph.parties import listed

    found = [naming.party(line) for line in listed(view, at=utc_now())]
    tell_list(as_json, "parties", [each.model_dump(mode="json") for each in found], [_line(each) for each in found])


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
    tell(as_json, {"party": party, "ended": True}, f"{party}: ended.")


def _line(party: PartyOut) -> str:
    state = "ended" if party.ended_at else "named" if party.named else "not named"
    return f"{party.id}\t{party.entity.label}\t{party.category}\t{party.role}\t{state}\t{party.reason}"


def register(app: typer.Typer) -> None:
    group.command()(add)
    group.command("list")(list_)
    group.command()(end)
    app.add_typer(group, name="party")
