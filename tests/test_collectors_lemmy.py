"""Lemmy: posts and comments of a community, an instance, or a search."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from collectors.contract import Batch, Recheck
from collectors.contract_suite import Scenario, World, collector_contract
from collectors.lemmy import Lemmy
from errors import NeedsAttention, TryLater
from model import Cursor, Mention, Secret
from tests.json_services import JSON, NOW, faulty, reach, told
from tests.lemmy_service import (
    COMMENTS,
    INSTANCE,
    POSTS,
    SEARCH,
    LemmyService,
    comment,
    creator,
    lemmy,
    post,
    refused,
)
from tests.scripted import Answer, Request, ScriptedServer

TOKEN = Secret("canary-lemmy-token")


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as posts of a community where nobody comments."""
    with ScriptedServer() as server:
        service = LemmyService(server)

        def whole(asked: Request) -> Answer:
            said = [post(each.number, each.text, at=each.at) for each in reversed(world.posts)]
            bad = [{"post": {"name": "whose number?"}}] if world.has_bad_item else []
            service.posts = [*said[:1], *bad, *said[1:]]
            return service.list_posts(asked)

        server.route(POSTS, faulty(world, whole))
        yield {"url": INSTANCE, "base_url": server.url, "community": "foodbanks", "token": TOKEN}


@contextmanager
def acted_search(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as comments that a search finds."""
    with ScriptedServer() as server:
        service = LemmyService(server)

        def whole(asked: Request) -> Answer:
            said = [
                comment(each.number, each.text, published=each.at.isoformat())
                for each in reversed(world.posts)
            ]
            bad = [{"comment": {"id": 5}}] if world.has_bad_item else []
            service.comments = [*said[:1], *bad, *said[1:]]
            return service.search(asked)

        server.route(SEARCH, faulty(world, whole))
        yield {"url": INSTANCE, "base_url": server.url, "query": "hello"}


TestContract = collector_contract(Scenario(channel="lemmy", collector=Lemmy, serve=acted))
TestSearchContract = collector_contract(Scenario(channel="lemmy", collector=Lemmy, serve=acted_search))


@pytest.fixture
def service(server: ScriptedServer) -> LemmyService:
    return LemmyService(server)


def read(collector: Lemmy, cursor: Cursor | None = None) -> list[Batch]:
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach()))


def heard(batches: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in batches for mention in batch.mentions}


def test_posts_and_comments_become_mentions(server: ScriptedServer, service: LemmyService) -> None:
    service.posts = [post(1, url="https://rfn.example/", updated="2026-05-20T09:00:00Z")]
    service.comments = [comment(8, "Why?", above=[5, 7]), comment(5)]

    found = heard(read(lemmy(server)))

    first, deep = found["p1"], found["c8"]
    assert (first.title, first.text, first.thread_id, first.parent_id) == (
        "Post 1",
        "The box came late.",
        "p1",
        None,
    )
    assert first.raw == {"community": "foodbanks", "link": "https://rfn.example/"}
    assert first.edited_at == NOW.replace(hour=9, minute=0)
    assert first.url == "https://far.example/post/1"
    assert first.scope == "lemmy.example"
    assert first.author is not None
    assert (first.author.handle, first.author.name) == ("@ada@far.example", "Ada L.")
    assert (deep.text, deep.parent_id, deep.thread_id) == ("Why?", "c7", "p1")
    assert found["c5"].parent_id == "p1"


@pytest.mark.parametrize(
    ("gone", "who"), [({"deleted": True}, {}), ({"removed": True}, {}), ({}, {"deleted": True})]
)
def test_what_was_taken_back_is_gone(
    server: ScriptedServer, service: LemmyService, gone: dict[str, Any], who: dict[str, Any]
) -> None:
    """faults.md 26."""
    service.posts, service.comments = [post(1)], [comment(5)]
    cursor = read(lemmy(server))[-1].cursor
    service.posts = [{**post(1, "", **gone), "creator": creator(**who)}]
    service.comments = [{**comment(5, "", **gone), "creator": creator(**who)}]

    again = read(lemmy(server), cursor)

    assert [each for batch in again for each in batch.gone] == ["p1", "c5"]
    assert not heard(again)


@pytest.mark.parametrize("has_cursor", [True, False], ids=["cursor", "numbers"])
def test_many_are_read_by_cursor_and_by_number(
    server: ScriptedServer, service: LemmyService, has_cursor: bool
) -> None:
    service.has_cursor = has_cursor
    service.posts = [post(number) for number in range(200, 0, -1)]
    service.comments = [comment(number) for number in range(120, 0, -1)]

    found = heard(read(lemmy(server)))

    assert len(found) == 320


def test_a_late_one_from_another_instance_is_heard_below_newer_ones(
    server: ScriptedServer, service: LemmyService
) -> None:
    service.posts = [post(number, at=NOW - timedelta(minutes=200 - number)) for number in range(200, 99, -1)]
    cursor = read(lemmy(server))[-1].cursor
    service.posts.insert(70, post(300, "Late.", at=NOW - timedelta(minutes=70)))

    assert list(heard(read(lemmy(server), cursor))) == ["p300"]


def test_pinned_posts_do_not_end_the_reading(server: ScriptedServer, service: LemmyService) -> None:
    pinned = [post(number, at=NOW - timedelta(days=300)) for number in (1, 2)]
    service.posts = [*pinned, *(post(number) for number in range(150, 100, -1))]
    cursor = read(lemmy(server))[-1].cursor
    service.posts[2:2] = [post(number) for number in range(250, 150, -1)]

    assert len(heard(read(lemmy(server), cursor))) == 100


def test_a_community_or_a_search_is_asked_for_by_name(server: ScriptedServer, service: LemmyService) -> None:
    read(lemmy(server, community="foodbanks@far.example"))
    read(lemmy(server, community="foodbanks", query="weekend box"))

    posts, comments, *searches = server.requests
    assert posts.query["community_name"] == comments.query["community_name"] == ["foodbanks@far.example"]
    assert posts.query["sort"] == ["New"]
    assert [each.query["type_"] for each in searches] == [["Posts"], ["Comments"]]
    assert {each.query["q"][0] for each in searches} == {"weekend box"}


@pytest.mark.parametrize("name", ["!foodbanks@far.example", "c/foodbanks", "two words", "@far.example"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="community"):
        Lemmy(url=INSTANCE, community=name)


def test_a_token_goes_into_a_header(server: ScriptedServer, service: LemmyService) -> None:
    read(lemmy(server, token=TOKEN))

    assert server.requests[0].headers["authorization"] == "Bearer canary-lemmy-token"


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (refused("rate_limit_error"), TryLater, "pause"),
        (refused("couldnt_find_community"), TryLater, "community"),
        (refused("not_found", 404), TryLater, "community"),
        (refused("instance_is_private"), NeedsAttention, "members only"),
        (refused("not_logged_in"), NeedsAttention, "token"),
        (refused("something_new"), NeedsAttention, "400"),
        (Answer(400, {}, "<html>"), NeedsAttention, "400"),
        (told({"posts": None}), TryLater, "no list of posts"),
    ],
)
def test_a_refusal_is_told_by_its_reason(
    server: ScriptedServer, answer: Answer, expected: type[Exception], words: str
) -> None:
    """faults.md 16, 17, 18."""
    server.route(POSTS, answer)

    with pytest.raises(expected, match=words):
        read(lemmy(server))


def test_a_rate_limit_in_a_400_may_say_how_long(server: ScriptedServer) -> None:
    """faults.md 16."""
    server.route(POSTS, Answer(400, {**JSON, "Retry-After": "90"}, '{"error": "rate_limit_error"}'))

    with pytest.raises(TryLater) as raised:
        read(lemmy(server))
    assert raised.value.after == timedelta(seconds=90)


def test_a_token_that_expires_on_the_second_page_loses_nothing(
    server: ScriptedServer, service: LemmyService
) -> None:
    """faults.md 24."""
    service.posts = [post(number) for number in range(120, 0, -1)]
    server.route(POSTS, service.list_posts, refused("not_logged_in"))
    kept: list[Batch] = []
    with pytest.raises(NeedsAttention):
        for batch in lemmy(server).collect({}, reach()):
            kept.append(batch)  # noqa: PERF402  what came before the fault counts
    server.route(POSTS, service.list_posts)

    after = read(lemmy(server), kept[-1].cursor)

    assert len(heard([*kept, *after])) == 120
    assert len(heard(after)) == 70


def test_a_cursor_that_repeats_is_stopped_and_told(server: ScriptedServer, service: LemmyService) -> None:
    """faults.md 25."""
    server.route(POSTS, told({"posts": [post(5)], "next_page": "P5"}))

    batches = read(lemmy(server))

    assert any("the pages repeat" in words for batch in batches for words in batch.skipped)
    assert len(server.asked(POSTS)) == 2
    assert server.asked(COMMENTS)


def test_rechecking_tells_edited_from_gone(server: ScriptedServer) -> None:
    """faults.md 26."""
    answers = {
        "1": told({"post_view": post(1, "New words.")}),
        "2": refused("couldnt_find_post"),
        "3": told({"post_view": post(3, removed=True)}),
        "4": told({"post_view": {"post": {"id": 4}}}),
        "5": told({"post_view": post(77)}),
    }
    server.route("/api/v3/post", lambda asked: answers[asked.query["id"][0]])
    server.route(
        "/api/v3/comment", told({"comment_view": comment(8, "Better.", above=[5])}), refused("not_found", 404)
    )
    collector = lemmy(server)

    rechecked = collector.recheck(["p1", "p2", "p3", "p4", "p5", "c8", "c9", "odd"], reach())

    assert isinstance(collector, Recheck)
    assert [(each.external_id, each.text, each.parent_id) for each in rechecked.edited] == [
        ("p1", "New words.", None),
        ("c8", "Better.", "c5"),
    ]
    assert list(rechecked.gone) == ["p2", "p3", "c9"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(404, {}, "<html>nginx</html>"), TryLater),
        (refused("rate_limit_error"), TryLater),
        (refused("instance_is_private"), NeedsAttention),
        (Answer(502), TryLater),
    ],
)
def test_rechecking_takes_nothing_away_for_a_refusal_in_other_words(
    server: ScriptedServer, answer: Answer, expected: type[Exception]
) -> None:
    server.route("/api/v3/post", answer)

    with pytest.raises(expected):
        lemmy(server).recheck(["p1"], reach())


@pytest.mark.parametrize(
    ("path", "parent"), [("0.5.8", "c5"), ("nonsense", "p1"), (None, "p1"), ("0.8", "p1"), ("0." * 900, "p1")]
)
def test_an_odd_path_falls_back_to_the_post(
    server: ScriptedServer, service: LemmyService, path: str | None, parent: str
) -> None:
    service.comments = [comment(8, path=path)]

    assert heard(read(lemmy(server)))["c8"].parent_id == parent


def test_a_post_without_words_is_skipped_and_one_without_an_author_is_nobody_s(
    server: ScriptedServer, service: LemmyService
) -> None:
    service.posts = [post(1, "", name=""), {**post(2), "creator": None}]

    batches = read(lemmy(server))

    assert [each.author for each in heard(batches).values()] == [None]
    assert [words for batch in batches for words in batch.skipped] == [
        "item 1 of the page: post 1 has neither a title nor a text"
    ]


def test_dates_without_a_zone_are_utc(server: ScriptedServer, service: LemmyService) -> None:
    service.posts = [post(1, published="2026-05-20T08:00:00.123456")]

    published_at = heard(read(lemmy(server)))["p1"].published_at

    assert published_at is not None
    assert published_at.isoformat() == "2026-05-20T08:00:00.123456+00:00"


def test_an_address_that_is_none_is_left_out(server: ScriptedServer, service: LemmyService) -> None:
    service.posts = [{**post(1, ap_id="javascript:alert(1)"), "creator": creator(actor_id="http://[odd")}]

    mention = heard(read(lemmy(server)))["p1"]

    assert mention.url == "https://lemmy.example/post/1"
    assert mention.author is not None
    assert mention.author.handle == "@ada@lemmy.example"
