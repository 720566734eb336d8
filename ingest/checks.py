"""Checks of cells and words, asked once for each distinct value: what a row must be before it becomes claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import BadInput, PersonNumber
from graph.identifiers import cpr_like
from graph.interval import parse_interval
from graph.ontology import Ontology
from graph.text import clean_text, refuse_formula
from graph.words import CodeList
from ingest.arrow import sizes
from ingest.columns import Coded
from ingest.quarantine import Fault, fault_of

Line = Callable[[int], int]
CELL_LIMIT = 64 << 10
TEXT_LIMIT = 1 << 20
DEPTH_LIMIT = 8
# Wider than what `clean_text` and `refuse_formula` refuse: these find the few cells that are worth asking them about.
_SUSPECT = (
    r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{61c}\x{180e}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}"
    r"\x{fff9}-\x{fffb}]|^\s*[=@+\-]"
)
_TEN_DIGITS = r"[0-9]{6}[-\x{2010}-\x{2014}\x{2212}\x{ff0d}]?[0-9]{4}"


def text_faults(words: pa.StringArray) -> dict[int, Fault]:
    """Find the hostile texts among distinct values: index to fault."""
    found: dict[int, Fault] = {}
    for index in _matching(words, _SUSPECT):
        text = words[index].as_py()
        try:
            refuse_formula(clean_text(text))
        except BadInput as error:
            found[index] = fault_of(error)
    for index in over_cell_limit(words):
        size = len(words[index].as_py().encode())
        if size > TEXT_LIMIT:
            found[index] = Fault("too-long", f"A cell holds {size:,} bytes; the limit is {TEXT_LIMIT:,}.")
    return found


def over_cell_limit(words: pa.StringArray) -> set[int]:
    """Return the distinct values that only the text of a document may be as long as."""
    return set(np.flatnonzero(sizes(words) > CELL_LIMIT).tolist())


def suspect(words: pa.StringArray) -> bool:
    """Say whether any of the words is worth a closer look: hostile, or very long."""
    return bool(over_cell_limit(words)) or bool(_matching(words, _SUSPECT))


def digits_in(words: pa.StringArray) -> bool:
    """Say whether the tripwire has anything to look at in any of the words."""
    return bool(_matching(words, _TEN_DIGITS))


class Tripwire:
    """Limit B8: what could be an assigned personal number refuses the whole delivery."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.bare = 0

    def check(self, table: pa.Table, rows: list[int], line: Line, identifiers: frozenset[str]) -> None:
        """Look at every cell of a block.

        Parameters
        ----------
        table : pa.Table
            As received, texts only.
        rows : list of int
            Row within the file of each row of the table.
        line : callable
            Gives the number of a row as a person sees it in the file.
        identifiers : frozenset of str
            Columns that hold identifiers, where ten bare digits count as well.

        Raises
        ------
        PersonNumber
            Names file, row and column, and never repeats the digits.
        """
        for name in table.column_names:
            column = table.column(name)
            for index in _matching(column, _TEN_DIGITS):
                self.bare += self._look(column[index].as_py(), name, line(rows[index]), name in identifiers)

    def check_coded(
        self, column: Coded, row: npt.NDArray[np.int64], line: Line, name: str, identifiers: frozenset[str]
    ) -> None:
        """Look at each distinct word of a column once; the rest is as in `check`.

        Parameters
        ----------
        column : Coded
        row : array of int
            For each claim its row within the file.
        line : callable
        name : str
        identifiers : frozenset of str
        """
        for place in _matching(column.words, _TEN_DIGITS):
            uses = np.flatnonzero(column.index == place)
            if len(uses):
                text, first = column.words[place].as_py(), line(int(row[uses[0]]))
                self.bare += len(uses) * self._look(text, name, first, name in identifiers)

    def _look(self, text: str, name: str, row: int, identifier: bool) -> bool:
        """Say whether a cell could be a personal number by chance; refuse the delivery where it is more than that."""
        forms = {span.form for span in cpr_like(text)}
        if "hyphen" in forms or (forms and identifier):
            raise PersonNumber(
                f"{self.file}, row {row}, column {name} holds what could be an assigned personal number. Nothing "
                "was loaded. Remove it: only made-up and published research data belong here."
            )
        return bool(forms)


def value_fault(words: Ontology, predicate: str, subject_kind: str, value: str) -> Fault | None:
    """Check a literal against the value type of its predicate."""
    said = words.predicates[predicate]
    if said.value == "number":
        return _number_fault(predicate, value)
    if said.value == "date":
        return _date_fault(value)
    if said.value == "code":
        codes = words.code_list_of(predicate, subject_kind)
        return None if codes is None else _code_fault(codes, predicate, value)
    return None


def qualifier_fault(words: Ontology, predicate: str, value: str, regime: str) -> Fault | None:
    """Check the qualifiers of a link: a JSON object, the needed ones stated, numbers finite, codes known."""
    said = words.predicates[predicate]
    body: Any = {}
    if value:
        try:
            body = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            return Fault("bad-qualifiers", f"The qualifiers of {predicate} are not JSON: {error}. Got {value[:60]!r}.")
        if not isinstance(body, dict):
            return Fault("bad-qualifiers", f"The qualifiers of {predicate} are a JSON object; got {value[:60]!r}.")
        if _depth(body) > DEPTH_LIMIT:
            return Fault("bad-qualifiers", f"The qualifiers of {predicate} are nested deeper than {DEPTH_LIMIT}.")
    for name in said.needs:
        if not body.get(name):
            return Fault("bad-qualifiers", f"{predicate} must state {name}: a bare link is refused.")
    if body.get("kind") == "unspecified" and regime != "published-research":
        return Fault("bad-qualifiers", f"{predicate} must state its kind: only research sets may leave it unspecified.")
    for name, item in body.items():
        fault = _qualifier(words, said.qualifiers, predicate, name, item)
        if fault is not None:
            return fault
    return None


def _qualifier(words: Ontology, types: Mapping[str, str], predicate: str, name: str, item: Any) -> Fault | None:
    wanted = types.get(name)
    where = f"{predicate}.{name}"
    if isinstance(item, str):
        try:
            refuse_formula(clean_text(item))
        except BadInput as error:
            return fault_of(error)
    if wanted == "number":
        return _number_fault(where, str(item) if not isinstance(item, bool) else "true")
    if wanted == "date":
        return _date_fault(str(item))
    if wanted is None and isinstance(item, float) and not math.isfinite(item):
        return Fault("not-a-number", f"{where} is not finite.")
    if wanted is None or wanted == "text":
        return None
    return _code_fault(words.codes(wanted), where, str(item))


def _number_fault(where: str, value: str) -> Fault | None:
    try:
        number = float(value)
    except ValueError:
        return Fault("not-a-number", f"{where} is a number; got {value[:60]!r}.")
    if not math.isfinite(number) or "_" in value:
        return Fault("not-a-number", f"{where} is a finite number; got {value[:60]!r}.")
    return None


def _date_fault(value: str) -> Fault | None:
    try:
        parse_interval(value)
    except BadInput as error:
        return fault_of(error)
    return None


def _code_fault(codes: CodeList, where: str, value: str) -> Fault | None:
    if not codes.closed or value in codes:
        return None
    try:
        codes.get(value)
    except BadInput as error:
        return Fault("unknown-term", f"{where}: {error.message}")
    return None


def _depth(body: Any) -> int:
    if isinstance(body, dict):
        return 1 + max((_depth(item) for item in body.values()), default=0)
    if isinstance(body, list):
        return 1 + max((_depth(item) for item in body), default=0)
    return 0


def _matching(column: Any, pattern: str) -> list[int]:
    return _indices(pc.match_substring_regex(column, pattern))


def _indices(mask: Any) -> list[int]:
    if isinstance(mask, pa.ChunkedArray):
        mask = mask.combine_chunks()
    if not pc.any(mask).as_py():
        return []
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found
