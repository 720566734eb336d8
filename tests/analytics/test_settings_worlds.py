"""Bridge settings on the made-up Denmark. The method sees claims; only the test reads `truth.json`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.settings import settings
from ingest.scenario import make_world
from tests.analytics.builders import read_folder

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def walk(seed: int, folder: Path) -> tuple[Any, set[str], set[str]]:
    make_world("S", seed, folder)
    finding = settings(read_folder(folder), now=NOW)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return finding, {b["setting"] for b in truth["bridge_settings"]}, {d["setting"] for d in truth["decoys"]}


def test_one_world(tmp_path: Path) -> None:
    finding, bridges, decoys = walk(7, tmp_path / "world")
    flagged = {row["setting"] for row in finding.rows if row["flagged"]}
    assert len(flagged & bridges) >= 0.8 * len(bridges)
    assert not flagged & decoys
    assert len(flagged - bridges) <= 1
    top = sorted((r["crude_rank"], r["setting"]) for r in finding.rows if r["crude_rank"] and r["direction"] == "C>E")
    assert decoys & {setting for _, setting in top[: len(bridges)]}, "the crude ranking falls for no decoy"
    assert "person:" not in repr(finding.to_json()["rows"])


@pytest.mark.campaign
def test_campaign_ten_worlds(tmp_path: Path) -> None:
    found = planted = false = flags = 0
    for seed in range(41, 51):
        finding, bridges, _ = walk(seed, tmp_path / str(seed))
        flagged = {row["setting"] for row in finding.rows if row["flagged"]}
        found, planted = found + len(flagged & bridges), planted + len(bridges)
        false, flags = false + len(flagged - bridges), flags + len(flagged)
    assert found >= 0.8 * planted
    assert false <= 0.1 * flags
