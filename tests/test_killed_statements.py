"""A cycle killed before any of its statements and commits, on both engines: nothing is lost, nothing is doubled."""

from __future__ import annotations

import email
import email.policy
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from delivery.mailbox import received_mail
from delivery.message import message_id
from tests.feeds import XML, item, rss
from tests.killed_cycle import BLOGS, Cycles, cycles, keys_in_outbox, left
from tests.postgres import PostgresServer
from tests.scripted import Answer, ScriptedServer
from tests.stores import NOW

DAY = timedelta(days=1)
DATE = "Thu, 19 Nov 2026 10:00:00 GMT"


def heard_on(server: ScriptedServer, day: int) -> None:
    """Let the blogs say something; a day later one post is edited and one is new."""
    for number, blog in enumerate(BLOGS):
        first = "The boxes came late." if day == 0 else "The boxes came late, and two were missing."
        posts = [(1, first), (2, "Thank you!"), (3, "Is Riverside open on Friday?"), (4, "Late again.")]
        said = [item(10 * number + n, words, date=DATE) for n, words in posts[: 3 + day]]
        server.route(f"/{blog}", Answer(headers=XML, body=rss(*said)))


def letters(folder: Path) -> dict[str, set[str]]:
    """Return what arrived: the texts of each Message-ID."""
    found: dict[str, set[str]] = {}
    for path in folder.glob("*.eml"):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = letter.get_body(("plain",))
        assert body is not None
        found.setdefault(str(letter["Message-ID"]), set()).add(body.get_content())
    return found


Left = dict[str, Counter[tuple[object, ...]]]


def undisturbed(runs: Cycles, url: str, folder: Path, server: ScriptedServer) -> tuple[Left, int]:
    """Return what two days leave in a store that nobody kills, and the statements of the longer one."""
    counts = []
    with received_mail(folder) as port:
        for day in range(2):
            heard_on(server, day)
            counts.append(runs.run(url, server.url, port, NOW + day * DAY) or 0)
    return left(url), max(counts)


def killed_for_two_days(
    runs: Cycles, url: str, folder: Path, server: ScriptedServer, random: Random, *, most: int, times: int
) -> int:
    """Kill the cycles of two days, each up to so many times, at any of ``most`` places; return how often that was."""
    kills = 0
    with received_mail(folder) as port:
        for day in range(2):
            heard_on(server, day)
            for _ in range(times):
                at = random.randint(1, most)
                if runs.run(url, server.url, port, NOW + day * DAY, killed_at=at) is not None:
                    break  # it was through before
                kills += 1
            assert runs.run(url, server.url, port, NOW + day * DAY) is not None
    arrived = letters(folder)
    assert set(arrived) == {message_id(key, "localhost") for key in keys_in_outbox(url)}
    assert all(len(copies) == 1 for copies in arrived.values())  # a repeat says the same
    return kills


@pytest.fixture(scope="module")
def runs() -> Iterator[Cycles]:
    with cycles() as running:
        yield running


@pytest.fixture
def fresh(
    postgres: PostgresServer, migrated_file: Path, tmp_path: Path
) -> Callable[[str], AbstractContextManager[str]]:
    """What makes the address of a new store on an engine."""
    numbers = count()

    @contextmanager
    def on(engine: str) -> Iterator[str]:
        if engine == "postgresql":
            with postgres.database() as url:
                yield url
            return
        file = shutil.copy(migrated_file, tmp_path / f"{next(numbers)}.db")
        yield f"sqlite:///{file}"

    return on


def test_cycles_that_are_killed_at_any_statement_lose_and_double_nothing(
    runs: Cycles, fresh: Callable[[str], AbstractContextManager[str]], server: ScriptedServer, tmp_path: Path
) -> None:
    """faults.md 63. Whoever is killed on PostgreSQL leaves what nobody disturbed leaves on SQLite."""
    with fresh("sqlite") as url:
        expected, most = undisturbed(runs, url, tmp_path / "undisturbed", server)
    with fresh("postgresql") as url:
        kills = killed_for_two_days(runs, url, tmp_path / "mail", server, Random(1), most=most // 2, times=2)

        found = left(url)

    assert kills > 0
    assert found == expected


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_two_hundred_kills_at_any_statement_lose_and_double_nothing(
    runs: Cycles,
    fresh: Callable[[str], AbstractContextManager[str]],
    server: ScriptedServer,
    tmp_path: Path,
    engine: str,
) -> None:
    """faults.md 63. docs/kills.md keeps the result."""
    with fresh("sqlite") as url:
        expected, most = undisturbed(runs, url, tmp_path / "undisturbed", server)
    kills = rounds = 0
    while kills < 200:
        rounds += 1
        with fresh(engine) as url:
            mail = tmp_path / f"mail-{rounds}"
            kills += killed_for_two_days(runs, url, mail, server, Random(rounds), most=most, times=12)
            assert left(url) == expected, f"round {rounds}"

    print(f"{kills} kills in {rounds} rounds on {engine}, at any of {most} statements and commits")  # noqa: T201
