"""Who asks and what for: sessions, openings, views."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from api.schemas.base import Shape
from api.schemas.house import CodeOut, Labels


class PersonaOut(Shape):
    id: str
    roles: list[str]
    org: str


class WaysOut(Shape):
    """How one may sign in here."""

    persona: bool
    password: bool
    elsewhere: str | None = None
    """The name of the provider that `/sign-in/elsewhere` leads to."""


class SessionOut(Shape):
    actor: PersonaOut | None
    personas: list[PersonaOut]
    """Those that may be chosen; empty unless the home was made with personas, every namespace is synthetic or research,
    nobody has an account and the server is on loopback."""
    ways: WaysOut
    way: Literal["persona", "password", "oidc", "token"] | None = None
    """How this one signed in."""
    rights_until: date | None = None
    """The last day this actor's rights hold, unless somebody confirms them; null where they never did."""
    ends: datetime | None = None
    fresh_until: datetime | None = None
    """Until when acts that need a fresh sign-in are answered; then `session/proof` first."""


class SignIn(Shape):
    persona: str = Field(min_length=1, max_length=100)


class PasswordSignIn(Shape):
    user: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=300)
    new_password: str | None = Field(default=None, max_length=300)
    """What a one-time password is replaced by."""


class Proof(Shape):
    """Who one is, the way one signed in: the persona again, or the password."""

    persona: str | None = Field(default=None, max_length=100)
    password: str | None = Field(default=None, max_length=300)


class NewPassword(Shape):
    password: str = Field(min_length=1, max_length=300)
    new_password: str = Field(max_length=300)


class CaseChoice(Shape):
    id: str
    title: str
    state: Literal["open", "closed", "sealed"]
    legal_basis: str
    purpose: str
    glass_until: datetime | None = None
    """The asker is in it by broken glass alone, until then."""


class PurposeChoice(Shape):
    purpose: str
    label: Labels
    default_basis: str
    bases: list[CodeOut]
    needs_case: bool


class OpeningsOut(Shape):
    """What the actor may ask a view for, from the actor's own rights alone."""

    purposes: list[PurposeChoice]
    cases: list[CaseChoice]


class OpenView(Shape):
    purpose: str = Field(max_length=100)
    case: str | None = Field(default=None, max_length=200)
    legal_basis: str | None = Field(default=None, max_length=100)
    reason: str = Field(default="", max_length=2000)
    as_of: AwareDatetime | None = None
    valid: str | None = Field(default=None, max_length=100)
    """EDTF window of valid time."""
    necessity: str = Field(default="", max_length=2000)
    """Why special categories are strictly necessary in this case; opens the vault for an hour."""


class OpenAgain(Shape):
    """A view with the reason that was given for this case and purpose in this shift."""

    purpose: str = Field(max_length=100)
    case: str | None = Field(default=None, max_length=200)
    legal_basis: str | None = Field(default=None, max_length=100)
    as_of: AwareDatetime | None = None
    valid: str | None = Field(default=None, max_length=100)


class GivenReason(Shape):
    """What may be opened again without writing a reason, until the shift has passed."""

    purpose: str
    case: str | None
    legal_basis: str
    reason: str
    given: datetime
    until: datetime


class Band(Shape):
    """The highest marking on a page."""

    level: int
    word: str
    tlp: str | None
    made_up: bool


class CountOut(Shape):
    name: str
    count: int


class PrintPage(Shape):
    """A page that is going onto paper, under the mark that stands across it."""

    mark: str = Field(pattern="^[0-9a-f]{8}$")
    page: str = Field(pattern="^/[a-z/-]{0,40}$")
    """Its address without what was asked there."""


class ViewGlass(Shape):
    """The broken glass that a view was opened through."""

    id: str
    approved_by: str


class ViewOut(Shape):
    id: str
    digest: str
    purpose: str
    case: CaseChoice | None
    legal_basis: str
    reason: str
    """With the time at which it was given, where that was before."""
    expires: datetime
    as_of: datetime | None
    valid: str | None
    naming: Literal["public", "parties", "pseudonyms"]
    glass: ViewGlass | None
    vault_until: datetime | None
    """Until when the vault is open; null where it is shut."""
    necessity: str
    """What was stated for it."""
    band: Band
    entities: list[CountOut]
    claims: list[CountOut]
