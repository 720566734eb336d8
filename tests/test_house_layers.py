"""Who owns which name, what may import what, and what serving loads."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

import pytest

from tests.house import FLOORS, ROOT, normal


def foreign_owners(owners: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    found = {name: {normal(o) for o in owners.get(name, ())} - {"krydsfelt"} for name in FLOORS}
    return {name: others for name, others in found.items() if others}


def test_no_other_distribution_owns_our_names() -> None:
    assert foreign_owners(metadata.packages_distributions()) == {}
    for name in FLOORS:
        spec = importlib.util.find_spec(name)
        assert spec and spec.origin
        assert Path(spec.origin).is_relative_to(ROOT / name)


def test_another_owner_is_seen() -> None:
    assert foreign_owners({"graph": ["krydsfelt", "Graph_Tools"], "api": ["krydsfelt"]}) == {"graph": {"graph-tools"}}


def test_it_cannot_be_uploaded() -> None:
    assert "Private :: Do Not Upload" in metadata.metadata("krydsfelt").get_all("Classifier", [])
    assert metadata.metadata("krydsfelt")["License-Expression"] == "Apache-2.0"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).parent / "lint-imports"
    env = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run([tool, "--no-cache"], cwd=folder, env=env, check=False, capture_output=True, text=True)


def test_the_layers_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("graph/model.py", "import ingest.load", "imports point down only"),
        ("graph/view.py", "import neo4j", "only graph.neo4j_* know the Neo4j driver"),
        ("api/app.py", "def f():\n    from neo4j import GraphDatabase", "only graph.neo4j_* know the Neo4j driver"),
        ("viz/chart.py", "import fastapi", "only api knows HTTP"),
        ("analytics/settings.py", "from graph.ledger import Ledger", "analytics get arrays, never a store"),
        ("analytics/settings.py", "import sqlalchemy", "analytics get arrays, never a store"),
    ],
)
def test_a_broken_layer_is_seen(tmp_path: Path, module: str, line: str, broken: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path in [
        *(f"{floor}/__init__.py" for floor in FLOORS),
        "ingest/load.py",
        "graph/ledger.py",
        "graph/projection.py",
        "graph/neo4j_graph.py",
    ]:
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.touch()
    (tmp_path / "graph/neo4j_graph.py").write_text("import neo4j\n")
    (tmp_path / "analytics/result.py").write_text("import graph.projection\n")
    assert lint_imports(tmp_path).returncode == 0
    (tmp_path / module).write_text(line + "\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert f"{broken} BROKEN" in done.stdout


def test_serving_loads_no_heavy_library() -> None:
    heavy = "{'scipy', 'pandas', 'sklearn', 'ortools'}"
    probe = f"import sys, api.app, api.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
