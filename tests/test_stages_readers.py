"""Readers: they take what waits by themselves, are as many as the waiting wants, and end when they are told."""

from __future__ import annotations

import threading

import pytest

from stages.readers import AT_FIRST, LOOK, READERS, Readers, enough
from stages.turns import Hosts
from storage.sources import KeptSource
from tests.test_turns import kept

PATIENCE = 30.0  # seconds: nothing waits for it, it only ends a test that fails


def sources(number: int) -> list[tuple[str, KeptSource]]:
    return [(f"host{n}", kept(f"source{n}")) for n in range(number)]


def all_of(readers: Readers[str]) -> list[str]:
    read: list[str] = []
    while (ended := readers.ended()) or readers.are_at_work:
        read += ended
    return read


def test_each_source_is_read_once_however_many_wait() -> None:
    with Readers(Hosts(), lambda source: source.name) as readers:
        readers.add(sources(300))
        read = all_of(readers)

    assert sorted(read) == sorted(f"source{n}" for n in range(300))


def test_where_hosts_let_us_wait_there_come_as_many_readers_as_there_may_be() -> None:
    together = threading.Barrier(READERS)  # nobody goes on before so many are there at the same time

    def read(source: KeptSource) -> str:
        together.wait(PATIENCE)
        return source.name

    with Readers(Hosts(), read) as readers:
        readers.add(sources(READERS))
        read_at_all = all_of(readers)

    assert len(read_at_all) == READERS


def test_no_host_is_read_by_more_than_its_share_and_the_rest_of_it_follows() -> None:
    """faults.md 22."""
    at_once, most, lock = [0], [0], threading.Lock()

    def read(source: KeptSource) -> str:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        with lock:
            at_once[0] -= 1
        return source.name

    with Readers(Hosts(1), read) as readers:
        readers.add(("one", kept(f"source{n}")) for n in range(100))
        read_at_all = all_of(readers)

    assert read_at_all == [f"source{n}" for n in range(100)]
    assert most == [1]


def test_what_a_reading_raises_is_heard_and_nothing_more_is_begun() -> None:
    begun: list[str] = []

    def read(source: KeptSource) -> str:
        begun.append(source.name)
        raise LookupError(source.name)

    with pytest.raises(LookupError), Readers(Hosts(), read) as readers:
        readers.add(sources(100))
        all_of(readers)

    assert 1 <= len(begun) <= AT_FIRST


def test_who_leaves_in_the_middle_waits_only_for_what_goes_on() -> None:
    begun, may_end = list[str](), threading.Event()

    def read(source: KeptSource) -> str:
        begun.append(source.name)
        may_end.wait(PATIENCE)
        return source.name

    with pytest.raises(KeyboardInterrupt), Readers(Hosts(), read) as readers:
        readers.add(sources(100))
        readers.ended()
        threading.Timer(0.05, may_end.set).start()  # else the block's end would wait for ever
        raise KeyboardInterrupt

    assert len(begun) < 100


@pytest.mark.parametrize(
    ("readers", "ended", "seconds", "wanted"),
    [
        pytest.param(AT_FIRST, 0, LOOK, 2 * AT_FIRST, id="none has ended"),
        pytest.param(AT_FIRST, AT_FIRST, 2 * LOOK, 2 * AT_FIRST, id="each took longer than a look"),
        pytest.param(AT_FIRST, AT_FIRST, LOOK, AT_FIRST, id="each took a look"),
        pytest.param(AT_FIRST, 20, LOOK, AT_FIRST, id="at once"),
        pytest.param(8, 8, 0.05, 16, id="50 ms away"),
        pytest.param(READERS, 0, 1.0, READERS, id="no more than there may be"),
    ],
)
def test_there_are_more_readers_only_where_readings_are_waits(
    readers: int, ended: int, seconds: float, wanted: int
) -> None:
    assert enough(readers, ended=ended, seconds=seconds) == wanted
