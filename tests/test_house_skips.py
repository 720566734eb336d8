"""No test is skipped unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import ROOT

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
