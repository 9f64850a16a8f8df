"""Taking in at a full store beside an empty one, by turns: so whatever else the machine does meets both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench import filling, ingest
from storage.store import Store

if TYPE_CHECKING:
    from bench.store import Server

ROUNDS = 15
TURNS = 10
"""Of a round, each a batch of filling.AT_ONCE mentions."""


def beside_empty(server: Server, full: Store, rows: int) -> list[float]:
    """Return for each round the rate of the full store, the rate of one that is empty at its begin being 1."""
    found = []
    for turn in range(0, ROUNDS * TURNS, TURNS):
        with server.fresh() as (empty, _):
            spent = _spent(server, (full, empty), rows, range(turn, turn + TURNS))
        found.append(spent[1] / spent[0])
    return found


def _spent(server: Server, stores: tuple[Store, Store], rows: int, turns: range) -> list[float]:
    """Return the seconds that each store took for the same mentions, beyond those it was filled with."""
    seconds = [0.0, 0.0]
    for turn in turns:
        numbers = range(rows + turn * filling.AT_ONCE, rows + (turn + 1) * filling.AT_ONCE)
        filling.said(numbers, rows)  # making texts is no part of it
        for which in (0, 1) if turn % 2 else (1, 0):
            seconds[which] += server.clock.of(partial(ingest.take_in, stores[which], numbers, total=rows))
    return seconds
