"""What a method hands back: a tested claim about settings, places or measures, with all that is needed to doubt and to
repeat it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from analytics.wording import Sentence

Row = Mapping[str, Any]
Progress = Callable[[str, float], None]
VALID_DAYS = 90


def silent(step: str, share: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A question, how it was asked, and the answer.

    Attributes
    ----------
    id : str
        Hash over method, version, parameters, seed, view digest and rows: the same work on the same view has the same
        id.
    view : str
        Digest of what was visible.
    null_model : str
        What the world would look like if there were nothing to find.
    power : str
        What could have been seen, and what could not.
    explanations : tuple of str
        Innocent explanations, chosen by the data, those that weigh most first.
    expires : datetime
        After this the finding must be made again.
    evidence : tuple
        Claims under it, those that speak against it first; as the projection names them.
    rows : tuple of mapping
        Never one that pairs a person with a number (B1).
    extra : mapping
        What a method adds beside its rows.
    said : mapping
        The sentences of `null_model`, `power`, `limits` and `explanations` as codes with values, under these names.
    """

    id: str
    question: str
    method: str
    version: str
    parameters: Mapping[str, Any]
    seed: int
    view: str
    null_model: str
    power: str
    limits: tuple[str, ...]
    explanations: tuple[str, ...]
    expires: datetime
    evidence: tuple[Any, ...]
    rows: tuple[Row, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)
    said: Mapping[str, tuple[Sentence, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values; claims under it appear as a count."""
        return {
            "finding": {
                "id": self.id,
                "question": self.question,
                "method": self.method,
                "version": self.version,
                "parameters": dict(self.parameters),
                "seed": self.seed,
                "view": self.view,
                "null_model": self.null_model,
                "power": self.power,
                "limits": list(self.limits),
                "explanations": list(self.explanations),
                "expires": self.expires.isoformat(),
                "evidence_count": len(self.evidence),
                "said": {part: [s.to_json() for s in sentences] for part, sentences in self.said.items()},
            },
            "rows": [dict(row) for row in self.rows],
            **self.extra,
        }


def make_finding(
    *,
    question: str,
    method: str,
    version: str,
    parameters: Mapping[str, Any],
    seed: int,
    view: str,
    null_model: Sequence[Sentence],
    power: Sequence[Sentence],
    limits: Sequence[Sentence],
    explanations: Sequence[Sentence],
    now: datetime,
    evidence: Sequence[Any],
    rows: Sequence[Row],
    extra: Mapping[str, Any] | None = None,
) -> Finding:
    """Put a finding together: its id follows from the work and its answer, its expiry from the clock handed in."""
    body = {
        "method": method,
        "version": version,
        "parameters": parameters,
        "seed": seed,
        "view": view,
        "rows": rows,
        "extra": extra or {},
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, allow_nan=False, default=dict).encode()).hexdigest()
    return Finding(
        id=f"finding-{digest[:16]}",
        question=question,
        method=method,
        version=version,
        parameters=dict(parameters),
        seed=seed,
        view=view,
        null_model=" ".join(s.text for s in null_model),
        power=" ".join(s.text for s in power),
        limits=tuple(s.text for s in limits),
        explanations=tuple(s.text for s in explanations),
        expires=now + timedelta(days=VALID_DAYS),
        evidence=tuple(evidence),
        rows=tuple(rows),
        extra=dict(extra or {}),
        said={
            "null_model": tuple(null_model),
            "power": tuple(power),
            "limits": tuple(limits),
            "explanations": tuple(explanations),
        },
    )
