"""What no store, screen or index takes comes in by a feed: cleaned once, and kept alike by both engines."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model import Mention
from stages.collect import collect
from storage.search import Query, search
from tests.lines import a_line, feed, listening, stored
from tests.postgres import PostgresServer
from tests.scripted import Answer, ScriptedServer
from tests.stores import Place

HOSTILE = {
    "nul": "bo\0x",
    "c0": "".join(map(chr, range(32))),
    "c1": "".join(map(chr, range(127, 160))),
    "half-a-character": "\ud83d and \ude00 and \ud83d\ude00",
    "line-ends": "one\r\ntwo\rthree\u2028four\u2029five\x85six",
    "right-to-left": "\u202ebox\u202c \u2067עברית\u2069 \u200fالعربية\u200e",
    "unseen": "in\u200bvis\u2060ible\ufeff so\xadft \U000e0041\U000e0042",
    "no-characters": "\ufffe\uffff\ufdd0\U0001fffe",
    "escapes": "\x1b[2J\x1b]8;;https://evil.example\x07here\x1b]8;;\x07",
    "one-letter-of-a-megabyte": "b" + "\u0335" * 1_000_000,
    "a-megabyte-of-letters-with-fifty-marks": ("o" + "\u0301\u0335\u0489" * 17) * 20_000,
    "marks-out-of-order": "q\u0307\u0323 q\u0323\u0307 \u1100\u1161\u11a8",
}
REFUSED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)


def hostile_feed() -> str:
    """Return a JSON Feed that says each of it in every place where words are said."""
    items = [
        {
            "id": f"{name} {odd[:40]}",
            "url": f"https://northside.example/{name}{odd[:9]}",
            "title": f"{name}: {odd[:400_000]}",
            "content_text": f"late {odd} {name}",
            "date_published": "2026-11-19T09:00:00Z",
            "authors": [{"name": f"{name} {odd[:1000]}"}],
        }
        for name, odd in HOSTILE.items()
    ]
    whole = {"version": "https://jsonfeed.org/version/1.1", "title": "\0\ud83d\u202e", "items": items}
    written = json.dumps(whole, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", written)


def said(mention: Mention) -> tuple[Any, ...]:
    """Return all that is kept of it but its ids, which are of one store."""
    bare = replace(mention, id=None, story_id=None)
    return bare.external_id, bare


def words_of(mention: Mention) -> Iterator[str]:
    assert mention.author is not None
    yield from (mention.external_id, mention.title, mention.text, mention.url)
    yield from (mention.author.handle, mention.author.name, json.dumps(mention.raw, ensure_ascii=False))


@pytest.fixture
def both(postgres: PostgresServer, tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    """A place for a store of each engine."""
    with postgres.database() as url:
        yield tmp_path, url


def test_hostile_text_is_cleaned_where_it_comes_in_and_kept_alike_by_both_engines(
    both: tuple[Place, Place], server: ScriptedServer
) -> None:
    """faults.md 30 and 72."""
    server.route("/feed", Answer(headers={"Content-Type": "application/feed+json"}, body=hostile_feed()))
    kept, found = [], []

    for place in both:
        with a_line(place, listening(feed("blog", f"{server.url}/feed"))) as line:
            (told,) = collect(line)
            assert (told.status, told.new, told.skipped) == ("ok", len(HOSTILE), [])
            kept.append(sorted(map(said, stored(line)), key=lambda one: one[0]))
            with line.store.reading() as connection:
                hits = search(connection, Query(words="late"), limit=99)
                found.append(sorted(mention.external_id for mention in hits))

    assert kept[0] == kept[1]
    assert found[0] == found[1] == [name for name, _ in kept[0]]
    for _, mention in kept[0]:
        for words in words_of(mention):
            assert REFUSED.findall(words) == []
            assert not re.search("[\u0300-\u036f\u0483-\u0489]{5}", words)
            assert unicodedata.is_normalized("NFC", words)
            assert len(words) <= 100_100
