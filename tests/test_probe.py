"""Each situation on each channel on which it can come to be, through the store; docs/probe.md is their table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.probe import Place, a_probe
from tests.probe_imap import mail_server
from tests.probe_situation import Situation, verdict
from tests.probe_suite import PLACES, SITUATIONS

SAMPLE = 7
"""Each seventh cell is for `make test`: all of them take minutes."""


def _cells(kind: str) -> list[object]:
    """Return the cells of one kind; those beyond the sample are long."""
    return [
        pytest.param(
            situation,
            place,
            id=f"{place.channel}-{situation.name.replace(' ', '-')}",
            marks=[] if (row + column) % SAMPLE == 0 and not situation.is_long else [pytest.mark.long],
        )
        for row, situation in enumerate(SITUATIONS)
        for column, place in enumerate(PLACES.values())
        if verdict(situation, place).kind == kind
    ]


@pytest.fixture(scope="module", autouse=True)
def one_mail_server() -> Iterator[None]:
    with mail_server():
        yield


@pytest.mark.parametrize(("situation", "place"), _cells("played"))
def test_the_store_holds_in_the_end_what_it_must(
    situation: Situation, place: Place, store_folder: Path
) -> None:
    """faults.md 9, 13, 15–19, 21, 23–26 and 30–32."""
    with a_probe(place, store_folder) as probe:
        situation.play(probe)


@pytest.mark.parametrize(("situation", "place"), _cells("missed"))
def test_what_is_known_to_be_lost_is_lost_indeed(
    situation: Situation, place: Place, store_folder: Path
) -> None:
    """Else the table says too little of the channel."""
    with a_probe(place, store_folder) as probe, pytest.raises(AssertionError):
        situation.play(probe)
