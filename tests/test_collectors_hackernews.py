"""Hacker News: read forward in slices of time, told again what changed, asked again at the source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest

from collectors.contract import Batch, Recheck
from collectors.contract_suite import Scenario, World, collector_contract
from collectors.hackernews import HackerNews
from errors import NeedsAttention, TryLater
from model import Cursor, Mention
from tests.hackernews_service import SEARCH, HackerNewsService, comment, hackernews, story
from tests.json_services import NOW, faulty, reach, told
from tests.scripted import Answer, ScriptedServer


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as stories that the search finds."""
    with ScriptedServer() as server:
        service = HackerNewsService(server)

        def stories() -> list[dict[str, object]]:
            said = [
                story(post.number, title=post.text, at=post.at.timestamp(), author=post.author)
                for post in world.posts
            ]
            return [*said, {"title": "nobody knows its number"}] if world.has_bad_item else said

        def whole(request: object) -> Answer:
            service.hits = stories()
            return service.search(request)  # type: ignore[arg-type]

        server.route(SEARCH, faulty(world, whole))
        yield {"query": "hello", "base_url": server.url}


TestContract = collector_contract(Scenario(channel="hackernews", collector=HackerNews, serve=acted))


@pytest.fixture
def service(server: ScriptedServer) -> HackerNewsService:
    return HackerNewsService(server)


def read(collector: HackerNews, cursor: Cursor | None = None) -> list[Batch]:
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach()))


def heard(batches: list[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


def test_a_story_and_a_comment_become_mentions(server: ScriptedServer, service: HackerNewsService) -> None:
    service.hits = [
        story(10, title="The box &amp; us"),
        comment(11, "<p>Late <i>again</i>.<p>Why?", below=10, parent=10),
    ]

    one, other = sorted(heard(read(hackernews(server))), key=lambda mention: mention.external_id)

    assert (one.external_id, one.title, one.text, one.thread_id, one.parent_id) == (
        "10",
        "The box & us",
        "",
        "10",
        None,
    )
    assert one.raw == {"link": "https://rfn.example/box"}
    assert one.url == "https://news.ycombinator.com/item?id=10"
    assert (other.text, other.thread_id, other.parent_id) == ("Late again.\n\nWhy?", "10", "10")
    assert other.author is not None
    assert other.author.handle == "ada"
    assert other.published_at == NOW - timedelta(hours=1)


def test_more_than_a_thousand_hits_are_read_in_slices_of_time(
    server: ScriptedServer, service: HackerNewsService
) -> None:
    """faults.md 34. Algolia lists 1000 hits of one query and no more."""
    begin = NOW.timestamp() - 20 * 86400
    service.hits = [story(n, at=begin + n * 1000) for n in range(1, 1601)]

    batches = read(hackernews(server))

    assert len({mention.external_id for mention in heard(batches)}) == 1600
    assert max(len(batch.mentions) for batch in batches) == 100


def test_a_poll_that_ends_early_goes_on_with_the_slices_that_are_left(
    server: ScriptedServer, service: HackerNewsService
) -> None:
    begin = NOW.timestamp() - 20 * 86400
    service.hits = [story(n, at=begin + n * 1000) for n in range(1, 1601)]
    kept: list[Batch] = []
    for batch in hackernews(server).collect({}, reach()):
        kept.append(batch)
        if batch.cursor:
            break

    after = read(hackernews(server), kept[-1].cursor)

    assert len({mention.external_id for mention in heard([*kept, *after])}) == 1600
    assert len(heard(after)) < 1600


def test_more_in_one_second_than_can_be_listed_is_said(
    server: ScriptedServer, service: HackerNewsService
) -> None:
    at = NOW.timestamp() - 5000
    service.hits = [story(n, at=at) for n in range(1, 1101)]

    batches = read(hackernews(server))

    assert len(heard(batches)) == 1000
    assert any("more than 1000 in one second" in words for batch in batches for words in batch.skipped)


def test_what_is_indexed_late_is_heard(server: ScriptedServer, service: HackerNewsService) -> None:
    service.hits = [story(2)]
    cursor = read(hackernews(server))[-1].cursor
    service.hits.append(story(1, at=NOW.timestamp() - 5 * 3600))

    (late,) = heard(read(hackernews(server), cursor))

    assert late.external_id == "1"


def test_an_edit_is_told_again_and_nothing_else(server: ScriptedServer, service: HackerNewsService) -> None:
    """faults.md 26."""
    service.hits = [story(1), story(2)]
    cursor = read(hackernews(server))[-1].cursor
    service.hits[0] = story(1, title="Weekend Box (solved)")

    again = read(hackernews(server), cursor)

    assert [mention.title for mention in heard(again)] == ["Weekend Box (solved)"]
    assert sum(batch.unchanged for batch in again) == 1


def test_alternatives_are_asked_each_by_itself(server: ScriptedServer, service: HackerNewsService) -> None:
    service.hits = [story(1)]

    batches = read(hackernews(server, query='"weekend box" OR rfn'))

    assert {request.query["query"][0] for request in server.asked(SEARCH)} == {'"weekend box"', "rfn"}
    assert len(heard(batches)) == 1


def test_neither_typos_nor_beginnings_of_words_are_found(
    server: ScriptedServer, service: HackerNewsService
) -> None:
    read(hackernews(server, kind="comments"))

    (asked,) = server.asked(SEARCH)
    assert asked.query["typoTolerance"] == ["false"]
    assert asked.query["queryType"] == ["prefixNone"]
    assert asked.query["tags"] == ["comment"]


@pytest.mark.parametrize("query", ["", "   ", " OR "])
def test_a_query_without_a_word_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match="query"):
        HackerNews(query=query)


def test_a_hit_without_words_is_skipped_and_one_without_an_author_is_nobody_s(
    server: ScriptedServer, service: HackerNewsService
) -> None:
    service.hits = [comment(1, ""), story(2, author=None)]

    (batch,) = read(hackernews(server))

    assert [(each.external_id, each.author) for each in batch.mentions] == [("2", None)]
    assert batch.skipped == ["item 1 of the page: 1 has neither a title nor a text"]


def test_rechecking_tells_deleted_from_edited(server: ScriptedServer, service: HackerNewsService) -> None:
    """faults.md 26."""
    service.item(1, {"id": 1, "type": "story", "title": "New title", "by": "ada", "time": 1779264000})
    service.item(2, {"id": 2, "type": "story", "deleted": True})
    service.item(3, {"id": 3, "type": "comment", "dead": True, "text": "[flagged]", "parent": 1})
    service.item(4, None)
    service.item(5, {"id": 5, "type": "comment", "text": "still here", "by": "ben", "parent": 1})
    collector = hackernews(server)

    rechecked = collector.recheck(["1", "2", "3", "4", "5"], reach())

    assert isinstance(collector, Recheck)
    assert [(each.external_id, each.title, each.thread_id) for each in rechecked.edited] == [
        ("1", "New title", "1")
    ]
    assert rechecked.gone == ["2", "3", "4"]
    assert rechecked.unchanged == 1


@pytest.mark.parametrize("body", ["<html>", "{}", '{"id": 9}', "[]", '"x"', ""])
def test_rechecking_takes_nothing_away_for_an_answer_that_is_no_item(
    server: ScriptedServer, body: str
) -> None:
    server.route("/v0/item/1.json", Answer(body=body))

    with pytest.raises(TryLater, match="no item"):
        hackernews(server).recheck(["1"], reach())


def test_rechecking_asks_at_the_source_and_says_its_faults(server: ScriptedServer) -> None:
    server.route("/v0/item/1.json", Answer(401))
    server.route("/v0/item/2.json", Answer(429, {"Retry-After": "30"}))

    with pytest.raises(NeedsAttention, match="hackernews"):
        hackernews(server).recheck(["1"], reach())
    with pytest.raises(TryLater) as raised:
        hackernews(server).recheck(["2"], reach())
    assert raised.value.after == timedelta(seconds=30)


@pytest.mark.parametrize("body", [{}, {"hits": None}, {"hits": {}}, [], None])
def test_an_answer_of_another_shape_is_tried_later(server: ScriptedServer, body: object) -> None:
    server.route(SEARCH, told(body))

    with pytest.raises(TryLater):
        read(hackernews(server))
