"""What is counted by day: the roll-up behind v_daily, the triggers that mark its stale days, and an index by date.

The views themselves are made after each migration (storage/views).

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import PlainText

revision = "0006"
down_revision = "0005"

FOLLOWED = "published_at, channel, author_partner_id, by_us, deleted_at, analyzed_as"
"""Columns of a mention that change a count, or are written together with its tags."""

# On SQLite an expression, for it is what v_mentions shows: a condition on the view's column is found by it.
SQLITE_INDEX = (
    "CREATE INDEX ix_mentions_published ON mentions (replace(substr(published_at, 1, 19), ' ', 'T') || 'Z')"
)
# Not OR IGNORE: where a foreign key's action fires a trigger, SQLite forgets it (and fails on the second row).
SQLITE_MARK = (
    "INSERT INTO stale_days (day, marked_by) SELECT DISTINCT substr(published_at, 1, 10), 0 FROM ({changed}) "
    "WHERE NOT EXISTS (SELECT 1 FROM stale_days WHERE day = substr(published_at, 1, 10) AND marked_by = 0)"
)
SQLITE_ADDED, SQLITE_GONE = (
    "SELECT NEW.published_at AS published_at",
    "SELECT OLD.published_at AS published_at",
)
SQLITE_WHAT_CHANGED = (
    ("daily_mention_added", "INSERT ON mentions", SQLITE_ADDED),
    ("daily_mention_changed", f"UPDATE OF {FOLLOWED} ON mentions", f"{SQLITE_ADDED} UNION {SQLITE_GONE}"),
    ("daily_mention_gone", "DELETE ON mentions", SQLITE_GONE),
    # A machine's tags come with analyzed_as; a person's may come alone.
    *(
        (
            f"daily_tag_{name}",
            f"{what} ON annotations WHEN {row}.origin = 'person'",
            f"SELECT published_at FROM mentions WHERE id = {row}.mention_id",
        )
        for name, what, row in (
            ("added", "INSERT", "NEW"),
            ("changed", "UPDATE", "NEW"),
            ("gone", "DELETE", "OLD"),
        )
    ),
)
SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER {name} AFTER {what} BEGIN {SQLITE_MARK.format(changed=changed)}; END"
    for name, what, changed in SQLITE_WHAT_CHANGED
)

POSTGRESQL_FUNCTIONS = (
    """
    CREATE FUNCTION earshot_mark_mention() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            INSERT INTO stale_days (day, marked_by)
            VALUES ((OLD.published_at AT TIME ZONE 'UTC')::date, txid_current()) ON CONFLICT DO NOTHING;
        END IF;
        IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.published_at <> OLD.published_at) THEN
            INSERT INTO stale_days (day, marked_by)
            VALUES ((NEW.published_at AT TIME ZONE 'UTC')::date, txid_current()) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION earshot_mark_tagged() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO stale_days (day, marked_by)
        SELECT (published_at AT TIME ZONE 'UTC')::date, txid_current() FROM mentions
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.mention_id ELSE NEW.mention_id END
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
)
POSTGRESQL_TRIGGERS = (
    "CREATE TRIGGER daily_mention_written AFTER INSERT OR DELETE ON mentions "
    "FOR EACH ROW EXECUTE FUNCTION earshot_mark_mention()",
    f"CREATE TRIGGER daily_mention_changed AFTER UPDATE OF {FOLLOWED} ON mentions "
    "FOR EACH ROW EXECUTE FUNCTION earshot_mark_mention()",
    "CREATE TRIGGER daily_tag_written AFTER INSERT OR UPDATE ON annotations FOR EACH ROW "
    "WHEN (NEW.origin = 'person') EXECUTE FUNCTION earshot_mark_tagged()",
    "CREATE TRIGGER daily_tag_gone AFTER DELETE ON annotations FOR EACH ROW "
    "WHEN (OLD.origin = 'person') EXECUTE FUNCTION earshot_mark_tagged()",
)


def upgrade() -> None:
    """Make the tables, the index and the triggers; what is stored already is counted at the next start."""
    _tables()
    if op.get_bind().dialect.name == "sqlite":
        statements = (SQLITE_INDEX, *SQLITE_TRIGGERS)
        day = "substr(published_at, 1, 10)"
    else:
        index = "CREATE INDEX ix_mentions_published ON mentions (published_at)"
        statements = (index, *POSTGRESQL_FUNCTIONS, *POSTGRESQL_TRIGGERS)
        day = "(published_at AT TIME ZONE 'UTC')::date"
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)
    op.get_bind().exec_driver_sql(
        f"INSERT INTO stale_days (day, marked_by) SELECT DISTINCT {day}, 0 FROM mentions"
    )


def _tables() -> None:
    op.create_table(
        "daily_counts",
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", PlainText(), nullable=False),
        sa.Column("partner_id", sa.BigInteger(), nullable=False),
        sa.Column("by_us", sa.Boolean(), nullable=False),
        sa.Column("label", PlainText(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "day", "channel", "partner_id", "by_us", "label", name=op.f("pk_daily_counts")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stale_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("marked_by", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", "marked_by", name=op.f("pk_stale_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_zone",
        sa.Column("zone", PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("zone", name=op.f("pk_daily_zone")),
    )
