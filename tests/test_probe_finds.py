"""The probe finds who breaks what it holds: collectors that are right but for one thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import collectors
from collectors.contract import Batch, Reach, Rechecked
from collectors.lemmy import Lemmy
from collectors.rss import Rss
from errors import EarshotError, TryLater
from model import Cursor
from tests.probe import a_probe
from tests.probe_suite import PLACES, SITUATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDate(Rss):
    """Goes by the newest date, as three known readers do."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        since = str(cursor.get("since", ""))
        for batch in Rss.collect(self, {}, reach):
            new = [each for each in batch.mentions if str(each.published_at) > since]
            newest = max([since, *(str(each.published_at) for each in new)])
            yield replace(batch, mentions=new, cursor={"since": newest})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hasty(Rss):
    """Moves its cursor before the mentions are safe."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        batches = list(Rss.collect(self, cursor, reach))
        yield from (replace(batch, cursor=batches[-1].cursor) for batch in batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deaf(Rss):
    """Takes trouble for silence."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        try:
            yield from Rss.collect(self, cursor, reach)
        except EarshotError:
            yield Batch(cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hopeful(Rss):
    """Takes all trouble for one that passes."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        try:
            yield from Rss.collect(self, cursor, reach)
        except EarshotError as error:
            raise TryLater(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordy(Rss):
    """Knows a thing by its words."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        for batch in Rss.collect(self, cursor, reach):
            named = [replace(each, external_id=f"{each.text:.60}") for each in batch.mentions]
            yield replace(batch, mentions=named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent(Rss):
    """Does not tell what it could not read."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        yield from (replace(batch, skipped=()) for batch in Rss.collect(self, cursor, reach))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinging(Lemmy):
    """Lets nothing go."""

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        return replace(Lemmy.recheck(self, external_ids, reach), gone=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful(Lemmy):
    """Takes what is not listed for deleted."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        for batch in Lemmy.collect(self, cursor, reach):
            empty = not batch.mentions and not batch.unchanged
            yield replace(batch, gone=["p1", "p2", "p3"] if empty else batch.gone)


@pytest.mark.parametrize(
    ("collector", "situation"),
    [
        (ByDate, "late in the same second"),
        (ByDate, "dated back"),
        (ByDate, "dated 1970"),
        (Hasty, "killed at any step"),
        (Deaf, "the service is down"),
        (Deaf, "gone for good"),
        (Hopeful, "a key that is refused"),
        (Wordy, "edited"),
        (Wordy, "copied elsewhere"),
        (Silent, "one that cannot be read"),
        (Clinging, "deleted"),
        (Doubtful, "the list is empty for one poll"),
    ],
)
def test_the_probe_finds_who_breaks_it(
    collector: type, situation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = "lemmy" if issubclass(collector, Lemmy) else "rss"
    found = collectors.Found(collectors={channel: collector})
    monkeypatch.setattr(collectors, "_installed", lambda: found)
    (play,) = (each.play for each in SITUATIONS if each.name == situation)

    with a_probe(PLACES[channel], tmp_path) as probe, pytest.raises((AssertionError, ValueError)):
        play(probe)
