"""What one post on X becomes: through the real tweepy, from a scripted X on loopback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.contract import Batch
from model import Author, Mention
from tests.scripted import ScriptedServer
from tests.x_service import NOW, XService, id_at, post, reach, x


@pytest.fixture
def service(server: ScriptedServer) -> XService:
    return XService(server)


def ids(batches: Sequence[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def test_tells_all_that_a_post_says(server: ScriptedServer, service: XService) -> None:
    service.posts = [
        post(
            1005,
            "Tom &amp; I waited &lt;2 h https://t.co/abc",
            conversation_id="1001",
            referenced_tweets=[{"type": "replied_to", "id": "1003"}, {"type": "quoted", "id": "900"}],
            entities={
                "urls": [{"url": "https://t.co/abc", "expanded_url": "https://northside.example/late"}]
            },
        )
    ]

    (batch,) = x(server).collect({}, reach())

    assert batch.mentions == [
        Mention(
            channel="x",
            scope="",
            external_id="1005",
            text="Tom & I waited <2 h https://northside.example/late",
            url="https://x.com/northside_nss/status/1005",
            author=Author(
                handle="northside_nss",
                name="Northside Shelter",
                url="https://x.com/northside_nss",
                external_id="7",
            ),
            lang="en",
            published_at=datetime(2026, 5, 20, 8, tzinfo=UTC),
            parent_id="1003",
            thread_id="1001",
            raw={"quoted": "900"},
        )
    ]


def test_a_long_post_is_told_whole(server: ScriptedServer, service: XService) -> None:
    service.posts = [post(1005, "It began when…", note_tweet={"text": "It began when the van broke down."})]

    (batch,) = x(server).collect({}, reach())

    assert batch.mentions[0].text == "It began when the van broke down."


def test_an_author_that_x_does_not_tell_is_nobody(server: ScriptedServer, service: XService) -> None:
    service.posts = [post(1005, author_id="8")]

    (batch,) = x(server).collect({}, reach())

    assert batch.mentions[0].author is None
    assert batch.mentions[0].url == "https://x.com/i/status/1005"


@pytest.mark.parametrize(
    ("told", "lang"), [("en", "en"), ("in", "id"), ("zh-tw", "zh"), ("und", None), ("qme", None), (7, None)]
)
def test_a_language_is_told_in_iso_639_1(
    server: ScriptedServer, service: XService, told: object, lang: str | None
) -> None:
    service.posts = [post(1005, lang=told)]

    (batch,) = x(server).collect({}, reach())

    assert batch.mentions[0].lang == lang


def test_an_edit_is_an_edit_of_the_same_mention(server: ScriptedServer, service: XService) -> None:
    """faults.md 26."""
    first, second = id_at(NOW - timedelta(hours=2)), id_at(NOW - timedelta(hours=1))
    service.posts = [post(first, created_at="2026-05-20T07:30:00.000Z")]
    before = list(x(server).collect({}, reach()))
    service.posts = [
        post(
            second,
            "They came.",
            created_at="2026-05-20T08:30:00.000Z",
            edit_history_tweet_ids=[first, second],
        )
    ]

    after = list(x(server).collect(before[-1].cursor, reach()))

    (told,) = after[0].mentions
    assert ids(before) == ids(after) == [first]
    assert told.published_at == before[0].mentions[0].published_at == NOW - timedelta(hours=2)
    assert told.edited_at == NOW - timedelta(hours=1)
    assert told.url.endswith(f"/status/{second}")
    assert before[0].mentions[0].edited_at is None


def test_an_edit_whose_ids_tell_no_time_takes_the_one_that_is_told(
    server: ScriptedServer, service: XService
) -> None:
    service.posts = [post(1005, edit_history_tweet_ids=["1001", "1005"])]

    (batch,) = x(server).collect({}, reach())

    told = batch.mentions[0]
    assert told.published_at == told.edited_at == datetime(2026, 5, 20, 8, tzinfo=UTC)


def test_ids_that_disagree_with_what_is_told_date_nothing(server: ScriptedServer, service: XService) -> None:
    first, second = id_at(NOW - timedelta(days=300)), id_at(NOW - timedelta(days=299))
    service.posts = [post(second, edit_history_tweet_ids=[first, second])]

    (batch,) = x(server).collect({}, reach())

    assert batch.mentions[0].published_at == datetime(2026, 5, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize("created_at", [None, "soon", "2026-05-20T08:00:00", "2126-01-01T00:00:00Z", 7])
def test_a_post_without_a_sane_time_is_dated_by_its_id(
    server: ScriptedServer, service: XService, created_at: object
) -> None:
    """faults.md 32."""
    written_at = NOW - timedelta(hours=3)
    service.posts = [post(id_at(written_at), created_at=created_at), post(1005, created_at=created_at)]

    (batch,) = x(server).collect({}, reach())

    assert [mention.published_at for mention in batch.mentions] == [written_at, None]


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "no id"},
        {"id": "../1", "text": "a path"},
        {"id": 7, "text": "a number"},
        {"id": "1002"},
        {"id": "1002", "text": None},
        "a string",
        None,
    ],
)
def test_one_bad_post_among_good_ones_is_skipped_in_words(
    server: ScriptedServer, service: XService, bad: Any
) -> None:
    service.posts = [post(1003), post(1001)]
    service.posts.insert(1, bad)

    (batch,) = x(server).collect({}, reach())

    assert [mention.external_id for mention in batch.mentions] == ["1003", "1001"]
    assert "post 2" in batch.skipped[0]


@pytest.mark.parametrize(
    "odd",
    [
        {"author_id": None},
        {"entities": 7},
        {"entities": {"urls": [None, {"url": 7}, {"url": "", "expanded_url": "x"}]}},
        {"referenced_tweets": {"type": "replied_to"}},
        {"referenced_tweets": [None, {"type": "replied_to", "id": 3}]},
        {"edit_history_tweet_ids": "1005"},
        {"edit_history_tweet_ids": [None, 3]},
        {"conversation_id": 7},
        {"note_tweet": {"text": None}},
        {"text": "\ud800 half a character \x00"},
    ],
)
def test_an_odd_field_does_not_cost_the_post(
    server: ScriptedServer, service: XService, odd: dict[str, Any]
) -> None:
    service.posts = [post(1005, **odd), post(1001)]

    assert ids(list(x(server).collect({}, reach()))) == ["1005", "1001"]


def test_what_x_would_not_show_is_told_in_words_and_is_not_gone(
    server: ScriptedServer, service: XService
) -> None:
    service.posts = [post(1005)]
    service.errors = [
        {
            "resource_type": "tweet",
            "parameter": "referenced_tweets.id",
            "resource_id": "1003",
            "title": "Not Found Error",
        },
        {"resource_type": "user", "parameter": "author_id", "resource_id": "9", "title": "Forbidden"},
        "odd",
    ]

    (batch,) = x(server).collect({}, reach())

    assert batch.gone == []
    assert batch.skipped[:2] == [
        "X did not show tweet 1003: Not Found Error",
        "X did not show user 9: Forbidden",
    ]


def test_a_post_that_x_says_is_not_there_is_gone(server: ScriptedServer, service: XService) -> None:
    """faults.md 26."""
    service.errors = [
        {"resource_type": "tweet", "parameter": "ids", "resource_id": "1003", "title": "Not Found Error"}
    ]

    (batch,) = x(server).collect({}, reach())

    assert batch.gone == ["1003"]
