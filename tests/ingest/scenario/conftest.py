from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.scenario.worlds import make_tiny, rows


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scenario") / "world"
    make_tiny(out)
    return out


@pytest.fixture(scope="session")
def claims(world: Path) -> list[dict[str, str]]:
    return list(rows(world))
