"""How fast many rules are asked about new mentions: ``python -m bench.rules [--stored N] [--rules N] [--new N]``.

A store is filled with invented posts. Then rules are asked about a batch of new ones: from an index of the batch
alone, as ``match`` does it, and for comparison each rule over the stored index, of which the new ones are then kept.
Both say the same, and the ratio of their times is what counts.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Select, update

from bench.feeds import WORDS
from bench.machine import load, machine
from model import Author, Mention, Organisation, Settings, Source
from storage import open_store
from storage.batch import indexed
from storage.mentions import add_mentions
from storage.provision import provision
from storage.query.conditions import Asking
from storage.query.moments import Clock
from storage.query.parse import parse
from storage.query.plan import page, ways
from storage.query.resolve import resolved
from storage.schema import mentions
from storage.store import Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT_ONCE = 1_000
SYLLABLES = "al bo cu da el fa gu hi jo ka lo mi nu or pa qui ra su ti vo wen yar zed".split()  # noqa: SIM905
VOCABULARY = [*WORDS, *("".join(three) for three in product(SYLLABLES, repeat=3))][:8_000]
OFTEN = [1 / rank for rank in range(2, len(VOCABULARY) + 2)]
"""How often each word is said beside the others: by its rank, as in any language (Zipf)."""
ASKED = VOCABULARY[40:2_000]
"""Words that people write rules about: neither the commonest nor those that nobody says."""
CHANNELS = ("rss", "reddit", "mastodon")


def post(number: int, chance: random.Random) -> Mention:
    """Return an invented post of 20 to 60 words."""
    words = chance.choices(VOCABULARY, OFTEN, k=chance.randint(20, 60))
    return Mention(
        channel=chance.choice(CHANNELS),
        scope="",
        external_id=f"p{number}",
        text=" ".join(words).capitalize() + ".",
        author=Author(f"voice{chance.randrange(500)}"),
        published_at=NOW - timedelta(minutes=10_000_000 / (number + 10)),
    )


def queries(n: int, chance: random.Random) -> list[str]:
    """Return rules' queries as people write them: words, phrases, words near each other, with fields and without."""
    made = []
    for number in range(n):
        one, two, three = chance.sample(ASKED, 3)
        made.append(
            (
                one,
                f"{one} {two}",
                f'"{one} {two}" OR {three}',
                f'"{one} {two}"~5 OR {three}',
                f"({one} OR {two}) -{three}",
                f"{one} channel:{chance.choice(CHANNELS)}",
                f"{one[:5]}* {two}",
                f"{one} OR {two} OR {three}",
            )[number % 8]
        )
    return made


@contextmanager
def filled(folder: Path, stored: int, new: int, chance: random.Random) -> Iterator[tuple[Store, list[int]]]:
    """Yield a store with so many posts, and the ids of the newest of them."""
    store = open_store(f"sqlite:///{folder / 'earshot.db'}")
    source = Source(name="all", channel="rss", settings={"url": "https://all.example/feed"})
    configured = Settings(organisation=Organisation(name="Bench"), store_url="", sources=(source,))
    ids: list[int] = []
    try:
        with store.writing() as connection:
            provision(connection, configured, now=NOW)
        for start in range(0, stored + new, AT_ONCE):
            with store.writing() as connection:
                some = [post(number, chance) for number in range(start, min(start + AT_ONCE, stored + new))]
                ids += add_mentions(connection, 1, some, now=NOW).new
        with store.writing() as connection:
            connection.execute(update(mentions).values(analyzed_as="bench"))
        yield store, ids[-new:]
    finally:
        store.close()


def by_batch(connection: Connection, asked: Sequence[str], ids: Sequence[int]) -> list[set[int]]:
    """Ask all rules of an index of the batch alone."""
    with indexed(connection, ids, clock=Clock(NOW)) as batch:
        return [batch.matching(words) for words in asked]


def by_stored_index(connection: Connection, asked: Sequence[str], ids: Sequence[int]) -> list[set[int]]:
    """Ask each rule of the stored index, and keep of what it finds what is new."""
    among, asking = set(ids), Asking(connection, Clock(NOW))
    return [set(connection.execute(_statement(asking, words)).scalars()) & among for words in asked]


def _statement(asking: Asking, words: str) -> Select[int]:
    tree = parse(words)
    assert tree is not None
    return page(asking, ways(asking, resolved(asking.connection, tree)), limit=1_000_000)


def timed(work: Callable[[], list[set[int]]]) -> tuple[float, list[set[int]]]:
    """Return CPU seconds and what came of it."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def main() -> None:
    """Fill, ask in turns, and print medians and their ratio."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--stored", type=int, default=100_000)
    given.add_argument("--rules", type=int, default=200)
    given.add_argument("--new", type=int, default=1_000)
    given.add_argument("--rounds", type=int, default=5)
    options = given.parse_args()
    chance = random.Random(6)
    print(f"{machine()}; load {load()}")
    with (
        TemporaryDirectory() as folder,
        filled(Path(folder), options.stored, options.new, chance) as (store, ids),
    ):
        asked = queries(options.rules, chance)
        batch, stored = [], []
        for _ in range(options.rounds):
            with store.reading() as connection:
                took, here = timed(lambda: by_batch(connection, asked, ids))
                batch.append(took)
                took, there = timed(lambda: by_stored_index(connection, asked, ids))
                stored.append(took)
            assert here == there, "the two ways differ"
    each, all_at_once = 1000 * median(stored[1:]), 1000 * median(batch[1:])
    hits = sum(map(len, here))
    print(f"{options.rules} rules, {options.new} new, {options.stored} stored; {hits} hits among the new")
    print(f"an index of the batch: {1000 * batch[0]:.0f} ms CPU the first time, then {all_at_once:.0f}")
    print(f"the stored index: {each:.0f} ms CPU; ratio {all_at_once / each:.3f}")


if __name__ == "__main__":
    main()
