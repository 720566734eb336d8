"""`channel`: the declared channels, the only answers that may depend on what the asker cannot see."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.commands.options import JsonOption, utc_now
from api.commands.usual import as_user, tell, tell_list, through_view
from graph.actor import Actor
from graph.channels import Channel
from graph.home import Home
from graph.view import View

group = typer.Typer(help="Declared channels: overlapping cases, hit or no hit, restricted nodes.", no_args_is_help=True)
WhyOption = Annotated[str, typer.Option("--why", help="Why. It stands in the audit: name nobody.")]
OverlapId = Annotated[str, typer.Argument(help="The id that `channel overlaps` gives.")]


@group.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the channels: who asks, who answers, how often, and what each tells."""
    from graph.channels import channels

    found = channels().values()
    told = [{"name": c.name, "asks": c.asks, "answers": c.answers, "tells": c.tells} for c in found]
    tell_list(as_json, "channels", told, [_line(each) for each in found])


@group.command()
@as_user
def overlaps(home: Home, actor: Actor, as_json: JsonOption = False) -> None:
    """List which open cases overlap: for the coordinator, and nothing but which."""
    from graph.overlaps import listed

    found = listed(home, actor, at=utc_now())
    lines = [f"{o.id}\t{' and '.join(o.cases)}\t{f'told {o.told_at:%Y-%m-%d}' if o.told_at else ''}" for o in found]
    tell_list(as_json, "overlaps", [each.to_json() for each in found], lines)


@group.command("tell")
@as_user
def tell_(home: Home, actor: Actor, overlap: OverlapId, *, why: WhyOption, as_json: JsonOption = False) -> None:
    """Tell both leads to contact each other; each learns the other's name and nothing more."""
    from graph.overlaps import tell as tell_leads

    done = tell_leads(home, actor, overlap, why, at=utc_now())
    tell(as_json, done.to_json(), f"{done.id}: both leads were told.")


@group.command()
@as_user
def explain(home: Home, actor: Actor, overlap: OverlapId, as_json: JsonOption = False) -> None:
    """Say what two cases share, under pseudonyms of the pair's own: for who oversees."""
    from graph.overlaps import explain as explain_overlap

    found = explain_overlap(home, actor, overlap)
    lines = [f"{shared.kind}\t{shared.shown}\tthe same {shared.through}" for shared in found.shared]
    lines += [f"told by {by} on {at:%Y-%m-%d}: {reason}" for by, at, reason in found.told]
    tell(as_json, found.to_json(), "\n".join(lines))


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
    text = f"{asked.id}: asked. The answer can be read a day after asking at the earliest."
    tell(as_json, asked.to_asker(now), text)


@group.command()
@as_user
def questions(home: Home, actor: Actor, as_json: JsonOption = False) -> None:
    """List your questions with their answers; for who answers, those that wait."""
    from graph.questions import own, waiting

    now = utc_now()
    mine = [each.to_asker(now) for each in own(home, actor)]
    open_ones = waiting(home, actor) if "answer-hit" in actor.actions else []
    told = [{"id": q.id, "user": q.user, "case": q.case, "reason": q.reason, "matches": m} for q, m in open_ones]
    lines = [f"{q['id']}\t{q['answer'] or 'waits'}\t{q['case']}\t{q['reason']}" for q in mine]
    for each in told:
        said = "matches" if each["matches"] else "no match"
        lines.append(f"{each['id']}\t{said}\t{each['user']}\t{each['case']}\t{each['reason']}")
    tell(as_json, {"own": mine, "waiting": told}, "\n".join(lines))


@group.command()
@as_user
def answer(
    home: Home,
    actor: Actor,
    question: Annotated[str, typer.Argument(help="The id that `channel questions` gives.")],
    said: Annotated[Literal["hit", "no-hit"], typer.Argument(help="No hit may always be said.")],
    as_json: JsonOption = False,
) -> None:
    """Answer a question."""
    from graph.questions import answer as answer_hit

    done = answer_hit(home, actor, question, said, at=utc_now())
    tell(as_json, {"id": done.id, "answered": True}, f"{done.id}: answered.")


@through_view
def restricted(
    view: View,
    entity: Annotated[str, typer.Argument(help="A pseudonym, a token or an open delivered id.")],
    as_json: JsonOption = False,
) -> None:
    """Ask whether another case knows more about somebody and lets that be said."""
    from graph.restricted import ask as ask_restricted

    found = ask_restricted(view, entity, at=utc_now())
    whom = ", ".join(found.contacts) or "the coordinator"
    text = f"More is held. Ask {whom}." if found.held else "Nothing that may be said."
    tell(as_json, {"held": found.held, "contacts": list(found.contacts)}, text)


def _line(channel: Channel) -> str:
    asks, answers = ", ".join(channel.asks), ", ".join(channel.answers) or "nobody in person"
    return f"{channel.name}\t{asks} -> {answers}\t{channel.count} in {channel.hours} h\t{channel.tells}"


def register(app: typer.Typer) -> None:
    group.command()(ask)
    group.command()(restricted)
    app.add_typer(group, name="channel")
