"""The signed bundle: policy, schema, table, code lists and a corpus of stored decisions, approved by two reviewers.

A home trusts its own reviewers. Their public keys stand in `HOME/policy/reviewers.json`; `init` makes two, whose
private keys lie under `HOME/keys` until they are handed to the people they belong to. What the product ships is
in force for a home when two of its reviewers signed exactly that; whatever changes afterwards, in the product or on the
disk, is refused until two of them signed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graph.disk import space_guard, write_synced
from graph.errors import BadInput, Conflict, KrydsfeltError
from graph.home import Home
from graph.ontology import ontology
from graph.policy.cells import BASE, question, sample
from graph.policy.rules import POLICY_FILE, SCHEMA_FILE, Rules, rules, shipped
from graph.policy.table import TABLE_FILE, Table

CORPUS_FILE: Final = "corpus.jsonl"
FILES: Final = (POLICY_FILE, SCHEMA_FILE, TABLE_FILE, CORPUS_FILE)
LISTS: Final = ("purposes", "legal_bases", "regimes")
"""Code lists that a decision depends on."""
NEEDED: Final = 2
"""Reviewers who must have signed."""
LEAST_STORED: Final = 1_000
FIRST_REVIEWERS: Final = ("first", "second")
_TITLE = b"krydsfelt policy approval\n"


class PolicyRefused(KrydsfeltError):
    """The policy is not one that this home's reviewers approved, or it fails its self-test. Nothing is opened."""

    code, status, exit_code = "policy-refused", 503, 8


@dataclass(frozen=True, slots=True)
class Approval:
    """One reviewer's signature under one bundle."""

    reviewer: str
    digest: str
    at: str
    signature: str

    def signed(self) -> bytes:
        """Return what the signature is over."""
        return _TITLE + f"{self.digest}\n{self.reviewer}\n{self.at}\n".encode()

    def holds(self, public: str) -> bool:
        """Say whether the signature was made with the private half of a key."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
            key.verify(bytes.fromhex(self.signature), self.signed())
        except (InvalidSignature, ValueError):
            return False
        return True


def bundle_digest() -> str:
    """Return the SHA-256 over every file of the product's bundle and the code lists it rests on."""
    files = {name: hashlib.sha256(shipped(name).encode()).hexdigest() for name in FILES}
    lists = {
        name: {code.code: dict(code.attributes) for code in ontology().codes(name).codes.values()} for name in LISTS
    }
    return _digest_of(json.dumps({"files": files, "lists": lists}, sort_keys=True, ensure_ascii=False))


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def establish(home: Home, at: datetime) -> None:
    """Give a home that has none its reviewers, and let both sign what the product ships.

    Raises
    ------
    Conflict
        It has reviewers.
    PolicyRefused
        The shipped bundle fails its self-test.
    """
    if reviewers(home):
        raise Conflict("This home has reviewers. They sign: krydsfelt policy sign --reviewer NAME", code="reviewers")
    with space_guard(home.path):
        public = {}
        for name in FIRST_REVIEWERS:
            key = Ed25519PrivateKey.generate()
            write_synced(_key_file(home, name), (key.private_bytes_raw().hex() + "\n").encode(), mode=0o600)
            public[name] = key.public_key().public_bytes_raw().hex()
        _folder(home).mkdir(mode=0o700, exist_ok=True)
        _write(_folder(home) / "reviewers.json", {"reviewers": public})
    for name in FIRST_REVIEWERS:
        sign(home, name, at=at)


def sign(home: Home, reviewer: str, *, at: datetime, key: Path | None = None) -> list[Approval]:
    """Let one reviewer sign what the product ships; return all approvals of it.

    Parameters
    ----------
    home : Home
    reviewer : str
        One of the home's reviewers.
    at : datetime
    key : Path, optional
        The file with the reviewer's private key; the home's own copy unless given.

    Raises
    ------
    BadInput
        No such reviewer, or the key is not theirs.
    PolicyRefused
        The bundle fails its self-test, so there is nothing to approve.
    """
    known = reviewers(home)
    if reviewer not in known:
        has = ", ".join(sorted(known)) or "none. Give it its two: krydsfelt policy establish"
        raise BadInput(f"This home has no reviewer {reviewer[:60]!r}; it has {has}.", code="reviewer")
    private = _private(key or _key_file(home, reviewer))
    if private.public_key().public_bytes_raw().hex() != known[reviewer]:
        raise BadInput(f"That key is not the one of reviewer {reviewer}. Give the file of their own.", code="reviewer")
    self_test()
    unsigned = Approval(reviewer, bundle_digest(), at.isoformat(timespec="seconds"), "")
    approval = Approval(reviewer, unsigned.digest, unsigned.at, private.sign(unsigned.signed()).hex())
    kept = [a for a in _approvals(home) if (a.reviewer, a.digest) != (reviewer, approval.digest)]
    with space_guard(home.path):
        _write(_folder(home) / "approvals.json", {"approvals": [_plain(a) for a in (*kept, approval)]})
        if len(_valid(home)) >= NEEDED:
            _write(_folder(home) / "approved.json", {name: shipped(name) for name in (POLICY_FILE, SCHEMA_FILE)})
    return _valid(home)


def _key_file(home: Home, reviewer: str) -> Path:
    return home.path / "keys" / f"reviewer-{reviewer}.ed25519"


def _private(place: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(place.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise BadInput(f"{place} holds no private key that can be read: {error}.", code="reviewer") from None


def approved_copy(home: Home) -> Rules | None:
    """Return the rules that the home's reviewers approved last, to compare others with; None where there are none."""
    body = _read(_folder(home) / "approved.json")
    if not {POLICY_FILE, SCHEMA_FILE} <= body.keys():
        return None
    return Rules.parse(str(body[POLICY_FILE]), str(body[SCHEMA_FILE]))


def reviewers(home: Home) -> Mapping[str, str]:
    """Return the home's reviewers: name and public key. None where the home has no policy folder."""
    body = _read(_folder(home) / "reviewers.json")
    found = body.get("reviewers")
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def check(home: Home) -> None:
    """Check that the product's bundle is what this home's reviewers approved: for every process that opens a view.

    Raises
    ------
    PolicyRefused
        With the code `policy-unsigned`, `policy-unreviewed` or `policy-changed`.
    """
    known, valid = reviewers(home), {approval.reviewer for approval in _valid(home)}
    if len(valid) >= NEEDED:
        return
    how = (
        "Look at what would change (krydsfelt policy diff), then let two reviewers sign it: "
        "krydsfelt policy sign --reviewer NAME"
    )
    if valid:
        raise PolicyRefused(
            f"The policy has been reviewed by {', '.join(valid)} alone; it takes {NEEDED}. {how}",
            code="policy-unreviewed",
        )
    if (_folder(home) / "approved.json").exists():
        raise PolicyRefused(
            f"The policy is not the one that this home's reviewers approved. {how}", code="policy-changed"
        )
    if not known:
        how = "It was made before policies were signed. Give it its two reviewers: krydsfelt policy establish"
    raise PolicyRefused(f"Nobody has signed a policy for this home. {how}", code="policy-unsigned")


def start(home: Home) -> None:
    """Check signatures and run the self-test: for a service before it answers anything.

    Raises
    ------
    PolicyRefused
    """
    check(home)
    self_test()


@cache
def self_test() -> int:
    """Ask the stored decisions again, once per process; return how many there are.

    Raises
    ------
    PolicyRefused
        Code `policy-self-test`: one is answered otherwise, or there are too few to mean anything.
    """
    return ask_stored(rules(), shipped(CORPUS_FILE))


def ask_stored(of: Rules, corpus: str) -> int:
    """Ask some rules the decisions of a corpus; return how many there are.

    Raises
    ------
    PolicyRefused
        As for `self_test`.
    """
    stored = [json.loads(line) for line in corpus.splitlines()]
    answers = of.ask([question({**BASE, **each["cell"]}) for each in stored])
    wrong = [each["cell"] for each, answer in zip(stored, answers, strict=True) if answer is not each["allowed"]]
    if wrong or len(stored) < LEAST_STORED or len({each["allowed"] for each in stored}) < 2:
        raise PolicyRefused(
            f"The policy fails its self-test: of {len(stored)} stored decisions {len(wrong)} are answered otherwise, "
            f"the first of them {wrong[:1]}. Mend the policy, or store the decisions anew and have both reviewed.",
            code="policy-self-test",
        )
    return len(stored)


def corpus(of: Table) -> str:
    """Return a corpus to store: decisions of the table, a thousand of them drawn by a fixed seed, one a line."""
    lines = []
    for cell in sample(of, LEAST_STORED, seed=2026):
        told = {name: word for name, word in cell.items() if word != BASE[name]}
        lines.append(json.dumps({"allowed": of.allows(cell), "cell": told}, sort_keys=True))
    return "\n".join(lines) + "\n"


def _valid(home: Home) -> list[Approval]:
    known, digest = reviewers(home), bundle_digest()
    return [a for a in _approvals(home) if a.digest == digest and a.reviewer in known and a.holds(known[a.reviewer])]


def _approvals(home: Home) -> list[Approval]:
    found = _read(_folder(home) / "approvals.json").get("approvals", [])
    try:
        return [Approval(**{name: str(each[name]) for name in Approval.__slots__}) for each in found]
    except (KeyError, TypeError):
        return []


def _plain(approval: Approval) -> dict[str, str]:
    return {name: getattr(approval, name) for name in Approval.__slots__}


def _folder(home: Home) -> Path:
    return home.path / "policy"


def _read(place: Path) -> dict[str, Any]:
    try:
        body = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # no approvals is no approval
    return body if isinstance(body, dict) else {}


def _write(place: Path, body: Mapping[str, Any]) -> None:
    write_synced(place, (json.dumps(body, indent=1, sort_keys=True) + "\n").encode())
