"""What people decide in steps: parties, names unmasked, notices, questions through declared channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "step",
        sa.Column("nid", sa.Integer, primary_key=True),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("case", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("matter", "n"),
        sqlite_strict=True,
    )
    op.create_index("step_family", "step", ["family", "case"])
