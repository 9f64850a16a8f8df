"""Recorded answers of the real Reddit (2016 and 2017), through the real praw: and faults derived from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from collectors.contract import Batch
from collectors.reddit.wire import read_item
from errors import TryLater
from tests.recordings import EMPTY_LISTING, Exchange, reddit_exchanges, replay
from tests.reddit_service import NOW, reach, reddit
from tests.scripted import ScriptedServer

LISTINGS = ("TestSubredditListings.test_new", "TestSubredditListings.test_comments")
STREAM = ("TestSubreddit.test_search", "TestSubredditStreams.test_comments")


def ids(batches: Sequence[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def changed(exchanges: list[Exchange], path: str, old: str, new: str) -> list[Exchange]:
    return [
        each.saying(lambda body: body.replace(old, new, 1)) if each.path == path else each
        for each in exchanges
    ]


def test_reads_a_recorded_subreddit_whole(server: ScriptedServer, shared: Path) -> None:
    replay(server, reddit_exchanges(shared, *LISTINGS), otherwise=EMPTY_LISTING)

    batches = list(reddit(server, subreddit="askreddit").collect({}, reach()))

    told = [mention for batch in batches for mention in batch.mentions]
    assert [len(batch.mentions) for batch in batches] == [100, 0, 100, 0]
    assert [words for batch in batches for words in batch.skipped] == []
    assert all(mention.published_at and mention.author and mention.url for mention in told)
    assert told[0].external_id == "t3_48fbm9"
    assert told[0].author is not None
    assert told[0].author.handle == "RedHeadQc"
    assert told[100].external_id == "t1_d4y8bdp"
    assert told[100].thread_id == told[100].parent_id == "t3_4r4inc"
    assert told[100].text == "great, life is so much better when you can do what you enjoy for a living"


def test_a_second_reading_of_a_recorded_subreddit_brings_nothing(
    server: ScriptedServer, shared: Path
) -> None:
    replay(server, reddit_exchanges(shared, *LISTINGS) * 2, otherwise=EMPTY_LISTING)
    collector = reddit(server, subreddit="askreddit")
    cursor = list(collector.collect({}, reach()))[-1].cursor

    batches = list(collector.collect(cursor, reach()))

    assert ids(batches) == []
    assert sum(batch.unchanged for batch in batches) == 200


def test_a_recorded_search_tells_edits_and_comments_with_its_words(
    server: ScriptedServer, shared: Path
) -> None:
    replay(server, reddit_exchanges(shared, *STREAM), otherwise=EMPTY_LISTING)

    batches = list(reddit(server, subreddit="all", query="edges OR edge").collect({}, reach()))

    told = [mention for batch in batches for mention in batch.mentions]
    assert ids(batches)[:6] == ["t3_3gpbiu", *ids(batches)[1:6]]
    assert sum(mention.edited_at is not None for mention in told[:6]) == 4
    assert told[0].url == (
        "https://www.reddit.com/r/redditdev/comments/3gpbiu/prawoauth2util_problem_using_get_banned_raise/"
    )
    assert "t1_dbhn11d" in ids(batches)
    assert len(told) < 20


def test_polls_of_a_recorded_stream_each_bring_only_what_is_new(server: ScriptedServer, shared: Path) -> None:
    exchanges = [each for each in reddit_exchanges(shared, *STREAM) if "before" not in each.query]
    replay(server, exchanges, otherwise=EMPTY_LISTING)
    collector = reddit(server, subreddit="all")
    server.route("/r/all/new", EMPTY_LISTING)
    recorded = [
        child["data"]["name"]
        for each in exchanges
        if each.path == "/r/all/comments/"
        for child in json.loads(each.text)["data"]["children"]
    ]

    cursor: dict[str, object] = {}
    told: list[str] = []
    while len(server.asked("/r/all/comments/")) < len(exchanges) + 10:
        batches = list(collector.collect(cursor, reach()))  # type: ignore[arg-type]
        cursor = dict(batches[-1].cursor)
        told += ids(batches)

    assert len(told) == len(set(told))
    assert set(told) == set(recorded)


@pytest.mark.parametrize("path", ["/r/askreddit/new", "/r/askreddit/comments/", "/api/v1/access_token"])
def test_a_recorded_answer_that_is_cut_short_is_asked_for_again_later(
    server: ScriptedServer, shared: Path, path: str
) -> None:
    exchanges = [
        each.saying(lambda body: body[: len(body) // 2]) if each.path == path else each
        for each in reddit_exchanges(shared, *LISTINGS)
    ]
    replay(server, exchanges, otherwise=EMPTY_LISTING)

    with pytest.raises(TryLater, match="JSON"):
        list(reddit(server, subreddit="askreddit").collect({}, reach()))


def test_two_recorded_ids_swapped_are_two_mentions_all_the_same(server: ScriptedServer, shared: Path) -> None:
    exchanges = reddit_exchanges(shared, *LISTINGS)
    first, second = "t3_48fbm9", json.loads(exchanges[1].text)["data"]["children"][1]["data"]["name"]
    swapped = [
        each.saying(lambda body: body.replace(first, "@").replace(second, first).replace("@", second))
        for each in exchanges
    ]
    replay(server, swapped, otherwise=EMPTY_LISTING)

    told = ids(list(reddit(server, subreddit="askreddit").collect({}, reach())))

    assert told[:2] == [second, first]
    assert len(set(told)) == 200


def test_a_recorded_page_that_leads_back_to_itself_is_stopped(server: ScriptedServer, shared: Path) -> None:
    """faults.md 25."""
    exchanges = reddit_exchanges(shared, *LISTINGS)
    page = next(each for each in exchanges if each.path == "/r/askreddit/new")
    replay(server, exchanges, otherwise=page.answer)

    batches = list(reddit(server, subreddit="askreddit").collect({}, reach()))

    assert len(server.asked("/r/askreddit/new")) == 2
    assert any("repeat" in words for batch in batches for words in batch.skipped)
    assert "posts" not in batches[-1].cursor


def test_one_recorded_item_made_unreadable_costs_no_other(server: ScriptedServer, shared: Path) -> None:
    exchanges = changed(
        reddit_exchanges(shared, *LISTINGS),
        "/r/askreddit/new",
        '"name": "t3_48fbm9"',
        '"name": null, "id": 7',
    )
    replay(server, exchanges, otherwise=EMPTY_LISTING)

    batches = list(reddit(server, subreddit="askreddit").collect({}, reach()))

    assert len(batches[0].mentions) == 99
    assert len(batches[0].skipped) == 1


def test_every_recorded_post_and_comment_can_be_read(shared: Path) -> None:
    names = ("TestReddit.test_info", "TestReddit.test_info_url", "TestMultiredditListings.test_comments")
    answers = [json.loads(each.text) for each in reddit_exchanges(shared, *names) if each.method == "GET"]
    children = [child for answer in answers for child in answer["data"]["children"] if child["kind"] != "t5"]

    items = [read_item(child, now=NOW) for child in children]

    assert len(items) == 322
    assert all(item.mention is None or item.mention.url for item in items)
    assert any(item.mention is None for item in items)


def test_every_comment_of_a_recorded_thread_can_be_read_and_what_stands_for_more_is_none(
    shared: Path,
) -> None:
    names = ("TestMore.test_comments", "TestSubmission.test_comments")
    answers = [json.loads(each.text) for each in reddit_exchanges(shared, *names) if "comments" in each.path]
    things = [thing for answer in answers for thing in below(answer)]

    items = [read_item(thing, now=NOW) for thing in things if thing["kind"] != "more"]

    assert len(items) > 200
    assert all(item.mention is None or item.mention.thread_id for item in items)
    with pytest.raises(ValueError, match="no id"):
        read_item(next(thing for thing in things if thing["kind"] == "more"), now=NOW)


def below(thing: Any) -> Iterator[dict[str, Any]]:
    """Yield every post, comment and ``more`` in an answer, however deep."""
    if isinstance(thing, list):
        for each in thing:
            yield from below(each)
    elif isinstance(thing, dict):
        if thing.get("kind") in ("t1", "t3", "more"):
            yield thing
        for each in thing.values():
            yield from below(each)
