"""`rights` and `glass`: confirming rights each quarter, and the two-person way into a case in an emergency."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.commands.options import JsonOption, utc_now
from api.commands.usual import as_user, tell, tell_list
from graph.actor import Actor
from graph.home import Home
from graph.rights import confirm as confirm_rights
from graph.rights import let_lapse, take_back
from graph.rights import listed as listed_rights

rights = typer.Typer(help="Who has which rights until when; they lapse unless confirmed.", no_args_is_help=True)
glass = typer.Typer(
    help="Breaking the glass: a second person, some hours, one case, and everybody sees it.", no_args_is_help=True
)
UserArgument = Annotated[str, typer.Argument(help="Whose rights.")]
GlassId = Annotated[str, typer.Argument(help="The id that `glass ask` gave.")]


@rights.command("list")
@as_user
def list_rights(home: Home, actor: Actor, as_json: JsonOption = False) -> None:
    """List users with the last day their rights hold, those that lapse first at the top."""
    found = listed_rights(home, actor)
    lines = [f"{r.until or 'never'}\t{r.user}\t{', '.join(r.roles)}\t{r.confirmed_by or '-'}" for r in found]
    tell_list(as_json, "rights", [each.to_json() for each in found], lines)


@rights.command()
@as_user
def confirm(home: Home, actor: Actor, user: UserArgument, as_json: JsonOption = False) -> None:
    """Confirm somebody's rights for another quarter; nobody confirms their own."""
    done = confirm_rights(home, actor, user, at=utc_now())
    tell(as_json, done.to_json(), f"{done.user}: confirmed until {done.until}.")


@rights.command()
@as_user
def lapse(home: Home, actor: Actor, user: UserArgument, as_json: JsonOption = False) -> None:
    """Say that somebody's rights are to lapse on their last day; the user is told."""
    done = let_lapse(home, actor, user, at=utc_now())
    tell(as_json, done.to_json(), f"{done.user}: lapse after {done.until or 'never held'}.")


@rights.command("take-back")
@as_user
def take_back_(home: Home, actor: Actor, user: UserArgument, as_json: JsonOption = False) -> None:
    """Take back what you decided on somebody's rights in the last minutes."""
    done = take_back(home, actor, user, at=utc_now())
    tell(as_json, done.to_json(), f"{done.user}: as before, until {done.until or 'never'}.")


@glass.command()
@as_user
def ask(
    home: Home,
    actor: Actor,
    *,
    case: Annotated[str, typer.Option("--case", help="The case.")],
    reason: Annotated[str, typer.Option("--reason", help="What may happen to whom if nobody reads this now.")],
    as_json: JsonOption = False,
) -> None:
    """Ask a second person to let you read in a case that is not yours. Whether there is such a case is not told."""
    from graph.glass import ask as ask_glass

    made = ask_glass(home, actor, case, reason, at=utc_now())
    how = f"Somebody else approves it within the hour: krydsfelt glass approve {made.id} --as USER"
    tell(as_json, made.to_json(), f"{made.id}: asked. {how}")


@glass.command()
@as_user
def approve(home: Home, actor: Actor, glass_id: GlassId, as_json: JsonOption = False) -> None:
    """Be the second person."""
    from graph.glass import approve as approve_glass

    done = approve_glass(home, actor, glass_id, at=utc_now())
    tell(as_json, done.to_json(), f"{done.id}: broken for {done.user} until {done.until}.")


@glass.command()
@as_user
def review(
    home: Home,
    actor: Actor,
    glass_id: GlassId,
    verdict: Annotated[Literal["justified", "unjustified"], typer.Argument(help="What you found.")],
    *,
    why: Annotated[str, typer.Option("--why", help="What the review found. It stands in the audit: name nobody.")],
    as_json: JsonOption = False,
) -> None:
    """Review it when it is over: somebody who neither used nor approved it."""
    from graph.glass import review as review_glass

    done = review_glass(home, actor, glass_id, verdict, why, at=utc_now())
    tell(as_json, done.to_json(), f"{done.id}: {done.verdict}.")


@glass.command()
@as_user
def end(home: Home, actor: Actor, glass_id: GlassId, as_json: JsonOption = False) -> None:
    """End it early, withdraw it, or refuse it."""
    from graph.glass import end as end_glass

    done = end_glass(home, actor, glass_id, at=utc_now())
    tell(as_json, done.to_json(), f"{done.id}: ended.")


@glass.command("list")
@as_user
def list_glass(home: Home, actor: Actor, as_json: JsonOption = False) -> None:
    """List your own; for those who approve and for inspectors, every one."""
    from graph.glass import listed

    found = listed(home, actor)
    lines = [f"{g.id}\t{g.user}\t{g.case}\t{g.approved_by or '-'}\t{g.until or 'asked'}\t{g.reason}" for g in found]
    tell_list(as_json, "glass", [each.to_json() for each in found], lines)


def register(app: typer.Typer) -> None:
    app.add_typer(rights, name="rights")
    app.add_typer(glass, name="glass")
