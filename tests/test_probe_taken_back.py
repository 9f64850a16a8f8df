"""On each channel that can tell: what was taken back is gone by the clock alone, and not one byte of it is left."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from stages.purge import purge_traces
from stages.recheck import recheck
from storage import schema
from tests.probe import Place, Probe, a_probe
from tests.probe_situation import verdict
from tests.probe_suite import PLACES, SITUATIONS

(DELETED,) = (each for each in SITUATIONS if each.name == "deleted")
EDITS = {each.name: each for each in SITUATIONS}["edited then deleted"]
WORDS = ("Xylophonics", "Zwieback")
"""What was said at first, and after an edit; nothing else in a store has them."""
WHO = "quodlibet"
EVERY = timedelta(minutes=30)
A_ROUND = timedelta(hours=6.6)
"""The longest between two questions about a mention of the first day."""
SAMPLE = ("github", "hyperkitty", "lemmy")
"""Channels that are quickly loaded, for `make test`."""

TELLING = [place for place in PLACES.values() if verdict(DELETED, place).kind == "played"]


def left_in(folder: Path) -> list[str]:
    """Return which of the words stand in which file."""
    files = [(file.name, file.read_bytes()) for file in folder.iterdir()]
    return [
        f"{word} in {name}"
        for word in (*WORDS, WHO)
        for name, content in files
        if word.lower().encode() in content.lower()
    ]


def forward(probe: Probe, by: timedelta) -> None:
    """Let time pass with nothing but the scheduler's rechecks in it: no poll."""
    until = probe.clock.at + by
    while probe.clock.at < until:
        probe.clock.forward(EVERY)
        probe.world.show()
        for result in recheck(probe.line):
            assert result.error is None, result.error


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(each, id=each.channel, marks=[] if each.channel in SAMPLE else [pytest.mark.long])
        for each in TELLING
    ],
)
def test_what_is_taken_back_is_gone_by_the_clock_and_in_every_byte(place: Place, store_folder: Path) -> None:
    """faults.md 26."""
    with a_probe(place, store_folder) as probe:
        said = probe.world.say(3)
        said[1].author = WHO
        said[1].text = f"{WORDS[0]} were promised to us."
        probe.hear()
        mention = probe.the(said[1])
        if verdict(EDITS, place).kind == "played":
            said[1].text, said[1].edited_at = f"{WORDS[1]} was promised to us.", probe.clock.at
            forward(probe, A_ROUND)
            assert [WORDS[0] in earlier for earlier in probe.earlier(mention)] == [True]
        assert left_in(store_folder) != []
        said[1].is_gone = True

        forward(probe, A_ROUND)
        purge_traces(probe.line)

        kept = {each.id: each for each in probe.kept()}[mention.id]
        assert kept.deleted_at is not None
        assert kept.deleted_at <= probe.clock.at
        assert len(probe.standing()) == 2
        with probe.line.store.reading() as connection:
            lines = connection.execute(select(schema.audit.c.which, schema.audit.c.what)).all()
        assert (f"mention {mention.id}", "deleted") in [tuple(line) for line in lines]
        assert left_in(store_folder) == []
    assert left_in(store_folder) == []
