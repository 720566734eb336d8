"""The usual course of a command: it opens something for somebody, does one thing, and tells what came of it.

Such a command takes what was opened first and its own options after it; the options that open it stand here once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.options import (
    AsOption,
    BasisOption,
    CaseOption,
    HomeOption,
    NecessityOption,
    PurposeOption,
    ReasonOption,
    answer,
    open_home,
    view_of,
)
from graph.actor import Actor, actor_of
from graph.audit_desk import PURPOSE, AuditDesk
from graph.home import Home
from graph.view import View

Command = Callable[..., None]
NEEDED = inspect.Parameter.empty
"""The default of an option that has to be given."""
InspectionOption = Annotated[str, typer.Option("--reason", help="Which complaint, check or inspection it serves.")]


def opening(
    opened: Callable[..., tuple[Any, ...]], options: Mapping[str, tuple[Any, Any]], *, first: int
) -> Callable[[Command], Command]:
    """Return what gives a command options, and what they open as its first arguments.

    Parameters
    ----------
    opened : callable
        Opens, from the options by name; returns the first arguments.
    options : mapping of str to (annotation, default)
    first : int
        How many things `opened` returns.

    Notes
    -----
    What the command takes besides stays as it is and comes first in its help; `--json` is its own and comes last.
    """

    def given(command: Command) -> Command:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[first:]
        taken = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]

        def run(**values: Any) -> None:
            mine = {each.name: values.pop(each.name) for each in taken}
            command(*opened(**values), **mine)

        shared = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
            for name, (kind, default) in options.items()
        ]
        last = [each for each in taken if each.name == "as_json"]
        order = [*(each for each in taken if each.name != "as_json"), *shared, *last]
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__annotations__ = {each.name: each.annotation for each in order} | {"return": None}
        run.__dict__["__signature__"] = inspect.Signature(order)
        return run

    return given


def _view(home: Path | None, **asked: Any) -> tuple[View]:
    return (view_of(open_home(home), **asked),)


_FOR_A_VIEW: Mapping[str, tuple[Any, Any]] = {
    "who": (AsOption, NEEDED),
    "purpose": (PurposeOption, NEEDED),
    "home": (HomeOption, None),
    "case": (CaseOption, None),
    "basis": (BasisOption, None),
    "reason": (ReasonOption, ""),
}
through_view = opening(_view, _FOR_A_VIEW, first=1)
"""Give a command an open view."""
through_vault = opening(_view, {**_FOR_A_VIEW, "necessity": (NecessityOption, "")}, first=1)
"""Give a command an open view that may state a necessity."""


def _home_and_actor(who: str, home: Path | None) -> tuple[Home, Actor]:
    opened = open_home(home)
    return opened, actor_of(opened, who)


as_user = opening(_home_and_actor, {"who": (AsOption, NEEDED), "home": (HomeOption, None)}, first=2)
"""Give a command a home and one of its users."""


def _desk(who: str, reason: str, home: Path | None) -> tuple[AuditDesk]:
    return (AuditDesk(view_of(open_home(home), who, PURPOSE, None, None, reason)),)


at_the_desk = opening(
    _desk, {"who": (AsOption, NEEDED), "reason": (InspectionOption, NEEDED), "home": (HomeOption, None)}, first=1
)
"""Give a command the audit's desk, opened by somebody who oversees."""


def tell(as_json: bool, value: object, text: str) -> None:
    """Print what came of a command: one JSON object, or a text for people."""
    if as_json:
        answer(value)
    elif text:
        print(text)


def tell_list(as_json: bool, name: str, values: list[Any], lines: list[str]) -> None:
    """Print a list: one JSON object that holds it under a name, or a line each."""
    tell(as_json, {name: values}, "\n".join(lines))
