"""`rights` and `glass`: confirming rights each quarter, and the two-person way into a case in an emergency."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.commands.options import AsOption, HomeOption, JsonOption, answer, open_home, utc_now
from graph.actor import actor_of
from graph.rights import confirm as confirm_rights
from graph.rights import listed as listed_rights

rights = typer.Typer(help="Who has which rights until when; they lapse unless confirmed.", no_args_is_help=True)
glass = typer.Typer(
    help="Breaking the glass: a second person, some hours, one case, and everybody sees it.", no_args_is_help=True
)
GlassId = Annotated[str, typer.Argument(help="The id that `glass ask` gave.")]


@rights.command("list")
def list_rights(who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List users with the last day their rights hold, those that lapse first at the top."""
    opened = open_home(home)
    found = listed_rights(opened, actor_of(opened, who))
    if as_json:
        answer({"rights": [each.to_json() for each in found]})
        return
    for each in found:
        print(f"{each.until or 'never'}\t{each.user}\t{', '.join(each.roles)}\t{each.confirmed_by or '-'}")


@rights.command()
def confirm(
    user: Annotated[str, typer.Argument(help="Whose rights.")],
    who: AsOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm somebody's rights for another quarter; nobody confirms their own."""
    opened = open_home(home)
    done = confirm_rights(opened, actor_of(opened, who), user, at=utc_now())
    if as_json:
        answer(done.to_json())
    else:
        print(f"{done.user}: confirmed until {done.until}.")


@glass.command()
def ask(
    case: Annotated[str, typer.Option("--case", help="The case.")],
    who: AsOption,
    reason: Annotated[str, typer.Option("--reason", help="What may happen to whom if nobody reads this now.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a second person to let you read in a case that is not yours. Whether there is such a case is not told."""
    from graph.glass import ask as ask_glass

    opened = open_home(home)
    made = ask_glass(opened, actor_of(opened, who), case, reason, at=utc_now())
    if as_json:
        answer(made.to_json())
    else:
        print(
            f"{made.id}: asked. Somebody else approves it within the hour: krydsfelt glass approve {made.id} --as USER"
        )


@glass.command()
def approve(glass_id: GlassId, who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Be the second person."""
    from graph.glass import approve as approve_glass

    opened = open_home(home)
    done = approve_glass(opened, actor_of(opened, who), glass_id, at=utc_now())
    if as_json:
        answer(done.to_json())
    else:
        print(f"{done.id}: broken for {done.user} until {done.until}.")


@glass.command()
def review(
    glass_id: GlassId,
    verdict: Annotated[Literal["justified", "unjustified"], typer.Argument(help="What you found.")],
    who: AsOption,
    why: Annotated[str, typer.Option("--why", help="What the review found. It stands in the audit: name nobody.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Review it when it is over: somebody who neither used nor approved it."""
    from graph.glass import review as review_glass

    opened = open_home(home)
    done = review_glass(opened, actor_of(opened, who), glass_id, verdict, why, at=utc_now())
    if as_json:
        answer(done.to_json())
    else:
        print(f"{done.id}: {done.verdict}.")


@glass.command()
def end(glass_id: GlassId, who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """End it early, withdraw it, or refuse it."""
    from graph.glass import end as end_glass

    opened = open_home(home)
    done = end_glass(opened, actor_of(opened, who), glass_id, at=utc_now())
    if as_json:
        answer(done.to_json())
    else:
        print(f"{done.id}: ended.")


@glass.command("list")
def list_glass(who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List your own; for those who approve and for inspectors, every one."""
    from graph.glass import listed

    opened = open_home(home)
    found = listed(opened, actor_of(opened, who))
    if as_json:
        answer({"glass": [each.to_json() for each in found]})
        return
    for each in found:
        print(f"{each.id}\t{each.user}\t{each.case}\t{each.approved_by or '-'}\t{each.until or 'asked'}\t{each.reason}")


def register(app: typer.Typer) -> None:
    app.add_typer(rights, name="rights")
    app.add_typer(glass, name="glass")
