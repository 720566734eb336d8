"""The ledger's tables, in SQLAlchemy Core. Migrations create them; nothing here runs SQL.

`seq` is the knowledge sequence: one counter for claims and retractions of a home, never shown outside the ledger. Terms
(kinds, predicates, grades, validity texts) are interned in `term`, so a claim is a row of small integers.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()

namespace = Table(
    "namespace",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("regime", Text, nullable=False),  # manifest kind: synthetic | published-research
    Column("title", Text, nullable=False),
    Column("public_labels", Integer, nullable=False, default=0),
    sqlite_strict=True,
)

delivery = Table(
    "delivery",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("namespace", Integer, ForeignKey("namespace.nid"), nullable=False),
    Column(
        "digest", Text, nullable=False, unique=True
    ),  # SHA-256 over namespace, mapping, names and contents of its files
    Column("manifest", Text, nullable=False),  # JSON
    Column("files", Text, nullable=False),  # JSON: [{name, sha256, bytes, first_row, rows}]; bytes lie in deliveries/
    Column("received_at", Text, nullable=False),  # ISO 8601, UTC
    Column("rows", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("state", Text, nullable=False),  # loading | done
    sqlite_strict=True,
)

source = Table(
    "source",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("namespace", Integer, ForeignKey("namespace.nid"), nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("namespace", "name"),
    sqlite_strict=True,
)

term = Table(
    "term",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("family", Text, nullable=False),  # kind | predicate | grade | valid
    Column("text", Text, nullable=False),
    UniqueConstraint("family", "text"),
    sqlite_strict=True,
)

marking = Table(
    "marking",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("content", Text, nullable=False, unique=True),  # canonical JSON of graph.model.Marking
    Column("set_digest", LargeBinary, nullable=False),  # 32 bytes: sum of keyed claim hashes modulo 2^256
    sqlite_strict=True,
)

entity = Table(
    "entity",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("eid", LargeBinary, nullable=False, unique=True),  # 16 bytes: keyed hash of namespace and delivered id
    Column("namespace", Integer, ForeignKey("namespace.nid"), nullable=False),
    Column("delivered", Text, nullable=False),
    Column("kind", Integer, ForeignKey("term.nid"), nullable=False),
    UniqueConstraint("namespace", "delivered"),
    sqlite_strict=True,
)

claim = Table(
    "claim",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("cid", LargeBinary, nullable=False),  # 16 bytes: keyed hash of namespace, row identity, content and slot
    Column("subject", Integer, ForeignKey("entity.nid"), nullable=False),
    Column("predicate", Integer, ForeignKey("term.nid"), nullable=False),
    Column("object", Integer, ForeignKey("entity.nid")),
    Column("value", Text),
    Column("valid", Integer, ForeignKey("term.nid"), nullable=False),
    Column("valid_from", Integer, nullable=False),
    Column("valid_to", Integer, nullable=False),
    Column("certain_from", Integer, nullable=False),
    Column("certain_to", Integer, nullable=False),
    Column("grade", Integer, ForeignKey("term.nid"), nullable=False),
    Column("assertion", Integer, nullable=False),  # 0 fact, 1 assessment
    Column("category", Text),
    Column("marking", Integer, ForeignKey("marking.nid"), nullable=False),
    Column("source", Integer, ForeignKey("source.nid"), nullable=False),
    Column("report", Integer, ForeignKey("entity.nid")),
    Column("locator", Text),
    Column("note", Text),
    Column("delivery", Integer, ForeignKey("delivery.nid"), nullable=False),
    Column("row", Integer, nullable=False),  # counted through the files of the delivery: file's first_row + its own row
    sqlite_strict=True,
)
Index("claim_cid", claim.c.cid, unique=True)
Index("claim_subject", claim.c.subject)
Index("claim_object", claim.c.object, sqlite_where=claim.c.object.is_not(None))

claim_range = Table(  # where the claims of a delivery's rows lie: an index on (delivery, row) costs a load far more
    "claim_range",
    metadata,
    Column("delivery", Integer, ForeignKey("delivery.nid"), nullable=False, primary_key=True),
    Column("first_seq", Integer, nullable=False, primary_key=True),
    Column("last_seq", Integer, nullable=False),
    Column("first_row", Integer, nullable=False),  # the lowest and the highest row of the claims in between
    Column("last_row", Integer, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

retraction = Table(
    "retraction",
    metadata,
    Column("claim", Integer, ForeignKey("claim.seq"), primary_key=True),
    Column("at", Integer, nullable=False),  # the sequence number from which the claim no longer counts
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("superseded_by", Integer, ForeignKey("claim.seq")),
    sqlite_strict=True,
)

commit_time = Table(
    "commit_time",
    metadata,
    Column("last_seq", Integer, primary_key=True),
    Column("at", Text, nullable=False),  # ISO 8601, UTC: turns an `as_of` time into a sequence number
    sqlite_strict=True,
)

row_state = Table(
    "row_state",
    metadata,
    Column("namespace", Integer, ForeignKey("namespace.nid"), nullable=False, primary_key=True),
    Column("identity", LargeBinary, nullable=False, primary_key=True),  # hash of the declared row key
    Column("content", LargeBinary, nullable=False),
    Column("slots", Integer, nullable=False),  # claims the row made: with identity and content they give back its cids
    Column("version", Integer, nullable=False),  # how often the row changed: one that changes back makes new claims
    Column("delivery", Integer, nullable=False),
    sqlite_strict=True,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("delivery", Integer, ForeignKey("delivery.nid"), nullable=False),
    Column("file", Text, nullable=False),
    Column("row", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("mend", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    UniqueConstraint("delivery", "file", "row"),
    sqlite_strict=True,
)

directory = Table(  # cases, users and partners as delivered or made by init; one JSON body each
    "directory",
    metadata,
    Column("family", Text, nullable=False, primary_key=True),  # case | user | partner
    Column("id", Text, nullable=False, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_strict=True,
)

artefact = Table(  # findings, kept plans, registered and received packages: immutable bodies with an owner and a case
    "artefact",
    metadata,
    Column("id", Text, primary_key=True),
    Column("family", Text, nullable=False),  # finding | plan | package-sent | package-received
    Column("owner", Text, nullable=False),
    Column("case", Text),
    Column("view_digest", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_strict=True,
)

step = Table(  # what people decide in steps (`graph/steps.py`): never changed, how a matter stands is what they come to
    "step",
    metadata,
    Column("nid", Integer, primary_key=True),
    Column("family", Text, nullable=False),  # party | grant | notice | overlap | question
    Column("matter", Text, nullable=False),
    Column("n", Integer, nullable=False),  # 0, 1, 2 ... within the matter: of two that would be first, one is
    Column("act", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("case", Text),
    Column("body", Text, nullable=False),  # JSON; entities by their random ids, no names
    UniqueConstraint("matter", "n"),
    sqlite_strict=True,
)
Index("step_family", step.c.family, step.c.case)
# name_text: an FTS5 table made by the migration (rowid = claim.seq; columns text, folded) over searched literals.
