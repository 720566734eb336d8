"""`account`: who signs in with a password of this home, and taking that away again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.options import HomeOption, JsonOption, open_home, utc_now
from api.commands.usual import opening, tell, tell_list
from graph.actor import ROLE_ACTIONS, actor_of
from graph.errors import BadInput, Refused
from graph.home import Home
from graph.ontology import ontology

account = typer.Typer(help="Local accounts: add, list, reset, disable, revoke.", no_args_is_help=True)

UserArgument = Annotated[str, typer.Argument(help="The user, as sign-in and audit name them.")]
ByOption = Annotated[
    str | None,
    typer.Option("--as", help="Which administrator does it; needed as soon as the home has one.", show_default=False),
]
WhyOption = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit.")]


def _home_and_administrator(who: str | None, home: Path | None) -> tuple[Home, str]:
    opened = open_home(home)
    return opened, _administrator(opened, who)


by_administrator = opening(_home_and_administrator, {"who": (ByOption, None), "home": (HomeOption, None)}, first=2)
"""Give a command a home and who changes its accounts."""


@account.command()
@by_administrator
def add(
    home: Home,
    by: str,
    user: UserArgument,
    role: Annotated[list[str] | None, typer.Option(help="A role of a new user; again for more.")] = None,
    purpose: Annotated[list[str] | None, typer.Option(help="A purpose granted to a new user; again for more.")] = None,
    compartment: Annotated[list[str] | None, typer.Option(help="A compartment of a new user; again for more.")] = None,
    clearance: Annotated[int, typer.Option(min=0, max=3, help="Highest level a new user may see.")] = 0,
    one_time: Annotated[
        bool, typer.Option("--one-time", help="Print a password for the first sign-in instead of asking for one.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Give a user an account; one who is not in the directory yet is entered with the rights given here.

    The password is asked for twice and is never an argument: arguments stand in the list of processes.
    """
    from api.identity.accounts import Accounts, enter_user

    _check_codes(role or [], list(ROLE_ACTIONS), "--role")
    _check_codes(purpose or [], list(ontology().codes("purposes").codes), "--purpose")
    accounts = Accounts(home)
    given = None if one_time else _asked_twice(user)
    rights = {
        "roles": sorted(set(role or [])),
        "purposes": sorted(set(purpose or [])),
        "compartments": sorted(set(compartment or [])),
        "clearance": clearance,
    }
    with accounts.audited("enter-user", by, user):
        enter_user(home, user, rights)
    if given is not None:
        accounts.set(user, given, by=by, at=utc_now())
        _said(user, "added", None, as_json)
    else:
        _said(user, "added", accounts.set_one_time(user, by=by, at=utc_now(), new=True), as_json)


@account.command("list")
@by_administrator
def list_accounts(home: Home, by: str, as_json: JsonOption = False) -> None:
    """List accounts: who, with which roles, and whether they can sign in."""
    from api.identity.accounts import Accounts
    from graph.access import access_of
    from graph.view_books import ledger_of

    ledger, accounts = ledger_of(home), Accounts(home)
    with accounts.audited("list-accounts", by, ""):
        users = ledger.users()
        rows: list[dict[str, Any]] = [
            {
                "user": user,
                "roles": list(users.get(user, {}).get("roles") or ()),
                "disabled": access_of(ledger, user).disabled,
                "one_time_until": about.one_time_until or None,
                "changed_at": about.changed_at,
            }
            for user, about in sorted(accounts.all().items())
        ]
    tell_list(as_json, "accounts", rows, [_line(row) for row in rows])


@account.command()
@by_administrator
def reset(home: Home, by: str, user: UserArgument, as_json: JsonOption = False) -> None:
    """Print a one-time password for somebody who forgot theirs, and end all their sign-ins."""
    from api.identity.accounts import Accounts
    from graph.access import revoke as revoke_access

    given = Accounts(home).set_one_time(user, by=by, at=utc_now(), new=False)
    revoke_access(home, user, by=by, reason="password reset", at=utc_now())
    _said(user, "reset", given, as_json)


@account.command()
@by_administrator
def revoke(home: Home, by: str, user: UserArgument, *, reason: WhyOption, as_json: JsonOption = False) -> None:
    """End every sign-in, token and running job of a user, within a second; they may sign in again."""
    from graph.access import revoke as revoke_access

    revoke_access(home, user, by=by, reason=reason, at=utc_now())
    _said(user, "revoked", None, as_json)


@account.command()
@by_administrator
def disable(home: Home, by: str, user: UserArgument, *, reason: WhyOption, as_json: JsonOption = False) -> None:
    """End every sign-in of a user and let nobody in under this name, here or on the command line."""
    from graph.access import disable as disable_access

    disable_access(home, user, by=by, reason=reason, at=utc_now())
    _said(user, "disabled", None, as_json)


@account.command()
@by_administrator
def enable(home: Home, by: str, user: UserArgument, *, reason: WhyOption, as_json: JsonOption = False) -> None:
    """Let a disabled user in again."""
    from graph.access import enable as enable_access

    enable_access(home, user, by=by, reason=reason, at=utc_now())
    _said(user, "enabled", None, as_json)


@account.command()
@by_administrator
def provider(
    home: Home,
    by: str,
    *,
    issuer: Annotated[str, typer.Option(help="The provider's address, as its tokens name it.")],
    client_id: Annotated[str, typer.Option(help="What the provider calls this home.")],
    address: Annotated[str, typer.Option(help="Where browsers reach this home, such as https://host.example.")],
    algorithm: Annotated[str, typer.Option(help="What its tokens are signed with.")] = "RS256",
    label: Annotated[str, typer.Option(help="How people call it.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Let an OpenID provider sign people in. The client's secret is asked for and is never an argument."""
    from api.identity.accounts import Accounts
    from api.identity.provider import Provider, enter_provider

    secret: str = typer.prompt("The client's secret", hide_input=True, err=True)
    entered = Provider(issuer, client_id, secret, address, algorithm, label)
    with Accounts(home).audited("enter-provider", by, issuer):
        enter_provider(home, entered)
    told = {"issuer": issuer, "redirect_uri": entered.back}
    tell(as_json, told, f"{issuer}: entered. Let it send people back to {entered.back}")


@account.command("map")
@by_administrator
def map_(
    home: Home,
    by: str,
    user: UserArgument,
    *,
    subject: Annotated[str, typer.Option(help="What the provider calls this person (sub).")],
    as_json: JsonOption = False,
) -> None:
    """Say which user of the directory somebody is whom the provider signs in."""
    from api.identity.accounts import Accounts
    from api.identity.provider import map_subject
    from graph.view_books import ledger_of

    if user not in ledger_of(home).users():
        raise BadInput(f"There is no user {user[:60]!r} in this home: krydsfelt account add", code="unknown-user")
    with Accounts(home).audited("map-subject", by, user):
        map_subject(home, subject, user)
    _said(user, "mapped", None, as_json)


def _line(row: Mapping[str, Any]) -> str:
    once = f"one-time password until {row['one_time_until']}" if row["one_time_until"] else "open"
    return f"{row['user']}\t{', '.join(row['roles']) or '-'}\t{'disabled' if row['disabled'] else once}"


def _administrator(home: Home, who: str | None) -> str:
    """Return who does it: an administrator, or whoever holds the folder while the home has no administrator yet.

    Raises
    ------
    Refused, NotSignedIn
    """
    from api.identity.accounts import Accounts
    from graph.view_books import ledger_of

    if who is not None:
        actor_of(home, who).demand("manage-accounts")
        return who
    users = ledger_of(home).users()
    if any("admin" in (users.get(user, {}).get("roles") or ()) for user in Accounts(home).all()):
        raise Refused("This home has an administrator. Say which one does it: --as USER", code="role")
    return "command line"


def _asked_twice(user: str) -> str:
    given: str = typer.prompt(f"Password for {user}", hide_input=True)
    if typer.prompt("The same once more", hide_input=True) != given:
        raise BadInput("The two passwords differ. Nothing was changed; run the command again.", code="password-differs")
    return given


def _check_codes(given: list[str], known: list[str], option: str) -> None:
    for code in given:
        if code not in known:
            raise BadInput(f"{option} wants one of {', '.join(known)}; got {code[:60]!r}.", code="unknown-code")


def _said(user: str, what: str, one_time: str | None, as_json: bool) -> None:
    text = f"{user}: {what}."
    if one_time is not None:
        text += f"\nOne-time password, for 72 hours: {one_time}"
    tell(as_json, {"user": user, "state": what, "one_time_password": one_time}, text)


def register(app: typer.Typer) -> None:
    app.add_typer(account, name="account")
