"""Rates and budgets: what an actor may ask for, what is told when it is used up, and five times what can be done."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import yaml
from hypothesis import given
from hypothesis import strategies as st

from api.commands.serve import Transport
from api.identity.throttle import Throttle
from api.limits import ActorLimits, Budgets, Limits, _shipped, limits_of
from graph.errors import BadInput, TooMuch
from graph.home import Home
from tests.api.conftest import view_of
from tests.api.identity.test_sessions import Served
from tests.homes import CASE, MADE

FEW = ActorLimits(
    requests_per_second=10,
    requests_at_once=5,
    objects_per_hour=100,
    persons_per_day=20,
    look_ups_per_day=3,
    event_streams=2,
)


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now, self.seconds = MADE, 0.0

    def budgets(self, limits: ActorLimits = FEW) -> Budgets:
        return Budgets(limits, lambda: self.now, lambda: self.seconds)


def ids(first: int, count: int) -> set[bytes]:
    return {number.to_bytes(16, "big") for number in range(first, first + count)}


def limited(home: Home, **sections: dict[str, int]) -> None:
    (home.path / "limits.yaml").write_text(yaml.safe_dump(sections))


def test_requests_come_in_bursts_and_then_by_the_second() -> None:
    hand = Hand()
    budgets = hand.budgets()
    for _ in range(5):
        budgets.request("ida")
    with pytest.raises(TooMuch) as caught:
        budgets.request("ida")
    assert caught.value.retry_after >= 1
    budgets.request("bo")
    hand.seconds += 0.1
    budgets.request("ida")
    with pytest.raises(TooMuch):
        budgets.request("ida")
    hand.seconds += 1000
    for _ in range(5):
        budgets.request("ida")


def test_objects_by_the_hour_persons_and_look_ups_by_the_day() -> None:
    hand = Hand()
    budgets = hand.budgets()
    budgets.spend("ida", "read", ids(0, 100), ids(0, 20))
    budgets.check("ida", "read")
    with pytest.raises(TooMuch) as hour:
        budgets.spend("ida", "read", ids(0, 1), set())
    assert hour.value.reason_code == "budget-objects" and 0 < hour.value.retry_after <= 3600
    with pytest.raises(TooMuch):
        budgets.check("ida", "search")
    budgets.check("ida", "analyse-settings")
    budgets.check("bo", "read")
    hand.now += timedelta(hours=1)
    budgets.spend("ida", "read", ids(0, 20), ids(0, 20))
    with pytest.raises(TooMuch) as day:
        budgets.spend("ida", "read", ids(50, 1), ids(50, 1))
    assert day.value.reason_code == "budget-persons" and day.value.retry_after <= 86_400
    hand.now += timedelta(days=1)
    for _ in range(3):
        budgets.spend("ida", "look-up", set(), set())
    with pytest.raises(TooMuch) as looked:
        budgets.spend("ida", "look-up", set(), set())
    assert looked.value.reason_code == "budget-look-ups"
    budgets.check("ida", "read")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 15)), max_size=30))
def test_never_more_persons_are_shown_than_the_budget_has(reads: list[tuple[int, int]]) -> None:
    budgets, shown = Hand().budgets(), set[bytes]()
    for first, count in reads:
        persons = ids(first, count)
        try:
            budgets.check("ida", "read")
            budgets.spend("ida", "read", set(), persons)
        except TooMuch:
            continue
        shown |= persons
    assert len(shown) <= FEW.persons_per_day


def test_a_used_up_budget_answers_429_and_says_how_to_go_on(home: Home) -> None:
    limited(home, actor={"objects_per_hour": 3})
    with ExitStack() as stack:
        served = Served(home, stack)
        client = served.persona("analyst")
        view = view_of(client, "investigate", CASE)
        answers = [client.get(f"{view}/case") for _ in range(4)]
        last = answers[-1]
        assert last.status_code == 429 and last.json()["code"] == "budget-objects"
        assert (
            int(last.headers["retry-after"]) == last.json()["retry_after"] > 0 and "analysis" in last.json()["detail"]
        )
        assert "parties" not in last.json()
        assert client.get("/api/v1/openings").status_code == 200
        again = client.post("/api/v1/session", json={"persona": "analyst"})
        assert again.status_code == 200
        assert client.get(f"{view_of(client, 'investigate', CASE)}/case").status_code == 429, (
            "a new session is no new budget"
        )
        served.now += timedelta(hours=1)
        client = served.persona("analyst")
        assert client.get(f"{view_of(client, 'investigate', CASE)}/case").status_code == answers[0].status_code


def test_a_rate_answers_429(home: Home) -> None:
    limited(home, actor={"requests_at_once": 3, "requests_per_second": 1})
    with ExitStack() as stack:
        client = Served(home, stack).persona("analyst")
        codes = [client.get("/api/v1/openings").status_code for _ in range(8)]
        assert codes[:3] == [200, 200, 200] and 429 in codes


def test_wrong_sign_ins_are_forgotten_in_time_and_counted_by_address() -> None:
    hand = Hand()
    throttle = Throttle(shipped().sign_in, lambda: hand.seconds)
    for number in range(60):
        throttle.attempt(f"user {number}", "10.0.0.1")
    with pytest.raises(TooMuch):
        throttle.attempt("another", "10.0.0.1")
    throttle.attempt("another", "10.0.0.2")
    hand.seconds += 15 * 60
    throttle.attempt("another", "10.0.0.1")
    throttle.passed("another", "10.0.0.1")


def shipped() -> Limits:
    return Limits.model_validate(_shipped())


@pytest.mark.parametrize(
    "text", ["actor: {requests_per_second: 0}", "actor: {requests: 5}", "other: {a: 1}", "actor: 5", "- 1", "{",
             "actor: {objects_per_hour: many}", "actor: {objects_per_hour: 1.5}", "server: {requests_in_hand: true}"],
)  # fmt: skip
def test_what_is_no_limit_is_refused_when_serving_begins(home: Home, text: str) -> None:
    (home.path / "limits.yaml").write_text(text)
    with pytest.raises(BadInput) as caught:
        limits_of(home)
    assert caught.value.reason_code == "bad-limits"


def test_a_home_replaces_single_numbers(home: Home) -> None:
    before = limits_of(home)
    limited(home, actor={"persons_per_day": 7})
    after = limits_of(home)
    assert after.actor.persons_per_day == 7 and after.actor.objects_per_hour == before.actor.objects_per_hour


def test_nothing_goes_to_other_machines_in_the_clear() -> None:
    pem = Path("x.pem")
    for host, transport in (("0.0.0.0", Transport()), ("10.1.2.3", Transport()), ("127.0.0.1", Transport(pem))):
        with pytest.raises(BadInput):
            transport.check(host)
    Transport(pem, pem).check("0.0.0.0")
    Transport(proxy="10.0.0.1").check("10.0.0.2")
    assert Transport().alone("127.0.0.1") and not Transport(proxy="127.0.0.1").alone("127.0.0.1")
    assert Transport().options()["proxy_headers"] is False, "whoever asks does not say where they ask from"


@contextmanager
def serving(home: Home) -> Iterator[str]:
    entry = Path(sys.executable).with_name("krydsfelt")
    process = subprocess.Popen(
        [entry, "serve", "--home", home.path, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def test_five_times_more_than_it_takes_on_is_told_to_come_back_and_then_all_is_well(home: Home) -> None:
    most = 8
    limited(home, server={"requests_in_hand": most}, actor={"requests_at_once": 10**6, "requests_per_second": 10**6})
    with serving(home) as url:
        session = requests.Session()
        assert session.post(f"{url}/api/v1/session", json={"persona": "analyst"}, timeout=60).status_code == 200
        opened = session.post(f"{url}/api/v1/views", json={"purpose": "prevent"}, timeout=60)
        view = f"{url}/api/v1/views/{opened.json()['id']}"
        cookie, agent = session.cookies, session.headers["User-Agent"]
        seen: list[tuple[int, str, float]] = []
        stop = time.monotonic() + 3

        def ask() -> None:
            with requests.Session() as mine:
                mine.headers["User-Agent"] = agent
                mine.cookies.update(cookie)
                while time.monotonic() < stop:
                    began = time.monotonic()
                    answer = mine.get(f"{view}/search", params={"q": "a"}, timeout=60)
                    seen.append((answer.status_code, answer.text, time.monotonic() - began))

        threads = [threading.Thread(target=ask) for _ in range(5 * most)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        codes = Counter(code for code, _, _ in seen)
        assert set(codes) <= {200, 503} and codes[200] > 0 and codes[503] > 0, codes
        refused = json.loads(next(text for code, text, _ in seen if code == 503))
        assert (refused["code"], refused["retry_after"]) == ("overloaded", 1)
        assert session.get(f"{view}/search", params={"q": "a"}, timeout=60).status_code == 200
        session.close()
