"""What an actor may do with which markings: Cedar, asked once per marking and remembered.

The rules are `door.cedar` beside this module; `table.yaml` says the same in plain words and is what the tests hold
them against. A claim is as visible as its marking, so the answer for all claims is a set of marking numbers.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from graph.actor import Actor
from graph.model import Marking
from graph.policy.asking import ACTS, UNBOUND, Asking, UnknownAct, act_of
from graph.policy.rules import PolicyBroken, Rules, rules

__all__ = ["ACTS", "UNBOUND", "Asking", "Decisions", "PolicyBroken", "Rules", "UnknownAct", "decide", "policy_digest"]

_MOST_CONTEXTS = 256


def policy_digest() -> str:
    """Return the SHA-256 of rules and schema."""
    return rules().digest


def decide(actor: Actor, asking: Asking, markings: Iterable[Marking]) -> list[bool]:
    """Ask Cedar about each marking, one decision each, nothing remembered.

    Raises
    ------
    PolicyBroken
        A decision ended in an error, which is never an answer.
    """
    return rules().decide(actor, asking, markings)


class Decisions:
    """Remembers what Cedar said, per actor and asking; new markings are asked as they come.

    A change of rights is another actor value, another day another asking, a change of policy another process: none
    meets an old answer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Actor, Asking, str], dict[Marking, bool]] = OrderedDict()

    def visible(self, actor: Actor, asking: Asking, markings: Mapping[int, Marking]) -> frozenset[int]:
        """Return the numbers of the markings that the actor may do with as asked.

        What an act does not depend on (handling codes gate what is analysed or leaves, TLP and PAP what leaves) is not
        asked: markings that differ in it alone are one question.
        """
        act = act_of(actor, asking)
        here = (UNBOUND, asking.case)  # the rest of a large record is of other cases, which the rule `case` refuses
        plain = {nid: _plain(marking, act) for nid, marking in markings.items() if marking.case in here}
        with self._lock:
            key = (actor, asking, policy_digest())
            known = self._known.setdefault(key, {})
            self._known.move_to_end(key)
            while len(self._known) > _MOST_CONTEXTS:
                self._known.popitem(last=False)
            missing = list(dict.fromkeys(m for m in plain.values() if m not in known))
            if missing:
                known.update(zip(missing, decide(actor, asking, missing), strict=True))
            return frozenset(nid for nid, marking in plain.items() if known[marking])


@lru_cache(maxsize=8_192)
def _plain(marking: Marking, act: str) -> Marking:
    if act == "export":
        return marking
    return replace(marking, handling=marking.handling if act == "analyse" else "", tlp=None, pap=None)
