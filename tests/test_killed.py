"""Killed at any moment and started again: nothing is lost, nothing is there twice, every letter arrives.

A round is one installation that hears the town twice, a day apart. The process is killed again and again, each
time a little further on, until a cycle runs through; then the store is compared with one that nobody disturbed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from collectors.demo import Community, serve
from delivery.mailbox import received_mail
from delivery.message import message_id
from tests.demo_town import (
    Moment,
    Timeline,
    Town,
    cycle,
    keys_in_outbox,
    left,
    received,
    sleep_a_day,
    watched,
)

DOMAIN = "rfn.example"


@dataclass(frozen=True)
class Undisturbed:
    """What two cycles leave that nobody kills, and when what happened in them."""

    left: dict[str, Any]
    letters: list[str]
    times: tuple[Timeline, Timeline]


@pytest.fixture(scope="module")
def community() -> Iterator[Community]:
    with serve(datetime.now(UTC)) as town:
        yield town


@contextmanager
def town_in(folder: Path, community: Community) -> Iterator[Town]:
    folder.mkdir()
    town = Town(folder, community)
    community.poll = 1
    with received_mail(town.mail) as port:
        town.configure(port)
        yield town


@pytest.fixture(scope="module")
def undisturbed(community: Community, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    with town_in(tmp_path_factory.mktemp("undisturbed") / "town", community) as town:
        first = watched(town)
        sleep_a_day(town)
        community.advance()
        second = watched(town)
        subjects = sorted(subject for letters in received(town).values() for subject, _ in letters)
        return Undisturbed(left(town), subjects, (first, second))


def moments(town: Town, times: Timeline, random: Random) -> list[tuple[str, Moment]]:
    """Return four moments of a cycle, by chance, in the order in which its stages come."""
    n_read = random.randrange(times.n_sources)
    restart = (
        times.first_source + times.first_letter - times.last_source
    )  # a start that has nothing to collect
    anywhere, late = random.uniform(0, restart), random.uniform(restart / 2, restart)
    n_letters = len(town.letters()) + random.randrange(1, times.n_letters)
    a_little = [random.uniform(0, 0.02) for _ in range(2)]
    return [
        (f"{n_read} sources read", after(lambda: town.sources_read() >= n_read, a_little[0])),
        (f"{anywhere:.2f} s", lambda since: since >= anywhere),
        (f"{late:.2f} s", lambda since: since >= late),
        ("letters", after(lambda: len(town.letters()) >= n_letters, a_little[1])),
    ]


def after(happened: Any, pause: float) -> Moment:
    """Return the moment that is so many seconds after something happened."""
    at: list[float] = []

    def has_come(since: float) -> bool:
        if not at and happened():
            at.append(since)
        return bool(at) and since >= at[0] + pause

    return has_come


def killed_until_it_is_through(town: Town, times: Timeline, random: Random) -> list[str]:
    """Kill the cycle at each moment; then let it run through. Return where it was killed."""
    struck: list[str] = []
    for words, moment in moments(town, times, random):
        if not cycle(town, kill_at=moment):
            return struck  # it was through before: everything is done
        struck.append(words)
    assert not cycle(town)
    return struck


def round_of_kills(folder: Path, community: Community, expected: Undisturbed, seed: int) -> list[str]:
    """Kill both cycles of a round; AssertionError when what is left then is not what it should be."""
    random = Random(seed)
    with town_in(folder, community) as town:
        struck = killed_until_it_is_through(town, expected.times[0], random)
        sleep_a_day(town)
        community.advance()
        struck += killed_until_it_is_through(town, expected.times[1], random)
        compare(town, expected)
    return struck


def compare(town: Town, expected: Undisturbed) -> None:
    found = left(town)
    for what, rows in expected.left.items():
        more, less = found[what] - rows, rows - found[what]
        assert (more, less) == (Counter(), Counter()), what
    assert {name: max(rows.values()) for name, rows in found.items() if name == "mentions"} == {"mentions": 1}
    letters = received(town)
    assert set(letters) == {message_id(key, DOMAIN) for key in keys_in_outbox(town)}
    for copies in letters.values():
        assert len(set(copies)) == 1  # a repeat says the same
    assert sorted(copies[0][0] for copies in letters.values()) == expected.letters


def kill(times: int, folder: Path, community: Community, expected: Undisturbed) -> list[str]:
    struck: list[str] = []
    for seed in range(100):
        if len(struck) >= times:
            break
        struck += round_of_kills(folder / f"round-{seed}", community, expected, seed)
    return struck


@pytest.mark.timeout(900)  # some twelve processes, each of which starts spaCy
def test_eight_kills_lose_and_double_nothing(
    tmp_path: Path, community: Community, undisturbed: Undisturbed
) -> None:
    """faults.md 63."""
    struck = kill(8, tmp_path, community, undisturbed)

    assert len(struck) >= 8


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_two_hundred_kills_lose_and_double_nothing(
    tmp_path: Path, community: Community, undisturbed: Undisturbed
) -> None:
    """faults.md 63. docs/kills.md keeps the result."""
    began = time.monotonic()

    struck = kill(200, tmp_path, community, undisturbed)

    print(f"{len(struck)} kills in {time.monotonic() - began:.0f} s: {'; '.join(struck)}")  # noqa: T201
    assert len(struck) >= 200
