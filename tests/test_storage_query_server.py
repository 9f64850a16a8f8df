"""Where PostgreSQL looks for a word: along all texts for a common one, in the index of words for a rare one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from storage import open_store
from storage.query.conditions import Asking
from storage.query.explain import how
from storage.query.moments import Clock
from storage.query.parse import parse
from storage.query.plan import page, ways
from storage.store import Store
from tests.postgres import PostgresServer
from tests.stores import NOW

N, RARE = 10_000, 5
MENTIONS = """
INSERT INTO mentions (
    id, channel, scope, external_id, text, content_hash, story_id, published_at, collected_at, thread_external_id
) SELECT n, 'rss', '', n::text, '', '', n, :now, :now, n::text FROM generate_series(1, :n) AS n
"""
TEXTS = """
INSERT INTO search_texts (mention_id, said)
SELECT n, CASE WHEN n % (:n / :rare) = 7 THEN 'kumquat ' ELSE '' END || common.words
FROM generate_series(1, :n) AS n,
    (SELECT 'box ' || string_agg('word' || number, ' ') AS words FROM generate_series(1, 30) AS number) AS common
"""


@pytest.fixture(scope="module")
def store(postgres: PostgresServer) -> Iterator[Store]:
    """A store of which each mention says a word, and a few another one; the server has counted its words."""
    with postgres.database() as url:
        store = open_store(url)
        with store.writing() as connection:
            connection.execute(text(MENTIONS), {"n": N, "now": NOW})
            connection.execute(text(TEXTS), {"n": N, "rare": RARE})
            connection.execute(text("SELECT gin_clean_pending_list('ix_search_texts_words')"))
            connection.execute(text("ANALYZE search_texts"))
        yield store
        store.close()


@pytest.mark.parametrize(
    ("word", "index"), [("kumquat", "ix_search_texts_words"), ("box", "pk_search_texts")]
)
def test_the_newest_hits_are_looked_for_where_least_is_read(store: Store, word: str, index: str) -> None:
    tree = parse(word)
    assert tree is not None

    with store.reading() as connection:
        asking = Asking(connection, Clock(NOW))
        found = ways(asking, tree)
        statement = page(asking, found, limit=RARE)
        told = "\n".join(how(asking, found, statement))
        ids = connection.execute(statement).scalars().all()

    assert index in told
    assert len(ids) == RARE


def test_the_words_are_part_of_the_statement_that_is_prepared(store: Store) -> None:
    def prepared() -> list[str]:
        with store.reading() as connection:
            asking = Asking(connection, Clock(NOW))
            tree = parse("kumquat")
            for _ in range(7):  # at the sixth time the driver prepares it
                connection.execute(page(asking, ways(asking, tree), limit=RARE)).all()
            return list(connection.execute(text("SELECT statement FROM pg_prepared_statements")).scalars())

    assert [one for one in prepared() if "kumquat" in one]
