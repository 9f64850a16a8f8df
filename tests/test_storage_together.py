"""Work of many threads in few transactions: nobody's fault is another's loss."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, insert, select

from storage import schema
from storage.store import Store
from storage.together import MOST_TOGETHER, Together
from tests.stores import NOW

Work = Callable[[Connection], str]


def writing(name: str, *, fault: Exception | None = None) -> Work:
    def work(connection: Connection) -> str:
        connection.execute(insert(schema.audit), {"at": NOW, "what": "test", "which": name, "why": ""})
        if fault is not None:
            raise fault
        return name

    return work


def written(store: Store) -> list[str]:
    with store.reading() as connection:
        asked = select(schema.audit.c.which).where(schema.audit.c.what == "test")
        return list(connection.execute(asked.order_by(schema.audit.c.id)).scalars())


def done_at_once(store: Store, works: list[Work]) -> tuple[list[Future[list[str]]], int]:
    """Do works that come while the store is busy; return what became of each, and of how many transactions."""
    transactions, begun, may_go_on = [0], threading.Event(), threading.Event()

    def write(work: Callable[[Connection], None]) -> None:
        transactions[0] += 1
        if not begun.is_set():
            begun.set()
            may_go_on.wait(30)
        store.write(work)

    together = Together(write)
    with ThreadPoolExecutor(len(works) + 1) as threads:
        threads.submit(together.do, writing("first"))
        begun.wait(30)
        ends = [threads.submit(together.do, work) for work in works]
        while len(together) < len(works):
            threading.Event().wait(0.001)
        may_go_on.set()
    return ends, transactions[0] - 1


def test_what_comes_while_another_writes_is_one_transaction(store: Store) -> None:
    names = [f"work {number}" for number in range(MOST_TOGETHER)]

    ends, transactions = done_at_once(store, [writing(name) for name in names])

    assert [end.result() for end in ends] == [[name] for name in names]
    assert sorted(written(store)) == sorted(["first", *names])
    assert transactions == 1


def test_no_transaction_is_so_large_that_others_wait_for_long(store: Store) -> None:
    names = [f"work {number}" for number in range(MOST_TOGETHER + 3)]

    ends, transactions = done_at_once(store, [writing(name) for name in names])

    assert [end.result() for end in ends] == [[name] for name in names]
    assert transactions == 2


def test_nothing_is_stored_of_a_group_in_which_one_fails(store: Store) -> None:
    works = [writing("good"), writing("bad", fault=ValueError("mine")), writing("also good")]

    ends, _ = done_at_once(store, works)

    assert [end.result() for end in ends] == [[], [], []]  # each is to be done alone
    assert written(store) == ["first"]


def test_a_store_does_it_alone_then_and_whoever_brought_the_fault_hears_of_it(store: Store) -> None:
    works = [writing("good"), writing("bad", fault=ValueError("mine")), writing("also good")]

    with ThreadPoolExecutor(3) as threads:
        good, bad, also_good = (threads.submit(store.write_together, work) for work in works)

    assert (good.result(), also_good.result()) == ("good", "also good")
    with pytest.raises(ValueError, match="mine"):
        bad.result()
    assert sorted(written(store)) == ["also good", "good"]
