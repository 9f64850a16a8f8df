"""Discourse: the newest posts, and topics that a search finds, read as whole conversations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest

from collectors.contract import Batch
from collectors.contract_suite import Scenario, World, collector_contract
from collectors.discourse import Discourse
from collectors.discourse.client import Client
from collectors.discourse.wire import unquoted
from errors import NeedsAttention, TryLater
from model import Cursor, Mention, Secret
from tests.discourse_service import FORUM, LATEST, DiscourseService, discourse, post, refused
from tests.json_services import JSON, NOW, faulty, reach, told
from tests.scripted import Answer, Request, ScriptedServer

KEYS = {"api_key": Secret("canary-discourse-key")}


def said(world: World) -> list[dict[str, object]]:
    posts = [
        post(each.number, each.text, username=each.author, created_at=each.at.isoformat())
        for each in world.posts
    ]
    return [*posts, {"id": 999_999, "cooked": "whose topic?"}] if world.has_bad_item else posts


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as the newest posts of a forum."""
    with ScriptedServer() as server:
        service = DiscourseService(server)

        def whole(asked: Request) -> Answer:
            service.posts = said(world)
            return service.latest(asked)

        server.route(LATEST, faulty(world, whole))
        yield {"url": FORUM, "base_url": server.url, **KEYS}


@contextmanager
def acted_search(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as topics of ten posts each, all of which a search finds."""
    with ScriptedServer() as server:
        service = DiscourseService(server, word="hello")

        def posts() -> list[dict[str, object]]:
            return [
                {**each, "topic_id": 1 + place // 20, "post_number": 1 + place % 20}
                for place, each in enumerate(said(world))
                if "topic_id" in each
            ]

        def whole(asked: Request) -> Answer:
            service.posts = posts()
            for topic in range(1, 15):
                service.show(topic)
                if world.has_bad_item:
                    server.route(f"/t/{topic}.json", _with_a_bad_post(service, topic))
            return service.search(asked)

        server.route("/search.json", faulty(world, whole))
        yield {"url": FORUM, "base_url": server.url, "query": "hello", **KEYS}


def _with_a_bad_post(service: DiscourseService, topic: int) -> Answer:
    posts = [each for each in service.posts if each["topic_id"] == topic]
    return told({"id": topic, "title": "", "post_stream": {"posts": [{"id": 5}, *posts], "stream": []}})


TestContract = collector_contract(Scenario(channel="discourse", collector=Discourse, serve=acted))
TestSearchContract = collector_contract(
    Scenario(channel="discourse", collector=Discourse, serve=acted_search)
)


@pytest.fixture
def service(server: ScriptedServer) -> DiscourseService:
    return DiscourseService(server)


def read(collector: Discourse, cursor: Cursor | None = None) -> list[Batch]:
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach()))


def heard(batches: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in batches for mention in batch.mentions}


def test_a_post_becomes_a_mention(server: ScriptedServer, service: DiscourseService) -> None:
    service.posts = [
        post(70, topic_id=7),
        post(71, "Same here.", topic_id=7, post_number=2, version=2),
        post(72, "Why?", topic_id=7, post_number=4, reply_to_post_number=2),
    ]

    found = heard(read(discourse(server)))

    assert [(key, each.parent_id, each.thread_id, each.title) for key, each in sorted(found.items())] == [
        ("7/1", None, "7/1", "Topic 7"),
        ("7/2", "7/1", "7/1", ""),
        ("7/4", "7/2", "7/1", ""),
    ]
    second = found["7/2"]
    assert second.scope == "forum.example"
    assert second.url == "https://forum.example/t/a-topic/7/2"
    assert second.author is not None
    assert (second.author.handle, second.author.name) == ("@ada@forum.example", "Ada L.")
    assert second.edited_at == NOW.replace(hour=9)
    assert found["7/1"].edited_at is None
    assert second.published_at == NOW.replace(hour=8, microsecond=123000, minute=30)


def test_what_is_hidden_or_deleted_is_gone_and_staff_actions_are_nothing(
    server: ScriptedServer, service: DiscourseService
) -> None:
    """faults.md 26."""
    service.posts = [
        post(1, user_deleted=True),
        post(2, hidden=True),
        post(3, deleted_at="2026-05-20T08:00:00Z"),
        post(4, post_type=3),
        post(5),
    ]

    (batch, *_) = read(discourse(server))

    assert sorted(batch.gone) == ["1/1", "2/1", "3/1"]
    assert [mention.external_id for mention in batch.mentions] == ["5/1"]
    assert not batch.skipped


def test_a_post_of_nobody_is_kept_and_its_key_is_not_shown(
    server: ScriptedServer, service: DiscourseService
) -> None:
    service.posts = [post(1, username=None)]

    assert [each.author for each in heard(read(discourse(server))).values()] == [None]
    assert "canary" not in repr(Client(server.url, {"Api-Key": "canary"}, reach()))


def test_only_the_categories_that_are_asked_for_are_kept(
    server: ScriptedServer, service: DiscourseService
) -> None:
    service.posts = [post(1), post(2, category_id=8), post(3, category_id=9)]

    assert set(heard(read(discourse(server, category="6+9")))) == {"1/1", "3/1"}


@pytest.mark.parametrize("category", ["help", "6,8", "c/help/6", "+6", "-1"])
def test_a_category_that_is_no_number_is_refused(category: str) -> None:
    with pytest.raises(ValueError, match="category"):
        Discourse(url=FORUM, category=category)


def test_what_somebody_quotes_is_not_what_he_says() -> None:
    inner = '<aside class="quote no-group"><blockquote>inner</blockquote></aside>'
    html = f'<aside class="quote"><blockquote>theirs {inner}</blockquote></aside><p>mine</p><aside class="onebox">'

    assert unquoted(html) == '\n<p>mine</p><aside class="onebox">'


def test_short_pages_of_an_older_discourse_are_not_the_end(server: ScriptedServer) -> None:
    """Some versions answer ``before`` with the post itself too, and pages have holes where posts are private."""
    pages = {"": [9, 7], "7": [7, 4], "4": [4]}
    server.route(
        LATEST,
        lambda asked: told({"latest_posts": [post(n) for n in pages[asked.query.get("before", [""])[0]]]}),
    )

    assert sorted(heard(read(discourse(server)))) == ["4/1", "7/1", "9/1"]


def test_a_search_reads_the_whole_of_each_topic_that_it_finds(
    server: ScriptedServer, service: DiscourseService
) -> None:
    """Discourse's search answers with one post a topic, whatever else fits in it."""
    topic = [post(100 + n, "No word of it.", topic_id=5, post_number=n) for n in range(2, 131)]
    service.posts = [post(101, "Where is my box?", topic_id=5), *topic, post(900, "Other.", topic_id=6)]
    service.show(5)

    (batch,) = read(discourse(server, query="box"))

    assert len(batch.mentions) == 130
    assert {mention.thread_id for mention in batch.mentions} == {"5/1"}
    assert heard([batch])["5/1"].title == "Topic 5"


def test_a_topic_that_grows_is_read_on_from_its_last_post(
    server: ScriptedServer, service: DiscourseService
) -> None:
    service.posts = [post(100 + n, "A box.", topic_id=5, post_number=n) for n in range(1, 131)]
    service.show(5)
    cursor = read(discourse(server, query="box"))[-1].cursor
    service.posts.append(post(400, "We are on it.", topic_id=5, post_number=131, username="rfn"))
    before = len(server.requests)

    again = read(discourse(server, query="box"), cursor)

    assert list(heard(again)) == ["5/131"]
    assert len(server.requests) - before == 3


def test_a_poll_reads_twenty_topics_and_the_next_the_others(
    server: ScriptedServer, service: DiscourseService
) -> None:
    service.posts = [post(number) for number in range(1, 46)]
    for number in range(1, 46):
        service.show(number)
    collector = discourse(server, query="box")

    first = read(collector)
    second = read(collector, first[-1].cursor)
    third = read(collector, second[-1].cursor)

    assert [len(heard(each)) for each in (first, second, third)] == [20, 20, 5]


def test_a_topic_that_is_named_and_not_shown_is_skipped_in_words(
    server: ScriptedServer, service: DiscourseService
) -> None:
    service.posts = [post(1), post(2)]
    service.show(1)
    server.route("/t/2.json", refused(403, '{"error_type": "invalid_access"}'))

    batches = read(discourse(server, query="box"))

    assert list(heard(batches)) == ["1/1"]
    assert [words for batch in batches for words in batch.skipped] == [
        "topic 2: the forum names it and does not show it"
    ]


def test_a_forum_too_busy_to_search_is_tried_later(server: ScriptedServer) -> None:
    body = {"posts": [], "grouped_search_result": {"error": "The site is under extreme load."}}
    server.route("/search.json", told(body))

    with pytest.raises(TryLater, match="too busy"):
        read(discourse(server, query="box"))


def test_a_search_that_finds_nothing_is_no_error(server: ScriptedServer) -> None:
    server.route("/search.json", told({"posts": [], "topics": [], "grouped_search_result": {}}))

    (batch,) = read(discourse(server, query="box"))

    assert not batch.mentions


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"api_key": Secret("k1")}, {"api-key": "k1", "api-username": "system"}),
        ({"user_api_key": Secret("k2"), "api_key": Secret("k1")}, {"user-api-key": "k2"}),
        ({}, {}),
    ],
)
def test_keys_go_into_headers(
    server: ScriptedServer, more: dict[str, object], expected: dict[str, str]
) -> None:
    DiscourseService(server)

    read(discourse(server, **more))

    sent = server.requests[0].headers
    assert {name: value for name, value in sent.items() if "api" in name} == expected


@pytest.mark.parametrize(
    ("headers", "body", "after"),
    [
        ({"Retry-After": "15"}, '{"extras": {"wait_seconds": 24}}', 15),
        ({}, '{"error_type": "rate_limit", "extras": {"wait_seconds": 24}}', 24),
        ({}, '{"extras": {"wait_seconds": 99999999999}}', 86400),
        ({}, "slow down", None),
    ],
)
def test_a_pause_is_read_from_header_or_body(
    server: ScriptedServer, headers: dict[str, str], body: str, after: int | None
) -> None:
    """faults.md 16."""
    server.route(LATEST, Answer(429, {**JSON, **headers}, body))

    with pytest.raises(TryLater) as raised:
        read(discourse(server))
    assert raised.value.after == (None if after is None else timedelta(seconds=after))


def test_a_key_that_expires_on_the_second_page_loses_nothing(
    server: ScriptedServer, service: DiscourseService
) -> None:
    """faults.md 24."""
    service.posts = [post(number) for number in range(1, 121)]
    refusal = Answer(403, JSON, '{"error_type": "not_logged_in"}')
    server.route(LATEST, service.latest, refusal)
    kept: list[Batch] = []
    with pytest.raises(NeedsAttention, match="403"):
        for batch in discourse(server).collect({}, reach()):
            kept.append(batch)  # noqa: PERF402  what came before the fault counts
    server.route(LATEST, service.latest)

    after = read(discourse(server), kept[-1].cursor)

    assert len(heard([*kept, *after])) == 120


def test_a_page_that_repeats_ends_the_reading(server: ScriptedServer) -> None:
    """faults.md 25."""
    server.route(LATEST, told({"latest_posts": [post(5), post(4)]}))

    batches = read(discourse(server))

    assert len(batches) == 2
    assert set(heard(batches)) == {"5/1", "4/1"}
