"""`policy`: who signed the rules, what a change would flip, why a decision falls as it does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import AT_THE_TERMINAL, HomeOption, JsonOption, answer, open_home, utc_now
from api.commands.usual import tell, through_vault
from graph.view import View

group = typer.Typer(help="The rules of the door: signatures, differences, reasons.", no_args_is_help=True)
SHOWN = 20


@group.command()
def check(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check that two reviewers signed the policy in force, and run its self-test."""
    from graph.policy.bundle import bundle_digest, self_test, start

    start(open_home(home))
    digest, stored = bundle_digest(), self_test()
    told = {"digest": digest, "signed": True, "stored_decisions": stored}
    tell(as_json, told, f"Signed and whole: {digest[:16]}, {stored} stored decisions answered alike.")


@group.command()
def establish(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Give a home that was made before policies were signed its two reviewers, and let both sign."""
    from graph.audit import audit_of
    from graph.policy import bundle

    opened = open_home(home)
    log = audit_of(opened)
    intent = log.intent("establish-reviewers", {"user": "home", "detail": {"digest": bundle.bundle_digest()}})
    result = "error"
    try:
        bundle.establish(opened, utc_now())
        result = "ok"
    finally:
        log.outcome(intent, result, {})
    names = sorted(bundle.reviewers(opened))
    text = f"Reviewers {' and '.join(names)} signed. Hand their keys over: keys/reviewer-*.ed25519"
    tell(as_json, {"reviewers": names}, text)


@group.command()
def sign(
    reviewer: Annotated[str, typer.Option("--reviewer", help="A reviewer of the home: first or second after init.")],
    home: HomeOption = None,
    key: Annotated[
        Path | None, typer.Option(help="The reviewer's private key, where it does not lie in the home any more.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the product's policy for this home, as one of its reviewers; it takes two."""
    from graph.audit import audit_of
    from graph.policy import bundle

    opened = open_home(home)
    log = audit_of(opened)
    digest = bundle.bundle_digest()
    intent = log.intent("sign-policy", {"user": f"reviewer:{reviewer}", "detail": {"digest": digest}})
    result = "error"
    try:
        signed = bundle.sign(opened, reviewer, at=utc_now(), key=key)
        result = "ok"
    finally:
        log.outcome(intent, result, {})
    names = sorted(each.reviewer for each in signed)
    state = "in force" if len(names) >= bundle.NEEDED else f"waits for {bundle.NEEDED - len(names)} more"
    told = {"digest": digest, "signed_by": names, "in_force": len(names) >= bundle.NEEDED}
    tell(as_json, told, f"{digest[:16]} signed by {', '.join(names)}: {state}.")


@group.command()
def diff(
    old: Annotated[
        Path | None, typer.Argument(help="A policy file or folder; what this home approved, unless given.")
    ] = None,
    new: Annotated[Path | None, typer.Argument(help="The other one; the product's own, unless given.")] = None,
    home: HomeOption = None,
    complete: Annotated[bool, typer.Option("--complete", help="Ask every cell of the matrix: minutes.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show which decisions a change of the policy flips, in words."""
    from graph.errors import BadInput
    from graph.policy.bundle import approved_copy
    from graph.policy.cells import matrix
    from graph.policy.diff import compare, usual_cells
    from graph.policy.rules import Rules, rules
    from graph.policy.table import table

    before = Rules.read(old) if old is not None else approved_copy(open_home(home))
    if before is None:
        raise BadInput("This home never approved a policy. Name two policies to compare.", code="no-policy")
    after = Rules.read(new) if new is not None else rules()
    found = compare(before, after, matrix(table()) if complete else usual_cells(table()))
    if as_json:
        flips = [{"cell": dict(f.cell), "allowed": f.allowed, "says": f.words(table())} for f in found.flips]
        answer({"old": before.digest, "new": after.digest, "cells": found.cells, "flips": flips})
        return
    print(f"{found.cells} cells asked, {len(found.flips)} flip.")
    for kind, count in sorted(found.counts().items()):
        print(f"  {count:6}  {kind}")
    for flip in found.flips[:SHOWN]:
        print(f"- {flip.words(table())}")
    if len(found.flips) > SHOWN:
        print(f"and {len(found.flips) - SHOWN} more: --json tells all")


@group.command()
@through_vault
def why(
    view: View,
    claim: Annotated[str, typer.Option("--claim", help="The token of a claim, as search, card or links give it.")],
    act: Annotated[str, typer.Option(help="The act that is asked about: read, analyse, export ...")] = "read",
    as_json: JsonOption = False,
) -> None:
    """Say in a sentence why a claim is shown, or may not be used. What is hidden and what never was are one answer."""
    from graph.policy.why import why_in

    told = why_in(view, claim, act, strength=AT_THE_TERMINAL)
    tell(as_json, told.to_json(), told.sentence())


@group.command("table")
def print_table() -> None:
    """Print the decision table that the policy is held against."""
    from graph.policy.table import printed, table

    print(printed(table()), end="")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="policy")
