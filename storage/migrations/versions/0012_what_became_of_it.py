"""What became of promises, how sources did and since when, and what a letter tells a program.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import JsonColumn, PlainText, RowNumber, UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make two tables and a column; how sources are doing now is the first that is kept of them."""
    op.add_column("outbox", sa.Column("data", JsonColumn, nullable=True))
    op.create_table(
        "promise_outcomes",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("proposal_id", RowNumber, nullable=False),
        sa.Column("said", PlainText(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("due_before", PlainText(), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals.id"],
            name=op.f("fk_promise_outcomes_proposal_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_outcomes")),
    )
    op.create_index("ix_promise_outcomes_proposal", "promise_outcomes", ["proposal_id"], unique=False)
    op.create_index("ix_promise_outcomes_said", "promise_outcomes", ["said_at"], unique=False)
    op.create_table(
        "source_attempts",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("source_id", RowNumber, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("reason", PlainText(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_attempts_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_attempts")),
    )
    op.create_index("ix_source_attempts_source", "source_attempts", ["source_id", "at"], unique=False)
    op.create_index(
        "ix_source_attempts_open",
        "source_attempts",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    _begin_from_now()


def _begin_from_now() -> None:
    """Keep when each source last answered and how it last did; nothing is known of the time before."""
    rows = "INSERT INTO source_attempts (source_id, at, until, status, reason, failures, next_attempt_at)"
    op.execute(
        f"{rows} SELECT id, last_success_at, last_success_at, 'ok', '', 0, NULL FROM sources "
        "WHERE last_success_at IS NOT NULL"
    )
    op.execute(
        f"{rows} SELECT id, last_attempt_at, last_attempt_at, status, reason, failures, next_attempt_at "
        "FROM sources WHERE last_attempt_at IS NOT NULL AND status NOT IN ('ok', 'quiet')"
    )
    op.execute(
        "INSERT INTO chores (name, done_at) SELECT 'how sources did is known', max(last_attempt_at) FROM sources "
        "HAVING max(last_attempt_at) IS NOT NULL"
    )
