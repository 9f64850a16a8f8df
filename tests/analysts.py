"""A store as an analyst meets it: filled, with the read-only role on PostgreSQL, and asked through the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import text

from model import Annotation, Author
from storage import reading
from storage.analysts import admit
from storage.daily import keep_current
from storage.engines import is_sqlite
from storage.mentions import add_mentions
from storage.sandbox import Limits, ask
from storage.waiting import refresh_waiting
from tests.lines import FORUM_ID
from tests.stores import NOW, a_store, record_analysis, said

ROLE = 'ana"lyst ]%s'
"""A name that has to be quoted right."""
BRIEF = Limits(rows=20, seconds=1.0, megabytes=128)
CANARY = "canary-7f3a"


def filled(url: str) -> str:
    """Fill the store at an address, and make its read-only role; return the address."""
    with a_store(url) as store:
        with store.writing() as connection:
            heard = [
                said("t3_a", "The boxes came late.", author=Author("NorthsideShelter")),
                said("t1_b", "And late again.", thread_id="t3_a", published_at=NOW - timedelta(days=1)),
                said("t3_c", "Thank you all.", raw={"secret": CANARY}),
            ]
            told = reading.load_mentions(connection, add_mentions(connection, FORUM_ID, heard, now=NOW).new)
            for mention in told:
                label = "yes" if "late" in mention.text else "no"
                tags = [Annotation(kind="concern", label=label, confidence=1.0)]
                tags.append(Annotation(kind="need", label="reliability", confidence=0.5))
                tags.append(Annotation(kind="sentiment", label="negative", confidence=0.5, score=-0.5))
                record_analysis(connection, mention, "en", tags, version="1")
            refresh_waiting(connection, [reading.thread_of(mention) for mention in told])
            connection.execute(text("INSERT INTO keys (name, value) VALUES ('canary', :it)"), {"it": CANARY})
            connection.execute(text("UPDATE sources SET settings_hash = :it"), {"it": CANARY})
            if not is_sqlite(connection):
                admit(connection, ROLE)
        keep_current(store, "UTC")
    return url


def asked(url: str, statement: str, limits: Limits = BRIEF) -> list[tuple[object, ...]]:
    """Return the rows of a statement."""
    with ask(url, statement, limits=limits) as answer:
        return list(answer.rows)


@contextmanager
def taken_away(url: str) -> Iterator[None]:
    """Take the roles away that the block made: they are the server's, not the database's."""
    try:
        yield
    finally:
        if not url.startswith("sqlite"):
            with a_store(url) as store, store.writing() as connection:
                driver = connection.connection.driver_connection
                quoted = '"' + ROLE.replace('"', '""') + '"'
                assert driver is not None
                driver.execute(f"DROP OWNED BY {quoted}")
                driver.execute(f"DROP ROLE {quoted}")
