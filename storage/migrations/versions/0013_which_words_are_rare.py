"""PostgreSQL counts more words, so that it knows which of them are rare.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Let the server count ten times as many words, and count them now; SQLite's full text needs no such figures."""
    if op.get_bind().dialect.name == "sqlite":
        return
    # Of words that are not counted it guesses half of the rarest that is: ten times too many of one in 2,000.
    # So it read 100,000 texts for that word's newest 50, not the 500 that hold it: 67 ms, not 0.6, at 1,000,000.
    op.execute("ALTER TABLE search_texts ALTER COLUMN words SET STATISTICS 1000")
    op.execute("ANALYZE search_texts (words)")
