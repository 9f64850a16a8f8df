"""The tables, one block a noun; migrations make them. Every index names the query that it serves.

Statements live in the files beside this one, and the caller owns every transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)

from storage.types import JsonColumn, PlainText, RowNumber, UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _claim_columns() -> tuple[Column[str], Column[datetime]]:
    """Who is at work on a row, and until when nobody else may be (storage/claims.py)."""
    return Column("claimed_by", PlainText), Column("claimed_until", UtcDateTime)


partners = Table(
    "partners",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("name", PlainText, nullable=False, unique=True),
    Column("provisioned", Boolean, nullable=False, server_default=true()),
    Column("removed_at", UtcDateTime),  # it left the file; its mentions stay
    Column("created_at", UtcDateTime, nullable=False),
)

partner_aliases = Table(
    "partner_aliases",
    metadata,
    Column("partner_id", RowNumber, ForeignKey("partners.id", ondelete="CASCADE"), primary_key=True),
    Column("alias", PlainText, primary_key=True),
)

handles = Table(
    "handles",
    metadata,
    Column("channel", PlainText, primary_key=True),
    Column("account", PlainText, primary_key=True),  # model.account_key of what was written
    Column("handle", PlainText, nullable=False),
    Column("partner_id", RowNumber, ForeignKey("partners.id", ondelete="CASCADE")),  # null: it is ours
)

sources = Table(
    "sources",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("name", PlainText, nullable=False, unique=True),
    Column("channel", PlainText, nullable=False),
    Column("settings", JsonColumn, nullable=False),  # never a secret
    Column("settings_hash", PlainText, nullable=False),  # keyed, over the secrets too: tells of a change
    Column("partner_id", RowNumber, ForeignKey("partners.id", ondelete="SET NULL")),
    Column("every_seconds", Integer, nullable=False),
    Column("provisioned", Boolean, nullable=False, server_default=true()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("status", PlainText, nullable=False, server_default="ok"),
    Column("reason", PlainText, nullable=False, server_default=""),
    Column("cursor", JsonColumn, nullable=False),
    Column("next_attempt_at", UtcDateTime),  # null: off, until a person acts
    Column("asked_to_wait_until", UtcDateTime),  # the service's own wish; only --force overrides it
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("missing_since", UtcDateTime),  # first of an unbroken row of 404s
    Column("last_attempt_at", UtcDateTime),
    Column("last_success_at", UtcDateTime),
    Column("last_new_at", UtcDateTime),
    Column("silence_seconds", Integer),  # longer than its usual pauses; null: too little is known
    Column("moved_to", PlainText),
    Column("quota_left", Integer),
    Column("quota_until", UtcDateTime),
    *_claim_columns(),
)
Index("ix_sources_due", sources.c.next_attempt_at)  # claims.due_sources

KEPT_BY_HAND = "note"
"""The channel of what people write down themselves: its one source is stored like any, and nobody listens to it."""

authors = Table(
    "authors",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("channel", PlainText, nullable=False),
    Column("account", PlainText, nullable=False),
    Column("external_id", PlainText, nullable=False, server_default=""),
    Column("handle", PlainText, nullable=False),
    Column("name", PlainText, nullable=False, server_default=""),
    Column("url", PlainText, nullable=False, server_default=""),
    Column("partner_id", RowNumber, ForeignKey("partners.id", ondelete="SET NULL")),
    Column("ours", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("channel", "account", "name"),  # a feed's host speaks under many names
)
Index("ix_authors_account", authors.c.account)  # search by author

mentions = Table(
    "mentions",
    metadata,
    # storage/ids.py; INTEGER on SQLite, so that it is the row's own number and full text comes in its order
    Column("id", RowNumber, primary_key=True, autoincrement=False),
    Column("channel", PlainText, nullable=False),
    Column("scope", PlainText, nullable=False),
    Column("external_id", PlainText, nullable=False),
    Column("author_id", RowNumber, ForeignKey("authors.id", ondelete="SET NULL")),
    Column("url", PlainText, nullable=False, server_default=""),
    Column("title", PlainText, nullable=False, server_default=""),
    Column("text", PlainText, nullable=False),
    Column("content_hash", PlainText, nullable=False),  # of title and text: another one is an edit
    Column("story_id", BigInteger, nullable=False),
    Column("lang_hint", PlainText),
    Column("lang", PlainText),
    Column("published_at", UtcDateTime, nullable=False),
    Column("undated", Boolean, nullable=False, server_default=false()),
    Column("collected_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("deleted_at", UtcDateTime),
    Column("parent_external_id", PlainText),
    Column("thread_external_id", PlainText, nullable=False),  # its own external id where it begins a thread
    Column("author_partner_id", RowNumber, ForeignKey("partners.id", ondelete="SET NULL")),
    Column("by_us", Boolean, nullable=False, server_default=false()),
    Column("waits", Boolean, nullable=False, server_default=false()),  # unanswered (design.md, section 2)
    Column("raw", JsonColumn),
    Column("analyzed_as", PlainText),  # the analysis' version; null: undone
    Column("unmatched", Boolean, nullable=False, server_default=false()),  # analysed, rules not asked yet
    Column("recheck_at", UtcDateTime),  # when its source is asked about it again; null: it cannot tell
    *_claim_columns(),
    UniqueConstraint("channel", "scope", "external_id"),
)
Index("ix_mentions_collected", mentions.c.collected_at)  # digests, alerts
# ix_mentions_author, by author, is another one on each engine: migration 0015
Index("ix_mentions_channel", mentions.c.channel, mentions.c.id)  # search by channel, newest first
Index("ix_mentions_thread", mentions.c.channel, mentions.c.scope, mentions.c.thread_external_id)  # answers
Index(  # stories: who belongs to another's
    "ix_mentions_story",
    mentions.c.story_id,
    sqlite_where=text("story_id <> id"),
    postgresql_where=text("story_id <> id"),
)
Index(  # claims.unanalyzed
    "ix_mentions_unanalyzed",
    mentions.c.id,
    sqlite_where=mentions.c.analyzed_as.is_(None),
    postgresql_where=mentions.c.analyzed_as.is_(None),
)
Index(  # rechecks.claim
    "ix_mentions_recheck",
    mentions.c.recheck_at,
    sqlite_where=mentions.c.recheck_at.is_not(None),
    postgresql_where=mentions.c.recheck_at.is_not(None),
)
# SQLite uses a partial index only for the very words of its condition, and a statement says ``unmatched = 1`` there.
Index(  # annotations.unmatched
    "ix_mentions_unmatched",
    mentions.c.id,
    sqlite_where=text("unmatched = 1"),
    postgresql_where=text("unmatched"),
)
Index(  # reading.waiting
    "ix_mentions_waits", mentions.c.id, sqlite_where=text("waits = 1"), postgresql_where=text("waits")
)
Index(  # search by who speaks, newest first
    "ix_mentions_voice",
    mentions.c.author_partner_id,
    mentions.c.id,
    sqlite_where=mentions.c.author_partner_id.is_not(None),
    postgresql_where=mentions.c.author_partner_id.is_not(None),
)
Index(  # digests.partners_heard_before
    "ix_mentions_spoke",
    mentions.c.author_partner_id,
    mentions.c.published_at,
    mentions.c.collected_at,
    sqlite_where=mentions.c.author_partner_id.is_not(None),
    postgresql_where=mentions.c.author_partner_id.is_not(None),
)
Index(  # claims.outdated
    "ix_mentions_analyzed_as",
    mentions.c.analyzed_as,
    mentions.c.id,
    sqlite_where=mentions.c.deleted_at.is_(None),
    postgresql_where=mentions.c.deleted_at.is_(None),
)

Index(  # claims.release_the_dead
    "ix_mentions_claimed",
    mentions.c.claimed_by,
    sqlite_where=mentions.c.claimed_by.is_not(None),
    postgresql_where=mentions.c.claimed_by.is_not(None),
)

search_texts = Table(  # beside the mentions, whose rows are written several times: this one is written once
    "search_texts",
    metadata,
    Column(
        "mention_id",
        RowNumber,
        ForeignKey("mentions.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("said", PlainText, nullable=False),  # stems (storage/words.py), that full text is made of
    Column("title_length", Integer, nullable=False, server_default="0"),  # so much of it is the title's
)

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("query", PlainText, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)

mention_sources = Table(
    "mention_sources",
    metadata,
    Column("source_id", RowNumber, ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True),
    Column("first_seen_at", UtcDateTime, nullable=False),
    # of what this source said last: it tells an edit from two sources that show one mention in different words
    Column("content_hash", PlainText, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
Index("ix_mention_sources_mention", mention_sources.c.mention_id)  # a mention's sources
Index(  # what a source brought for its first time in a period
    "ix_mention_sources_seen", mention_sources.c.source_id, mention_sources.c.first_seen_at
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), nullable=False),
    Column("title", PlainText, nullable=False),
    Column("text", PlainText, nullable=False),
    Column("replaced_at", UtcDateTime, nullable=False),
)
Index("ix_revisions_mention", revisions.c.mention_id)  # a mention's history

mention_annotations = Table(
    "annotations",
    metadata,
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", PlainText, primary_key=True),
    Column("label", PlainText, primary_key=True),
    Column("n", Integer, primary_key=True),  # a partner may stand in a text twice
    Column("score", Float),
    Column("confidence", Float, nullable=False),
    Column("because", JsonColumn, nullable=False),
    Column("origin", PlainText, nullable=False),
    Column("version", PlainText, nullable=False),
    sqlite_with_rowid=False,
)
Index(  # mentions by label
    "ix_annotations_label",
    mention_annotations.c.kind,
    mention_annotations.c.label,
    mention_annotations.c.mention_id,
)

corrections = Table(  # what a person says of a tag; the latest that is not undone holds
    "corrections",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("label", PlainText, nullable=False),
    Column("holds", Boolean, nullable=False),  # false: the label is not there
    Column("content_hash", PlainText, nullable=False),  # of the words that the person had before them
    Column("said_by", PlainText, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
)
Index("ix_corrections_mention", corrections.c.mention_id)  # a mention's corrections

rules = Table(
    "rules",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("name", PlainText, nullable=False, unique=True),
    Column("kind", PlainText, nullable=False),
    Column("provisioned", Boolean, nullable=False, server_default=true()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("rule_id", RowNumber, ForeignKey("rules.id", ondelete="CASCADE"), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("state", PlainText, nullable=False, server_default="open"),
    Column("fired_at", UtcDateTime, nullable=False),
    Column("partner_id", RowNumber, ForeignKey("partners.id", ondelete="SET NULL")),
    Column("text", PlainText, nullable=False),
    Column("changed_at", UtcDateTime),  # acknowledged or snoozed
    Column("escalated_at", UtcDateTime),
    Column("snoozed_until", UtcDateTime),
)
Index("ix_alerts_fired", alerts.c.fired_at)  # alerts list

alert_mentions = Table(
    "alert_mentions",
    metadata,
    Column("rule_id", RowNumber, ForeignKey("rules.id", ondelete="CASCADE"), primary_key=True),
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True),
    Column("alert_id", RowNumber, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_alert_mentions_mention", alert_mentions.c.mention_id)  # a mention's alerts
Index("ix_alert_mentions_alert", alert_mentions.c.alert_id)  # an alert's mentions

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("key", PlainText, nullable=False, unique=True),
    Column("kind", PlainText, nullable=False),
    Column("recipient", PlainText, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("text", PlainText, nullable=False),
    Column("html", PlainText, nullable=False),
    Column("headers", JsonColumn, nullable=False),
    Column("data", JsonColumn),  # what a program is told beside the words; null: nothing
    Column("state", PlainText, nullable=False, server_default="waiting"),  # waiting, sent, failed, withdrawn
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime),  # null: nothing more to do
    Column("first_attempt_at", UtcDateTime),  # tried since then, or kept waiting by a way that rests
    Column("sent_at", UtcDateTime),
    Column("failed_at", UtcDateTime),
    Column("last_error", PlainText, nullable=False, server_default=""),
    *_claim_columns(),
)
Index("ix_outbox_due", outbox.c.next_attempt_at)  # claims.due_messages

outbox_mentions = Table(
    "outbox_mentions",
    metadata,
    Column("message_id", RowNumber, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_outbox_mentions_mention", outbox_mentions.c.mention_id)  # letters that quote what was taken back

digests = Table(
    "digests",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("recipient", PlainText, nullable=False),
    Column("period_start", UtcDateTime, nullable=False),
    Column("period_end", UtcDateTime, nullable=False),
    Column("built_at", UtcDateTime, nullable=False),
    Column("message_key", PlainText),  # null: nothing was heard and `when_empty` says skip
    Column("withdrawn", Boolean, nullable=False, server_default=false()),  # its letter: it is written anew
    UniqueConstraint("name", "recipient", "period_end"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("what", PlainText, nullable=False),
    Column("which", PlainText, nullable=False),
    Column("why", PlainText, nullable=False),
    Column("who", PlainText, nullable=False, server_default=""),  # the person who asked for it; empty: nobody
)
