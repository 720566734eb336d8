"""The first schema: deliveries, terms, markings, entities, claims, retractions, directory, artefacts, name search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "artefact",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("case", sa.Text),
        sa.Column("view_digest", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "commit_time",
        sa.Column("last_seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "directory",
        sa.Column("family", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "marking",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("content", sa.Text, nullable=False, unique=True),
        sa.Column("set_digest", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "namespace",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("regime", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("public_labels", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "term",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("family", "text"),
        sqlite_strict=True,
    )
    op.create_table(
        "delivery",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("namespace", sa.Integer, sa.ForeignKey("namespace.nid"), nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("manifest", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("quarantined", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "entity",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("eid", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("namespace", sa.Integer, sa.ForeignKey("namespace.nid"), nullable=False),
        sa.Column("delivered", sa.Text, nullable=False),
        sa.Column("kind", sa.Integer, sa.ForeignKey("term.nid"), nullable=False),
        sa.UniqueConstraint("namespace", "delivered"),
        sqlite_strict=True,
    )
    op.create_table(
        "row_state",
        sa.Column("namespace", sa.Integer, sa.ForeignKey("namespace.nid"), primary_key=True),
        sa.Column("identity", sa.LargeBinary, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("delivery", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "source",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("namespace", sa.Integer, sa.ForeignKey("namespace.nid"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("namespace", "name"),
        sqlite_strict=True,
    )
    op.create_table(
        "claim",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("cid", sa.LargeBinary, nullable=False),
        sa.Column("subject", sa.Integer, sa.ForeignKey("entity.nid"), nullable=False),
        sa.Column("predicate", sa.Integer, sa.ForeignKey("term.nid"), nullable=False),
        sa.Column("object", sa.Integer, sa.ForeignKey("entity.nid")),
        sa.Column("value", sa.Text),
        sa.Column("valid", sa.Integer, sa.ForeignKey("term.nid"), nullable=False),
        sa.Column("valid_from", sa.Integer, nullable=False),
        sa.Column("valid_to", sa.Integer, nullable=False),
        sa.Column("certain_from", sa.Integer, nullable=False),
        sa.Column("certain_to", sa.Integer, nullable=False),
        sa.Column("grade", sa.Integer, sa.ForeignKey("term.nid"), nullable=False),
        sa.Column("assertion", sa.Integer, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("marking", sa.Integer, sa.ForeignKey("marking.nid"), nullable=False),
        sa.Column("source", sa.Integer, sa.ForeignKey("source.nid"), nullable=False),
        sa.Column("report", sa.Integer, sa.ForeignKey("entity.nid")),
        sa.Column("locator", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("delivery", sa.Integer, sa.ForeignKey("delivery.nid"), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "quarantine",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("delivery", sa.Integer, sa.ForeignKey("delivery.nid"), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("mend", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("delivery", "file", "row"),
        sqlite_strict=True,
    )
    op.create_table(
        "retraction",
        sa.Column("claim", sa.Integer, sa.ForeignKey("claim.seq"), primary_key=True),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("superseded_by", sa.Integer, sa.ForeignKey("claim.seq")),
        sqlite_strict=True,
    )
    op.create_index("claim_cid", "claim", ["cid"], unique=True)
    op.create_index("claim_subject", "claim", ["subject"])
    op.create_index("claim_object", "claim", ["object"], sqlite_where=sa.text("object IS NOT NULL"))
    op.execute(
        "CREATE VIRTUAL TABLE name_text USING fts5(text UNINDEXED, folded, "
        "tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')"
    )
