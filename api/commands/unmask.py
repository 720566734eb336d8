"""`unmask` and `notices`: learning who a pseudonym is, with a second person; and what one was told."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import JsonOption, utc_now
from api.commands.usual import as_user, tell, tell_list, through_view
from graph.actor import Actor
from graph.emergencies import Verdict
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
    _tell(view.home, view.actor, made, as_json)


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

    _tell(view.home, view.actor, unmask_alone(view, subject, why, at=utc_now()), as_json)


@group.command()
@as_user
def approve(home: Home, actor: Actor, grant: GrantId, as_json: JsonOption = False) -> None:
    """Be the second person."""
    from graph.unmasking import approve as approve_grant

    _tell(home, actor, approve_grant(home, actor, grant, at=utc_now()), as_json)


@group.command()
@as_user
def refuse(home: Home, actor: Actor, grant: GrantId, *, why: WhyOption, as_json: JsonOption = False) -> None:
    """Refuse a request."""
    from graph.unmasking import refuse as refuse_grant

    _tell(home, actor, refuse_grant(home, actor, grant, why, at=utc_now()), as_json)


@group.command()
@as_user
def withdraw(home: Home, actor: Actor, grant: GrantId, *, why: WhyOption, as_json: JsonOption = False) -> None:
    """End a grant before it runs out."""
    from graph.unmasking import withdraw as withdraw_grant

    _tell(home, actor, withdraw_grant(home, actor, grant, why, at=utc_now()), as_json)


@group.command()
@as_user
def review(
    home: Home,
    actor: Actor,
    grant: GrantId,
    verdict: Annotated[Verdict, typer.Argument(help="What you found.")],
    *,
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """Review an emergency; what was not justified ends at once."""
    from graph.emergencies import review as review_grant

    _tell(home, actor, review_grant(home, actor, grant, verdict, why, at=utc_now()), as_json)


@group.command("list")
@as_user
def list_(home: Home, actor: Actor, as_json: JsonOption = False) -> None:
    """List grants: your own, those you may decide, and all of them for who oversees."""
    from graph.grants import listed

    found = listed(home, actor)
    tell_list(as_json, "grants", [_shape(home, actor, each) for each in found], [_line(each) for each in found])


@as_user
def notices(home: Home, actor: Actor, as_json: JsonOption = False) -> None:
    """List what you were told, newest first."""
    from graph.notices import listed

    found = listed(home, actor)
    lines = [f"{n.at:%Y-%m-%d %H:%M} UTC\t{'' if n.seen else 'new'}\t{n.text()}" for n in found]
    tell_list(as_json, "notices", [each.to_json() for each in found], lines)


def _line(grant: Grant) -> str:
    shown = ", ".join(line.shown for line in grant.lines)
    place = grant.case or grant.purpose
    return f"{grant.id}\t{grant.state(utc_now())}\t{grant.user}\t{place}\t{shown}\t{grant.reason}"


def _shape(home: Home, actor: Actor, grant: Grant) -> dict[str, object]:
    from api import naming

    return naming.grant(home, actor, grant, utc_now()).model_dump(mode="json")


def _tell(home: Home, actor: Actor, grant: Grant, as_json: bool) -> None:
    state = grant.state(utc_now())
    until = f" until {grant.until:%Y-%m-%d %H:%M} UTC" if grant.until and state == "active" else ""
    tell(as_json, _shape(home, actor, grant), f"{grant.id}: {state}{until}.")


def register(app: typer.Typer) -> None:
    group.command()(ask)
    group.command()(alone)
    app.add_typer(group, name="unmask")
    app.command()(notices)
