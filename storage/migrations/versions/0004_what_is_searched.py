"""Where the titles of what is stored end in the search text, and the orders that searches read in.

Revision ID: 0004
Revises: 0003a
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from text import tokens

revision = "0004"
down_revision = "0003a"

AT_ONCE = 1_000
TITLED = sa.text(
    "SELECT m.id, m.title, s.said FROM mentions AS m JOIN search_texts AS s ON s.mention_id = m.id "
    f"WHERE m.id > :after AND s.mention_id > :after AND m.title <> '' ORDER BY m.id LIMIT {AT_ONCE}"
)
"""Said of both: else PostgreSQL reads all search texts before them for each batch, 0.6 s of it at 300,000."""
HOW_MANY = sa.text("SELECT count(*) FROM mentions AS m WHERE m.title <> ''")
ENDS = sa.text("UPDATE search_texts SET title_length = :length WHERE mention_id = :row")


def upgrade() -> None:
    """Tell it of each mention that has a title, and make the indices."""
    if op.get_bind().dialect.name == "postgresql":  # who waits for a row holds up no reader
        op.execute("SET LOCAL lock_timeout TO DEFAULT")
    _tell_where_titles_end()
    op.create_index("ix_authors_account", "authors", ["account"], unique=False)
    op.create_index("ix_mentions_channel", "mentions", ["channel", "id"], unique=False)
    op.create_index(
        "ix_mentions_voice",
        "mentions",
        ["author_partner_id", "id"],
        unique=False,
        sqlite_where=sa.text("author_partner_id IS NOT NULL"),
        postgresql_where=sa.text("author_partner_id IS NOT NULL"),
    )


def _tell_where_titles_end() -> None:
    connection, after, done = op.get_bind(), 0, 0
    tell, total = op.get_context().opts["tell"], connection.execute(HOW_MANY).scalar_one()
    while rows := connection.execute(TITLED, {"after": after}).all():
        ends = [{"row": row, "length": _length(title, said)} for row, title, said in rows]
        connection.execute(ENDS, ends)
        after, done = rows[-1][0], done + len(rows)
        tell("titles found in what is searched", done, total)


def _length(title: str, said: str) -> int:
    """Return how much of a search text is its title's, as storage/words.py tells it for new mentions."""
    return len(" ".join(said.split()[: len(tokens(title).split())]))
