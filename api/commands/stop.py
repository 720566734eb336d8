"""`stop`: the two buttons, one for what the product suggests and one for what leaves it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.commands.options import HomeOption, JsonOption, open_home, utc_now
from api.commands.usual import tell
from graph.errors import BadInput
from graph.stops import Button, Stop, lift, press, stops


def stop(
    button: Annotated[Button | None, typer.Argument(help="Which; without it, how both stand.")] = None,
    how: Annotated[Literal["on", "off"] | None, typer.Argument(help="on stops, off lets it go on.")] = None,
    who: Annotated[str, typer.Option("--as", help="Who turns it: an inspector, a custodian or an administrator.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why. Everybody reads it: name nobody.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop suggestions, or freeze exports, at once and in every process; show how both stand."""
    from graph.actor import actor_of

    opened = open_home(home)
    if button is None:
        found = stops(opened)
    elif how is None or not who:
        raise BadInput(
            "Say on or off, who turns it and why: krydsfelt stop exports on --as inspector --reason TEXT", code="usage"
        )
    else:
        turn = press if how == "on" else lift
        found = [turn(opened, actor_of(opened, who), button, reason, at=utc_now())]
    tell(as_json, {"stops": [each.to_json() for each in found]}, "\n".join(_line(each) for each in found))


def _line(stop: Stop) -> str:
    return stop.says() if stop.pressed else f"{stop.button.capitalize()} go on."


def register(app: typer.Typer) -> None:
    app.command()(stop)
