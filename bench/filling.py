"""Stores to measure: made-up mentions in any number, for the store's own way in, and by a short one for filling.

The same number always says the same. Words are of known frequency: COMMON stands in three of ten mentions, MIDDLING
in one of a hundred, RARE in one of two thousand. Three of a hundred raise a concern; two of a thousand wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, select

from model import Annotation, Author, Mention, Organisation, Partner, Settings, Source
from storage.bulk import insert_rows
from storage.ids import instant
from storage.provision import provision
from storage.schema import authors, mention_annotations, mention_sources, mentions, partners, search_texts
from storage.store import Store
from storage.stored_words import content_hash
from storage.words import length_of_title, search_text
from text import token_list

COMMON, MIDDLING, RARE = "boxes", "warehouse", "kumquat"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
CHANNELS = ("rss", "reddit", "mastodon", "discourse", "bluesky")
NEEDS = ("information", "access", "resources", "reliability", "quality", "safety")
MOODS = (("negative", -0.6), ("neutral", 0.0), ("positive", 0.7))
N_PARTNERS, N_AUTHORS, N_TEXTS = 20, 2_000, 10_000
AT_ONCE = 500
FILLED_AT_ONCE = 5_000
WORDS = [
    *(
        "we",
        "they",
        "people",
        "families",
        "volunteers",
        "came",
        "went",
        "waited",
        "asked",
        "brought",
        "shared",
    ),
    *(
        "Monday",
        "Friday",
        "morning",
        "evening",
        "late",
        "early",
        "again",
        "never",
        "always",
        "street",
        "market",
    ),
    *(
        "school",
        "kitchen",
        "garden",
        "van",
        "driver",
        "list",
        "phone",
        "message",
        "answer",
        "question",
        "help",
    ),
    *(
        "thanks",
        "need",
        "bread",
        "milk",
        "rice",
        "apples",
        "soup",
        "blankets",
        "winter",
        "summer",
        "rain",
        "cold",
    ),
    *(
        "open",
        "closed",
        "moved",
        "new",
        "old",
        "good",
        "bad",
        "kind",
        "sorry",
        "maybe",
        "because",
        "while",
        "after",
    ),
]


@dataclass(frozen=True, slots=True)
class Text:
    """A text with all that the store keeps of it."""

    text: str
    content_hash: str
    said: str


def settings(url: str) -> Settings:
    """Return a configuration of as many partners and sources as the mentions speak of."""
    return Settings(
        organisation=Organisation(name="Riverside Food Network", handles={"reddit": ("riversidefood",)}),
        store_url=url,
        partners=tuple(
            Partner(name=f"Partner {n}", handles=dict.fromkeys(CHANNELS, (f"who{n}",)))
            for n in range(N_PARTNERS)
        ),
        sources=tuple(
            Source(name=f"{channel}-1", channel=channel, settings={"url": f"https://{channel}.example/"})
            for channel in CHANNELS
        ),
    )


def prepare(store: Store, url: str) -> None:
    """Let a fresh store know partners and sources."""
    with store.writing() as connection:
        provision(connection, settings(url), now=NOW - 2 * YEAR)


def said(numbers: Sequence[int], total: int) -> list[Mention]:
    """Return mentions by their numbers, of ``total`` that are spread over a year."""
    return [_mention(number, total) for number in numbers]


def tags_of(number: int) -> list[Annotation]:
    """Return two tags; of three in a hundred mentions a third one, a concern."""
    mood, score = MOODS[number % 7 % 3]
    given = [
        Annotation(kind="sentiment", label=mood, score=score, confidence=0.9, origin="model", version="1"),
        Annotation(kind="need", label=NEEDS[number % 11 % 6], confidence=0.8, origin="model", version="1"),
    ]
    if number % 100 < 3:
        given.append(Annotation(kind="concern", label="yes", confidence=0.9, origin="model", version="1"))
    return given


def fill(store: Store, start: int, end: int, *, total: int) -> None:
    """Write mentions ``start`` to ``end`` with their tags as rows: nothing is looked up, as a restore would do it."""
    with store.writing() as connection:
        people, voices = _people(connection)
    for first in range(start, end, FILLED_AT_ONCE):
        numbers = range(first, min(first + FILLED_AT_ONCE, end))
        rows = [_row(number, total, people, voices) for number in numbers]
        with store.writing() as connection:
            beside = [(_search_row(row), _source_row(row)) for row in rows]  # takes out what is theirs
            insert_rows(connection, mentions, rows)
            insert_rows(connection, search_texts, [one for one, _ in beside])
            insert_rows(connection, mention_sources, [one for _, one in beside])
            tags = [
                tag for number, row in zip(numbers, rows, strict=True) for tag in _tag_rows(number, row["id"])
            ]
            insert_rows(connection, mention_annotations, tags)


def tag_rows(numbers: Sequence[int], ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the tags of mentions that the store has numbered, as rows."""
    return [row for number, of in zip(numbers, ids, strict=True) for row in _tag_rows(number, of)]


@lru_cache(maxsize=N_TEXTS)
def _text(number: int) -> Text:
    random = Random(number)
    words = random.choices(WORDS, k=random.randrange(12, 60))
    if number % 10 < 3:
        words.insert(random.randrange(len(words)), COMMON)
    if number % 100 == 50:
        words.insert(random.randrange(len(words)), MIDDLING)
    if number % 2_000 == 1_005:
        words.insert(3, RARE)
    text = " ".join(words)
    hashed = content_hash(Mention(channel="rss", external_id="", text=text))
    return Text(text, hashed, search_text([], token_list(text), "en"))


@lru_cache(maxsize=2 * N_TEXTS)
def _mention(number: int, total: int) -> Mention:
    channel = CHANNELS[number % 5]
    return Mention(
        channel=channel,
        scope="",
        external_id=f"m{number}",
        text=_text(number % N_TEXTS).text,
        url=f"https://{channel}.example/{number}",
        author=Author(_speaker(number)),
        lang="en",
        published_at=_when(number, total),
    )


def _when(number: int, total: int) -> datetime:
    if number >= total:  # what comes later is of the last day, as what is collected mostly is
        return NOW - timedelta(days=1) * (1 - number % total / total)
    return NOW - YEAR + YEAR * number / total


def _speaker(number: int) -> str:
    return f"who{number * 7919 % N_AUTHORS}"


def _people(connection: Connection) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    by_name = {row.name: row.id for row in connection.execute(select(partners.c.id, partners.c.name))}
    voices = {f"who{n}": by_name[f"Partner {n}"] for n in range(N_PARTNERS)}
    known = select(authors.c.channel, authors.c.handle, authors.c.id)
    if connection.execute(known.limit(1)).first() is None:
        rows = [
            {"channel": channel, "account": who, "handle": who, "partner_id": voices.get(who)}
            for channel in CHANNELS
            for who in (f"who{n}" for n in range(N_AUTHORS))
        ]
        connection.execute(insert(authors), rows)
    return {(row.channel, row.handle): row.id for row in connection.execute(known)}, voices


def _row(
    number: int, total: int, people: dict[tuple[str, str], int], voices: dict[str, int]
) -> dict[str, Any]:
    text, at, channel, who = (
        _text(number % N_TEXTS),
        _when(number, total),
        CHANNELS[number % 5],
        _speaker(number),
    )
    row_id = (instant(at, NOW) << 22) + number % 1_000
    return {
        "id": row_id,
        "channel": channel,
        "scope": "",
        "external_id": f"m{number}",
        "author_id": people[channel, who],
        "url": f"https://{channel}.example/{number}",
        "text": text.text,
        "content_hash": text.content_hash,
        "story_id": row_id,
        "lang": "en",
        "published_at": at,
        "collected_at": at,
        "thread_external_id": f"m{number}",
        "author_partner_id": voices.get(who),
        "waits": number % 500 == 2,
        "analyzed_as": "1",
        "search": text.said,
        "source": number % 5 + 1,
    }


def _search_row(row: dict[str, Any]) -> dict[str, Any]:
    return {"mention_id": row["id"], "said": row.pop("search"), "title_length": length_of_title([], "")}


def _source_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "source_id": row.pop("source"),
        "mention_id": row["id"],
        "first_seen_at": row["collected_at"],
        "content_hash": row["content_hash"],
    }


def _tag_rows(number: int, of: int) -> list[dict[str, Any]]:
    return [
        {
            "mention_id": of,
            "kind": tag.kind,
            "label": tag.label,
            "n": 0,
            "score": tag.score,
            "confidence": tag.confidence,
            "because": [{"in": "text", "start": 0, "end": 4, "text": "word", "weight": 1.0}],
            "origin": tag.origin,
            "version": tag.version,
        }
        for tag in tags_of(number)
    ]
