"""The plan: the forty listed initiatives of the national action plan, and what the service does for each today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Literal, cast, get_args

import yaml

from graph.words import Label

Status = Literal["works", "part", "not_yet"]

ROUTES: Final = ("/hjem", "/skrivebord", "/fund", "/daekning", "/udveksling", "/planen")
"""Pages of the web application that an initiative may point to."""

AREA_SIZES: Final = (4, 7, 7, 2, 3, 4, 3, 3, 7)


@dataclass(frozen=True, slots=True)
class Initiative:
    """One initiative.

    Parameters
    ----------
    number : int
        1 to 40, in the order of the plan.
    title : Label
    status : str
        `works`: a page does it whole; `part`: a page does some of it; `not_yet`: nothing is built.
    does : Label
        What the service does for it today, what is missing, and where the law draws the line.
    page : str or None
        The page that does it; None exactly when nothing is built.
    narrowed : bool
        Law or the rights of people allow less than the plan's wording asks for.
    """

    number: int
    title: Label
    status: Status
    does: Label
    page: str | None
    narrowed: bool


@dataclass(frozen=True, slots=True)
class Area:
    """One of the nine areas, with its initiatives in order."""

    number: int
    title: Label
    initiatives: tuple[Initiative, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan."""

    areas: tuple[Area, ...]

    def __iter__(self) -> Iterator[Initiative]:
        """All initiatives, in order."""
        return (initiative for area in self.areas for initiative in area.initiatives)

    def count(self, status: Status) -> int:
        """How many initiatives have a status."""
        return sum(initiative.status == status for initiative in self)


@lru_cache(maxsize=1)
def load_plan() -> Plan:
    """The plan shipped with the product, read once.

    Raises
    ------
    ValueError
        As :func:`read_plan`.

    Examples
    --------
    >>> len(list(load_plan()))
    40
    """
    return read_plan(resources.files("analytics").joinpath("initiatives.yaml").read_text(encoding="utf-8"))


def read_plan(text: str) -> Plan:
    """Read and check a plan.

    Parameters
    ----------
    text : str
        YAML, as `analytics/initiatives.yaml`.

    Raises
    ------
    ValueError
        An area or initiative is missing or out of order, a label lacks a language, a status or page is unknown, or
        a page is named though nothing is built (or the reverse).
    """
    plan = Plan(tuple(_area(body) for body in yaml.load(text, Loader=yaml.CSafeLoader)["areas"]))
    sizes = tuple(len(area.initiatives) for area in plan.areas)
    if sizes != AREA_SIZES:
        raise ValueError(f"expected areas of {AREA_SIZES} initiatives, got {sizes}")
    if [area.number for area in plan.areas] != list(range(1, len(AREA_SIZES) + 1)):
        raise ValueError("areas are numbered 1 to 9, in order")
    if [initiative.number for initiative in plan] != list(range(1, sum(AREA_SIZES) + 1)):
        raise ValueError("initiatives are numbered 1 to 40, in order")
    return plan


def _area(body: dict[str, Any]) -> Area:
    return Area(
        number=body["number"],
        title=_label(body["title"]),
        initiatives=tuple(_initiative(each) for each in body["initiatives"]),
    )


def _initiative(body: dict[str, Any]) -> Initiative:
    number, status, page = body["number"], body["status"], body.get("page")
    if status not in get_args(Status):
        raise ValueError(f"initiative {number}: status is one of {', '.join(get_args(Status))}, got {status!r}")
    if page is not None and page not in ROUTES:
        raise ValueError(f"initiative {number}: no page {page!r}; there are {', '.join(ROUTES)}")
    if (page is None) != (status == "not_yet"):
        raise ValueError(f"initiative {number}: a page stands where something is built, and only there")
    return Initiative(
        number=number,
        title=_label(body["title"]),
        status=cast(Status, status),
        does=_label(body["does"]),
        page=page,
        narrowed=bool(body.get("narrowed", False)),
    )


def _label(body: dict[str, str]) -> Label:
    if set(body) != {"da", "en"} or not all(isinstance(text, str) and text.strip() for text in body.values()):
        raise ValueError(f"expected a label in Danish and English, got {body!r}")
    return Label(body["da"], body["en"])
