"""Two buttons that stop at once: one what the product suggests, one what leaves it.

How a button stands is read from the ledger at every act that it could refuse, so it holds in every process from the
next act on; what runs asks by itself (`Watch`). A button whose state cannot be read counts as pressed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from graph.errors import BadInput, Conflict, Refused
from graph.steps import Step, audited, need_reason, steps_about, take

if TYPE_CHECKING:
    from graph.actor import Actor
    from graph.home import Home

Button = Literal["suggestions", "exports"]
BUTTONS: Final[tuple[Button, ...]] = ("suggestions", "exports")

STOPPED_ACTS: Final[Mapping[str, Button]] = {
    "analyse-settings": "suggestions",
    "analyse-transfers": "suggestions",
    "analyse-pathways": "suggestions",
    "analyse-sources": "suggestions",
    "analyse-coverage": "suggestions",
    "keep-plan": "suggestions",
    "export": "exports",
    "chart": "exports",
    "print": "exports",
}
"""Acts that a pressed button refuses: analyses and plans, packages, stand-alone charts and pages on paper."""

STOPPED_FAMILIES: Final[Mapping[str, Button]] = {"finding": "suggestions", "plan": "suggestions"}
"""Kept work that a pressed button puts away: who may press the buttons still reads it."""

LOOKS: Final = 0.2
"""Seconds between two looks of what runs at its button."""


@dataclass(frozen=True, slots=True)
class Stop:
    """How one button stands.

    Parameters
    ----------
    button : str
    pressed : bool
    by, reason : str
        Who turned it last, and why; empty where nobody ever did.
    at : datetime, optional
    readable : bool
        False where its state cannot be read, and it therefore counts as pressed.
    """

    button: Button
    pressed: bool
    by: str = ""
    reason: str = ""
    at: datetime | None = None
    readable: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "button": self.button,
            "pressed": self.pressed,
            "by": self.by,
            "reason": self.reason,
            "at": self.at.isoformat() if self.at else None,
            "readable": self.readable,
        }

    def says(self) -> str:
        """Say it in one sentence, for those whom it stops."""
        what = "Suggestions are stopped" if self.button == "suggestions" else "Exports are frozen"
        if not self.readable:
            return f"{what}, because it cannot be read whether they are. Run `krydsfelt doctor`."
        since = f" since {self.at:%Y-%m-%d %H:%M} UTC" if self.at else ""
        return (
            f"{what}{since} by {self.by}: {self.reason} It is lifted by an inspector, a custodian or an administrator."
        )


def stop_of(home: Home, button: Button) -> Stop:
    """Return how a button stands now. What cannot be read counts as pressed."""
    try:
        steps = steps_about(home, button)
        if not steps:
            return Stop(button, False)
        last = steps[-1]
        return Stop(button, last.act != "lift", last.by, str(last.body["reason"]), last.at)
    except Exception:  # whatever it is: a button that may have been pressed is pressed
        return Stop(button, True, readable=False)


def stops(home: Home) -> list[Stop]:
    """Return how every button stands. Anybody may know."""
    return [stop_of(home, button) for button in BUTTONS]


def press(home: Home, actor: Actor, button: Button, reason: str, *, at: datetime) -> Stop:
    """Stop suggestions, or freeze exports: from now on, in every process.

    Raises
    ------
    Refused
        The role does not allow it, or the reason says too little.
    Conflict
        It is pressed already, or somebody turns it at the same moment.
    AuditUnavailable
    """
    return _turn(home, actor, "press", button, reason, at)


def lift(home: Home, actor: Actor, button: Button, reason: str, *, at: datetime) -> Stop:
    """Let suggestions or exports go on.

    Raises
    ------
    Refused, Conflict, AuditUnavailable
    """
    return _turn(home, actor, "lift", button, reason, at)


def check_act(home: Home, act: str) -> None:
    """Check that no button refuses an act.

    Raises
    ------
    Refused
        `stopped-suggestions` or `stopped-exports`.
    """
    button = STOPPED_ACTS.get(act)
    if button is not None:
        _check(home, button)


def check_kept(home: Home, actor: Actor, family: str) -> None:
    """Check that no button puts kept work of a family away from an actor.

    Raises
    ------
    Refused
    """
    button = STOPPED_FAMILIES.get(family)
    if button is not None and "stop" not in actor.actions:
        _check(home, button)


class Watch:
    """Looks at the button of an act while it runs, and says once that it was pressed.

    Parameters
    ----------
    home : Home
    act : str
    stopped : callable
        Told the sentence, from a thread of its own.
    """

    def __init__(self, home: Home, act: str, stopped: Callable[[str], None]) -> None:
        self._home, self._button, self._stopped = home, STOPPED_ACTS.get(act), stopped
        self._over, self._told = threading.Event(), threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait until it has told, at most so long; say whether it has."""
        return self._told.wait(seconds)

    def __enter__(self) -> Watch:
        if self._button is not None:
            threading.Thread(target=self._look, args=(self._button,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _look(self, button: Button) -> None:
        while not self._over.wait(LOOKS):
            found = stop_of(self._home, button)
            if found.pressed:
                self._stopped(found.says())
                self._told.set()
                return


def _check(home: Home, button: Button) -> None:
    found = stop_of(home, button)
    if found.pressed:
        raise Refused(found.says(), code=f"stopped-{button}")


def _turn(home: Home, actor: Actor, act: Literal["press", "lift"], button: Button, reason: str, at: datetime) -> Stop:
    with audited(home, actor, "stop", detail={"button": button, "how": act, "reason": reason}, loud=True):
        if button not in BUTTONS:
            raise BadInput(f"There is no button {str(button)[:40]!r}: suggestions or exports.", code="unknown-button")
        said = need_reason(reason, "Turning a stop button")
        steps = steps_about(home, button)
        if (steps[-1].act == "press") == (act == "press") if steps else act == "lift":
            raise Conflict(f"The button for {button} is {'pressed' if act == 'press' else 'not pressed'} already.")
        take(home, Step("stop", button, len(steps), act, actor.id, at, None, {"reason": said}))
    return stop_of(home, button)
