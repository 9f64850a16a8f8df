"""What is heard: partners, sources, authors, mentions with their tags, and full text over our own tokens.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import JsonColumn, PlainText, RowNumber, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of this half."""
    _partners()
    _authors()
    _handles()
    _partner_aliases()
    _sources()
    _mentions()
    _annotations()
    _mention_sources()
    _revisions()
    _search_texts()


def _partners() -> None:
    op.create_table(
        "partners",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("provisioned", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("name", name=op.f("uq_partners_name")),
    )


def _authors() -> None:
    op.create_table(
        "authors",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("channel", PlainText(), nullable=False),
        sa.Column("account", PlainText(), nullable=False),
        sa.Column("external_id", PlainText(), server_default="", nullable=False),
        sa.Column("handle", PlainText(), nullable=False),
        sa.Column("name", PlainText(), server_default="", nullable=False),
        sa.Column("url", PlainText(), server_default="", nullable=False),
        sa.Column("partner_id", RowNumber, nullable=True),
        sa.Column("ours", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_authors_partner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("channel", "account", "name", name=op.f("uq_authors_channel_account_name")),
    )


def _handles() -> None:
    op.create_table(
        "handles",
        sa.Column("channel", PlainText(), nullable=False),
        sa.Column("account", PlainText(), nullable=False),
        sa.Column("handle", PlainText(), nullable=False),
        sa.Column("partner_id", RowNumber, nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_handles_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_handles")),
    )


def _partner_aliases() -> None:
    op.create_table(
        "partner_aliases",
        sa.Column("partner_id", RowNumber, nullable=False),
        sa.Column("alias", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_aliases_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "alias", name=op.f("pk_partner_aliases")),
    )


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("channel", PlainText(), nullable=False),
        sa.Column("settings", JsonColumn, nullable=False),
        sa.Column("settings_hash", PlainText(), nullable=False),
        sa.Column("partner_id", RowNumber, nullable=True),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("provisioned", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("status", PlainText(), server_default="ok", nullable=False),
        sa.Column("reason", PlainText(), server_default="", nullable=False),
        sa.Column("cursor", JsonColumn, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("asked_to_wait_until", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("missing_since", UtcDateTime(), nullable=True),
        sa.Column("last_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.Column("last_new_at", UtcDateTime(), nullable=True),
        sa.Column("silence_seconds", sa.Integer(), nullable=True),
        sa.Column("moved_to", PlainText(), nullable=True),
        sa.Column("quota_left", sa.Integer(), nullable=True),
        sa.Column("quota_until", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", PlainText(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_sources_partner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_sources_name")),
    )
    op.create_index("ix_sources_due", "sources", ["next_attempt_at"], unique=False)


def _mentions() -> None:
    op.create_table(
        "mentions",
        sa.Column("id", RowNumber, autoincrement=False, nullable=False),
        sa.Column("channel", PlainText(), nullable=False),
        sa.Column("scope", PlainText(), nullable=False),
        sa.Column("external_id", PlainText(), nullable=False),
        sa.Column("author_id", RowNumber, nullable=True),
        sa.Column("url", PlainText(), server_default="", nullable=False),
        sa.Column("title", PlainText(), server_default="", nullable=False),
        sa.Column("text", PlainText(), nullable=False),
        sa.Column("content_hash", PlainText(), nullable=False),
        sa.Column("fingerprint", PlainText(), nullable=True),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("lang_hint", PlainText(), nullable=True),
        sa.Column("lang", PlainText(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("undated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("collected_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("parent_external_id", PlainText(), nullable=True),
        sa.Column("thread_external_id", PlainText(), nullable=False),
        sa.Column("author_partner_id", RowNumber, nullable=True),
        sa.Column("by_us", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("raw", JsonColumn, nullable=True),
        sa.Column("analyzed_as", PlainText(), nullable=True),
        sa.Column("unmatched", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("recheck_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", PlainText(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["authors.id"], name=op.f("fk_mentions_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_partner_id"],
            ["partners.id"],
            name=op.f("fk_mentions_author_partner_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint(
            "channel", "scope", "external_id", name=op.f("uq_mentions_channel_scope_external_id")
        ),
    )
    op.create_index("ix_mentions_author", "mentions", ["author_id"], unique=False)
    op.create_index(
        "ix_mentions_claimed",
        "mentions",
        ["claimed_by"],
        unique=False,
        sqlite_where=sa.text("claimed_by IS NOT NULL"),
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.create_index("ix_mentions_collected", "mentions", ["collected_at"], unique=False)
    op.create_index(
        "ix_mentions_fingerprint",
        "mentions",
        ["fingerprint"],
        unique=False,
        sqlite_where=sa.text("fingerprint IS NOT NULL"),
        postgresql_where=sa.text("fingerprint IS NOT NULL"),
    )
    op.create_index(
        "ix_mentions_partner",
        "mentions",
        ["author_partner_id", "collected_at", "published_at"],
        unique=False,
        sqlite_where=sa.text("author_partner_id IS NOT NULL"),
        postgresql_where=sa.text("author_partner_id IS NOT NULL"),
    )
    op.create_index(
        "ix_mentions_recheck",
        "mentions",
        ["recheck_at"],
        unique=False,
        sqlite_where=sa.text("recheck_at IS NOT NULL"),
        postgresql_where=sa.text("recheck_at IS NOT NULL"),
    )
    op.create_index(
        "ix_mentions_thread", "mentions", ["channel", "scope", "thread_external_id"], unique=False
    )
    op.create_index(
        "ix_mentions_unanalyzed",
        "mentions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("analyzed_as IS NULL"),
        postgresql_where=sa.text("analyzed_as IS NULL"),
    )
    op.create_index(
        "ix_mentions_unmatched",
        "mentions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("unmatched = 1"),
        postgresql_where=sa.text("unmatched"),
    )
    op.create_index(
        "ix_mentions_waits",
        "mentions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("waits = 1"),
        postgresql_where=sa.text("waits"),
    )


def _annotations() -> None:
    op.create_table(
        "annotations",
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("label", PlainText(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("because", JsonColumn, nullable=False),
        sa.Column("origin", PlainText(), nullable=False),
        sa.Column("version", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_annotations_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", "kind", "label", "n", name=op.f("pk_annotations")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_annotations_label", "annotations", ["kind", "label", "mention_id"], unique=False)


def _mention_sources() -> None:
    op.create_table(
        "mention_sources",
        sa.Column("source_id", RowNumber, nullable=False),
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("content_hash", PlainText(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_mention_sources_mention_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_mention_sources_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "mention_id", name=op.f("pk_mention_sources")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mention_sources_mention", "mention_sources", ["mention_id"], unique=False)
    op.create_index(
        "ix_mention_sources_seen", "mention_sources", ["source_id", "first_seen_at"], unique=False
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.Column("title", PlainText(), nullable=False),
        sa.Column("text", PlainText(), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_revisions_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_index("ix_revisions_mention", "revisions", ["mention_id"], unique=False)


def _search_texts() -> None:
    op.create_table(
        "search_texts",
        sa.Column("mention_id", RowNumber, autoincrement=False, nullable=False),
        sa.Column("said", PlainText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_search_texts_mention_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_search_texts")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_full_text()
    else:
        _postgresql_full_text()


def _sqlite_full_text() -> None:
    # External content: the index refers to search_texts.said, which stands in the store once. The tokenizer "ascii"
    # ends a word at our spaces and nowhere else, and compares all other characters byte by byte.
    op.execute(
        "CREATE VIRTUAL TABLE mentions_search USING fts5("
        "said, content='search_texts', content_rowid='mention_id', tokenize='ascii')"
    )
    add = "INSERT INTO mentions_search(rowid, said) VALUES (new.mention_id, new.said); "
    drop = "INSERT INTO mentions_search(mentions_search, rowid, said) VALUES ('delete', old.mention_id, old.said); "
    op.execute(f"CREATE TRIGGER mentions_search_insert AFTER INSERT ON search_texts BEGIN {add}END")
    op.execute(f"CREATE TRIGGER mentions_search_delete AFTER DELETE ON search_texts BEGIN {drop}END")
    op.execute(
        f"CREATE TRIGGER mentions_search_update AFTER UPDATE OF said ON search_texts BEGIN {drop}{add}END"
    )


def _postgresql_full_text() -> None:
    # Our own tokens, never the server's parser. Without positions: a word has 256 at most, and none beyond the
    # 16,383rd, so phrases are looked for in the text itself (storage/search_index.py).
    op.execute(
        "ALTER TABLE search_texts ADD COLUMN words tsvector "
        "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(said, ' '))) STORED"
    )
    op.execute("CREATE INDEX ix_search_texts_words ON search_texts USING gin (words)")
