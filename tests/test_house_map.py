"""The table of rooms in docs/architecture.md names every module of the floors, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = ("graph", "ingest", "analytics", "viz", "api")
MADE = {"__pycache__", "static"}
"""What is built and not written."""


def rooms(page: str) -> set[str]:
    """The names of the table's first column, with their floor; a `*` stands for more letters."""
    table = page[page.index("| room | holds |") : page.index("\n## A home")]
    found, floor = set(), ""
    for row in table.splitlines()[2:]:
        for name in re.findall(r"`([^`]+)`", row.split("|")[1] if row.startswith("|") else ""):
            first, _, rest = name.partition("/")
            floor = first if first in FLOORS else floor
            found.add(name.rstrip("/") if first in FLOORS and rest else f"{floor}/{name.rstrip('/')}")
    return found


def modules() -> set[str]:
    """The modules and packages that lie directly on a floor."""
    there = [path for floor in FLOORS for path in (ROOT / floor).iterdir()]
    packages = {p for p in there if p.is_dir() and p.name not in MADE}
    files = {p.with_suffix("") for p in there if p.suffix == ".py" and p.name != "__init__.py"}
    return {path.relative_to(ROOT).as_posix() for path in packages | files}


def differences(named: set[str], there: set[str]) -> list[str]:
    """Say which modules no room names, and which names are of no module."""
    patterns = {name: re.compile(re.escape(name).replace(r"\*", "[a-z0-9_]*")) for name in named}
    left = [f"{module} is in no room" for module in there if not any(p.fullmatch(module) for p in patterns.values())]
    return sorted(left + [f"{n} is not there" for n, p in patterns.items() if not any(p.fullmatch(m) for m in there)])


def test_the_map_names_what_is_there() -> None:
    assert differences(rooms((ROOT / "docs/architecture.md").read_text(encoding="utf8")), modules()) == []


def test_a_missing_room_and_one_too_many_are_found() -> None:
    page = "| room | holds |\n| --- | --- |\n| `graph/home`, `audit*`; `api/old/` | x |\n\n## A home"
    said = differences(rooms(page), {"graph/home", "graph/audit", "graph/audit_wire", "api/new"})
    assert said == ["api/new is in no room", "api/old is not there"]
