"""Cells put together from the columns of a row: `"{given_name} {surname}"`, `"{born|ymd}"`, `"{relation|map:kin}"`.

A template with columns that are all empty gives nothing; `{#}` is the number of the row (1 is the first), `{@file}` the
name of the table without its ending.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graph.errors import BadDate, BadDelivery

_SLOT = re.compile(r"\{([^{}|]+)(?:\|([^{}]+))?\}")
_DMY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
_YMD = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Template:
    """A template bound to the columns of one table.

    Parameters
    ----------
    texts : tuple of str
        What stands before, between and after the columns; one more than there are columns.
    columns : tuple of int
        Places in the row; -1 is the row's number, -2 the table's name.
    changes : tuple of callable or None
        What is done with each cell.
    """

    texts: tuple[str, ...]
    columns: tuple[int, ...]
    changes: tuple[Change | None, ...]

    def fill(self, row: Sequence[str], number: int, table: str) -> str:
        """Return the cell, empty when it has columns and all of them are."""
        if not self.columns:
            return self.texts[0]
        parts = [self.texts[0]]
        found = False
        for text, place, change in zip(self.texts[1:], self.columns, self.changes, strict=True):
            cell = row[place] if place >= 0 else str(number) if place == -1 else table
            if cell and change is not None:
                cell = change(cell)
            found = found or (bool(cell) and place >= 0) or place == -1
            parts.extend((cell, text))
        return "".join(parts).strip() if found else ""


def compile_template(text: str, names: Sequence[str], maps: Mapping[str, Mapping[str, str]], where: str) -> Template:
    """Bind a template to the columns of a table.

    Raises
    ------
    BadDelivery
        It names a column, a change or a map that is not there.
    """
    texts: list[str] = []
    columns: list[int] = []
    changes: list[Change | None] = []
    last = 0
    for match in _SLOT.finditer(text):
        texts.append(text[last : match.start()])
        last = match.end()
        columns.append(_place(match[1], names, where))
        changes.append(_change(match[2], maps, where) if match[2] else None)
    texts.append(text[last:])
    return Template(tuple(texts), tuple(columns), tuple(changes))


def columns_of(text: str) -> list[str]:
    """Return the columns that a template names."""
    return [match[1] for match in _SLOT.finditer(text) if match[1] not in ("#", "@file")]


def _place(name: str, names: Sequence[str], where: str) -> int:
    if name == "#":
        return -1
    if name == "@file":
        return -2
    if name not in names:
        raise BadDelivery(
            f"The mapping of {where} names the column {name}, which is not in the table: {', '.join(names)}."
        )
    return list(names).index(name)


def _change(name: str, maps: Mapping[str, Mapping[str, str]], where: str) -> Change:
    if name in _CHANGES:
        return _CHANGES[name]
    if name.startswith("map:") and name[4:] in maps:
        table = maps[name[4:]]
        return lambda cell: table.get(cell, table.get("*", cell))
    raise BadDelivery(
        f"The mapping of {where} asks for {name!r}; there is {', '.join(_CHANGES)} and map:NAME for its maps."
    )


def _dmy(cell: str) -> str:
    match = _DMY.fullmatch(cell.strip())
    if match is None:
        raise BadDate(f"Expected day, month and year as 24/08/2017, got {cell[:40]!r}.")
    return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"


def _ymd(cell: str) -> str:
    match = _YMD.fullmatch(cell.strip())
    if match is None:
        raise BadDate(f"Expected year, month and day as 19081209, got {cell[:40]!r}.")
    return f"{match[1]}-{match[2]}-{match[3]}"


def _slug(cell: str) -> str:
    return re.sub(r"[^\w]+", "_", cell.strip().lower()).strip("_")


_CHANGES: Mapping[str, Change] = {"dmy": _dmy, "ymd": _ymd, "lower": str.lower, "slug": _slug}
