"""Claims as a STIX 2.1 bundle and back.

Entities become STIX objects by the ontology's mapping; kinds that STIX has no object for become `krydsfelt-entity`,
declared by the extension definition `EXTENSION` (`docs/stix-extension.md`). A link claim is a `relationship`, a
literal claim a `note`; what STIX cannot say (grade, handling, fact or assessment, LED-6 category, uncertain dates,
predicate) rides in the extension of each. Object ids are keyed hashes of the sender and the recipient, so two
partners cannot join what they got, and the same entity keeps its id in later packages to one partner.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.errors import BadPackage
from graph.ontology import ontology

EXTENSION = "extension-definition--0d9b7c52-6a0e-4f38-9d6b-3f7b1c8a2e45"
OWN_ENTITY = "krydsfelt-entity"
VERSION = "1.0.0"
ENTITY_FIELDS = frozenset({"extension_type", "kind"})
CLAIM_FIELDS = frozenset(
    {
        "assertion",
        "category",
        "extension_type",
        "grade",
        "handling",
        "level",
        "predicate",
        "qualifiers",
        "source",
        "tlp",
        "valid",
        "value",
    }
)


@dataclass(frozen=True, slots=True)
class Node:
    """An entity in a package: its object id, kind, and a label that the recipient may see."""

    id: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Said:
    """A claim in a package. `object` is an object id or None for a literal; `source` an opaque label.

    never the informant's name.
    """

    id: str
    subject: str
    predicate: str
    object: str | None
    value: str | None
    qualifiers: str | None
    valid: str
    grade: str
    assertion: str
    category: str | None
    handling: str
    level: int
    tlp: str | None
    source: str


def object_id(secret: bytes, recipient: str, kind: str, token: str) -> str:
    """Return the STIX id of an entity towards one recipient."""
    return f"{stix_type(kind)}--{_uuid(secret, recipient, 'entity', token)}"


def claim_id(secret: bytes, recipient: str, token: str, *, link: bool) -> str:
    """Return the STIX id of a claim towards one recipient."""
    return f"{'relationship' if link else 'note'}--{_uuid(secret, recipient, 'claim', token)}"


def stix_type(kind: str) -> str:
    """Return the STIX object type of a kind: `identity` where the mapping says so, else our own."""
    return "identity" if ontology().kind(kind).stix == "identity" else OWN_ENTITY


def to_bundle(
    sender: str, package: str, made: datetime, nodes: Iterable[Node], claims: Sequence[Said], secret: bytes
) -> dict[str, object]:
    """Return the bundle.

    Parameters
    ----------
    sender : str
        Name of the sending organisation.
    package : str
        The package's id.
    made : datetime
        Aware.
    nodes, claims : sequences
        Every end of a claim must be among the nodes.
    secret : bytes
        Key for the ids of sender, markings and bundle.
    """
    now = made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    author = f"identity--{_uuid(secret, '', 'sender', sender)}"
    common = {"spec_version": "2.1", "created": now, "modified": now}
    markings = {
        key: _marking(secret, key, author, now) for key in sorted({(c.level, c.handling, c.tlp or "") for c in claims})
    }
    body = {**common, "created_by_ref": author}
    objects: list[dict[str, object]] = [
        {"type": "identity", "id": author, **common, "name": sender, "identity_class": "organization"},
        {
            "type": "extension-definition",
            "id": EXTENSION,
            **body,
            "name": "Krydsfelt claims",
            "description": "Grade, handling, fact or assessment, LED article 6 category and uncertain dates of a "
            "claim.",
            "schema": "docs/stix-extension.md",
            "version": VERSION,
            "extension_types": ["new-sdo", "property-extension"],
        },
        *markings.values(),
        *(_node(n, body) for n in sorted(nodes, key=lambda n: n.id)),
    ]
    for said in sorted(claims, key=lambda c: c.id):
        ref = markings[(said.level, said.handling, said.tlp or "")]["id"]
        objects.append(_claim(said, {**body, "object_marking_refs": [ref]}))
    return {"type": "bundle", "id": f"bundle--{_uuid(secret, '', 'bundle', package)}", "objects": objects}


def _node(node: Node, body: Mapping[str, object]) -> dict[str, object]:
    kind = stix_type(node.kind)
    extension: dict[str, object] = {"kind": node.kind}
    made: dict[str, object] = {"type": kind, "id": node.id, **body, "name": node.label}
    if kind == OWN_ENTITY:
        extension["extension_type"] = "new-sdo"
    else:
        extension["extension_type"] = "property-extension"
        made["identity_class"] = _identity_class(node.kind)
    return {**made, "extensions": {EXTENSION: extension}}


def _identity_class(kind: str) -> str:
    words = ontology()
    if words.is_a(kind, "Person"):
        return "individual"
    return "group" if words.is_a(kind, "Group") else "organization"


def _claim(said: Said, body: Mapping[str, object]) -> dict[str, object]:
    extension = {
        "extension_type": "property-extension",
        "predicate": said.predicate,
        "value": said.value,
        "qualifiers": said.qualifiers,
        "valid": said.valid,
        "grade": said.grade,
        "assertion": said.assertion,
        "category": said.category,
        "handling": said.handling,
        "level": said.level,
        "tlp": said.tlp,
        "source": said.source,
    }
    made: dict[str, object] = {
        "id": said.id,
        **body,
        "extensions": {EXTENSION: {k: v for k, v in extension.items() if v is not None}},
    }
    if said.object is not None:
        relation = said.predicate.replace("_", "-")
        return {
            "type": "relationship",
            **made,
            "relationship_type": relation,
            "source_ref": said.subject,
            "target_ref": said.object,
        }
    return {"type": "note", **made, "content": f"{said.predicate}: {said.value}", "object_refs": [said.subject]}


def _marking(secret: bytes, key: tuple[int, str, str], author: str, now: str) -> dict[str, object]:
    level, handling, tlp = key
    words = ("UKLASSIFICERET", "TIL TJENESTEBRUG", "FORTROLIGT", "HEMMELIGT")
    statement = f"{words[level]}; handling {handling}" + (f"; TLP:{tlp}" if tlp else "")
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{_uuid(secret, '', 'marking', statement)}",
        "created": now,
        "created_by_ref": author,
        "definition_type": "statement",
        "definition": {"statement": statement},
    }


def _uuid(secret: bytes, recipient: str, family: str, token: str) -> uuid.UUID:
    digest = hmac.digest(secret, "\x1f".join((recipient, family, token)).encode(), "sha256")
    return uuid.UUID(bytes=digest[:16], version=5)


def from_bundle(bundle: Mapping[str, object]) -> tuple[dict[str, Node], list[Said]]:
    """Read a bundle of ours back, strictly: what is not of the form of version 1 is refused, nothing is skipped.

    Raises
    ------
    BadPackage
        An object that is not expected, a field too few or too many, a reference into nothing.
    """
    objects = bundle.get("objects")
    if bundle.get("type") != "bundle" or not isinstance(objects, list):
        raise _bad("it is not a bundle of objects")
    nodes: dict[str, Node] = {}
    claims: list[Said] = []
    for item in objects:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise _bad("an object has no id")
        kind = item.get("type")
        if kind in ("relationship", "note"):
            claims.append(_said(item))
        elif kind in ("identity", OWN_ENTITY) and "extensions" in item:
            said = _extension(item, ENTITY_FIELDS).get("kind")
            if not isinstance(said, str):
                raise _bad(f"{item['id']} has no kind")
            node = Node(item["id"], said, str(item.get("name", "")))
            if node.id in nodes:
                raise _bad(f"{node.id} stands twice")
            nodes[node.id] = node
        elif kind not in ("identity", "marking-definition", "extension-definition"):
            raise _bad(f"an object of type {kind!r} is not expected")
    for claim in claims:
        if claim.subject not in nodes or (claim.object is not None and claim.object not in nodes):
            raise _bad(f"{claim.id} refers to an object that is not in the bundle")
    return nodes, claims


def _said(item: Mapping[str, object]) -> Said:
    extension = _extension(item, CLAIM_FIELDS)
    link = item["type"] == "relationship"
    refs = item.get("object_refs")
    subject = item.get("source_ref") if link else (refs[0] if isinstance(refs, list) and len(refs) == 1 else None)
    level = extension.get("level")
    needed = ("predicate", "valid", "grade", "assertion", "handling", "source")
    if (
        not isinstance(subject, str)
        or type(level) is not int  # true is no level
        or (link and not isinstance(item.get("target_ref"), str))
        or any(not isinstance(extension.get(n), str) for n in needed)
    ):
        raise _bad(f"{item['id']} lacks a field of a claim")

    def text(name: str) -> str | None:
        value = extension.get(name)
        if value is not None and not isinstance(value, str):
            raise _bad(f"{item['id']}: {name} is not text")
        return value

    return Said(
        id=str(item["id"]),
        subject=subject,
        predicate=str(extension["predicate"]),
        object=str(item["target_ref"]) if link else None,
        value=text("value"),
        qualifiers=text("qualifiers"),
        valid=str(extension["valid"]),
        grade=str(extension["grade"]),
        assertion=str(extension["assertion"]),
        category=text("category"),
        handling=str(extension["handling"]),
        level=level,
        tlp=text("tlp"),
        source=str(extension["source"]),
    )


def _extension(item: Mapping[str, object], fields: frozenset[str]) -> Mapping[str, object]:
    extensions = item.get("extensions")
    ours = extensions.get(EXTENSION) if isinstance(extensions, dict) and set(extensions) == {EXTENSION} else None
    if not isinstance(ours, dict) or not set(ours) <= fields or "extension_type" not in ours:
        raise _bad(f"{item['id']} does not carry our extension in its version 1")
    return ours


def _bad(what: str) -> BadPackage:
    return BadPackage(
        f"The content is not a bundle of ours: {what}. Nothing was taken in; tell the sender.", code="bad-content"
    )
