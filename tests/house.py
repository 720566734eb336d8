"""What tests of the house share: where it stands, its floors, its project file, names as registries compare them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = ("graph", "ingest", "analytics", "viz", "api")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def bare(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return normal(found.group())


def npm_locks() -> list[Path]:
    folders = ("viz/web", "tests/browser", "tests/oidc")
    return [path for path in (ROOT / folder / "package-lock.json" for folder in folders) if path.exists()]


def direct() -> set[str]:
    project = PROJECT["project"]
    return {
        bare(r)
        for r in (
            *project["dependencies"],
            *project["optional-dependencies"]["test"],
            *PROJECT["dependency-groups"]["build"],
        )
    }
