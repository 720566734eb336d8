"""What may leave a case to one partner: each claim with its outcome and the reasons, then the package.

A claim leaves only when every rule lets it, and the policy besides, which is asked anew about each: that a view shows
a claim says nothing about sending it. The rules are `rules`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from graph.answers import ClaimView, EntityRef
from graph.disk import demand_folder, space_guard, write_synced
from graph.errors import BadInput, Refused
from graph.home import Home
from graph.kept import keep
from graph.ledger import Ledger
from graph.model import Marking
from graph.policy.asking import marked
from graph.policy.why import why
from graph.regimes import only_synthetic
from graph.stops import check_act
from graph.text import several
from graph.view import View
from ingest.exchange import package as packages
from ingest.exchange import stix
from ingest.exchange.frame import canonical
from ingest.exchange.rules import ABOVE, FILE_LEVEL, RULES, told

SIGNED_IN_AGAIN = 2
"""The strength of a session that was signed in again just now, as the policy counts it."""

LIFE = timedelta(days=90)
SOURCE_WORD = "source"

Outcome = Literal["leaves", "partly", "stays"]


@dataclass(frozen=True, slots=True)
class Line:
    """One claim of a preview."""

    claim: ClaimView
    outcome: Outcome
    reasons: tuple[str, ...]
    stays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """A package that was made. `data` is None where no file may be made."""

    id: str
    partner: str
    request: str | None
    claims: int
    level: int
    created: datetime
    expires: datetime
    sha256: str | None
    stayed: Mapping[str, int]
    data: bytes | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "package": self.id,
            "partner": self.partner,
            "request": self.request,
            "claims": self.claims,
            "level": self.level,
            "created": self.created.isoformat(),
            "expires": self.expires.isoformat(),
            "sha256": self.sha256,
            "stayed": dict(self.stayed),
        }

    def text(self) -> str:
        stayed = "".join(f"\n  {count} stayed: {told(code)}" for code, count in sorted(self.stayed.items()))
        return f"Package {self.id} to {self.partner}: {self._leave()}.{stayed}"

    def _leave(self) -> str:
        return several(self.claims, "claim") + (" leaves" if self.claims == 1 else " leave")


def preview(
    view: View, claims: Sequence[ClaimView], to: packages.Partner, *, strength: int = SIGNED_IN_AGAIN
) -> list[Line]:
    """Say of each claim whether it leaves to this partner, and why not: the rules' reasons first, then the policy's.

    Parameters
    ----------
    view : View
    claims : sequence of ClaimView
        Already seen through the view; what it hides is not here.
    to : Partner
    strength : int
        How strongly the session was signed in. A preview tells what leaves once it was signed in again, which making
        the package asks for.
    """
    denied = _denied(view, claims, to, strength)
    lines = []
    for claim in claims:
        reasons = tuple(code for code, holds in RULES.items() if not holds(claim, to, view.home.org))
        reasons += denied.get(marked(claim.marking, claim.category), ())
        kept = tuple(name for name in ("note", "locator", "report") if getattr(claim, name) is not None)
        outcome: Outcome = "stays" if reasons else "partly" if kept else "leaves"
        lines.append(Line(claim, outcome, reasons, kept if not reasons else ()))
    return lines


def check_again(view: View, claims: Sequence[ClaimView], to: packages.Partner, *, strength: int) -> None:
    """Check that all of a package that was made before may still leave to its partner: rules and policy of today.

    Parameters
    ----------
    view : View
    claims : sequence of ClaimView
        All that it holds, seen through the view anew.
    to : Partner
        As the directory has it now.
    strength : int
        How strongly the session was signed in.

    Raises
    ------
    Refused
        Something of it would stay now.
    """
    _demand_exchange(view)
    lines = [line for line in preview(view, claims, to, strength=strength) if line.outcome == "stays"]
    if lines:
        codes = sorted({code for line in lines for code in line.reasons})
        raise Refused(
            f"{len(lines)} of the claims in this package would stay now ({', '.join(codes)}). Make a new one of what "
            "may leave.",
            code="package-withheld",
        )


def _denied(
    view: View, claims: Sequence[ClaimView], to: packages.Partner, strength: int
) -> dict[Marking, tuple[str, ...]]:
    """Return the markings whose claims the policy keeps here, each with the codes of the rows that refuse.

    Nobody's consent is on record anywhere, so none is stated: what needs it stays.
    """
    found: dict[Marking, tuple[str, ...]] = {}
    for marking in dict.fromkeys(marked(claim.marking, claim.category) for claim in claims):
        recipient = _recipient(marking, to)
        if not view.allows("export", [marking], recipient=recipient, strength=strength)[0]:
            asking = replace(view.asking, act="export", recipient=recipient, strength=strength)
            found[marking] = tuple(reason.code for reason in why(view.actor, asking, marking).reasons)
    return found


def _recipient(marking: Marking, to: packages.Partner) -> str:
    """Return the name by which a share list means a partner: its organisation's, or its own id where that is listed."""
    return to.id if to.id in marking.share and to.org not in marking.share else to.org


def release(
    home: Home,
    view: View,
    to: packages.Partner,
    claims: Sequence[ClaimView],
    *,
    request: EntityRef | None,
    strength: int,
    clock: Callable[[], datetime],
) -> Released:
    """Make and register a package of those of `claims` that may leave.

    Parameters
    ----------
    home : Home
    view : View
        Purpose exchange, with a case.
    to : Partner
    claims : sequence of ClaimView
        Chosen by a named human, or a whole case.
    request : EntityRef or None
        The Request that is answered.
    strength : int
        How strongly the session was signed in: 1 once, 2 again just now.
    clock : callable

    Raises
    ------
    Refused
        The view is for another purpose, or has no case.
    BadInput
        None of the claims may leave.
    """
    _demand_exchange(view)
    return _release(home, view, to, preview(view, claims, to, strength=strength), request=request, clock=clock)


def _release(
    home: Home,
    view: View,
    to: packages.Partner,
    lines: Sequence[Line],
    *,
    request: EntityRef | None,
    clock: Callable[[], datetime],
) -> Released:
    leaving = _leaving(lines)
    made, package = clock(), f"kxp-{secrets.token_hex(8)}"
    level = max(c.marking.level for c in leaving)
    with view.act(
        "export",
        subjects=[c.subject for c in leaving],
        detail={"package": package, "partner": to.id, "claims": len(leaving)},
    ):
        data = _pack(home, view, to, leaving, package, made, request) if level <= FILE_LEVEL else None
        check_act(home, "export")  # exports may have been frozen while this was packed
        done = Released(
            id=package,
            partner=to.id,
            request=request.ref if request else None,
            claims=len(leaving),
            level=level,
            created=made,
            expires=made + LIFE,
            sha256=hashlib.sha256(data).hexdigest() if data is not None else None,
            stayed=_counts(lines),
            data=data,
        )
        _register(home, view, done, leaving)
    return done


def _demand_exchange(view: View) -> None:
    if view.request.purpose != "exchange" or view.request.case is None:
        raise Refused(
            "A package leaves only from a view of a case for the purpose exchange. Open one and choose again."
        )


def _leaving(lines: Sequence[Line]) -> list[ClaimView]:
    leaving = [line.claim for line in lines if line.outcome != "stays"]
    if not leaving:
        raise BadInput(
            "None of the chosen claims may leave to this partner; the preview says why for each.", code="nothing-leaves"
        )
    return leaving


def _register(home: Home, view: View, done: Released, leaving: Sequence[ClaimView]) -> None:
    """Keep the package's bytes and what it held, in the view that it left from."""
    manifest = {
        **done.to_json(),
        "claim_tokens": [c.token for c in leaving],
        "file": home.keep(done.data) if done.data is not None else None,
    }
    keep(view, "package-sent", done.id, manifest, done.created)


def _pack(
    home: Home,
    view: View,
    to: packages.Partner,
    leaving: Sequence[ClaimView],
    package: str,
    made: datetime,
    request: EntityRef | None,
) -> bytes:
    secret = home.secret("exchange")
    nodes: dict[str, stix.Node] = {}

    def node(ref: EntityRef) -> str:
        found = stix.object_id(secret, to.id, ref.kind, ref.token)
        nodes.setdefault(found, stix.Node(found, ref.kind, ref.label))
        return found

    said = [_said(secret, to, claim, node) for claim in leaving]
    bundle = stix.to_bundle(home.party, package, made, nodes.values(), said, secret)
    manifest = {
        "band": max(c.level for c in said),
        "case": _opaque(secret, to.id, str(view.request.case)),
        "claims": len(said),
        "handling": sorted({c.handling for c in said}),
        "kind": _kind(home, leaving),
        "purpose": view.request.purpose,
        "request": request.ref if request else None,
    }
    return packages.make(home, to, manifest, canonical(bundle), package=package, made=made, expires=made + LIFE)


def _said(secret: bytes, to: packages.Partner, claim: ClaimView, node: Callable[[EntityRef], str]) -> stix.Said:
    marking = claim.marking
    return stix.Said(
        id=stix.claim_id(secret, to.id, claim.token, link=claim.object is not None),
        subject=node(claim.subject),
        predicate=claim.predicate,
        object=node(claim.object) if claim.object is not None else None,
        value=claim.value if claim.object is None else None,
        qualifiers=claim.value if claim.object is not None else None,
        valid=claim.valid.text,
        grade=claim.grade,
        assertion=claim.assertion,
        category=claim.category,
        handling=marking.handling,
        level=marking.level,
        tlp=marking.tlp if marking.level == 0 else None,
        source=_opaque(secret, to.id, claim.source),
    )


def _kind(home: Home, leaving: Sequence[ClaimView]) -> str:
    """Return the manifest kind of what leaves: made up only where nothing in it can be from elsewhere."""
    made_up = only_synthetic(home) or all(claim.marking.regime == "synthetic" for claim in leaving)
    return "synthetic" if made_up else "published-research"


def _opaque(secret: bytes, recipient: str, name: str) -> str:
    """Return a label that keeps sources apart towards one partner and names none of them."""
    return f"{SOURCE_WORD}-{hmac.digest(secret, f'{recipient}|{name}'.encode(), 'sha256').hex()[:10]}"


def _counts(lines: Sequence[Line]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in lines:
        for reason in line.reasons[:1]:
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _in_a_file(line: Line) -> Line:
    """Return what becomes of a claim where a file is asked for."""
    if line.outcome == "stays" or line.claim.marking.level <= FILE_LEVEL:
        return line
    return replace(line, outcome="stays", reasons=(ABOVE,), stays=())


def release_case(
    home: Home, view: View, to: str, *, request: str | None, out: Path, strength: int, clock: Callable[[], datetime]
) -> Released:
    """Release all of a case that may leave as a file, and write it; what lies above TIL TJENESTEBRUG stays.

    All that the view shows of the case and does not leave is counted in `stayed`; of what it hides nothing is told.

    Raises
    ------
    BadInput
        Unknown partner, nothing may leave, or `out` exists or has no folder to lie in.
    """
    if out.exists():
        raise BadInput(f"{out} exists. Name another file; packages are never written over.", code="file-exists")
    demand_folder(out)
    with Ledger(home) as ledger:
        partner = packages.partner(ledger, to)
    view = view.lasting()  # a package outlives every grant
    _demand_exchange(view)
    lines = [_in_a_file(line) for line in preview(view, view.case_claims(), partner, strength=strength)]
    answered = view.entity(request) if request else None
    done = _release(home, view, partner, lines, request=answered, clock=clock)
    assert done.data is not None
    with space_guard(out):
        write_synced(out, done.data)
    return done
