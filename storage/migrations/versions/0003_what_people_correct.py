"""What people correct, whom the stored tags were looked for by, and an index by which old tags are found.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText, RowNumber, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make two tables and an index."""
    _corrections()
    op.create_table(
        "analyzed_names",
        sa.Column("who", PlainText(), nullable=False),
        sa.Column("called", PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("who", "called", name=op.f("pk_analyzed_names")),
    )
    op.create_index(
        "ix_mentions_analyzed_as",
        "mentions",
        ["analyzed_as", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("label", PlainText(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("content_hash", PlainText(), nullable=False),
        sa.Column("said_by", PlainText(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_corrections_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_mention", "corrections", ["mention_id"], unique=False)
