"""The rules of release, as data, so that the preview, the command line and the tests read the same list.

Handling codes are those used with Europol (`domain`: H0 free within the purpose, H1 not in court without consent, H2
and H3 not onward).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from graph.answers import ClaimView
from graph.policy.table import table
from ingest.exchange.package import Partner

FILE_LEVEL = 1
"""TIL TJENESTEBRUG: above it a manifest may be printed, but no file is made."""

ABOVE = "above-til-tjenestebrug"
"""Reason code of what may leave on a printed manifest, but in no file."""

Rule = Callable[[ClaimView, Partner, str], bool]


def _shared(claim: ClaimView, to: Partner, own: str) -> bool:
    return claim.marking.open or to.org in claim.marking.share or to.id in claim.marking.share


def _handling(claim: ClaimView, to: Partner, own: str) -> bool:
    return claim.marking.handling in ("H0", "H1")


def _ours(claim: ClaimView, to: Partner, own: str) -> bool:
    return claim.marking.originator in ("", own) or claim.marking.handling == "H0"


def _plain(claim: ClaimView, to: Partner, own: str) -> bool:
    return not (claim.marking.special or claim.marking.minor or claim.marking.sealed)


def _purpose(claim: ClaimView, to: Partner, own: str) -> bool:
    return "exchange" in claim.marking.purposes and not claim.marking.legal_basis.startswith("rpl-115")


def _category(claim: ClaimView, to: Partner, own: str) -> bool:
    return claim.subject.kind != "Person" or claim.category in ("a", "b")


def _graded(claim: ClaimView, to: Partner, own: str) -> bool:
    return bool(claim.grade)


RULES: Mapping[str, Rule] = {
    "not-shared": _shared,
    "handling": _handling,
    "originator": _ours,
    "special-minor-sealed": _plain,
    "purpose-or-basis": _purpose,
    "category": _category,
    "ungraded": _graded,
}
"""Reason code of a refusal -> rule that must hold for a claim to leave."""

SAYS: Mapping[str, str] = {
    "not-shared": "the partner is not on the share list",
    "handling": "the handling code does not allow sharing",
    "originator": "its owner has not consented",
    "special-minor-sealed": "special, about a minor, or sealed",
    "purpose-or-basis": "purpose or basis does not cover exchange",
    "category": "the person is neither suspect nor convicted",
    "ungraded": "without a grade",
    ABOVE: "above TIL TJENESTEBRUG no file is made; register it in the exchange page and print its manifest",
}
"""Reason code -> what it means, for a terminal. Those of the policy's rows have the words of the row."""


def told(code: str) -> str:
    """Return a code as a terminal shows it, with its words: ours, or those of the row of the decision table."""
    words = SAYS.get(code) or _row_words().get(code)
    return f"{code} ({words})" if words else code


@cache
def _row_words() -> dict[str, str]:
    """Return the words of each row; of several that share an id, those of the first, as `policy why` has them."""
    return {f"policy.row.{row.id}": row.says.rstrip(".") for row in reversed(table().rows)}
