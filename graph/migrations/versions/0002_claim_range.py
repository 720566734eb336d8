"""Where the claims of a delivery's rows lie, a thousand claims at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "claim_range",
        sa.Column("delivery", sa.Integer, sa.ForeignKey("delivery.nid"), primary_key=True),
        sa.Column("first_seq", sa.Integer, primary_key=True),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("first_row", sa.Integer, nullable=False),
        sa.Column("last_row", sa.Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO claim_range (delivery, first_seq, last_seq, first_row, last_row) "
        "SELECT delivery, min(seq), max(seq), min(row), max(row) FROM claim GROUP BY delivery, seq / 1000"
    )
