"""The build hook, the Makefile, uv as it is called, and the README's two commands."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.house import PROJECT, ROOT


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


def test_fresh_runs_the_two_commands_of_the_readme() -> None:
    spec = importlib.util.spec_from_file_location("fresh", ROOT / "tools/fresh.py")
    assert spec and spec.loader
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    assert fresh.commands((ROOT / "README.md").read_text(encoding="utf8")) == ["make demo", "make test"]
    assert fresh.commands("```\nmake demo    # serves\n```\n```\nmake test\n```") == ["make demo"]
