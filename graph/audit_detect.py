"""Detectors over the log: unusual breadth, slow scraping, looking oneself up, look-ups without case work, exports after
refusals, probing of channels.

They read the log and nothing else, so they know persons only as keyed hashes. Thresholds are `audit_detect.yaml`. An
alert says what was seen and by how much; it refuses nothing and says nothing of intent.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from graph.audit_acts import LoggedAct, touched_by
from graph.audit_report import READS, refused

LOOK_UPS: Final = frozenset({"search", "look-up"})
CHANNELS: Final[Mapping[str, str]] = {
    "ask-hit": "hit-no-hit",
    "ask-restricted": "restricted-node",
    "list-overlaps": "case-overlap",
}
"""Acts that ask a declared channel."""
ABOUT: Final = frozenset({"read", "open-vault", "chart"})
"""Acts about somebody, whom their intent names."""
PROBING: Final = "channel-probing"
"""What a channel itself puts into the log."""


DetectorName = Literal[
    "breadth", "slow-scraping", "self-look-up", "without-case", "export-after-denial", "channel-probing", "refusals"
]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to look at."""

    detector: DetectorName
    user: str
    at: datetime
    """The act that completed it."""
    day: date
    text: str
    measures: Mapping[str, Any]
    acts: tuple[int, ...]
    """Numbers of acts to begin with, at most twenty."""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "measures": dict(self.measures), "acts": list(self.acts)}


@dataclass(frozen=True, slots=True)
class Day:
    """The acts of one user on one day, in order, with whom each card showed first."""

    user: str
    day: date
    acts: Sequence[LoggedAct]
    touched: frozenset[bytes]


@dataclass(slots=True)
class Past:
    """What the log knows of a user before a day."""

    breadth: list[int]
    """Different entities shown, by earlier day."""
    met: set[bytes]
    days: list[Day]
    """The latest days with acts."""


Rules = Mapping[str, Mapping[str, Any]]
Detector = Callable[[Day, Past, Mapping[str, Any]], Iterator[tuple[LoggedAct, Mapping[str, Any]]]]
KEPT_DAYS: Final = 31


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the thresholds as shipped."""
    text = (resources.files("graph") / "audit_detect.yaml").read_text(encoding="utf-8")
    found: Rules = yaml.safe_load(text)
    return found


def alerts(
    found: Iterable[LoggedAct],
    folder: Path,
    *,
    thresholds: Rules | None = None,
    own_terms: Mapping[str, frozenset[str]] | None = None,
) -> list[Alert]:
    """Return what the detectors find in acts, oldest first.

    Parameters
    ----------
    found : iterable of LoggedAct
        From the log's beginning, so that a user's own usual is known.
    folder : Path
        The audit's folder, for lists that lie beside the log.
    thresholds : mapping, optional
        Those of `rules` unless given.
    own_terms : mapping, optional
        Keyed hashes of each user's own names, and those under which each stands in the log.
    """
    known = thresholds or rules()
    pasts: dict[str, Past] = defaultdict(lambda: Past([], set(), []))
    told: list[Alert] = []
    for day in _days(found, folder):
        past = pasts[day.user]
        past.days = [d for d in past.days if (day.day - d.day).days < KEPT_DAYS] + [day]
        for name, detector in DETECTORS.items():
            for act, measures in detector(day, past, known[name]):
                told.append(_alert(name, day, act, measures, known[name]))
        told += [_alert("self-look-up", day, a, m, known["self-look-up"]) for a, m in _own(day, own_terms or {})]
        past.breadth.append(len(day.touched))
        past.met |= day.touched
    return sorted(told, key=lambda a: (a.at, a.detector, a.user))


def _days(found: Iterable[LoggedAct], folder: Path) -> Iterator[Day]:
    by_day: dict[tuple[date, str], list[LoggedAct]] = defaultdict(list)
    for act in found:
        if act.user:
            by_day[act.at.date(), act.user].append(act)
    for (day, user), acts in sorted(by_day.items(), key=lambda pair: pair[0]):
        acts.sort(key=lambda a: a.n)
        seen: frozenset[bytes] = frozenset().union(*(touched_by(folder, a) for a in acts if _is_browsing(a)))
        yield Day(user, day, acts, seen)


def _is_browsing(act: LoggedAct) -> bool:
    """An analysis shows thousands at once as numbers; it is no browsing."""
    return not act.action.startswith("analyse-")


def _breadth(day: Day, past: Past, rule: Mapping[str, Any]) -> Iterator[tuple[LoggedAct, Mapping[str, Any]]]:
    usual = statistics.fmean(past.breadth) if past.breadth else 0.0
    if len(day.touched) >= rule["entities"] and len(day.touched) >= rule["times_usual"] * usual:
        yield day.acts[-1], {"count": len(day.touched), "usual": round(usual)}


def _slow(day: Day, past: Past, rule: Mapping[str, Any]) -> Iterator[tuple[LoggedAct, Mapping[str, Any]]]:
    """Cards of ever new subjects, at a steady pace or with nothing else between them: a machine's, however slow."""
    latest = [d for d in past.days if (day.day - d.day).days < rule["days"]]
    cards = [[a for a in d.acts if _is_card(a)] for d in latest]
    count, other = sum(map(len, cards)), sum(1 for d in latest for a in d.acts if a.action in READS and not _is_card(a))
    if count < rule["acts"] or not cards[-1]:
        return
    before = {_about(a) for d in past.days if d not in latest for a in d.acts if _is_card(a)}
    subjects = {_about(a) for of_day in cards for a in of_day}
    new, alone = len(subjects - before) / count, count / (count + other)
    pauses = [(b.at - a.at).total_seconds() for of_day in cards for a, b in pairwise(of_day)]
    mean = statistics.fmean(pauses) if pauses else 0.0
    spread = statistics.pstdev(pauses) / mean if mean else 1.0
    if new >= rule["share_new"] and (spread <= rule["regular"] or alone >= rule["alone"]):
        said = {"count": count, "days": rule["days"], "share": f"{new:.0%}", "alone": f"{alone:.0%}"}
        yield cards[-1][-1], {**said, "step": str(timedelta(seconds=round(mean)))}


def _is_card(act: LoggedAct) -> bool:
    return act.action == "read" and act.detail.get("what") == "card" and act.done


def _about(act: LoggedAct) -> str:
    """Return whom a card was about; where the entry does not say so, all whom it showed stand for it."""
    return act.subjects[0] if act.subjects else str(act.touched.get("digest"))


def _without_case(day: Day, past: Past, rule: Mapping[str, Any]) -> Iterator[tuple[LoggedAct, Mapping[str, Any]]]:
    """Look-ups that nothing follows from: no card, no record, no case."""
    loose = [a for a in day.acts if a.action in LOOK_UPS and not a.case]
    followed = {a.view for a in day.acts if a.action in ("read", "record", "chart") or a.action.startswith("analyse-")}
    idle = [a for a in loose if a.view not in followed]
    if len(loose) >= rule["look_ups"] and len(idle) >= rule["share"] * len(loose):
        yield idle[-1], {"count": len(loose), "share": f"{len(idle) / len(loose):.0%}"}


def _after_denial(day: Day, past: Past, rule: Mapping[str, Any]) -> Iterator[tuple[LoggedAct, Mapping[str, Any]]]:
    denied = [a for a in day.acts if refused(a) and (a.action == "export" or "unmask" in a.action)]
    for act in day.acts:
        if act.action == "export" and act.done:
            near = [d for d in denied if timedelta(0) <= act.at - d.at <= timedelta(hours=rule["hours"])]
            if len(near) >= rule["refusals"]:
                yield act, {"count": len(near), "hours": rule["hours"]}
                return


def _probing(day: Day, past: Past, rule: Mapping[str, Any]) -> Iterator[tuple[LoggedAct, Mapping[str, Any]]]:
    """One question after another to a channel that answers about what one may not see."""
    asked: dict[str, list[LoggedAct]] = defaultdict(list)
    for act in day.acts:
        channel = CHANNELS.get(act.action) or (act.detail.get("channel") if act.action == PROBING else None)
        if channel:
            asked[str(channel)].append(act)
    for channel, acts in sorted(asked.items()):
        called = sum(1 for a in acts if a.action == PROBING)
        count, no = len(acts) - called, sum(1 for a in acts if refused(a))
        if count >= rule["acts"] or called >= rule["called"]:
            yield acts[-1], {"channel": channel, "count": count, "refused": no, "called": called}


def _refusals(day: Day, past: Past, rule: Mapping[str, Any]) -> Iterator[tuple[LoggedAct, Mapping[str, Any]]]:
    denied = [a for a in day.acts if refused(a)]
    if len(denied) >= rule["acts"]:
        codes = Counter(a.result for a in denied)
        yield denied[-1], {"count": len(denied), "codes": ", ".join(f"{c} {n}" for c, n in sorted(codes.items()))}


def _own(day: Day, terms: Mapping[str, frozenset[str]]) -> Iterator[tuple[LoggedAct, Mapping[str, Any]]]:
    """The user's own name among what was searched for, or the user's own card, links or path."""
    mine = terms.get(day.user, frozenset())
    hit = next((a for a in day.acts if a.action in LOOK_UPS and str(a.detail.get("term")) in mine), None)
    hit = hit or next((a for a in day.acts if a.action in ABOUT and mine & set(a.subjects)), None)
    if hit is not None:
        yield hit, {}


DETECTORS: Final[Mapping[DetectorName, Detector]] = {
    "breadth": _breadth,
    "slow-scraping": _slow,
    "without-case": _without_case,
    "export-after-denial": _after_denial,
    "channel-probing": _probing,
    "refusals": _refusals,
}


def _alert(name: DetectorName, day: Day, act: LoggedAct, measures: Mapping[str, Any], rule: Mapping[str, Any]) -> Alert:
    text = str(rule["text"]).format(user=day.user, day=day.day.isoformat(), **measures)
    around = [a.n for a in day.acts if a.n <= act.n][-20:]
    return Alert(name, day.user, act.at, day.day, text, measures, tuple(around))
