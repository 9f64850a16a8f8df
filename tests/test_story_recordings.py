"""What Reddit and X once really said, through the real client libraries and every stage, to a search and a digest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commandline import earshot
from tests.recordings import EMPTY_LISTING, NO_POSTS, reddit_exchanges, replay, x_exchanges
from tests.scripted import ScriptedServer

LISTINGS = ("TestSubredditListings.test_new", "TestSubredditListings.test_comments")
CONFIGURATION = """
[organisation]
name = "Riverside Food Network"
[http]
allow_private_networks = true
[[sources]]
name = "r-askreddit"
channel = "reddit"
subreddit = "askreddit"
client_id = "id"
client_secret = "recorded-secret"
base_url = "REDDIT"
[[sources]]
name = "x-search"
channel = "x"
query = "tweepy"
bearer_token = "recorded-token"
base_url = "TWITTER"
[[rules]]
name = "a word that we wait for"
when = "keyword"
query = "tweepy"
notify = ["mailto:team@rfn.example"]
[[digests]]
name = "daily"
to = ["team@rfn.example"]
[smtp]
port = 9
security = "none"
"""


@pytest.fixture
def config(shared: Path, tmp_path: Path, server: ScriptedServer) -> Iterator[Path]:
    file = tmp_path / "earshot.toml"
    replay(server, reddit_exchanges(shared, *LISTINGS), otherwise=EMPTY_LISTING)
    with ScriptedServer() as x:
        replay(x, x_exchanges(shared, "test_client_search_recent_tweets"), otherwise=NO_POSTS)
        text = CONFIGURATION.replace("REDDIT", server.url).replace("TWITTER", x.url)
        file.write_text(text, encoding="utf-8")
        yield file


def test_recorded_answers_pass_the_whole_cycle_into_store_search_and_digest(
    config: Path, tmp_path: Path
) -> None:
    done = json.loads(earshot("cycle", "--config", config, "--json").out)
    again = json.loads(earshot("collect", "--config", config, "--json", "--source", "r-askreddit").out)

    by_source = {row["source"]: row for row in done["collected"]}
    assert (by_source["r-askreddit"]["new"], by_source["r-askreddit"]["error"]) == (200, None)
    assert (by_source["x-search"]["new"], by_source["x-search"]["error"]) == (10, None)
    assert done["analyzed"] == 210
    assert again[0]["new"] == 0

    found = json.loads(earshot("search", '"enjoy for a living"', "--config", config, "--json").out)
    assert [mention["external_id"] for mention in found] == ["t1_d4y8bdp"]
    assert found[0]["published_at"].startswith("2016-")
    posts = json.loads(earshot("search", "tweepy", "--channel", "x", "--config", config, "--json").out)
    assert len(posts) == 10
    assert posts[0]["published_at"] == "2022-10-07T22:42:12Z"

    assert len(done["alerts"]) >= 1
    page = tmp_path / "digest.html"
    told = json.loads(
        earshot("digest", "--config", config, "--date", "2099-01-01", "--output", page, "--json").out
    )
    assert "nothing new" in told["subject"].lower()
    next_letter = datetime.now(UTC) + timedelta(hours=16, minutes=30)  # that of 07:30, which is not due yet
    day = f"{next_letter:%Y-%m-%d}"
    told = json.loads(earshot("digest", "--config", config, "--date", day, "--output", page, "--json").out)
    assert "210 new" in told["subject"]
    assert "Reddit" in told["text"]
    assert "recorded-secret" not in page.read_text("utf-8")
