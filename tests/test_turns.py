"""Whose turn it is to be read: never too many of one host, and nobody is forgotten."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from model import Secret, Source
from stages.turns import Hosts, Turns, host_of
from storage.sources import KeptSource
from tests.stores import NOW


def kept(name: str) -> KeptSource:
    return KeptSource(
        id=1,
        name=name,
        channel="rss",
        cursor={},
        every=timedelta(minutes=15),
        failures=0,
        missing_since=None,
        asked_to_wait_until=None,
        last_new_at=None,
        moved_to=None,
        silence=None,
        created_at=NOW,
        is_off=False,
    )


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 3), st.randoms())
def test_every_source_has_its_turn_and_no_host_more_than_its_share(
    named: list[str], share: int, random: object
) -> None:
    """faults.md 22."""
    hosts = Hosts(share)
    turns, read, running = Turns(hosts), [], list[str]()
    turns.add((host, kept(f"{host}{n}")) for n, host in enumerate(named))

    while True:
        turn = turns.take()
        if turn is not None:
            host, source = turn
            running.append(host)
            read.append(source.name)
            assert running.count(host) <= share
        elif running:
            ended = running.pop(random.randrange(len(running)))  # type: ignore[attr-defined]
            hosts.leave(ended)
        else:
            break

    assert sorted(read) == sorted(f"{host}{n}" for n, host in enumerate(named))
    for one in "abc":
        mine = [name for name in read if name.startswith(one)]
        assert mine == sorted(mine, key=lambda name: int(name[1:]))  # in the order in which they came


def test_a_busy_host_does_not_hold_up_the_others() -> None:
    turns = Turns(Hosts(1))
    turns.add([("slow", kept("slow1")), ("slow", kept("slow2")), ("other", kept("other"))])

    taken = [turns.take(), turns.take(), turns.take()]

    assert [turn and turn[1].name for turn in taken] == ["slow1", "other", None]


def test_between_two_readings_of_a_host_lies_its_delay() -> None:
    """faults.md 22."""
    seconds = [0.0]
    turns = Turns(Hosts(4, delay=timedelta(seconds=2), clock=lambda: seconds[0]))
    turns.add([("a", kept("a1")), ("a", kept("a2")), ("b", kept("b1"))])
    taken = []

    for moment in (0, 1.9, 2):
        seconds[0] = moment
        while (turn := turns.take()) is not None:
            taken.append((moment, turn[1].name))

    assert taken == [(0, "a1"), (0, "b1"), (2, "a2")]


def test_a_host_is_what_the_settings_name_else_the_channel_s_service() -> None:
    feed = Source(name="a", channel="rss", settings={"url": "https://northside.example:8443/feed"})
    reddit = Source(name="a", channel="reddit", settings={"client_secret": Secret("x"), "base_url": None})

    assert host_of(feed, kept("a")) == "northside.example:8443"
    mail = Source(name="a", channel="imap", settings={"host": "mail.example"})
    room = Source(
        name="a", channel="matrix", settings={"homeserver": "https://matrix.example", "base_url": None}
    )
    assert host_of(mail, kept("a")) == "mail.example"
    assert host_of(room, kept("a")) == "matrix.example"
    assert host_of(reddit, kept("a")) == kept("a").channel
    assert host_of(None, kept("a")) == "rss"
