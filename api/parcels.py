"""Requests and packages as the liaison's page shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from api import present, schemas
from graph.answers import ClaimView, EntityRef
from graph.errors import BadInput, NotInView, Refused
from graph.home import Home
from graph.kept import kept, one
from graph.ledger import Artefact
from graph.regimes import only_synthetic
from graph.stops import check_act
from graph.view import View
from graph.view_books import ledger_of
from ingest.exchange import package as packages
from ingest.exchange import reading, release, rules
from ingest.exchange.stix import Node
from ingest.exchange.verified import failed


def partners(view: View) -> list[schemas.PartnerOut]:
    """Return the partners of the home with the fingerprints of their keys."""
    with view.act("list-partners"):
        ledger = ledger_of(view.home)
        return [_partner(packages.partner(ledger, name)) for name in ledger.partners()]


def _partner(partner: packages.Partner) -> schemas.PartnerOut:
    return schemas.PartnerOut(id=partner.id, name=partner.name, org=partner.org, fingerprint=partner.fingerprint)


def requests(view: View) -> list[schemas.RequestOut]:
    """Return the Requests of the view by deadline; one without a deadline comes last."""
    found = [_request(ref, claims) for ref, claims in view.of_kind("Request")]
    return sorted(found, key=lambda r: (r.due is None, r.due, r.reference or "", r.entity.token))


def _request(ref: EntityRef, claims: Sequence[ClaimView]) -> schemas.RequestOut:
    said = {c.predicate: c.value if c.object is None else c.object.ref for c in claims}
    names = ("direction", "partner", "reference", "received", "due", "urgency", "state", "purpose", "basis")
    shown = present.level([c.marking for c in claims])
    return schemas.RequestOut(entity=present.entity(ref), marking=shown, **{n: said.get(n) for n in names})


def candidates(view: View, partner: str) -> schemas.PreviewOut:
    return _preview(view, partner, view.lasting().case_claims())


def preview(view: View, ask: schemas.PackageAsk) -> schemas.PreviewOut:
    return _preview(view, ask.partner, view.lasting().claims(ask.claims))


def _preview(view: View, name: str, claims: Sequence[ClaimView]) -> schemas.PreviewOut:
    to = packages.partner(ledger_of(view.home), name)
    lines = release.preview(view, claims, to)
    leaving = [line.claim.marking for line in lines if line.outcome != "stays"]
    allowed = all(m.level <= rules.FILE_LEVEL for m in leaving)
    return schemas.PreviewOut(
        partner=_partner(to),
        lines=[
            schemas.ReleaseLine(
                claim=present.claim(line.claim),
                outcome=line.outcome,
                reasons=list(line.reasons),
                stays=list(line.stays),
            )
            for line in lines
        ],
        band=present.band(leaving, made_up=only_synthetic(view.home)),
        file_allowed=allowed,
        why_no_file=None if allowed else rules.ABOVE,
    )


def make(
    home: Home, view: View, ask: schemas.PackageAsk, strength: int, clock: Callable[[], datetime]
) -> schemas.PackageOut:
    to = packages.partner(ledger_of(home), ask.partner)
    view = view.lasting()  # a package outlives every grant
    answered = view.entity(ask.request) if ask.request else None
    chosen = view.claims(ask.claims)
    made = release.release(home, view, to, chosen, request=answered, strength=strength, clock=clock)
    return _out(one(view, "package-sent", made.id), home)


def register(view: View) -> list[schemas.PackageOut]:
    return [_out(a, view.home) for a in kept(view, "package-sent")]


def _out(artefact: Artefact, home: Home) -> schemas.PackageOut:
    body = artefact.body
    level = int(body["level"])
    return schemas.PackageOut(
        id=artefact.id,
        partner=body["partner"],
        request=body["request"],
        made_at=datetime.fromisoformat(artefact.created_at),
        made_by=artefact.owner,
        claims=body["claims"],
        band=schemas.Band(level=level, word=present.LEVEL_WORDS[level], tlp=None, made_up=only_synthetic(home)),
        sha256=body["sha256"],
        expires=datetime.fromisoformat(body["expires"]),
        downloadable=body["file"] is not None,
    )


def data(view: View, package: str, strength: int, now: datetime) -> bytes:
    """Return the bytes of a package that was made in a view like this one.

    Handing them out is an export like the first: an act of its own, each claim decided on anew by the rules, the policy
    and the stop button of today.

    Raises
    ------
    NotInView
        There is no such package or no file of it, or something of it is not in this view any more.
    Refused
        Exports are frozen, the package has run out, or something of it may not leave any more.
    """
    view = view.lasting()
    found = one(view, "package-sent", package)
    check_act(view.home, "export")
    body = found.body
    if body["file"] is None:
        raise NotInView
    if now >= datetime.fromisoformat(str(body["expires"])):
        raise Refused("This package has run out. Make a new one of what may leave.", code="package-expired")
    claims = view.claims([str(token) for token in body["claim_tokens"]])
    about = {"package": package, "partner": body["partner"], "claims": len(claims), "again": True}
    with view.act("export", [claim.subject for claim in claims], about):
        release.check_again(
            view, claims, packages.partner(ledger_of(view.home), str(body["partner"])), strength=strength
        )
        return view.home.kept(str(body["file"]))


def verify(view: View, content: bytes, now: datetime) -> schemas.VerifyOut:
    """Check a received package, and give what it says to read where this home may take it in. Nothing is written."""
    with view.act("verify-package", detail={"bytes": len(content)}):
        report = packages.verify(view.home, content, now=now)
        try:
            sent = reading.read(report, view.actor.clearance)
        except BadInput as error:
            sent, report = None, failed(report, error)
    claims = report.manifest["claims"] if report.manifest else None
    return schemas.VerifyOut(
        package=report.package,
        sender=report.sender,
        recipient=report.recipient,
        expires=report.expires,
        whole=report.whole,
        inner=report.inner,
        checks=[
            schemas.CheckOut(name=c.name, passed=c.passed, detail=c.detail, code=c.code, values=dict(c.values))
            for c in report.checks
        ],
        claims=claims if isinstance(claims, int) else None,
        content=_sent(sent) if sent else None,
    )


def _sent(sent: reading.Reading) -> schemas.SentOut:
    return schemas.SentOut(
        claims=[
            schemas.SentClaim(
                id=c.id,
                subject=_end(c.subject),
                predicate=c.predicate,
                object=_end(c.object) if c.object else None,
                value=c.value,
                qualifiers=dict(c.qualifiers),  # pydantic checks that they are plain
                valid=present.valid(c.valid),
                grade=c.grade,
                assertion=c.assertion,
                category=c.category,
                marking=present.marking(c.marking),
            )
            for c in sent.claims
        ],
        more=sent.more,
        above=sent.above,
        unfit=sent.unfit,
        marking=present.level(sent.markings),
    )


def _end(node: Node) -> schemas.SentEnd:
    return schemas.SentEnd(id=node.id, kind=node.kind, label=node.label)
