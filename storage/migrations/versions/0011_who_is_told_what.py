"""Which digests are written anew, who wants one no more, and how often words were taken out.

Readers of digests are bare addresses in small letters from now on.

Revision ID: 0011
Revises: 0010a
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText, UtcDateTime

revision = "0011"
down_revision = "0010a"

READER = "lower(CASE WHEN recipient LIKE 'mailto:%' THEN substr(recipient, 8) ELSE recipient END)"


def upgrade() -> None:
    """Make two tables and a column, and drop an index."""
    op.add_column("digests", sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
    one_of_each = f"SELECT max(id) FROM digests GROUP BY name, {READER}, period_end"
    op.execute(f"DELETE FROM digests WHERE id NOT IN ({one_of_each})")
    op.execute(f"UPDATE digests SET recipient = {READER}")
    op.drop_index("ix_mentions_partner", "mentions")  # 0010a has made the one in its place
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
