"""Which days changed since they were last written somewhere else: what an export has to write again.

``stale_days`` is marked now by all that changes what the views show of a mention, not only its counts.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SHOWN = (
    "url",
    "undated",
    "external_id",
    "parent_external_id",
    "thread_external_id",
    "author_id",
    "story_id",
    "waits",
)
"""Columns of a mention that the views show, and that are not always written together with a followed one (0006)."""
NAMES = (
    ("sources", ("name",), "id IN (SELECT mention_id FROM mention_sources WHERE source_id = NEW.id)"),
    ("authors", ("handle", "name"), "author_id = NEW.id"),
    ("partners", ("name",), "author_partner_id = NEW.id"),
)
"""What else the views show beside a mention: the table, the columns, and which mentions are meant."""

# Not OR IGNORE: where a foreign key's action fires a trigger, SQLite forgets it (and fails on the second row).
SQLITE_MARK = (
    "INSERT INTO stale_days (day, marked_by) SELECT DISTINCT substr(published_at, 1, 10), 0 FROM {of} "
    "WHERE {which} "
    "AND NOT EXISTS (SELECT 1 FROM stale_days WHERE day = substr(published_at, 1, 10) AND marked_by = 0)"
)
POSTGRESQL_MARK = (
    "INSERT INTO stale_days (day, marked_by) SELECT DISTINCT (published_at AT TIME ZONE 'UTC')::date, txid_current() "
    "FROM mentions WHERE {which} ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    """Make the table and the triggers."""
    op.create_table(
        "changed_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_changed_days")),
        sqlite_with_rowid=False,
    )
    statements = _for_sqlite() if op.get_bind().dialect.name == "sqlite" else _for_postgresql()
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _for_sqlite() -> list[str]:
    differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in SHOWN)
    itself = SQLITE_MARK.format(of="(SELECT NEW.published_at AS published_at)", which="1")
    made = [
        f"CREATE TRIGGER shown_mention AFTER UPDATE OF {', '.join(SHOWN)} ON mentions WHEN {differs} "
        f"BEGIN {itself}; END"
    ]
    for table, columns, which in NAMES:
        differs = " OR ".join(f"OLD.{column} <> NEW.{column}" for column in columns)
        mark = SQLITE_MARK.format(of="mentions", which=which)
        made.append(
            f"CREATE TRIGGER shown_{table} AFTER UPDATE OF {', '.join(columns)} ON {table} WHEN {differs} "
            f"BEGIN {mark}; END"
        )
    return made


def _for_postgresql() -> list[str]:
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in SHOWN)
    made = [
        f"CREATE TRIGGER shown_mention AFTER UPDATE OF {', '.join(SHOWN)} ON mentions "
        f"FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION earshot_mark_mention()"
    ]
    for table, columns, which in NAMES:
        differs = " OR ".join(f"OLD.{column} <> NEW.{column}" for column in columns)
        mark = POSTGRESQL_MARK.format(which=which)
        made += [
            f"CREATE FUNCTION earshot_mark_{table}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            f"BEGIN\n    {mark};\n    RETURN NULL;\nEND $$",
            f"CREATE TRIGGER shown_{table} AFTER UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION earshot_mark_{table}()",
        ]
    return made
