"""Taken back means gone from the files as well, byte by byte."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from model import Annotation, Author, Mention, Message, Reason
from storage import outbox, tombstones, traces
from storage.mentions import add_mentions
from storage.reading import load_mentions
from storage.schema import audit
from storage.store import Store
from tests.lines import FORUM_ID
from tests.stores import NOW, a_store, record_analysis, said

SIZES = (3, 10, 40, 400, 3000)


def words(number: int) -> list[str]:
    """Return all that is said in mention n and nowhere else."""
    return [f"{part}{number:05d}zq" for part in ("text", "edit", "title", "raw", "author", "url", "shown")]


def post(number: int, random: Random) -> Mention:
    text, _, title, raw, author, url, _ = words(number)
    padding = " ".join(random.choices(("alpha", "beta", "boxes"), k=random.choice(SIZES)))
    return said(
        f"t3_{number}",
        f"{text} {padding}",
        title=title,
        raw={"said": raw},
        author=Author(author, name=author),
        url=f"https://{url}.example/",
    )


def live(store: Store, rounds: int, *, random: Random) -> list[int]:
    """Hear, analyse, quote, edit and bury many mentions; return the numbers of those that were taken back."""
    heard, gone = 0, set[int]()
    for _ in range(rounds):
        numbers = range(heard, heard + 60)
        heard += 60
        with store.writing() as connection:
            new = add_mentions(connection, FORUM_ID, [post(n, random) for n in numbers], now=NOW).new
            for mention in load_mentions(connection, new):
                because = (Reason("text", 0, 11, mention.text[:11], 1.0),)
                tag = Annotation(kind="need", label="quality", confidence=1.0, because=because)
                record_analysis(connection, mention, "en", [tag], version="1")
            shown = words(numbers[0])[-1]
            letter = Message(key=shown, recipient="mailto:a", kind="digest", subject=shown, text=shown)
            outbox.put(connection, letter, new[:1], now=NOW)
        with store.writing() as connection:
            edits = [
                said(f"t3_{n}", f"{words(n)[1]} {'pad ' * random.randrange(300)}", author=Author(words(n)[4]))
                for n in random.sample(sorted(set(range(heard)) - gone), 20)
            ]
            add_mentions(connection, FORUM_ID, edits, now=NOW)
            back = {numbers[0], *random.sample(range(heard), 15)}
            tombstones.bury(connection, FORUM_ID, [f"t3_{n}" for n in sorted(back - gone)], now=NOW)
            gone |= back
    return sorted(gone)


def left(folder: Path, gone: Iterable[int]) -> list[str]:
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    return [
        f"{word} in {name}"
        for number in gone
        for word in words(number)
        for name, content in files.items()
        if word.encode() in content
    ]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_what_was_taken_back_is_found_in_no_byte_of_the_files(tmp_path: Path, seed: int) -> None:
    """faults.md 26."""
    with a_store(tmp_path) as store:
        gone = live(store, 8, random=Random(seed))
        before = left(tmp_path, gone)

        assert traces.purge_traces(store, now=NOW)

        assert before != []
        assert left(tmp_path, gone) == []
    assert left(tmp_path, gone) == []


def test_the_traces_are_purged_only_where_there_may_be_any_and_seldom(store_url: str) -> None:
    with a_store(store_url) as store:
        nothing = traces.purge_traces(store, now=NOW)
        live(store, 1, random=Random(1))
        first, again = (traces.purge_traces(store, now=NOW) for _ in range(2))
        live_on(store, "t3_50")
        soon = traces.purge_traces(store, now=NOW + timedelta(hours=1))
        later = traces.purge_traces(store, now=NOW + traces.EVERY)

        assert (nothing, first, again, soon, later) == (False, True, False, False, True)
        with store.reading() as connection:
            assert list(
                connection.execute(select(audit.c.what).where(audit.c.what == "purged")).scalars()
            ) == [
                "purged",
                "purged",
            ]


def live_on(store: Store, external_id: str) -> None:
    """Bring one more, and let it be taken back."""
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, [said(external_id, "back again")], now=NOW)
        assert tombstones.bury(connection, FORUM_ID, [external_id], now=NOW)


def test_where_somebody_reads_it_is_left_for_another_time_and_nobody_is_held_up(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        live(store, 1, random=Random(1))
        with store.reading() as reader:
            reader.execute(select(audit.c.id)).all()
            live_on(store, "t3_50")

            done = traces.purge_traces(store, now=NOW)

        assert (done, traces.purge_traces(store, now=NOW)) == (False, True)
