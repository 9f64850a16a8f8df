"""Pairs of posts that are one story, found by the whole way: a shared key, then likeness."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, func, insert, select, text

from analysis.said import said
from analysis.story_keys import story_keys
from model import Author, Mention, Organisation, Period, Settings, Source
from stages.stories import place_stories
from storage import open_store, reading, stories
from storage.ids import instant, next_ids
from storage.mentions import add_mentions
from storage.provision import provision
from storage.schema import mentions as table
from storage.store import Store

HERE = Path(__file__).parent
TEXTS = HERE.parent.parent / "analysis" / "training" / "texts"
SETS = ("tuning", "held_back")
BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
BATCH = 200
STORED = 200_000
Pair = tuple[int, int]


def posts(name: str) -> list[tuple[str, Mention]]:
    """Return each post of a set with the name of its story."""
    return list(_read((HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()))


def _read(lines: Sequence[str]) -> Iterator[tuple[str, Mention]]:
    for number, line in enumerate(lines):
        story, channel, account, hours, title, words, url = line.split("\t")
        yield (
            story,
            Mention(
                id=number,
                channel=channel,
                external_id=str(number),
                author=Author(account),
                published_at=BEGIN + timedelta(hours=float(hours)),
                title=title,
                text=words,
                url=url,
            ),
        )


def told_apart(mentions: Sequence[Mention], folder: Path) -> set[Pair]:
    """Return the pairs, by place, that a store has in one story once all were heard, and analysed newest first."""
    with _a_store(folder) as store:
        with store.writing() as connection:
            add_mentions(connection, 1, mentions, now=NOW)
            ids = reading.collected_in(connection, Period(NOW, NOW + timedelta(seconds=1)))
            heard = {int(one.external_id): one for one in reading.load_mentions(connection, ids)}
        for number in range(len(mentions) - 1, -1, -BATCH):
            with store.writing() as connection:
                place_stories(connection, [heard[at] for at in range(number, max(-1, number - BATCH), -1)])
        with store.reading() as connection:
            kept = reading.load_mentions(connection, ids)
    story = {int(one.external_id): one.story_id for one in kept}
    return {pair for pair in combinations(range(len(mentions)), 2) if story[pair[0]] == story[pair[1]]}


@contextmanager
def _a_store(folder: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{folder / 'earshot.db'}")
    source = Source(name="all", channel="rss", settings={"url": "https://all.example/feed"})
    try:
        with store.writing() as connection:
            us = Organisation(name="Riverside Food Network")
            provision(connection, Settings(organisation=us, store_url="", sources=(source,)), now=NOW)
        yield store
    finally:
        store.close()


def main() -> None:
    """Print precision and recall of pairs, with each that is wrong; then how long it takes in a full store."""
    for name in SETS:
        told = posts(name)
        mentions = [mention for _, mention in told]
        pairs = list(combinations(range(len(told)), 2))
        true = {(one, other) for one, other in pairs if told[one][0] == told[other][0]}
        with TemporaryDirectory() as folder:
            got = told_apart(mentions, Path(folder))
        right = len(true & got)
        print(
            f"{name}: {len(told)} posts, {len(true)} pairs; precision {right / max(1, len(got)):.3f}, "
            f"recall {right / len(true):.3f}"
        )
        for one, other in sorted(true ^ got):
            wrong = "missed" if (one, other) in true else "wrong"
            print(f"  {wrong}: {mentions[one].text[:70]!r} / {mentions[other].text[:70]!r}")
    _speed()


def _speed() -> None:
    """Print what keys cost, and placing into a store that holds STORED mentions."""
    random = Random(3)
    words = [
        word
        for file in sorted(TEXTS.rglob("*.tsv"))
        for line in file.read_text(encoding="utf-8").splitlines()[1:]
        for word in line.rpartition("\t")[2].split()
    ]
    made = [_made_up(random, words, number) for number in range(STORED)]
    begin = time.process_time()
    for mention in made[:5_000]:
        story_keys(said(mention))
    print(f"keys: {(time.process_time() - begin) / 5_000 * 1e6:.0f} µs a mention")
    with TemporaryDirectory() as folder, _a_store(Path(folder)) as store:
        for stored in (0, STORED // 10, STORED):
            with store.writing() as connection:
                before = connection.execute(select(func.count()).select_from(table)).scalar_one()
                _fill(connection, made[before:stored])
            spent = _placing(
                store, [_made_up(random, words, 20 * STORED + stored + n) for n in range(5 * BATCH)]
            )
            print(f"placing at {stored:,} stored: {spent * 1e6:.0f} µs a mention")
        with store.reading() as connection:
            pages = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%story%'"
            print(f"bytes a mention: {connection.execute(text(pages)).scalar_one() / STORED:.0f}")


def _fill(connection: Connection, made: Sequence[Mention]) -> None:
    """Write mentions with their keys as they would stand there, without looking for what is alike."""
    moments = [instant(mention.published_at, NOW) for mention in made]
    rows, keys, seals = [], [], []
    for row, mention in zip(next_ids(connection, moments), made, strict=True):
        rows.append(
            {
                "id": row,
                "channel": mention.channel,
                "scope": "made up",
                "external_id": mention.external_id,
                "text": mention.text,
                "url": mention.url,
                "content_hash": "",
                "story_id": row,
                "published_at": mention.published_at,
                "collected_at": NOW,
                "thread_external_id": mention.external_id,
            }
        )
        found = story_keys(said(mention))
        if found is not None:
            seals.append({"mention_id": row, "print": found.print})
            keys += [{"mention_id": row, "key": key} for key in found.keys]
    for into, what in ((table, rows), (stories.story_prints, seals), (stories.story_keys, keys)):
        if what:
            connection.execute(insert(into), what)


def _placing(store: Store, made: Sequence[Mention]) -> float:
    """Return the CPU-seconds that placing takes for each of new mentions."""
    spent = 0.0
    for start in range(0, len(made), BATCH):
        with store.writing() as connection:
            heard = reading.load_mentions(
                connection, add_mentions(connection, 1, made[start : start + BATCH], now=NOW).new
            )
            begin = time.process_time()
            place_stories(connection, heard)
            spent += time.process_time() - begin
    return spent / len(made)


def _made_up(random: Random, words: Sequence[str], number: int) -> Mention:
    """Return a post of words as often as they are in our texts; one of twenty is a copy of an earlier one."""
    source = Random(number % 10_000) if number % 20 == 0 else random
    said_words = source.choices(words, k=source.randint(10, 40))
    at = BEGIN + timedelta(seconds=number % STORED * 60)
    return Mention(
        channel="rss",
        external_id=str(number),
        text=" ".join(said_words),
        url=f"https://a.example/{number}",
        author=Author(f"a{number % 997}"),
        published_at=at,
    )


if __name__ == "__main__":
    main()
