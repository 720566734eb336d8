"""The rules as a value: read, held against their schema, and asked.

`rules()` gives the product's own; others are read from a folder to compare them (`krydsfelt policy diff`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import cedarpy

from graph.actor import Actor
from graph.errors import KrydsfeltError
from graph.model import Marking
from graph.policy.asking import Asking, act_of, request_of, resource_of, user_of

POLICY_FILE = "door.cedar"
SCHEMA_FILE = "krydsfelt.cedarschema"

Question = tuple[Actor, Asking, Marking]


class PolicyBroken(KrydsfeltError):
    """The policy does not fit its schema, or the engine could not decide. Nothing is answered."""

    code = "policy-broken"


@dataclass(frozen=True, slots=True)
class Rules:
    """A policy with its schema, parsed."""

    policies: cedarpy.PolicySet
    schema: cedarpy.Schema
    digest: str
    """SHA-256 of policy and schema."""
    names: Mapping[str, str]
    """The engine's own number of each rule -> its `@id`."""

    @classmethod
    def parse(cls, policy: str, schema: str) -> Rules:
        """Read policy and schema.

        Raises
        ------
        PolicyBroken
            The policy does not parse or does not fit the schema.
        """
        try:
            checked = cedarpy.validate_policies(policy, schema)
            if not checked.validation_passed:
                raise PolicyBroken(f"The policy does not fit its schema: {'; '.join(str(e) for e in checked.errors)}")
            digest = hashlib.sha256(f"{policy}\0{schema}".encode()).hexdigest()
            parsed = json.loads(cedarpy.policies_to_json_str(policy))["staticPolicies"]
            names = {number: rule.get("annotations", {}).get("id", number) for number, rule in parsed.items()}
            return cls(cedarpy.PolicySet.from_str(policy), cedarpy.Schema.from_str(schema), digest, names)
        except ValueError as error:
            raise PolicyBroken(f"The policy cannot be read: {error}") from None

    @classmethod
    def read(cls, place: Path) -> Rules:
        """Read the rules of a folder, or of one policy file against the product's schema.

        Raises
        ------
        PolicyBroken
        """
        try:
            if place.is_dir():
                texts = [(place / name).read_text(encoding="utf-8") for name in (POLICY_FILE, SCHEMA_FILE)]
            else:
                texts = [place.read_text(encoding="utf-8"), shipped(SCHEMA_FILE)]
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyBroken(f"{place} holds no policy that can be read: {error}.") from None
        return cls.parse(*texts)

    def decide(self, actor: Actor, asking: Asking, markings: Iterable[Marking]) -> list[bool]:
        """Ask about each marking, one decision each, nothing remembered.

        Raises
        ------
        PolicyBroken
            A decision ended in an error, which is never an answer.
        """
        return self.ask([(actor, asking, marking) for marking in markings])

    def ask(self, questions: Sequence[Question] | Asked) -> list[bool]:
        """Ask any mixture of questions.

        Raises
        ------
        PolicyBroken
            As for `decide`.
        """
        return [bool(result.allowed) for result in self._results(questions)]

    def reasons(self, questions: Sequence[Question] | Asked) -> list[frozenset[str]]:
        """Return the names (`@id`) of the rules that decided each question."""
        return [frozenset(self.names[n] for n in r.diagnostics.reasons) for r in self._results(questions)]

    def prepare(self, questions: Sequence[Question]) -> Asked:
        """Put questions into the engine's form, so that several policies may be asked the same."""
        users: dict[Actor, str] = {}
        markings: dict[Marking, str] = {}
        askings: dict[Asking, str] = {}
        requests = []
        for actor, asking, marking in questions:
            request = askings.setdefault(asking, str(len(askings)))
            requests.append(
                {
                    "principal": {"type": "User", "id": users.setdefault(actor, str(len(users)))},
                    "action": {"type": "Action", "id": act_of(actor, asking)},
                    "resource": {"type": "Marking", "id": markings.setdefault(marking, str(len(markings)))},
                    "context": f'{{"request": {{"__entity": {{"type": "Request", "id": "{request}"}}}}}}',
                }
            )
        entities = [_entity("User", name, user_of(actor)) for actor, name in users.items()]
        entities += [_entity("Request", name, request_of(asking)) for asking, name in askings.items()]
        entities += [_entity("Marking", name, resource_of(marking)) for marking, name in markings.items()]
        return Asked(requests, cedarpy.Entities.from_json_str(json.dumps(entities), self.schema))

    def _results(self, questions: Sequence[Question] | Asked) -> list[Any]:
        asked = questions if isinstance(questions, Asked) else self.prepare(questions)
        results: list[Any] = cedarpy.is_authorized_batch(asked.requests, self.policies, asked.entities)
        for result in results:
            if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
                raise PolicyBroken(f"The policy could not decide: {'; '.join(map(str, result.diagnostics.errors))}")
        return results


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions in the engine's form."""

    requests: list[dict[str, Any]]
    entities: cedarpy.Entities


def _entity(kind: str, name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": []}


def shipped(name: str) -> str:
    """Return the text of a file of the product's own policy."""
    return resources.files("graph.policy").joinpath(name).read_text(encoding="utf-8")


@cache
def rules() -> Rules:
    """Return the product's own rules, read once per process."""
    return Rules.parse(shipped(POLICY_FILE), shipped(SCHEMA_FILE))
