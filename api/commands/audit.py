"""`audit`: is the chain whole, who looked at what, and the witness of it all."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import HomeOption, JsonOption, home_path, open_home
from api.commands.usual import at_the_desk, tell, tell_list
from graph.audit_desk import AuditDesk, Drawn, Look, Verdict
from graph.audit_note import Note, Verifier
from graph.audit_report import text as report_text
from graph.audit_verify import verify as verify_chain
from graph.audit_witness import Witness, Witnessed, last_note, log_verifier, witness_by_file, witness_by_http
from graph.errors import BadInput, Conflict, KrydsfeltError

group = typer.Typer(
    help="The audit log: its chain, its witness, and what an inspector reads in it.", no_args_is_help=True
)

SinceOption = Annotated[datetime | None, typer.Option("--since", help="From this day or time on, UTC.")]
UntilOption = Annotated[datetime | None, typer.Option("--until", help="Before this day or time, UTC.")]
WitnessKeys = Annotated[
    list[str] | None, typer.Option("--witness", help="Key of a witness (NAME+ID+KEY) that must have signed.")
]


class ChainBroken(KrydsfeltError):
    """The log was changed, cut or forked after it was written."""

    code, exit_code = "chain-broken", 7


@group.command()
def verify(
    home: HomeOption = None,
    witness: WitnessKeys = None,
    seen: Annotated[
        Path | None, typer.Option("--seen", help="A checkpoint kept elsewhere (a note), that the log must go on from.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read the whole log, check hash chain, signed checkpoints and witness, and name the first fault."""
    keys = [Verifier.parse(each) for each in witness or ()]
    notes = [Note.parse(_read(seen))] if seen is not None else []
    report = verify_chain(open_home(home), keys, notes)
    tell(as_json, report.to_json(), f"{report.text()}\n{report.acts_text()}" if report.whole else report.text())
    if not report.whole:
        raise ChainBroken(report.text())


@group.command()
def checkpoint(home: HomeOption = None) -> None:
    """Sign the log as it stands and print the checkpoint, to be kept elsewhere (C2SP signed note)."""
    from graph.audit import audit_of

    opened = open_home(home)
    audit_of(opened).checkpoint()
    print(last_note(opened).write(), end="")


@group.command()
def key(home: HomeOption = None) -> None:
    """Print the key that signs the log, as a witness takes it."""
    print(log_verifier(open_home(home)).text())


@group.command()
def write(
    home: HomeOption = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="File of the signing key, kept by the writer's user.")
    ] = None,
) -> None:
    """Be the audit's writer, as a user of its own to whom the audit's folder belongs (see docs/security.md)."""
    from graph.audit_writer import run

    if not run(home_path(home).absolute(), key=key, shared=True, idle=float("inf")):
        raise Conflict("Another process writes this audit. Stop it first.", code="audit-written")


@group.command()
def witness(
    home: HomeOption = None,
    file: Annotated[Path | None, typer.Option("--file", help="Folder of a witness, such as a mounted share.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Address of a witness (C2SP tlog-witness).")] = None,
    witness_key: Annotated[str | None, typer.Option("--key", help="With --url: the witness's key NAME+ID+KEY.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Have a witness sign the latest checkpoint; it refuses a log that was cut or rewritten since it last signed."""
    opened = open_home(home)
    if (file is None) == (url is None) or (url is not None and witness_key is None):
        raise BadInput("Name one witness: --file FOLDER, or --url ADDRESS with its --key.")
    if file is not None:
        at_hand = Witness(file, f"krydsfelt-witness/{file.name}", time.time)
        done, signer = witness_by_file(opened, at_hand), at_hand.verifier
    else:
        signer = Verifier.parse(str(witness_key))
        done = witness_by_http(opened, str(url), signer)
    text = f"{_said(done)}\nCheck it with: krydsfelt audit verify --witness {signer.text()}"
    tell(as_json, {**asdict(done), "verifier": signer.text()}, text)


@group.command()
def serve_witness(
    folder: Annotated[Path, typer.Argument(help="Where it keeps its key and what it has seen.")],
    log: Annotated[list[str], typer.Option("--log", help="Key of a log it signs for (krydsfelt audit key).")],
    name: Annotated[str, typer.Option("--name", help="How it signs.")] = "krydsfelt-witness",
    host: Annotated[str, typer.Option("--host", help="The address it answers at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port it answers at.")] = 8460,
) -> None:
    """Be a witness: on another machine, for logs whose keys are given."""
    from api.witness import listen

    at_hand = Witness(folder, name, time.time)
    for each in log:
        at_hand.trust(Verifier.parse(each))
    server = listen(at_hand, host, port)
    print(f"Witness {at_hand.verifier.text()} listens at http://{host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    finally:
        server.server_close()


@group.command()
@at_the_desk
def report(
    desk: AuditDesk,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count searches by purpose, refusals, acts outside own cases and unmaskings."""
    found = desk.report(_utc(since), _utc(until))
    tell(as_json, found.to_json(), report_text(found))


@group.command()
@at_the_desk
def who_looked(
    desk: AuditDesk,
    entity: Annotated[str, typer.Option("--entity", help="Delivered id, or NAMESPACE:ID.")],
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who saw somebody, when, for what and on which basis: analyses among them."""
    found = desk.who_looked(entity, _utc(since), _utc(until))
    lines = [_looked(look) for look in found]
    tell(as_json, {"looks": [look.to_json() for look in found]}, "\n".join([*lines, f"{len(found)} acts."]))


@group.command()
@at_the_desk
def replay(
    desk: AuditDesk,
    n: Annotated[int, typer.Argument(help="Number of an act in the log.")],
    as_json: JsonOption = False,
) -> None:
    """Decide once more whether the view of an act was to be opened, and compare."""
    found = desk.replay(n)
    policy = "the same policy" if found.same_policy else "another policy"
    text = (
        f"{found.at:%Y-%m-%d %H:%M} {found.user} asked for {found.purpose} {found.case}: {found.then.result} then, "
        f"{found.again.result} now, by {policy}: {'equal' if found.same else 'NOT equal'}."
    )
    tell(as_json, found.to_json(), text)


@group.command()
@at_the_desk
def sample(
    desk: AuditDesk,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same acts.")],
    count: Annotated[int, typer.Option("--count", help="How many acts.", min=1, max=200)] = 20,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw acts for a second person to look at."""
    drawn = desk.sample(seed, count, _utc(since), _utc(until))
    tell_list(as_json, "acts", [asdict(each) for each in drawn], [_drawn(each) for each in drawn])


@group.command()
@at_the_desk
def alerts(
    desk: AuditDesk,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what the detectors found in the log, each with why; an alert is a reason to look, never a finding."""
    found = desk.alerts(_utc(since), _utc(until))
    lines = [f"{each.at:%Y-%m-%d %H:%M}\t{each.detector}\t{each.user}\t{each.text}" for each in found]
    tell(as_json, {"alerts": [each.to_json() for each in found]}, "\n".join([*lines, f"{len(found)} alerts."]))


@group.command()
@at_the_desk
def review(
    desk: AuditDesk,
    n: Annotated[int, typer.Argument(help="Number of the act.")],
    *,
    verdict: Annotated[Verdict, typer.Option("--verdict", help="What the second person found.")],
    note: Annotated[str, typer.Option("--note", help="What is meant; needed for a question or a breach.")] = "",
) -> None:
    """Record what a second person found of an act."""
    done = desk.review(n, verdict, note)
    print(f"Act {done.n}: {done.verdict}, by {done.by}.")


def _utc(time_: datetime | None) -> datetime | None:
    return time_.replace(tzinfo=UTC) if time_ is not None and time_.tzinfo is None else time_


def _looked(look: Look) -> str:
    said = (look.n, f"{look.at:%Y-%m-%d %H:%M}", look.user, look.action, look.purpose, look.case or "-")
    return "\t".join(map(str, (*said, look.legal_basis or "-", look.how, look.reason or "-")))


def _drawn(drawn: Drawn) -> str:
    said = (drawn.n, f"{drawn.at:%Y-%m-%d %H:%M}", drawn.user, drawn.action, drawn.case or "-", drawn.result)
    return "\t".join(map(str, (*said, ", ".join(r.verdict for r in drawn.reviews) or "not reviewed")))


def _said(done: Witnessed) -> str:
    return f"{done.witness} signed the log of {done.size} entries."


def _read(place: Path) -> str:
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{place} cannot be read as a checkpoint.") from None


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="audit")
