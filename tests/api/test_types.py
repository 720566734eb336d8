"""The web part's types are those of the API as it is now."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_types_are_not_stale(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("api_types", root / "tools" / "api_types.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.TYPES.read_text(encoding="utf-8") == tool.generated(), "run `make types`"
