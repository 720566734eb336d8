"""What an inspector is told of the log: how much was searched for which purpose, what was refused, who read outside
their own cases, who was unmasked.

People who use the system stand in clear, people in the record never.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Self

from graph.audit_acts import LoggedAct

LATEST: Final = 50
"""Refusals and readings listed one by one, the latest first."""
SEARCHES: Final = frozenset({"search", "look-up"})
READS: Final = frozenset({"read", "search", "look-up", "record", "case", "statistics", "chart", "open-vault"})
_MISHAPS: Final = frozenset({"ok", "", "error", "not-answered", "audit-unavailable", "store-unavailable", "no-space"})
"""Results that are no refusal."""


NAMED_BY: Final = frozenset({"approve-unmask", "emergency-unmask"})
"""Acts by which somebody learns a name: who asked, when a second person agreed; or who acted alone."""
UNMASKINGS: Final = NAMED_BY | {"ask-unmask", "refuse-unmask", "withdraw-unmask"}


VAULT: Final = "open-vault"
"""A look at special categories; the view that allows it states the necessity."""
MOST_STATED: Final = 20
"""Texts of necessity listed for a user, case and month, the latest."""


@dataclass(frozen=True, slots=True)
class ActLine:
    """One act, as an inspector's lists show it."""

    n: int
    """Number of the act in the log."""
    at: datetime
    user: str
    action: str
    purpose: str
    case: str
    result: str
    """`ok`, the code of a refusal or error, or empty where the act has no outcome."""
    reason: str

    @classmethod
    def of(cls, act: LoggedAct, **more: Any) -> Self:
        """Return the line of an act; `more` is what a longer line says besides."""
        line = (act.n, act.at, act.user, act.action, act.purpose, act.case, act.result, act.reason)
        return cls(*line, **more)


@dataclass(slots=True)
class PurposeCount:
    """Acts for one purpose."""

    purpose: str
    acts: int
    searches: int
    refused: int


@dataclass(slots=True)
class Unmaskings:
    """What one user did about names in one month."""

    user: str
    month: str
    """`2026-11`."""
    done: int
    refused: int
    by_action: dict[str, int]


@dataclass(slots=True)
class Vaultings:
    """What one user did about special categories in one case and month."""

    user: str
    month: str
    """`2026-11`."""
    case: str
    stated: int
    """Views that stated them to be strictly necessary."""
    done: int
    """Looks into the vault."""
    refused: int
    necessities: list[str]
    """What was stated, each text once, the latest last."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the log says of a span of time."""

    since: datetime | None
    until: datetime | None
    acts: int
    refused: int
    unfinished: int
    """Acts without an outcome: killed, or still under way."""
    by_purpose: list[PurposeCount]
    by_action: dict[str, int]
    refusals_by_code: dict[str, int]
    refusals: list[ActLine]
    """The latest, newest first."""
    outside: list[ActLine]
    """Acts in cases that are not the user's own: broken glass, oversight, and what was refused."""
    outside_count: int
    unmaskings: list[Unmaskings]
    vault: list[Vaultings]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def refused(act: LoggedAct) -> bool:
    """Say whether somebody was told no."""
    return act.result not in _MISHAPS


def report(
    found: Iterable[LoggedAct],
    is_own: Callable[[LoggedAct], bool],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AuditReport:
    """Count acts.

    Parameters
    ----------
    found : iterable of LoggedAct
    is_own : callable
        Whether the case of an act is one of its user's own.
    since, until : datetime, optional
        Stated in the report.
    """
    purposes: dict[str, PurposeCount] = {}
    masks: dict[tuple[str, str], Unmaskings] = {}
    vault: dict[tuple[str, str, str], Vaultings] = {}
    actions, codes, tally = Counter[str](), Counter[str](), Counter[str]()
    latest, outside = deque[ActLine](maxlen=LATEST), deque[ActLine](maxlen=LATEST)
    for act in found:
        no = refused(act)
        tally.update(acts=1, refused=no, unfinished=not act.result)
        actions[act.action] += 1
        line = purposes.setdefault(act.purpose, PurposeCount(act.purpose, 0, 0, 0))
        line.acts, line.refused = line.acts + 1, line.refused + no
        line.searches += act.action in SEARCHES
        if no:
            codes[act.result] += 1
            latest.append(ActLine.of(act))
        if act.case and (act.action in READS or act.action == "open-view") and not is_own(act):
            tally.update(outside=1)
            outside.append(ActLine.of(act))
        if act.action in UNMASKINGS:
            _unmasking(masks, act, no)
        if act.action == VAULT or act.asked.get("necessity"):
            _vaulting(vault, act, no)
    return AuditReport(
        since=since,
        until=until,
        acts=tally["acts"],
        refused=tally["refused"],
        unfinished=tally["unfinished"],
        by_purpose=sorted(purposes.values(), key=lambda p: (-p.acts, p.purpose)),
        by_action=dict(sorted(actions.items())),
        refusals_by_code=dict(sorted(codes.items())),
        refusals=_newest(latest),
        outside=_newest(outside),
        outside_count=tally["outside"],
        unmaskings=sorted(masks.values(), key=lambda m: (m.month, m.user)),
        vault=sorted(vault.values(), key=lambda v: (v.month, v.user, v.case)),
    )


def _newest(lines: Iterable[ActLine]) -> list[ActLine]:
    return sorted(lines, key=lambda line: -line.n)


def _unmasking(masks: dict[tuple[str, str], Unmaskings], act: LoggedAct, no: bool) -> None:
    user, month = str(act.said.get("for") or act.user), act.at.strftime("%Y-%m")
    line = masks.setdefault((user, month), Unmaskings(user, month, 0, 0, {}))
    line.refused += no or (act.done and act.action == "refuse-unmask")
    line.done += int(act.said.get("count") or 1) if act.done and act.action in NAMED_BY else 0
    line.by_action[act.action] = line.by_action.get(act.action, 0) + 1


def _vaulting(vault: dict[tuple[str, str, str], Vaultings], act: LoggedAct, no: bool) -> None:
    month = act.at.strftime("%Y-%m")
    line = vault.setdefault((act.user, month, act.case), Vaultings(act.user, month, act.case, 0, 0, 0, []))
    line.refused += no
    if act.action == VAULT:
        line.done += act.done
    elif act.done:
        line.stated += 1
        text_ = str(act.asked["necessity"])
        line.necessities = [*(each for each in line.necessities if each != text_), text_][-MOST_STATED:]


def text(said: AuditReport) -> str:
    """Say a report in lines for a terminal."""
    lines = [f"{said.acts} acts, {said.refused} refused, {said.unfinished} without outcome."]
    lines += [
        f"  {p.purpose or '(no purpose)'}: {p.acts} acts, {p.searches} searches, {p.refused} refused"
        for p in said.by_purpose
    ]
    lines += _listed("Refused", said.refusals, len(said.refusals) < said.refused)
    lines += _listed("Outside own cases", said.outside, len(said.outside) < said.outside_count)
    if said.unmaskings:
        lines.append("Unmasking:")
        lines += [f"  {m.month}  {m.user}: {m.done} done, {m.refused} refused" for m in said.unmaskings]
    if said.vault:
        lines.append("Special categories (vault):")
        for v in said.vault:
            lines.append(
                f"  {v.month}  {v.user}  {v.case or '-'}: stated {v.stated}, looked {v.done}, refused {v.refused}"
            )
            lines += [f"    {each}" for each in v.necessities]
    return "\n".join(lines)


def _listed(title: str, found: list[ActLine], more: bool) -> list[str]:
    told = [
        f"  {line.n}  {line.at:%Y-%m-%d %H:%M}  {line.user}  {line.action}  {line.case or '-'}  {line.result}"
        for line in found
    ]
    return [f"{title}{' (the latest)' if more else ''}:", *told] if told else []
