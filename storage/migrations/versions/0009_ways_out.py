"""How the ways out are doing, and since when a letter is tried.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make a table, two columns and an index."""
    op.create_index("ix_outbox_sent", "outbox", ["sent_at"], unique=False)
    op.add_column("outbox", sa.Column("first_attempt_at", UtcDateTime(), nullable=True))
    op.add_column("outbox", sa.Column("failed_at", UtcDateTime(), nullable=True))
    op.create_table(
        "transports",
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("failing_since", UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", UtcDateTime(), nullable=False),
        sa.Column("reason", PlainText(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_transports")),
    )
