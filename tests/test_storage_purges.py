"""No word comes back that was taken out while a letter was written: one waits for the other, on both engines."""

from __future__ import annotations

from threading import Event, Thread

from sqlalchemy import select

from model import Message
from storage import outbox, tombstones
from storage.mentions import add_mentions
from storage.purges import count_purges, hold_purges
from storage.reading import load_mentions
from storage.schema import outbox as letters
from storage.store import Store
from tests.lines import FORUM_ID
from tests.stores import NOW, said


def test_who_is_forgotten_while_a_letter_is_put_away_is_taken_out_of_it_after(store: Store) -> None:
    with store.writing() as connection:
        (row,) = add_mentions(connection, FORUM_ID, [said("t3_a")], now=NOW).new
    begun = Event()

    def forget() -> None:
        begun.set()
        with store.writing() as connection:
            tombstones.bury(connection, FORUM_ID, ["t3_a"], now=NOW)

    with store.writing() as connection:
        hold_purges(connection)
        (mention,) = load_mentions(connection, [row])
        meanwhile = Thread(target=forget)
        meanwhile.start()
        assert begun.wait(60)
        letter = Message(key="k", recipient="mailto:a", kind="alert", subject="s", text=mention.text)
        outbox.put(connection, letter, [row], now=NOW)
    meanwhile.join()

    with store.reading() as connection:
        assert connection.execute(select(letters.c.text)).all() == []
        assert count_purges(connection) == 1


def test_what_is_taken_out_is_counted(store: Store) -> None:
    counts = []
    for name in ("t3_a", "t3_b"):
        with store.writing() as connection:
            add_mentions(connection, FORUM_ID, [said(name)], now=NOW)
            counts.append(hold_purges(connection))
            tombstones.bury(connection, FORUM_ID, [name], now=NOW)

    assert counts == [0, 1]
