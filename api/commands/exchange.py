"""`export`, `verify`, `import`: packages to and from partners."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.options import (
    AT_THE_TERMINAL,
    AsOption,
    BasisOption,
    HomeOption,
    JsonOption,
    PurposeOption,
    ReasonOption,
    answer,
    open_home,
    utc_now,
    view_of,
)
from api.commands.report import load_text
from api.commands.usual import tell, tell_list
from graph.errors import KrydsfeltError
from graph.home import Home

OPERATOR = "operator"
"""Who acts where a command opens no view: whoever may read the keys in the home's folder."""


@contextmanager
def noted(home: Home, act: str, package: Path) -> Iterator[dict[str, Any]]:
    """Do something with a package under the audit: the intent before it, the outcome with what was found after it."""
    from graph.audit import audit_of

    log, about = audit_of(home), dict[str, Any]()
    asked = {"user": OPERATOR, "session": log.term("cli"), "detail": {"file": log.term(package.name)}}
    intent, result = log.intent(act, asked), "error"
    try:
        yield about
        result = "ok"
    except KrydsfeltError as error:
        result = error.reason_code
        raise
    finally:
        log.outcome(intent, result, about)


def export(
    who: AsOption,
    purpose: PurposeOption,
    case: Annotated[str, typer.Option("--case", help="The case whose claims may leave.")],
    to: Annotated[str, typer.Option("--to", help="The partner.")],
    out: Annotated[Path, typer.Option("--out", help="The package to write (.kxp).")],
    home: HomeOption = None,
    request: Annotated[str | None, typer.Option("--request", help="The request that is answered.")] = None,
    basis: BasisOption = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Release what may leave a case to one partner: signed, encrypted, registered."""
    from ingest.exchange.release import release_case

    opened = open_home(home)
    view = view_of(opened, who, purpose, case, basis, reason)
    made = release_case(opened, view, to, request=request, out=out, strength=AT_THE_TERMINAL, clock=utc_now)
    tell(as_json, made.to_json(), made.text())


def verify(
    package: Annotated[Path, typer.Argument(help="A .kxp file.")], home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Check a package: the outer part always, the inner part with the recipient's key."""
    from ingest.exchange.package import verify_file

    opened = open_home(home)
    with noted(opened, "verify-package", package) as about:
        report = verify_file(opened, package, now=utc_now())
        about.update(package=report.package, sender=report.sender, whole=report.whole, inner=report.inner)
    tell(as_json, report.to_json(), report.text())
    report.demand_whole()


def import_(
    package: Annotated[Path, typer.Argument(help="A .kxp file.")], home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Take a package in as its sender's claims, after every check; the sender's key must be known (partner add)."""
    from ingest.exchange.receive import receive

    opened = open_home(home)
    with noted(opened, "import-package", package) as about:
        report = receive(opened, package, clock=utc_now)
        about.update({name: getattr(report, name) for name in ("rows", "accepted", "quarantined", "claims", "new")})
    tell(as_json, report.as_json(), load_text(report))


partners = typer.Typer(help="Partners and their keys.", no_args_is_help=True)


@partners.command("add")
def partner_add(
    card: Annotated[Path, typer.Argument(help="The partner's card (.yaml), or a package (.kxp) that it sent.")],
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", help="The key's fingerprint, as the partner read it to you.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a partner's key after its fingerprint was compared by another way: then its packages may come in."""
    from ingest.exchange.partners import enter, read_card

    given = read_card(card)
    new = enter(open_home(home), given, fingerprint)
    text = f"{given.id} {'is entered' if new else 'was known already'}, with the key {given.fingerprint}."
    tell(as_json, {"partner": given.id, "fingerprint": given.fingerprint, "new": new}, text)


@partners.command("list")
def partner_list(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the partners of a home: id, fingerprint, whether packages can be sent to it, name."""
    from graph.ledger import Ledger
    from ingest.exchange.package import partner as partner_of

    with Ledger(open_home(home)) as ledger:
        found = [partner_of(ledger, name) for name in sorted(ledger.partners())]
    told = [
        {"partner": p.id, "name": p.name, "fingerprint": p.fingerprint, "can_receive": bool(p.age_recipient)}
        for p in found
    ]
    sends = {True: "sends and receives", False: "sends only"}
    lines = [f"{p.id}\t{p.fingerprint}\t{sends[bool(p.age_recipient)]}\t{p.name}" for p in found]
    tell_list(as_json, "partners", told, lines)


@partners.command("show")
def partner_show(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Print this home's own card: give it to partners, and read them the fingerprint over another channel."""
    from ingest.exchange.partners import card_text, own_card

    card = own_card(open_home(home))
    if as_json:
        answer({"partner": card.id, "fingerprint": card.fingerprint, "card": card_text(card)})
    else:
        print(f"# fingerprint: {card.fingerprint}\n{card_text(card)}", end="")


def register(app: typer.Typer) -> None:
    app.command()(export)
    app.command()(verify)
    app.command("import")(import_)
    app.add_typer(partners, name="partner")
