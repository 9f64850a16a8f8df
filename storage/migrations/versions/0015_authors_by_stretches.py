"""On SQLite, what an author said is found by stretches of time, so that what is new is written in few pages.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Put the stretch of six days (2**29 ms, storage/ids.py) before the author (docs/decisions/0009-…).

    PostgreSQL keeps its index: it goes past leading columns from 18 on only, and took in as fast when full.
    """
    if op.get_bind().dialect.name != "sqlite":
        return
    op.drop_index("ix_mentions_author", "mentions")
    op.execute("CREATE INDEX ix_mentions_author ON mentions (id >> 51, author_id)")
    # Asked for an author alone, SQLite goes through such an index stretch by stretch only where it is told that many
    # mentions share one: here 16,000 a stretch and 8 of an author in it, of 1,000,000. In a small store it reads all.
    op.execute("ANALYZE sqlite_master")  # makes the table, and counts nothing
    op.execute("INSERT INTO sqlite_stat1 VALUES ('mentions', 'ix_mentions_author', '1000000 16000 8')")
    op.execute("ANALYZE sqlite_master")  # reads it
