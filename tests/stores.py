"""Stores and mentions for the tests of the store and of what stands on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from model import Annotation, Author, Mention, Organisation, Partner, Rule, Settings, Source
from storage import open_store
from storage.annotations import Found, record_analyses
from storage.provision import provision
from storage.store import Store

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
US = Organisation(
    name="Riverside Food Network", aliases=("Riverside",), handles={"reddit": ("riversidefood",)}
)
NORTHSIDE = Partner(
    name="Northside Shelter",
    aliases=("Northside",),
    handles={"reddit": ("NorthsideShelter",), "rss": ("northside.example",)},
)
BLOG, FORUM = "northside-blog", "r-foodbanks"


def settings(**changes: object) -> Settings:
    """Return a small configuration: a partner's blog, a subreddit, one rule."""
    given: dict[str, object] = {
        "organisation": US,
        "store_url": "",
        "partners": (NORTHSIDE,),
        "sources": (
            Source(name=BLOG, channel="rss", settings={"url": "https://northside.example/feed"}),
            Source(name=FORUM, channel="reddit", settings={"subreddit": "foodbanks"}),
        ),
        "rules": (
            Rule(name="concerns", when="concern", from_whom="partners", notify=("mailto:a@rfn.example",)),
        ),
    }
    return Settings(**{**given, **changes})  # type: ignore[arg-type]


Place = Path | str
"""A folder, where the store is a file of SQLite, or a store's address."""


def url_of(place: Place) -> str:
    """Return the address of the store at a place."""
    return place if isinstance(place, str) else f"sqlite:///{place / 'earshot.db'}"


@contextmanager
def a_store(place: Place, configured: Settings | None = None) -> Iterator[Store]:
    """Yield a store at a place that knows the small configuration, or the one given."""
    store = open_store(url_of(place))
    try:
        with store.writing() as connection:
            provision(connection, configured or settings(), now=NOW)
        yield store
    finally:
        store.close()


def said(external_id: str, text: str = "The boxes came late again.", **more: object) -> Mention:
    """Return what somebody said in the subreddit, a minute before NOW."""
    given: dict[str, object] = {
        "channel": "reddit",
        "scope": "",
        "external_id": external_id,
        "text": text,
        "author": Author("somebody"),
        "published_at": NOW - timedelta(minutes=1),
    }
    return Mention(**{**given, **more})  # type: ignore[arg-type]


def record_analysis(
    connection: Connection,
    mention: Mention,
    lang: str,
    tags: Sequence[Annotation],
    *,
    version: str,
    rules_since: datetime | None = None,
) -> bool:
    """Store the tags of one mention, as an analysis stores those of many; tell whether its words are still those."""
    return bool(record_analyses(connection, [Found(mention, lang, tags, version)], rules_since=rules_since))
