"""Saved searches, and a column for where a title ends in the search text: 0004 fills it.

Revision ID: 0003a
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText, UtcDateTime

revision = "0003a"
down_revision = "0003"


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "saved_searches",
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("query", PlainText(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_saved_searches")),
    )
    op.add_column("search_texts", sa.Column("title_length", sa.Integer(), server_default="0", nullable=False))
