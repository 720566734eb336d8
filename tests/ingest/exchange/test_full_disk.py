"""No room for what is to be written: a clear refusal, and no half of a file."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

from graph.home import Home
from tests.homes import CASE, PARTNER

ENTRY = Path(sys.executable).with_name("krydsfelt")


def test_an_export_without_room_writes_nothing(home: Home, tmp_path: Path) -> None:
    """The limit is on the size of one file; the package is larger than it, and the ledger is small enough to open."""
    out = tmp_path / "out"
    out.mkdir()
    words = ["--home", str(home.path), "--as", "liaison", "--purpose", "exchange", "--case", CASE, "--to", PARTNER]
    done = subprocess.run(
        [ENTRY, "export", *words, "--out", str(out / "p.kxp")],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 6, done.stderr
    assert "error (" in done.stderr and "Traceback" not in done.stderr
    assert list(out.iterdir()) == []
