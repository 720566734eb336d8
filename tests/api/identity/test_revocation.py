"""Revocations racing reads, running analyses and open streams, against a real server: no answer after one second.

One process serves; another takes access away, by the real command's own code, at a moment drawn by seed. The clock of
both is the machine's monotonic one, so that what came too late is measured and not guessed.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import requests
import yaml

from graph.access import disable, enable, revoke
from graph.home import Home, now
from graph.ledger import Ledger
from tests.api.identity.test_limits import serving
from tests.homes import CASE

SEED = 20_261_125
SECOND = 1.0
AT_ONCE = 5
TIMEOUT = 120
BROKEN_OFF = 499
"""An answer that ended before its body: it was taken away between the two."""
LOCK = threading.Lock()
RIGHTS: dict[str, Any] = {
    "roles": ["analyst"], "clearance": 2, "purposes": ["prevent", "investigate"], "compartments": [], "org": "home",
}  # fmt: skip
UNHURRIED = {
    "requests_per_second": 10**6,
    "requests_at_once": 10**6,
    "objects_per_hour": 10**9,
    "persons_per_day": 10**9,
    "event_streams": 10**6,
}


@dataclass
class Race:
    """What a reader saw of one session: when each answer was there, and what it was."""

    url: str
    answers: list[tuple[float, int]] = field(default_factory=list)
    pieces: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def read(self, client: requests.Session, path: str) -> None:
        """Read until told to stop."""
        while not self.stop.is_set():
            try:
                code = client.get(f"{self.url}{path}", timeout=TIMEOUT).status_code
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError):
                code = BROKEN_OFF
            self.answers.append((time.monotonic(), code))

    def listen(self, client: requests.Session, path: str) -> None:
        """Hear the events of a run until they end."""
        with client.get(f"{self.url}{path}", stream=True, timeout=TIMEOUT) as stream:
            if stream.status_code != 200:  # it was taken away before
                return
            for line in stream.iter_lines():
                if line:
                    state = json.loads(line.removeprefix(b"data: "))["state"]
                    if state not in ("cancelled", "failed"):
                        self.pieces.append(time.monotonic())


def sent(client: requests.Session, url: str, body: dict[str, Any], code: int) -> dict[str, Any]:
    """Send something until it is answered: a busy machine may not be able to write its audit in time."""
    for _ in range(50):
        answer = client.post(url, json=body, timeout=TIMEOUT)
        if answer.status_code != 503:
            break
        time.sleep(0.2)
    assert answer.status_code == code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def signed_in(url: str, user: str) -> requests.Session:
    client = requests.Session()
    sent(client, f"{url}/api/v1/session", {"persona": user}, 200)
    return client


def view_of(client: requests.Session, url: str) -> str:
    return f"/api/v1/views/{sent(client, f'{url}/api/v1/views', {'purpose': 'investigate', 'case': CASE}, 201)['id']}"


def change(home: Home, family: str, key: str, **to: Any) -> None:
    with Ledger(home) as ledger, ledger.writer() as writer:
        body: dict[str, Any] = dict((ledger.users() if family == "user" else ledger.cases())[key])
        space = body.pop("namespace")
        writer.directory(family, key, space, {**body, **to})


def takings(home: Home, user: str) -> Mapping[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Return the ways to take something away from a user, each with what gives it back."""

    def with_access(act: Callable[..., object]) -> Callable[[], object]:
        return lambda: act(home, user, by="test", reason="a race", at=now())

    def member(there: bool) -> None:
        with LOCK, Ledger(home) as ledger:
            members = set(ledger.cases()[CASE]["members"])
            change(home, "case", CASE, members=sorted(members | {user} if there else members - {user}))

    return {
        "sign-ins": (with_access(revoke), lambda: None),
        "user": (with_access(disable), with_access(enable)),
        "right": (
            lambda: change(home, "user", user, purposes=["prevent"]),
            lambda: change(home, "user", user, purposes=RIGHTS["purposes"]),
        ),
        "case": (lambda: member(False), lambda: member(True)),
    }


def race(home: Home, url: str, user: str, way: str, random: Random, *, run: bool) -> tuple[int, list[float]]:
    """Race one revocation; return how many answers came in time, and of those later than a second by how much.

    Parameters
    ----------
    run : bool
        Whether an analysis runs meanwhile, with somebody listening to it.
    """
    take, give_back = takings(home, user)[way]
    client = signed_in(url, user)
    view = view_of(client, url)
    paths = [f"{view}/case", f"{view}/search?q=a", view, f"{view}/findings"]
    found = Race(url)
    threads = [threading.Thread(target=found.read, args=(_like(client), random.choice(paths)))]
    if run:
        began = sent(client, f"{url}{view}/analyses/settings", {"parameters": {}}, 202)
        events = f"{view}/runs/{began['id']}/events"
        threads.append(threading.Thread(target=found.listen, args=(_like(client), events)))
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.02, 0.5))
    take()
    taken = time.monotonic()
    time.sleep(SECOND + random.uniform(0.1, 0.3))
    found.stop.set()
    for thread in threads:
        thread.join(TIMEOUT)
        assert not thread.is_alive(), "a stream went on"
    told = [*(at for at, code in found.answers if code < 400), *found.pieces]
    late = [at - taken - SECOND for at in told if at > taken + SECOND]
    in_time = sum(1 for at, code in found.answers if code < 400 and at <= taken + SECOND)
    give_back()
    client.close()
    return in_time, late


def _like(client: requests.Session) -> requests.Session:
    other = requests.Session()
    other.cookies.update(client.cookies)
    return other


def races(home: Home, count: int, seed: int) -> tuple[Counter[str], int, list[float]]:
    """Race so many revocations, some at the same time; return how many of each way, answers in time, and too late."""
    (home.path / "limits.yaml").write_text(yaml.safe_dump({"actor": UNHURRIED}))
    users = [f"racer-{number}" for number in range(AT_ONCE)]
    with Ledger(home) as ledger, ledger.writer() as writer:
        for user in users:
            writer.directory("user", user, "home", RIGHTS)
    change(home, "case", CASE, members=users)
    ways, in_time, late = Counter[str](), 0, list[float]()
    with serving(home) as url, ThreadPoolExecutor(AT_ONCE) as pool:

        def one(number: int) -> tuple[str, int, list[float]]:
            random, user = Random(seed * 100_000 + number), users[number % AT_ONCE]
            way = random.choice(sorted(takings(home, user)))
            return way, *race(home, url, user, way, random, run=number % 10 == 0)

        for first in range(0, count, AT_ONCE):  # a user is in one race at a time
            for way, before, after in pool.map(one, range(first, min(first + AT_ONCE, count))):
                ways[way] += 1
                in_time, late = in_time + before, late + after
    return ways, in_time, late


def test_nothing_is_answered_a_second_after_a_revocation(home: Home) -> None:
    ways, in_time, late = races(home, 50, SEED)
    assert late == [] and in_time > 50 and len(ways) == 4


@pytest.mark.campaign
def test_nothing_is_answered_a_second_after_a_thousand_revocations(home: Home) -> None:
    count = int(os.environ.get("KRYDSFELT_REVOCATIONS", "1000"))
    ways, in_time, late = races(home, count, SEED + 1)
    said = f"{len(late)} answers after one second, {in_time} before; {dict(ways)}"
    print(
        f"\n{sum(ways.values())} revocations, seed {SEED + 1}: {said}; late by {[f'{by:.2f}' for by in sorted(late)]}"
    )
    assert late == []
