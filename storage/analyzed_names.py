"""Whom the stored tags were looked for by: us and the partners, as they were called when the tags were made.

Where somebody is called otherwise now, only the mentions that full text finds for what changed are asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Column, Connection, Table, delete, insert, select, update

from storage.engines import one_at_a_time
from storage.schema import mentions, metadata
from storage.search_index import Either, Phrase, hits, matches
from storage.types import PlainText
from storage.words import forms

analyzed_names = Table(  # whom the stored tags were looked for by: what differs from it is asked again
    "analyzed_names",
    metadata,
    Column("who", PlainText, primary_key=True),  # a partner's name; empty: us
    Column("called", PlainText, primary_key=True),
)

RENAMED = "renamed"
"""What a mention was analysed as whose names mean somebody else now: no version of any analysis."""

Names = Mapping[str, Sequence[str]]
"""By who it is, a partner's name or empty for us, how they are called."""


def changed_names(connection: Connection, names: Names) -> set[str] | None:
    """Return the names that mean somebody else than when tags were made; None where that was never written down."""
    known = {(row.who, row.called) for row in connection.execute(select(analyzed_names))}
    if not known:
        return None
    return {called for _, called in known ^ _rows(names)}


def keep_names(connection: Connection, names: Names) -> None:
    """Write down by whom tags are looked for from now on."""
    one_at_a_time(connection, "names")
    connection.execute(delete(analyzed_names))
    rows = [{"who": who, "called": called} for who, called in sorted(_rows(names))]
    if rows:
        connection.execute(insert(analyzed_names), rows)


def ask_again(connection: Connection, called: Iterable[str]) -> int:
    """Let the mentions that say one of these words or phrases wait to be analysed again; return how many."""
    phrases = tuple(Phrase(found) for found in map(forms, called) if found)
    if not phrases:
        return 0
    index, hit = hits(connection)
    found = select(hit).select_from(index).where(matches(connection, Either(phrases)))
    stale = update(mentions).where(
        mentions.c.id.in_(found), mentions.c.analyzed_as.is_not(None), mentions.c.deleted_at.is_(None)
    )
    return connection.execute(stale.values(analyzed_as=RENAMED)).rowcount


def _rows(names: Names) -> set[tuple[str, str]]:
    return {(who, called) for who, all_of_them in names.items() for called in all_of_them}
