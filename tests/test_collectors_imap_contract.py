"""The contract of all collectors, for channel imap: a real mail server holds the world, a front acts the faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager

import pytest

from collectors.contract_suite import Scenario, World, collector_contract
from collectors.imap import Imap
from tests.imap_service import Pymap, acted_mailbox, running_pymap, throttled

_running: list[Pymap] = []


@pytest.fixture(autouse=True, scope="module")
def server() -> Iterator[None]:
    """One pymap for all these tests; each has a mailbox of its own."""
    with running_pymap() as running:
        _running.append(running)
        yield
        _running.clear()


def acted(world: World) -> AbstractContextManager[Mapping[str, object]]:
    return acted_mailbox(_running[0], world)


TestContract = collector_contract(
    Scenario(
        channel="imap",
        collector=Imap,
        serve=acted,
        many=120,
        pause=throttled,
        heavy=("imaplib", "ssl", "email.parser"),
    )
)
