"""Runs the commands of the README as a newcomer does: in a clean clone, with an empty home and hardly anything on PATH.

Settings of the environment that name a package index, a proxy or certificates are kept; where they live in files of the
home folder, export them first (``PIP_INDEX_URL``, ``UV_DEFAULT_INDEX``, ``NPM_CONFIG_REGISTRY``).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = """
    [ awk basename bash cat chmod cmp comm cp cut date dd df diff dirname du echo egrep env expr false
    find getconf grep head hostname id install kill ldconfig ldd ln ls mkdir mktemp mv nice nproc od ps
    pwd readlink realpath rm rmdir sed seq sh sha256sum sleep sort stat stty tail tar tee test touch tr
    true tty uname uniq wc which xargs yes
""".split()
DROPPED = re.compile(
    r"HOME|PATH|OLDPWD|PWD|VIRTUAL_ENV|MAKE.*|MFLAGS|PYTHON(?!UNBUFFERED).*|PYENV.*|XDG_.*|KRYDSFELT_.*|NODE_PATH|JAVA_HOME"
)
DEMO_SECONDS = 900


def commands(readme: str) -> list[str]:
    """The make commands in the README's first code block."""
    block = re.search(r"```\w*\n(.*?)```", readme, re.DOTALL)
    return re.findall(r"^make \w+", block.group(1), re.MULTILINE) if block else []


def bare_path(folder: Path) -> str:
    """A folder of links to python3, make, git and the base utilities; returned as a PATH."""
    folder.mkdir()
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    for name in ("make", "git", *BASE):
        if found := shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"):
            (folder / name).symlink_to(found)
    return str(folder)


def environment(scratch: Path) -> dict[str, str]:
    """Return this environment less all that is this user's own."""
    kept = {name: value for name, value in os.environ.items() if not DROPPED.fullmatch(name)}
    (scratch / "home").mkdir()
    (scratch / "tmp").mkdir()
    return kept | {"HOME": str(scratch / "home"), "TMPDIR": str(scratch / "tmp"), "PATH": bare_path(scratch / "bin")}


def answers(url: str) -> bool:
    """Whether the page is served."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200 and b"<html" in answer.read().lower()
    except (urllib.error.URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: as Ctrl-C does, and harder if that is not enough."""
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
            process.wait(30)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            pass
        return


def demo(command: str, clone: Path, env: dict[str, str]) -> None:
    """Start the demo, wait for its page, stop it.

    Raises
    ------
    RuntimeError
        When it ends early, or no page is served in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.monotonic()
    process = subprocess.Popen([*command.split(), f"PORT={port}"], cwd=clone, env=env, start_new_session=True)
    try:
        while not answers(f"http://127.0.0.1:{port}/"):
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended with {process.returncode} before it served a page")
            if time.monotonic() - started > DEMO_SECONDS:
                raise RuntimeError(f"{command} served no page within {DEMO_SECONDS} seconds")
            time.sleep(0.5)
        print(f"fresh: {command} served its page after {time.monotonic() - started:.0f} s", flush=True)
    finally:
        stop(process)


def main() -> int:
    """Return 0 when every command of the README works."""
    wanted = commands((ROOT / "README.md").read_text(encoding="utf8"))
    if wanted != ["make demo", "make test"]:
        print(
            f"fresh: README.md should open with the commands make demo and make test; it has {wanted}", file=sys.stderr
        )
        return 1
    if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, check=True, capture_output=True).stdout:
        print("fresh: the clone holds what is committed; there are changes that are not", file=sys.stderr)
    scratch = Path(tempfile.mkdtemp(prefix="krydsfelt-fresh-"))
    clone = scratch / "krydsfelt"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    env = environment(scratch)
    try:
        demo(wanted[0], clone, env)
        subprocess.run(wanted[1].split(), cwd=clone, env=env, check=True)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(f"fresh: {error}. The clone is kept in {scratch}", file=sys.stderr)
        return 1
    shutil.rmtree(scratch)
    print("fresh: both commands work")
    return 0


if __name__ == "__main__":
    sys.exit(main())
