"""`channel`: the declared channels, the only answers that may depend on what the asker cannot see."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.commands.options import AsOption, HomeOption, JsonOption, answer, open_home, through_view, utc_now
from graph.actor import actor_of
from graph.view import View

group = typer.Typer(help="Declared channels: overlapping cases, hit or no hit, restricted nodes.", no_args_is_help=True)
WhyOption = Annotated[str, typer.Option("--why", help="Why. It stands in the audit: name nobody.")]
OverlapId = Annotated[str, typer.Argument(help="The id that `channel overlaps` gives.")]


@group.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the channels: who asks, who answers, how often, and what each tells."""
    from graph.channels import channels

    found = channels().values()
    if as_json:
        answer({"channels": [{"name": c.name, "asks": c.asks, "answers": c.answers, "tells": c.tells} for c in found]})
        return
    for each in found:
        asks, answers = ", ".join(each.asks), ", ".join(each.answers) or "nobody in person"
        print(f"{each.name}\t{asks} -> {answers}\t{each.count} in {each.hours} h\t{each.tells}")


@group.command()
def overlaps(who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List which open cases overlap: for the coordinator, and nothing but which."""
    from graph.overlaps import listed

    opened = open_home(home)
    found = listed(opened, actor_of(opened, who), at=utc_now())
    if as_json:
        answer({"overlaps": [each.to_json() for each in found]})
        return
    for each in found:
        print(f"{each.id}\t{' and '.join(each.cases)}\t{f'told {each.told_at:%Y-%m-%d}' if each.told_at else ''}")


@group.command()
def tell(
    overlap: OverlapId, who: AsOption, why: WhyOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Tell both leads to contact each other; each learns the other's name and nothing more."""
    from graph.overlaps import tell as tell_leads

    opened = open_home(home)
    done = tell_leads(opened, actor_of(opened, who), overlap, why, at=utc_now())
    if as_json:
        answer(done.to_json())
    else:
        print(f"{done.id}: both leads were told.")


@group.command()
def explain(overlap: OverlapId, who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say what two cases share, under pseudonyms of the pair's own: for who oversees."""
    from graph.overlaps import explain as explain_overlap

    opened = open_home(home)
    found = explain_overlap(opened, actor_of(opened, who), overlap)
    if as_json:
        answer(found.to_json())
        return
    for shared in found.shared:
        print(f"{shared.kind}\t{shared.shown}\tthe same {shared.through}")
    for by, at, reason in found.told:
        print(f"told by {by} on {at:%Y-%m-%d}: {reason}")


@through_view
def ask(
    view: View,
    text: Annotated[str, typer.Argument(help="One whole number, plate or identifier.")],
    *,
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """Ask whether a number is known outside the case; a person answers, in whole days."""
    from graph.questions import ask as ask_hit

    now = utc_now()
    asked = ask_hit(view, text, why, at=now)
    if as_json:
        answer(asked.to_asker(now))
    else:
        print(f"{asked.id}: asked. The answer can be read a day after asking at the earliest.")


@group.command()
def questions(who: AsOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List your questions with their answers; for who answers, those that wait."""
    from graph.questions import own, waiting

    opened, now = open_home(home), utc_now()
    actor = actor_of(opened, who)
    mine = [each.to_asker(now) for each in own(opened, actor)]
    open_ones = waiting(opened, actor) if "answer-hit" in actor.actions else []
    told = [{"id": q.id, "user": q.user, "case": q.case, "reason": q.reason, "matches": m} for q, m in open_ones]
    if as_json:
        answer({"own": mine, "waiting": told})
        return
    for each in mine:
        print(f"{each['id']}\t{each['answer'] or 'waits'}\t{each['case']}\t{each['reason']}")
    for each in told:
        said = "matches" if each["matches"] else "no match"
        print(f"{each['id']}\t{said}\t{each['user']}\t{each['case']}\t{each['reason']}")


@group.command("answer")
def answer_(
    question: Annotated[str, typer.Argument(help="The id that `channel questions` gives.")],
    said: Annotated[Literal["hit", "no-hit"], typer.Argument(help="No hit may always be said.")],
    who: AsOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question."""
    from graph.questions import answer as answer_hit

    opened = open_home(home)
    done = answer_hit(opened, actor_of(opened, who), question, said, at=utc_now())
    if as_json:
        answer({"id": done.id, "answered": True})
    else:
        print(f"{done.id}: answered.")


@through_view
def restricted(
    view: View,
    entity: Annotated[str, typer.Argument(help="A pseudonym, a token or an open delivered id.")],
    as_json: JsonOption = False,
) -> None:
    """Ask whether another case knows more about somebody and lets that be said."""
    from graph.restricted import ask as ask_restricted

    found = ask_restricted(view, entity, at=utc_now())
    if as_json:
        answer({"held": found.held, "contacts": list(found.contacts)})
    elif found.held:
        print(f"More is held. Ask {', '.join(found.contacts) or 'the coordinator'}.")
    else:
        print("Nothing that may be said.")


def register(app: typer.Typer) -> None:
    group.command()(ask)
    group.command()(restricted)
    app.add_typer(group, name="channel")
