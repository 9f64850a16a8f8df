"""By what near-copies of a mention are found, and what is proposed as a promise or as thanks in our own replies.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText, RowNumber, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make three tables and an index."""
    op.create_index(
        "ix_mentions_story",
        "mentions",
        ["story_id"],
        unique=False,
        sqlite_where=sa.text("story_id <> id"),
        postgresql_where=sa.text("story_id <> id"),
    )
    _story_prints()
    _story_keys()
    _proposals()


def _story_prints() -> None:
    op.create_table(
        "story_prints",
        sa.Column("mention_id", RowNumber, autoincrement=False, nullable=False),
        sa.Column("print", PlainText(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_story_prints_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_story_prints")),
    )
    op.create_index(
        "ix_story_prints_unplaced",
        "story_prints",
        ["mention_id"],
        unique=False,
        sqlite_where=sa.text("print IS NULL"),
        postgresql_where=sa.text("print IS NULL"),
    )


def _story_keys() -> None:
    op.create_table(
        "story_keys",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_story_keys_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "mention_id", name=op.f("pk_story_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_story_keys_mention", "story_keys", ["mention_id"], unique=False)


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("what", PlainText(), nullable=False),
        sa.Column("place", PlainText(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("to_whom", PlainText(), nullable=False),
        sa.Column("due_words", PlainText(), nullable=False),
        sa.Column("due_on", PlainText(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("version", PlainText(), nullable=False),
        sa.Column("state", PlainText(), server_default="proposed", nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_proposals_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_mention", "proposals", ["mention_id"], unique=False)
    op.create_index("ix_proposals_state", "proposals", ["state", "due_on"], unique=False)
