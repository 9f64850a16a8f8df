"""No fingerprint of a mention's words: whose story it is, is found when it is analysed.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Drop the column and its index. SQLite writes each row anew for it: 8 s of 1,000,000."""
    op.drop_index("ix_mentions_fingerprint", "mentions")
    op.drop_column("mentions", "fingerprint")
