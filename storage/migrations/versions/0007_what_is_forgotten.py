"""What is forgotten for good, where copies of the store lie, what is done now and then, and who took something back.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText, RowNumber, UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make three tables and a column."""
    op.add_column("audit", sa.Column("who", PlainText(), server_default="", nullable=False))
    op.create_table(
        "kept_out",
        sa.Column("digest", PlainText(), nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_kept_out")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "copies",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("place", PlainText(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("gone_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copies")),
        sa.UniqueConstraint("kind", "place", name=op.f("uq_copies_kind_place")),
    )
    op.create_table(
        "chores",
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
    )
