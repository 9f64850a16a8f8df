"""What is told: rules and alerts, digests, the outbox, and the audit of what was taken back.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import JsonColumn, PlainText, RowNumber, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of this half."""
    _audit()
    _digests()
    _keys()
    _outbox()
    _rules()
    _alerts()
    _alert_mentions()
    _outbox_mentions()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", PlainText(), nullable=False),
        sa.Column("which", PlainText(), nullable=False),
        sa.Column("why", PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("recipient", PlainText(), nullable=False),
        sa.Column("period_start", UtcDateTime(), nullable=False),
        sa.Column("period_end", UtcDateTime(), nullable=False),
        sa.Column("built_at", UtcDateTime(), nullable=False),
        sa.Column("message_key", PlainText(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint(
            "name", "recipient", "period_end", name=op.f("uq_digests_name_recipient_period_end")
        ),
    )


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("value", PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_keys")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("key", PlainText(), nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("recipient", PlainText(), nullable=False),
        sa.Column("subject", PlainText(), nullable=False),
        sa.Column("text", PlainText(), nullable=False),
        sa.Column("html", PlainText(), nullable=False),
        sa.Column("headers", JsonColumn, nullable=False),
        sa.Column("state", PlainText(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", PlainText(), server_default="", nullable=False),
        sa.Column("claimed_by", PlainText(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_due", "outbox", ["next_attempt_at"], unique=False)


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("name", PlainText(), nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("provisioned", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_rules_name")),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("rule_id", RowNumber, nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("state", PlainText(), server_default="open", nullable=False),
        sa.Column("fired_at", UtcDateTime(), nullable=False),
        sa.Column("partner_id", RowNumber, nullable=True),
        sa.Column("text", PlainText(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.Column("snoozed_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_alerts_partner_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name=op.f("fk_alerts_rule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_fired", "alerts", ["fired_at"], unique=False)


def _alert_mentions() -> None:
    op.create_table(
        "alert_mentions",
        sa.Column("rule_id", RowNumber, nullable=False),
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.Column("alert_id", RowNumber, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_mentions_alert_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_alert_mentions_mention_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["rules.id"], name=op.f("fk_alert_mentions_rule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", "mention_id", name=op.f("pk_alert_mentions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alert_mentions_alert", "alert_mentions", ["alert_id"], unique=False)
    op.create_index("ix_alert_mentions_mention", "alert_mentions", ["mention_id"], unique=False)


def _outbox_mentions() -> None:
    op.create_table(
        "outbox_mentions",
        sa.Column("message_id", RowNumber, nullable=False),
        sa.Column("mention_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mentions.id"], name=op.f("fk_outbox_mentions_mention_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox.id"], name=op.f("fk_outbox_mentions_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "mention_id", name=op.f("pk_outbox_mentions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outbox_mentions_mention", "outbox_mentions", ["mention_id"], unique=False)
