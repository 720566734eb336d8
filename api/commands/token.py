"""`token`: letting a program ask a server."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import HomeOption, JsonOption, open_home, utc_now
from api.commands.usual import tell

token = typer.Typer(help="Tokens with which programs ask a server.", no_args_is_help=True)


@token.command()
def issue(
    who: Annotated[str, typer.Option("--as", help="Whose rights the program has: a user of the home.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a token for five minutes; a program sends it as `Authorization: Bearer ...` from one place.

    It never exports and never unmasks: both need a person who just signed in.
    """
    from api.identity.tokens import LIFE, Tokens

    made = Tokens(open_home(home)).issue(who, by="command line", at=utc_now())
    tell(as_json, {"token": made, "seconds": int(LIFE.total_seconds())}, made)


def register(app: typer.Typer) -> None:
    app.add_typer(token, name="token")
