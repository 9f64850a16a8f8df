"""An index by which who spoke last is found at once.

Revision ID: 0010a
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010a"
down_revision = "0010"


def upgrade() -> None:
    """Make the index."""
    spoken = sa.text("author_partner_id IS NOT NULL")
    op.create_index(
        "ix_mentions_spoke",
        "mentions",
        ["author_partner_id", "published_at", "collected_at"],
        sqlite_where=spoken,
        postgresql_where=spoken,
    )
