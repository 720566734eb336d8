"""`unmask` and `notices`: learning who a pseudonym is, with a second person; and what one was told."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.commands.options import AsOption, HomeOption, JsonOption, answer, open_home, through_view, utc_now
from graph.actor import actor_of
from graph.grants import Grant
from graph.home import Home
from graph.view import View

group = typer.Typer(help="Learning who a pseudonym is: asked, agreed to by somebody else, and over again.")
GrantId = Annotated[str, typer.Argument(help="The id that `unmask ask` gave.")]
WhyOption = Annotated[str, typer.Option("--why", help="Why. It stands in the audit: name nobody.")]


@through_view
def ask(
    view: View,
    subjects: Annotated[list[str], typer.Argument(help="Pseudonyms as the view shows them, at most ten.")],
    *,
    why: WhyOption,
    for_: Annotated[str, typer.Option("--for", help="The one act that several persons are asked for.")] = "",
    hours: Annotated[int, typer.Option(min=1, max=168, help="How long the names are wanted.")] = 24,
    as_json: JsonOption = False,
) -> None:
    """Ask a second person (the case's lead or a custodian) to let you know who somebody is."""
    from graph.grants import Subject
    from graph.unmasking import ask as ask_grant

    lines = [Subject(each, why) for each in subjects]
    made = ask_grant(view, lines, reason=why, act=for_, hours=hours, at=utc_now())
    _tell(view.home, view.actor.id, made, as_json)


@through_view
def alone(
    view: View,
    subject: Annotated[str, typer.Argument(help="The pseudonym as the view shows it.")],
    *,
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """Unmask one person in an emergency, for a day; lead and inspectors are told at once and it is reviewed."""
    from graph.emergencies import unmask_alone

    _tell(view.home, view.actor.id, unmask_alone(view, subject, why, at=utc_now()), as_json)


@group.command()
def approve(grant: GrantId, who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Be the second person."""
    from graph.unmasking import approve as approve_grant

    opened = open_home(home)
    _tell(opened, who, approve_grant(opened, actor_of(opened, who), grant, at=utc_now()), as_json)


@group.command()
def refuse(grant: GrantId, who: AsOption, why: WhyOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Refuse a request."""
    from graph.unmasking import refuse as refuse_grant

    opened = open_home(home)
    _tell(opened, who, refuse_grant(opened, actor_of(opened, who), grant, why, at=utc_now()), as_json)


@group.command()
def withdraw(
    grant: GrantId, who: AsOption, why: WhyOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """End a grant before it runs out."""
    from graph.unmasking import withdraw as withdraw_grant

    opened = open_home(home)
    _tell(opened, who, withdraw_grant(opened, actor_of(opened, who), grant, why, at=utc_now()), as_json)


@group.command()
def review(
    grant: GrantId,
    verdict: Annotated[Literal["justified", "unjustified"], typer.Argument(help="What you found.")],
    who: AsOption,
    why: WhyOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Review an emergency; what was not justified ends at once."""
    from graph.emergencies import review as review_grant

    opened = open_home(home)
    _tell(opened, who, review_grant(opened, actor_of(opened, who), grant, verdict, why, at=utc_now()), as_json)


@group.command("list")
def list_(who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List grants: your own, those you may decide, and all of them for who oversees."""
    from graph.grants import listed

    opened = open_home(home)
    actor = actor_of(opened, who)
    found = listed(opened, actor)
    if as_json:
        answer({"grants": [_shape(opened, who, each) for each in found]})
        return
    for each in found:
        shown = ", ".join(line.shown for line in each.lines)
        print(f"{each.id}\t{each.state(utc_now())}\t{each.user}\t{each.case or each.purpose}\t{shown}\t{each.reason}")


def notices(who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List what you were told, newest first."""
    from graph.notices import listed

    opened = open_home(home)
    found = listed(opened, actor_of(opened, who))
    if as_json:
        answer({"notices": [each.to_json() for each in found]})
        return
    for each in found:
        print(f"{each.at:%Y-%m-%d %H:%M} UTC\t{'' if each.seen else 'new'}\t{each.text()}")


def _shape(home: Home, who: str, grant: Grant) -> dict[str, object]:
    from api import naming

    return naming.grant(home, actor_of(home, who), grant, utc_now()).model_dump(mode="json")


def _tell(home: Home, who: str, grant: Grant, as_json: bool) -> None:
    if as_json:
        answer(_shape(home, who, grant))
        return
    state = grant.state(utc_now())
    until = f" until {grant.until:%Y-%m-%d %H:%M} UTC" if grant.until and state == "active" else ""
    print(f"{grant.id}: {state}{until}.")


def register(app: typer.Typer) -> None:
    group.command()(ask)
    group.command()(alone)
    app.add_typer(group, name="unmask")
    app.command()(notices)
