"""Which digests are written anew, who wants one no more, and how often words were taken out.

Readers of digests are bare addresses in small letters from now on.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText, UtcDateTime

revision = "0011"
down_revision = "0010"

READER = "lower(CASE WHEN recipient LIKE 'mailto:%' THEN substr(recipient, 8) ELSE recipient END)"


def upgrade() -> None:
    """Make two tables and a column, and an index by which who spoke last is found at once."""
    op.add_column("digests", sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
    one_of_each = f"SELECT max(id) FROM digests GROUP BY name, {READER}, period_end"
    op.execute(f"DELETE FROM digests WHERE id NOT IN ({one_of_each})")
    op.execute(f"UPDATE digests SET recipient = {READER}")
    spoken = sa.text("author_partner_id IS NOT NULL")
    op.drop_index("ix_mentions_partner", "mentions")
    op.create_index(
        "ix_mentions_spoke",
        "mentions",
        ["author_partner_id", "published_at", "collected_at"],
        sqlite_where=spoken,
        postgresql_where=spoken,
    )
    op.create_table(
        "unsubscribed",
        sa.Column("digest", PlainText(), nullable=False),
        sa.Column("recipient", PlainText(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("digest", "recipient", name=op.f("pk_unsubscribed")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "purges",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purges")),
    )
