"""Where a title ends in the search text: told for what was stored before there was a column for it."""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, select, update

from storage.mentions import add_mentions
from storage.migrations import scripts
from storage.schema import search_texts
from storage.search import Query, search
from storage.store import Store
from tests.lines import FORUM_ID
from tests.stores import NOW, said

TITLES = ["", "Late boxes", "?!", "Food-bank's hours", "a"]


def ends(connection: Connection) -> list[tuple[str, int]]:
    columns = (search_texts.c.said, search_texts.c.title_length)
    return [tuple(row) for row in connection.execute(select(*columns).order_by(search_texts.c.mention_id))]


def test_the_migration_tells_of_old_mentions_what_is_told_of_new_ones(store: Store) -> None:
    revision = scripts().get_revision("0004")
    assert revision is not None
    with store.writing() as connection:
        heard = [said(f"m{number}", "box", title=title) for number, title in enumerate(TITLES)]
        add_mentions(connection, FORUM_ID, heard, now=NOW)
        told = ends(connection)
        connection.execute(update(search_texts).values(title_length=0))

        with Operations.context(MigrationContext.configure(connection, opts={"tell": lambda *_: None})):
            revision.module._tell_where_titles_end()

        assert ends(connection) == told
        assert [text[:length] for text, length in told] == ["", "late box", "", "food bank s hour", "a"]


def test_an_edit_moves_the_end(store: Store) -> None:
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, [said("a", "bread", title="Late boxes")], now=NOW)
        add_mentions(connection, FORUM_ID, [said("a", "late bread", title="Boxes")], now=NOW)

        def found(words: str) -> int:
            return len(list(search(connection, Query(words=words), limit=None)))

        assert [found("title:late"), found("title:boxes"), found("title:bread"), found("late bread")] == [
            0,
            1,
            0,
            1,
        ]
