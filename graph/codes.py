"""Codes of countries, municipalities and police districts, found by code or by name.

The other code lists are part of the ontology: `ontology().codes(name)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from graph.errors import UnknownTerm
from graph.text import fold


@dataclass(frozen=True, slots=True)
class Country:
    """A country of ISO 3166-1 (and XK), with its Danish and English name."""

    alpha2: str
    alpha3: str
    da: str
    en: str


@dataclass(frozen=True, slots=True)
class PoliceDistrict:
    """One of the twelve Danish police districts."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """One of the 98 Danish municipalities; `code` has four digits."""

    code: str
    name: str
    region: str
    police_district: PoliceDistrict


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Country]:
    """All countries by alpha-2 code."""
    rows = _read("countries.yaml")["countries"]
    return MappingProxyType({code: Country(code, row[0], row[1], row[2]) for code, row in rows.items()})


@lru_cache(maxsize=1)
def police_districts() -> Mapping[str, PoliceDistrict]:
    """All police districts by number."""
    rows = _read("municipalities.yaml")["police_districts"]
    return MappingProxyType({code: PoliceDistrict(code, name) for code, name in rows.items()})


@lru_cache(maxsize=1)
def municipalities() -> Mapping[str, Municipality]:
    """All municipalities by four-digit code, in the order of their codes."""
    rows = _read("municipalities.yaml")["municipalities"]
    districts = police_districts()
    return MappingProxyType({code: Municipality(code, row[0], row[1], districts[row[2]]) for code, row in rows.items()})


def country(text: str) -> Country:
    """Find a country by alpha-2 or alpha-3 code or by its Danish or English name, in any case.

    Raises
    ------
    UnknownTerm
        Code `unknown-country`.

    Examples
    --------
    >>> country("dnk").alpha2, country("Tyskland").alpha2, country("Turkey").alpha3
    ('DK', 'DE', 'TUR')
    """
    found = _country_names().get(fold(text))
    if found is None:
        raise UnknownTerm(
            f"Expected a country code (ISO 3166-1) or a Danish or English name, got {text[:60]!r}.",
            code="unknown-country",
        )
    return countries()[found]


def municipality(text: str) -> Municipality:
    """Find a municipality by its code (`0101`, `101`) or name, with or without `Kommune`.

    Raises
    ------
    UnknownTerm
        Code `unknown-municipality`.

    Examples
    --------
    >>> municipality("Stevns Kommune").police_district.name, municipality("101").name
    ('Midt- og Vestsjællands Politi', 'København')
    """
    wanted = text.strip()
    found = municipalities().get(wanted.zfill(4)) if wanted.isdecimal() else _by_name(wanted)
    if found is None:
        raise UnknownTerm(
            f"Expected a Danish municipality code or name, got {text[:60]!r}.", code="unknown-municipality"
        )
    return found


def _by_name(text: str) -> Municipality | None:
    name = fold(text)
    names = _municipality_names()
    short = name.removesuffix(" kommune")
    code = names.get(short) or names.get(short.removesuffix("s"))
    return municipalities()[code] if code is not None else None


@lru_cache(maxsize=1)
def _country_names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for code, row in _read("countries.yaml")["countries"].items():
        for name in (code, *row):
            names.setdefault(fold(name), code)
    return MappingProxyType(names)


@lru_cache(maxsize=1)
def _municipality_names() -> Mapping[str, str]:
    return MappingProxyType({fold(each.name): each.code for each in municipalities().values()})


@lru_cache(maxsize=2)
def _read(name: str) -> dict[str, Any]:
    text = resources.files("graph").joinpath("kinds", name).read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return document
