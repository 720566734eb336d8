"""Whatever answers leaves an intent, but for a closed list: a new route without one fails here."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.unaudited import UNAUDITED
from tests.trust import paths, play
from tests.trust.play import Tally, run
from tests.trust.stage import House, stage

SEED = 20_261_124
WORLDS = 14
INTENT = '"kind": "intent"'


@pytest.fixture
def memory() -> Iterator[Path]:
    place = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def test_every_route_that_answers_leaves_an_intent(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited, silent = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    real = play._Show._answer

    def watched(show: Any, house: House, ask: paths.Ask, operation: paths.Operation | None) -> Any:
        answer = real(show, house, ask, operation)
        if operation is not None and answer.status < 400:
            (audited if INTENT in answer.audit else silent)[operation.method, operation.path] += 1
        return answer

    monkeypatch.setattr(play._Show, "_answer", watched)
    with stage(memory) as set_:
        run(set_, range(SEED, SEED + WORLDS), Tally(), until=99)
    assert set(silent) - set(UNAUDITED) == set(), "these answered without an intent"
    known = {(operation.method, operation.path) for operation in paths.operations()}
    addresses = {path for _, path in known} | set(paths.UNSCHEDULED)
    assert {path for _, path in UNAUDITED} <= addresses, "these are no routes any more"
    assert not set(UNAUDITED) & set(audited), "these leave an intent after all: take them from the list"
    walked = known - set(paths.SKIPPED) - {key for key in known if key[1].startswith(paths.OF_THE_LOG)}
    assert len(set(audited) | set(silent)) > 0.6 * len(walked)  # else too little was asked


def test_the_pages_files_are_the_only_other_addresses_without_an_intent() -> None:
    pages = {"/{path:path}", "/assets", "/openapi.json"}
    audited = {"/sign-in/elsewhere/return"}  # a sign-in like the others: tests/api/identity/test_oidc.py
    assert set(paths.UNSCHEDULED) - pages - audited <= {path for _, path in UNAUDITED}


def test_the_list_gives_a_reason_for_each_and_none_for_data() -> None:
    assert all(len(reason) > 10 for reason in UNAUDITED.values())
    assert not any("/entities" in path or "/search" in path for _, path in UNAUDITED)
