"""Somebody else's collector: installed by an entry point as pip would, it does what its source's setting says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

import collectors
from collectors.contract import Batch, Quota, Reach
from errors import NeedsAttention, TryLater
from model import Author, Cursor, Mention, Secret

STEERS = (
    "\x1b[2J\x1b[31mred\x1b]8;;https://evil.example\x07click\x1b]8;;\x1b\\\x1b]0;owned\x07\x9b1A\x9d0;owned\x9c"
    "\r\nearshot: all is well\x0b\u2028\u2029\x85\b\x7f\u202eknar\u202c\u2067x\u2069\u200b\ud83d"
)
"""What would clear a screen, colour it, hide an address, go up a line or write one of its own."""


def post(number: int) -> Mention:
    """Return the n-th thing said."""
    return Mention(channel="acted", scope="", external_id=str(number), text=f"Word number {number}.")


def _two_batches_then_a_bug(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    done = int(str(cursor.get("done", 0)))
    yield Batch(mentions=[post(done + 1)], cursor={"done": done + 1})
    yield Batch(mentions=[post(done + 2)], cursor={"done": done + 2})
    raise KeyError("a bug of the plug-in's own")


def _two_batches_then_a_pause(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    done = int(str(cursor.get("done", 0)))
    yield Batch(mentions=[post(done + 1)], cursor={"done": done + 1})
    yield Batch(mentions=[post(done + 2)], cursor={"done": done + 2})
    raise TryLater("acted: busy", after=timedelta(minutes=10))


def _three_slow_batches(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    for number in (1, 2, 3):
        reach.http.happens()  # type: ignore[attr-defined]
        yield Batch(mentions=[post(number)], cursor={"done": number})


def _needs_a_person(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    raise NeedsAttention("acted: the key is wrong; write another")
    yield


def _asks_to_wait(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    now = reach.now()
    quota = Quota(left=0, until=now + timedelta(hours=1))
    yield Batch(mentions=[post(1)], cursor={}, quota=quota, wait=timedelta(hours=1))


def _takes_back(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    if "said" in cursor:
        yield Batch(cursor={"said": 1}, gone=["1"], skipped=["2: no text"], unchanged=3)
    else:
        yield Batch(mentions=[post(1)], cursor={"said": 1})


def _steers(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    said = f"{STEERS} We are worried: the Riverside boxes came late again. We promise to call you by Friday."
    author = Author(STEERS, name=STEERS, url=STEERS)
    mention = replace(post(1), external_id=STEERS, title=STEERS, text=said, url=STEERS, author=author)
    yield Batch(mentions=[mention], cursor={"at": STEERS}, skipped=[STEERS])


def _refuses_in_words_that_steer(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    raise NeedsAttention(f"acted: {STEERS}")
    yield


def _fails_in_words_that_steer(cursor: Cursor, reach: Reach) -> Iterator[Batch]:
    raise RuntimeError(STEERS)
    yield


def _fails_with_its_key(cursor: Cursor, reach: Reach, key: Secret | None) -> Iterator[Batch]:
    held = "" if key is None else key.reveal()
    raise ValueError(f"a bug beside a key of {len(held)} characters, {key!r}")
    yield


ACTS: Mapping[str, Callable[[Cursor, Reach], Iterator[Batch]]] = {
    "two batches, then a bug": _two_batches_then_a_bug,
    "two batches, then a pause": _two_batches_then_a_pause,
    "three slow batches": _three_slow_batches,
    "needs a person": _needs_a_person,
    "asks to wait": _asks_to_wait,
    "takes back": _takes_back,
    "steers": _steers,
    "refuses in words that steer": _refuses_in_words_that_steer,
    "fails in words that steer": _fails_in_words_that_steer,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """Does one of ACTS, or fails while it holds its key."""

    does: str = field(metadata={"says": "which of ACTS"})
    key: Secret | None = field(default=None, metadata={"says": "a key"})

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        if self.does == "fails with its key in its hands":
            yield from _fails_with_its_key(cursor, reach, self.key)
        else:
            yield from ACTS[self.does](cursor, reach)


def install(folder: Path) -> None:
    """Write into a folder of the import path what pip leaves there of a plug-in."""
    installed = folder / "acted-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: acted\nVersion: 1\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text(
        "[earshot.collectors]\nacted = tests.plugin:Acted\n", encoding="utf-8"
    )


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """Have the channel ``acted`` in this process for a while."""
    install(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(os.fspath(folder))
        collectors._installed.cache_clear()
        yield
    collectors._installed.cache_clear()
