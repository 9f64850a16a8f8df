"""The probe that each of three known readers failed somewhere, through the whole of `earshot collect --json`.

Two feeds; between two polls a post is edited under its old date, one leaves the feed, one comes at exactly the
second of the newest, one is dated the day before, and one has no date at all.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from stages.stories import place_stories
from storage import open_store
from storage.reading import load_mentions
from storage.schema import mentions
from tests.commandline import earshot
from tests.feeds import XML, rss
from tests.scripted import Answer, ScriptedServer

TEN, ELEVEN = "Thu, 19 Nov 2026 10:00:00 GMT", "Thu, 19 Nov 2026 11:00:00 GMT"
THE_DAY_BEFORE = "Wed, 18 Nov 2026 09:00:00 GMT"
STORY = "Volunteers from all over town are invited to pack boxes this Saturday from nine o'clock."


def post(guid: str, text: str, date: str | None) -> str:
    dated = "" if date is None else f"<pubDate>{date}</pubDate>"
    return f"<item><guid isPermaLink='false'>{guid}</guid>{dated}<description>{text}</description></item>"


UNDATED = post("u", "Nobody knows when this was said.", None)
FIRST = rss(post("b", "The second.", ELEVEN), post("a", STORY, TEN), UNDATED)
AFTER = (
    post("c", "At the same second.", ELEVEN),
    post("a", STORY + " Bring gloves.", TEN),
    post("e", "From the day before.", THE_DAY_BEFORE),
    UNDATED,
)
COPY = rss(post("g-1", STORY, TEN))


@pytest.fixture
def config(tmp_path: Path, server: ScriptedServer) -> Path:
    bodies = (FIRST, rss(*AFTER), rss(*AFTER, head="<title>Notes</title><ttl>60</ttl>"))
    server.route("/f", *[Answer(headers=XML, body=body) for body in bodies])
    server.route("/g", Answer(headers=XML, body=COPY))
    sources = "\n".join(
        f'[[sources]]\nname = "{name}"\nchannel = "rss"\nurl = "{server.url}/{name}"' for name in "fg"
    )
    file = tmp_path / "earshot.toml"
    file.write_text(
        f'[organisation]\nname = "Riverside"\n[http]\nallow_private_networks = true\n{sources}\n',
        encoding="utf-8",
    )
    return file


def poll(config: Path) -> dict[str, dict[str, Any]]:
    told = earshot("collect", "--source", "f", "--source", "g", "--config", config, "--json")
    assert told.code == 0, told.err
    return {row["source"]: row for row in json.loads(told.out)}


def kept(config: Path) -> dict[str, dict[str, Any]]:
    told = earshot("search", "", "--config", config, "--json")
    return {row["external_id"]: row for row in json.loads(told.out)}


def placed(config: Path) -> dict[str, int | None]:
    """Place all as the analysis does; return whose story each is."""
    store = open_store(f"sqlite:///{config.parent / 'earshot.db'}")
    with store.writing() as connection:
        ids = list(connection.execute(select(mentions.c.id)).scalars())
        place_stories(connection, load_mentions(connection, ids))
        stories = {each.external_id: each.story_id for each in load_mentions(connection, ids)}
    store.close()
    return stories


def counts(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["new"], row["edited"], row["gone"], row["unchanged"]


def test_nothing_is_missed_and_nothing_is_stored_twice(config: Path) -> None:
    """faults.md 26, 31 and 32."""
    first = poll(config)
    before = kept(config)
    second, third = poll(config), poll(config)

    after = kept(config)
    assert counts(first["f"]) == (3, 0, 0, 0)
    assert counts(first["g"]) == (1, 0, 0, 0)
    assert counts(second["f"]) == (2, 1, 0, 1)
    assert counts(third["f"]) == (0, 0, 0, 4)
    assert set(before) == {"a", "b", "u", "g-1"}
    assert set(after) == {"a", "b", "c", "e", "u", "g-1"}  # b left the feed, and was said nevertheless
    assert after["a"]["text"] == STORY + " Bring gloves."
    assert after["a"]["published_at"] == "2026-11-19T10:00:00Z"
    assert after["e"]["published_at"] == "2026-11-18T09:00:00Z"
    assert after["b"]["published_at"] == after["c"]["published_at"] == "2026-11-19T11:00:00Z"
    assert after["u"] == before["u"]
    stories = placed(config)
    assert stories["a"] == stories["g-1"]
    with closing(sqlite3.connect(config.parent / "earshot.db")) as store:
        assert store.execute("SELECT text FROM revisions").fetchall() == [(STORY,)]
