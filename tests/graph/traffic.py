"""Simulated users of the system, for what detectors should and should not find: made of habits, not of data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from typing import Any

from graph.audit_acts import LoggedAct

START = datetime(2026, 10, 1, 7, 30, tzinfo=UTC)
WORK = (("card", 0.34), ("neighbours", 0.2), ("search", 0.24), ("chart", 0.05), ("case", 0.07), ("record", 0.06),
        ("look-up", 0.04))  # fmt: skip


class Desk:
    """Numbers acts as a log does."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.n = 0

    def act(self, user: str, at: datetime, action: str, **about: Any) -> LoggedAct:
        self.n += 1
        plain = {
            "session": "s", "view": f"{user}-{at.date()}", "purpose": "prevent", "case": "case-1",
            "legal_basis": "polintel-4", "reason": "", "roles": ("analyst",), "result": "ok",
        }  # fmt: skip
        return LoggedAct(n=self.n, at=at, action=action, user=user, **{**plain, **about})

    def card(self, user: str, at: datetime, subject: str, **about: Any) -> LoggedAct:
        key = hashlib.sha256(subject.encode()).hexdigest()
        return self.act(user, at, "read", detail={"what": "card"}, touched={"count": 1, "digest": key[:32]}, **about)


def normal_day(desk: Desk, user: str, day: int, known: list[str]) -> Iterator[LoggedAct]:
    """One working day of an analyst: bursts and pauses, subjects met before and new ones, a few refusals."""
    random = desk.random
    at = START + timedelta(days=day, minutes=random.uniform(0, 90))
    for _ in range(int(min(400, exp(random.gauss(3.9, 0.7))))):
        at += timedelta(seconds=min(7_200, exp(random.gauss(3.6, 1.4))))
        what = random.choices([w for w, _ in WORK], [share for _, share in WORK])[0]
        case = "case-1" if random.random() < 0.8 else ""
        if random.random() < 0.008:
            yield desk.act(user, at, "open-view", result="not-in-view", case="case-2")
        elif what == "card":
            if known and random.random() < 0.45:
                subject = random.choice(known[-60:])
            else:
                subject = f"{user} {len(known)}"
                known.append(subject)
            yield desk.card(user, at, subject, case=case)
        elif what == "neighbours":
            yield desk.act(user, at, "read", detail={"what": what}, case=case)
        else:
            yield desk.act(user, at, what, detail={"term": f"{random.random()}"}, case=case)
    if random.random() < 0.1:
        while random.random() < 0.2:  # what is refused is mended and tried again
            at += timedelta(minutes=random.uniform(1, 20))
            yield desk.act(user, at, "export", case="case-1", result="consent")
        yield desk.act(user, at, "export", case="case-1")


def normal(seed: int, users: int, days: int) -> Iterator[LoggedAct]:
    """Many working days; five in seven."""
    desk = Desk(seed)
    known: dict[str, list[str]] = {f"user-{n:03}": [] for n in range(users)}
    for day in range(days):
        if (START + timedelta(days=day)).weekday() < 5:
            for user, met in known.items():
                yield from normal_day(desk, user, day, met)


def scrape(seed: int, days: int, a_day: int, pace: str) -> Iterator[LoggedAct]:
    """Fetch cards, each of somebody new, a few an hour, every day: as a script would, `steady` or `jittered`."""
    desk = Desk(seed)
    for day in range(days):
        at = START + timedelta(days=day)
        for number in range(a_day):
            pause = 8 * 3_600 / a_day
            at += timedelta(seconds=pause if pace == "steady" else desk.random.expovariate(1 / pause))
            yield desk.card("scraper", at, f"{day} {number}")
