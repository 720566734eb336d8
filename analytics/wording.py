"""The sentences that methods say, each as a code with values: readers of another language get the code and values, and
word them from a catalogue of their own. The English here is the one that `text` and the command line give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float

ENGLISH: Mapping[str, str] = {
    "settings.null": "Crossings fall on people at risk as a Poisson count with one rate per stratum (age on the day, "
    "earlier offences, type of municipality, season, year, whether in any setting, whether the milieu of origin was "
    "left), times the reporting intensity of the unit to a fitted power; the setting itself plays no part.",
    "settings.null.power": "{direction}: the power of reporting is {power:.2f}.",
    "settings.null.free": "Rates are fitted on time free of flagged settings.",
    "settings.null.exact": "Tails are exact Poisson.",
    "settings.null.spread": "Tails are gamma-Poisson, because settings differ more than chance allows.",
    "settings.null.tests": "False discoveries are held by Benjamini and Hochberg over {tests} tests of both "
    "directions.",
    "settings.null.none": "None was fitted.",
    "settings.power": "{direction}: a tripled rate would be flagged with a chance of {tripled:.0%} in the middle one "
    "of {tested} tested settings, a doubled one with {doubled:.0%}; {blind} more are too small to say anything.",
    "settings.power.blind": "{direction}: no setting has enough person-time to be tested ({blind} are too small).",
    "settings.power.cleared": "A setting that is not flagged is not cleared.",
    "power.none": "None: not estimable.",
    "notestimable": "Not estimable.",
    "notestimable.milieus": "No milieu spell in this view says when it began.",
    "notestimable.stays": "No dated stay in any setting is in this view.",
    "notestimable.crossings": "Nobody in this view crossed from one milieu to the other.",
    "notestimable.needs": "No segment with a stated need is in this view.",
    "settings.reporting": "its units report {intensity:.1f} times as much per person-time as others; with that taken "
    "into account the ratio falls from {plain:.1f} to {ratio:.1f}.",
    "settings.young": "its visitors are young ({share:.0%} of time by people under 25, {elsewhere:.0%} elsewhere); "
    "age is matched.",
    "settings.before": "{share:.0%} of its visitors had crossed before they came; they do not count.",
    "settings.doubt": "{share:.0%} of its stays have dates in doubt or an open end; compare the answer for certain "
    "overlap.",
    "settings.one.source": "{share:.0%} of its crossings rest on one source.",
    "settings.one.report": "{share:.0%} of its crossings rest on one report.",
    "settings.one.week": "{share:.0%} of its crossings rest on one week.",
    "settings.unexplained": "none of reporting, age, dates in doubt or a single source, report or week explains it; "
    "what is not in the data still may.",
    "settings.crude.before": "stands high in crude rate and is not flagged, because most of those who crossed had "
    "done so before they came.",
    "settings.crude.reporting": "stands high in crude rate and is not flagged, because its units report "
    "{intensity:.1f} times as much per person-time.",
    "settings.crude.young": "stands high in crude rate and is not flagged, because its visitors are young, and the "
    "young cross more often wherever they are.",
    "settings.window.possible": "A crossing counts for a setting when it may have happened during a stay or within "
    "{days} days after. A longer window dilutes, a shorter one misses.",
    "settings.window.certain": "A crossing counts for a setting when it certainly happened during a stay or within "
    "{days} days after. A longer window dilutes, a shorter one misses.",
    "settings.association": "This is an association between time in a place and crossings. It is not proof that the "
    "place is the cause, and it says nothing of who will cross.",
    "settings.strata": "What is not in the strata (motives, families, what happened elsewhere) is not matched.",
    "settings.suppressed": "Counts under {least} are suppressed, with all from which they could be worked out, and "
    "can never be flagged.",
    "settings.shared.none": "Time shared with a more strongly flagged setting counts there only. Nothing is flagged; "
    "undetected crossings in a setting could change that.",
    "settings.shared.spare": "Time shared with a more strongly flagged setting counts there only. The least certain "
    "flagged setting would no longer be flagged if {spare} of its crossings were mistaken.",
    "settings.atrisk": "{direction}: {crossings} crossings among those at risk; people who were on the other side "
    "first are never at risk.",
    "settings.atrisk.few": "{direction}: fewer than {least} crossings among those at risk; people who were on the "
    "other side first are never at risk.",
    "settings.doubtful": "{share:.0%} of stays have dates in doubt or an open end; an open end lasts to the end of "
    "the period for possible overlap.",
    "settings.undated": "{stays} stays without any date are left out.",
    "coverage.null.none": "None was needed.",
    "coverage.null.nodraw": "Plans drawn at random from the candidates; there is none to draw.",
    "coverage.null": "Plans of as many measures drawn at random from the same candidates ({draws} draws): they reach "
    "{share:.0%} of what this plan reaches on average. Needs, places and who may go where are taken as stated; "
    "nothing else is random.",
    "coverage.power.few": "No measure would reach five more people.",
    "coverage.power": "No test is made, so nothing is missed by chance.",
    "coverage.power.proven": "The greedy choice reaches {share:.0%} of the proven best by an exact solver.",
    "coverage.power.found": "The greedy choice reaches {share:.0%} of the best found by an exact solver in its time.",
    "coverage.stated": "A need counts when somebody stated it. Where it was estimated from reports, more reports look "
    "like more need.",
    "coverage.places": "One place reaches one person. People are taken to use places in their own municipality and in "
    "measures that it shares, and any one of the programmes that their segment needs counts as reaching them.",
    "coverage.hidden": "Needs from one to four are hidden, and with each the least other need of its police district; "
    "some cells are.",
    "coverage.hidden.none": "Needs from one to four are hidden, and with each the least other need of its police "
    "district; no cells are.",
    "coverage.shown": "The plan is made for the needs that are shown: hidden ones get what is left and move nothing "
    "that is shown.",
    "coverage.years": "Where a need is hidden, the sum of three years may stand in, with all figures of those years "
    "protected together; the years of two sums never overlap.",
    "coverage.fives": "A gain that uses every added place is exact; others are whole fives, rounded down. Reach and "
    "gap under five are left out.",
    "coverage.ties": "Of measures with equal gains the one that costs less goes first, then the one for the larger "
    "need, then the one listed first by place and programme.",
    "coverage.dialogue": "Dialogues count as something to hold again, not as standing places. Whether a measure works "
    "is not in these numbers.",
    "coverage.unregistered": "A gap may be a place that exists and is not registered here: ask the municipality "
    "before acting on it.",
    "coverage.noplaces": "{measures} measures have no places registered; some of these may be missing numbers and not "
    "missing places.",
    "coverage.unserved": "{share:.0%} of the uncovered need is in segments that nothing in their municipality serves.",
    "settings.noreports": "No dated reports about settings are in this view, so reporting intensity could not be "
    "taken into account.",
}


@dataclass(frozen=True, slots=True)
class About:
    """The setting that a sentence speaks of, and the direction of its crossings."""

    ref: str
    name: str
    direction: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a method: what it says as a code of the catalogue, with the values that belong in it."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    about: About | None = None

    @property
    def text(self) -> str:
        """The English sentence, after what it is about."""
        said = ENGLISH[self.code].format(**self.values)
        return f"{self.about.name} ({self.about.direction}): {said}" if self.about else said

    def to_json(self) -> dict[str, Any]:
        """Return code, values and what it is about as plain values."""
        about = self.about
        told = {"ref": about.ref, "name": about.name, "direction": about.direction} if about else None
        return {"code": self.code, "values": dict(self.values), "about": told, "text": self.text}


def say(code: str, *, about: About | None = None, **values: Value) -> Sentence:
    """Say a sentence of the catalogue.

    Examples
    --------
    >>> say("settings.undated", stays=3).text
    '3 stays without any date are left out.'
    """
    return Sentence(code, values, about)
