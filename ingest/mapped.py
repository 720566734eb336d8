"""Folders whose tables a mapping turns into claims: research sets with a README, or anything with a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from graph.errors import BadDelivery, BadInput
from graph.model import Marking
from ingest.columns import Batch, from_lists
from ingest.mapping import ClaimRule, MappingFile, TableRule, find_mapping, network_rule, rule_columns, shipped
from ingest.network import NetworkTables, is_edges, is_network, is_nodes
from ingest.quarantine import Fault, fault_of
from ingest.readers import Block
from ingest.rules import PLACE, BoundRule, Claim
from ingest.source import (
    SIDE_FILES,
    Defaults,
    Delivery,
    TableFile,
    declared,
    read_manifest,
    table_file,
)

RESEARCH = Marking(
    level=0,
    handling="H0",
    tlp="CLEAR",
    open=True,
    purposes=("exchange", "investigate", "outreach-aggregate", "oversight", "prevent"),
    legal_basis="gdpr-6-1-e",
    case="unbound",
    regime="research",
    sealed=False,
)
"""The marking `research-open`: public, of no case."""
_ABOUT = re.compile(r"^- (name|origin|citation|licence)[^:]*:\s*(.+)$", re.MULTILINE)


def open_mapped_folder(path: Path, mapping: Path | str | None) -> Delivery:
    """Read what stands beside the tables of a folder, and find the mapping for them.

    Raises
    ------
    BadDelivery
        The folder says neither by README nor by manifest what it holds, or no mapping fits.
    """
    folder = path.parent if path.is_file() else path
    readme = read_readme(folder)
    found = find_mapping(mapping, tuple(readme.get("name", ())))
    text, rules = found if found is not None else (shipped()["network"][0], MappingFile())
    paths = (
        [path] if path.is_file() else sorted(p for p in folder.iterdir() if p.suffix in (".csv", ".xlsx", ".parquet"))
    )
    mapper = TableMapper(rules, folder.resolve().name)
    tables = sorted((table_file(each) for each in paths if mapper.reads(each.name)), key=mapper.order)
    if not tables:
        raise BadDelivery(f"Nothing in {path} can be loaded: {_why_nothing(folder, paths)}", code="nothing-to-load")
    sides = tuple(folder / name for name in SIDE_FILES if (folder / name).is_file())
    if (folder / "manifest.yaml").is_file():
        return _with_manifest(folder, text, mapper, tables, sides)
    if not (readme.get("origin") and readme.get("citation")):
        raise BadDelivery(
            f"{folder} has neither a manifest.yaml nor a README.md with '- origin:' and '- citation:' lines. Only "
            "made-up data and published research are loaded: say which it is.",
            code="no-manifest",
        )
    about = {key: values for key, values in readme.items() if values}
    return Delivery(
        folder=folder,
        namespace=folder.resolve().name,
        regime="published-research",
        title=readme["name"][0] if readme.get("name") else folder.resolve().name,
        manifest={"kind": "published-research", **about},
        defaults=Defaults(grade="4x4:X4", marking="research-open", source=folder.resolve().name),
        expect={},
        row_key=mapper.row_key_marker(),
        public_labels=True,
        markings={"research-open": RESEARCH},
        tables=tuple(tables),
        side_files=sides,
        mapping=text,
        mapper=mapper,
    )


def read_readme(folder: Path) -> dict[str, list[str]]:
    """Return the `name`, `origin` and `citation` lines of a README, in order; empty without one."""
    path = folder / "README.md"
    if not path.is_file():
        return {}
    found: dict[str, list[str]] = {}
    for key, value in _ABOUT.findall(path.read_text(encoding="utf-8", errors="replace")):
        found.setdefault(key, []).append(value.strip())
    return found


def _why_nothing(folder: Path, tables: Sequence[Path]) -> str:
    """Say what is there instead of a table that loads."""
    if tables:
        return (
            "no claims table (claims.csv), no nodes and edges, and no mapping for "
            f"{', '.join(each.name for each in tables)}. Give one with --mapping."
        )
    there = sorted(p.name for p in folder.iterdir() if p.name not in SIDE_FILES)
    if not there:
        return "there is no table in it. Put a claims table (claims.csv) or another table there."
    return (
        f"{', '.join(there[:5])}{' and more' if len(there) > 5 else ''}: no table. Archives are to be unpacked first."
    )


def _with_manifest(
    folder: Path, text: str, mapper: TableMapper, tables: Sequence[TableFile], sides: tuple[Path, ...]
) -> Delivery:
    manifest = read_manifest(folder)
    mapper.defaults = manifest.defaults
    key = mapper.row_key_marker()
    return declared(folder, manifest, row_key=key, tables=tuple(tables), side_files=sides, mapping=text, mapper=mapper)


class TableMapper:
    """Turns rows into claims by a mapping; nodes before edges, so that the ends of an edge have kinds.

    Parameters
    ----------
    rules : MappingFile
    folder : str
        Name of the folder: the source of a research set.
    """

    def __init__(self, rules: MappingFile, folder: str) -> None:
        self.rules = rules
        self.defaults = Defaults(grade="4x4:X4", marking="research-open", source=folder)
        self.kinds: dict[str, str] = {}
        self.withheld: dict[str, int] = {}
        self._network = NetworkTables(network_rule(rules), rules.maps, self.withheld_columns, self.kinds)
        self._compiled: dict[str, list[BoundRule]] = {}

    def reads(self, name: str) -> bool:
        """Say whether a table is read."""
        rule = self._rule(name)
        return not rule.ignore if rule is not None else is_network(name) and not self._tables_only()

    def order(self, file: TableFile) -> tuple[int, str]:
        """Give the order in which tables are read: nodes, declared tables, edges."""
        return (0 if is_nodes(file.name) else 2 if is_edges(file.name) else 1), file.name

    def check_header(self, file: TableFile, names: Sequence[str]) -> list[str]:
        """Return what to warn of in a header."""
        withheld = self.withheld_columns(names)
        rule = self._rule(file.name)
        if rule is not None:
            for key in rule.row_key:
                if key not in names:
                    raise BadDelivery(
                        f"{file.name} lacks the column {key} of the mapping's row_key.", code="missing-columns"
                    )
            read = {column for each in rule.claims for column in rule_columns(each)} | set(rule.row_key)
            self._compiled[file.name] = [BoundRule(claim, names, self.rules.maps, file.name) for claim in rule.claims]
        else:
            read = self._network.check_header(file.name, names)
        return [
            f"column {name} is kept in the record and not read" + (" (limit B2)" if name in withheld else "")
            for name in names
            if name not in read or name in withheld
        ]

    def identifiers(self, file: TableFile) -> frozenset[str]:
        """Return the columns that become identifiers."""
        rule = self._rule(file.name)
        claims: Iterable[ClaimRule] = rule.claims if rule is not None else self._network.claims(file.name)
        identifying = {"identifier", "number"}
        return frozenset(c for claim in claims if claim.predicate in identifying for c in rule_columns(claim))

    def row_key(self, file: TableFile) -> tuple[str, ...]:
        """Return the columns that identify a row; none where its content does."""
        rule = self._rule(file.name)
        return rule.row_key if rule is not None else ()

    def row_key_marker(self) -> tuple[str, ...]:
        """Return something when any table declares a key."""
        return tuple(sorted({key for rule in self.rules.tables.values() for key in rule.row_key}))

    def withheld_columns(self, names: Sequence[str]) -> set[str]:
        """Return the columns that state what is never collected as a field (limit B2)."""
        patterns = (*shipped()["network"][1].withheld, *self.rules.withheld)
        return {name for name in names if any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)}

    def translate(self, file: TableFile, block: Block) -> tuple[Batch, dict[int, Fault]]:
        """Return the claims of a block, and the rows that cannot be read."""
        names = block.table.column_names
        columns = [column.to_pylist() for column in block.table.columns]
        rule = self._rule(file.name)
        rows: Iterator[tuple[int, Sequence[str]]] = zip(block.rows, zip(*columns, strict=True), strict=True)
        cells: list[Claim] = []
        row_of: list[int] = []
        slot_of: list[int] = []
        faults: dict[int, Fault] = {}
        for row, cell in rows:
            try:
                stripped = [text.strip() for text in cell]
                made = (
                    self._by_rule(file, row, stripped)
                    if rule is not None
                    else self._network.claims_of(file.name, names, stripped)
                )
                for slot, claim in made:
                    cells.append(self._filled(claim))
                    row_of.append(row)
                    slot_of.append(slot)
            except BadInput as error:
                faults[row] = fault_of(error)
        for name in self.withheld_columns(names):
            column = columns[names.index(name)]
            self.withheld[name] = self.withheld.get(name, 0) + sum(1 for text in column if text.strip())
        if faults:
            kept = [place for place, row in enumerate(row_of) if row not in faults]
            cells = [cells[place] for place in kept]
            row_of, slot_of = [row_of[place] for place in kept], [slot_of[place] for place in kept]
        return from_lists(cells, row_of, slot_of), faults

    def _by_rule(self, file: TableFile, row: int, cell: Sequence[str]) -> Iterator[tuple[int, Claim]]:
        stem = file.name.rpartition(".")[0]
        for slot, each in enumerate(self._compiled[file.name]):
            claim = each.claim(cell, row + 1, stem, self.kinds)
            if claim is not None:
                yield slot, claim

    def _filled(self, claim: Claim) -> Claim:
        for name in ("grade", "assertion", "category", "marking", "source"):
            place = PLACE[name]
            claim[place] = claim[place] or getattr(self.defaults, name)
        return claim

    def notes(self) -> dict[str, int]:
        """Return what was left out of the claims on purpose, with how often; it stays in the record."""
        found = {
            f"cells of {name} state what is never collected as a field (limit B2)": n
            for name, n in self.withheld.items()
        }
        bound = [(where, each) for where, rules in self._compiled.items() for each in rules]
        for where, each in [*bound, *self._network.bound()]:
            if each.left_out:
                found[_unfit(where, str(each.rule.value), each.rule.predicate)] = each.left_out
        return found

    def _rule(self, name: str) -> TableRule | None:
        return next((rule for pattern, rule in self.rules.tables.items() if fnmatchcase(name, pattern)), None)

    def _tables_only(self) -> bool:
        return bool(self.rules.tables) and self.rules.network is None


def _unfit(table: str, value: str, predicate: str) -> str:
    """Say in words that cells could not be read as what a loose rule makes of them."""
    columns = re.findall(r"\{(\w+)", value) or [value]
    names = " and ".join(f"column {name!r}" for name in dict.fromkeys(columns))
    return f"{table}: cells of {names} cannot be read as {predicate} and stay in the record only"
