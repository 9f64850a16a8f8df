"""Channel bluesky: what is read, and how a reading goes on; through the real atproto."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collectors.bluesky.sessions import forget_sessions
from collectors.contract import Recheck
from errors import NeedsAttention, TryLater
from model import Secret
from tests.bluesky_service import (
    DID,
    POSTS,
    SEARCH,
    BlueskyService,
    bluesky,
    error,
    heard,
    minutes_ago,
    post,
    reach,
    read,
    uri_of,
)
from tests.scripted import Answer, ScriptedServer


@pytest.fixture(autouse=True)
def new_process() -> None:
    forget_sessions()


@pytest.fixture
def service(server: ScriptedServer) -> BlueskyService:
    return BlueskyService(server)


def test_goes_back_thirty_days_at_first_and_then_from_the_newest_post_less_six_hours(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.posts = [post(1, at=minutes_ago(60))]

    first = read(bluesky(server))
    read(bluesky(server), first[-1].cursor)

    asked = [request.query for request in server.asked(SEARCH)]
    assert asked[0]["since"] == ["2026-04-20T09:30:00.000Z"]
    assert asked[1]["since"] == ["2026-05-20T02:30:00.000Z"]
    assert asked[0]["sort"] == ["latest"]


def test_hears_what_is_indexed_hours_after_it_was_written(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.posts = [post(1, at=minutes_ago(5))]
    cursor = read(bluesky(server))[-1].cursor
    service.posts.append(post(2, at=minutes_ago(5 * 60)))

    assert heard(read(bluesky(server), cursor)) == [uri_of(2)]


def test_pages_go_down_by_time_and_lose_nothing_within_one_second(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.size = 10
    service.posts = [post(number, at=minutes_ago(10)) for number in range(7)]
    service.posts += [post(100 + number, at=minutes_ago(11)) for number in range(7)]
    service.posts += [post(200 + number, at=minutes_ago(12)) for number in range(7)]

    batches = read(bluesky(server))

    assert sorted(heard(batches)) == sorted(each["uri"] for each in service.posts)
    assert len(heard(batches)) == 21


def test_more_posts_of_one_second_than_a_page_holds_are_read_by_the_cursor_of_the_service(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.size = 5
    service.posts = [post(number, at=minutes_ago(10)) for number in range(23)]

    batches = read(bluesky(server))

    assert len(heard(batches)) == 23
    assert not [line for batch in batches for line in batch.skipped]


def test_a_service_that_heeds_no_times_is_read_by_its_cursor_and_no_page_of_it_again_and_again(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.heeds_times, service.size = False, 10
    service.posts = [post(number, at=minutes_ago(number)) for number in range(60)]

    batches = read(bluesky(server))

    assert heard(batches) == [each["uri"] for each in service.posts]
    assert len(server.asked(SEARCH)) == 8  # six pages, one more to see it, one without posts at the end
    assert not [line for batch in batches for line in batch.skipped]


def test_a_service_that_heeds_no_times_is_read_no_further_than_one_that_does(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.heeds_times, service.size = False, 5
    service.posts = [post(number, at=minutes_ago(number * 24 * 60)) for number in range(60)]

    batches = read(bluesky(server))

    assert len(heard(batches)) == 40  # thirty days, and the page that shows that they are over


def test_a_reading_by_the_cursor_goes_on_with_it_in_the_next_poll(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 24."""
    service.heeds_times, service.size = False, 3
    service.posts = [post(0, at=minutes_ago(200))]
    cursor = read(bluesky(server))[-1].cursor
    service.posts = [post(number, at=minutes_ago(number)) for number in range(1, 100)]

    first = read(bluesky(server), cursor)
    second = read(bluesky(server), first[-1].cursor)

    assert len(heard(first)) == 3 * 19  # 20 pages, one of them met again
    assert heard([*first, *second]) == [each["uri"] for each in service.posts]


@pytest.mark.parametrize("answers", [400, 502])
@pytest.mark.parametrize(("heeds_times", "minutes_apart"), [(True, 0), (False, 1)])
def test_a_cursor_that_the_service_no_longer_knows_is_given_up_and_nothing_is_lost(
    server: ScriptedServer, service: BlueskyService, heeds_times: bool, minutes_apart: int, answers: int
) -> None:
    service.heeds_times, service.size, service.unknown = heeds_times, 10, answers
    service.posts = [post(number, at=minutes_ago(minutes_apart * number)) for number in range(60)]
    reading = bluesky(server).collect({}, reach())
    kept = [batch for batch, _ in zip(reading, range(5), strict=False)]
    service.make = "second-"

    after = read(bluesky(server), kept[-1].cursor)

    assert sorted(heard([*kept, *after])) == sorted(each["uri"] for each in service.posts)
    assert len(heard(kept)) < 60


@pytest.mark.parametrize(
    ("is_kept", "headers", "requests"), [(True, {"Retry-After": "60"}, 1), (True, {}, 2), (False, {}, 2)]
)
def test_a_server_in_trouble_is_not_asked_again_without_the_cursor_of_this_reading_or_before_its_time(
    server: ScriptedServer, service: BlueskyService, is_kept: bool, headers: dict[str, str], requests: int
) -> None:
    """faults.md 16, 19."""
    service.size = 10
    service.posts = [post(number, at=minutes_ago(0)) for number in range(60)]
    reading = bluesky(server).collect({}, reach())
    kept = [batch for batch, _ in zip(reading, range(4), strict=False)]
    asked = len(server.asked(SEARCH))
    server.route(SEARCH, *([] if is_kept else [service.search]), Answer(503, headers))

    with pytest.raises(TryLater, match="trouble of its own"):
        read(bluesky(server), kept[-1].cursor)

    assert len(server.asked(SEARCH)) - asked == requests


def test_a_query_that_the_service_does_not_take_is_asked_once(
    server: ScriptedServer, service: BlueskyService
) -> None:
    server.route(SEARCH, lambda _: error(400, "InvalidRequest"))

    with pytest.raises(NeedsAttention, match="check query"):
        read(bluesky(server))
    assert len(server.asked(SEARCH)) == 1


def test_an_interrupted_reading_goes_on_below_what_it_read(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 24."""
    service.size = 10
    service.posts = [post(number, at=minutes_ago(number)) for number in range(30)]
    reading = bluesky(server).collect({}, reach())
    kept = [next(reading), next(reading)]
    del reading

    after = read(bluesky(server), kept[-1].cursor)

    assert heard([*kept, *after]) == [each["uri"] for each in service.posts]
    assert server.asked(SEARCH)[1].query["until"] == ["2026-05-20T09:21:01.000Z"]


def test_pages_that_repeat_are_stopped_and_read_again_next_time(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 25."""
    page = json.dumps({"posts": [post(1)], "cursor": "1"})
    server.route(SEARCH, lambda _: Answer(headers={"Content-Type": "application/json"}, body=page))

    batches = read(bluesky(server))

    assert len(server.asked(SEARCH)) == 3
    assert "repeat" in batches[-1].skipped[0]
    assert "since" not in batches[-1].cursor


def test_an_edited_post_comes_again_and_a_liked_one_does_not(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 26."""
    service.posts = [post(1), post(2)]
    cursor = read(bluesky(server))[-1].cursor
    service.posts = [post(1, "The boxes came.", cid="bafynew"), post(2, likeCount=99)]

    again = read(bluesky(server), cursor)

    assert heard(again) == [uri_of(1)]
    assert again[-1].unchanged == 1


def test_a_post_becomes_a_mention(server: ScriptedServer, service: BlueskyService) -> None:
    reply = {"root": {"uri": uri_of(7), "cid": "c"}, "parent": {"uri": uri_of(8), "cid": "c"}}
    service.posts = [post(1, at=minutes_ago(9), record={"reply": reply, "langs": ["pt-BR"]}), post(2)]

    own, answering = sorted(
        (m for b in read(bluesky(server)) for m in b.mentions), key=lambda m: m.parent_id or ""
    )

    assert answering.author is not None
    assert (answering.author.handle, answering.author.external_id) == ("northside.example", DID)
    assert answering.url == f"https://bsky.app/profile/northside.example/post/{uri_of(1)[-13:]}"
    assert (answering.parent_id, answering.thread_id, answering.lang) == (uri_of(8), uri_of(7), "pt")
    assert (answering.scope, answering.published_at) == ("", minutes_ago(9))
    assert (own.parent_id, own.thread_id) == (None, uri_of(2))


@pytest.mark.parametrize(
    ("created", "indexed", "published"),
    [
        ("2026-05-20T08:00:00Z", "2026-05-20T08:00:05Z", "2026-05-20T08:00:00"),
        ("2030-01-01T00:00:00Z", "2026-05-20T08:00:05Z", "2026-05-20T08:00:05"),
        ("0001-01-01T00:00:00Z", "2026-05-20T08:00:05Z", "2026-05-20T08:00:05"),
        ("yesterday", "2026-05-20T08:00:05Z", "2026-05-20T08:00:05"),
        ("2026-05-20T10:00:00+02:00", "2026-05-20T08:00:05Z", "2026-05-20T08:00:00"),
        ("2023-07-21T01:33:51.481951", None, "2023-07-21T01:33:51.481951"),
        (None, None, None),
    ],
)
def test_a_date_that_cannot_be_true_gives_way_to_when_it_was_seen(
    server: ScriptedServer, service: BlueskyService, created: object, indexed: object, published: str | None
) -> None:
    """faults.md 32."""
    service.posts = [post(1, record={"createdAt": created}, indexedAt=indexed)]
    server.route(SEARCH, lambda _: Answer(headers={"Content-Type": "application/json"},
                                          body=json.dumps({"posts": service.posts})))  # fmt: skip

    (mention,) = [mention for batch in read(bluesky(server)) for mention in batch.mentions]

    told = mention.published_at
    assert (told.replace(tzinfo=None).isoformat() if told else None) == published


def test_shortened_links_are_made_whole_by_their_bytes(
    server: ScriptedServer, service: BlueskyService
) -> None:
    text = "Käse für alle: example.org/very-l… und example.org"
    start = len("Käse für alle: ".encode())
    end = start + len("example.org/very-l…".encode())
    facets = [
        {
            "index": {"byteStart": start, "byteEnd": end},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/very-long"}],
        },
        {"index": {"byteStart": 5, "byteEnd": 9999}, "features": [{}]},
        {"index": {"byteStart": "x"}},
        None,
    ]
    service.posts = [post(1, text, record={"facets": facets})]

    (mention,) = [mention for batch in read(bluesky(server)) for mention in batch.mentions]

    assert mention.text == "Käse für alle: https://example.org/very-long und example.org"


@pytest.mark.parametrize("handle", ["handle.invalid", "", None, "not a handle", "<b>"])
def test_an_author_without_a_name_goes_by_the_account(
    server: ScriptedServer, service: BlueskyService, handle: object
) -> None:
    service.posts = [post(1, author={"did": DID, "handle": handle})]

    (mention,) = [mention for batch in read(bluesky(server)) for mention in batch.mentions]

    assert mention.author is not None
    assert mention.author.handle == DID
    assert mention.url.startswith(f"https://bsky.app/profile/{DID}/")


def test_one_record_that_breaks_its_model_costs_only_itself(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """channels.md 1.5: atproto's models would lose the whole page."""
    bad: list[Any] = [
        post(2) | {"record": {"$type": "app.bsky.feed.post"}},
        post(3) | {"record": 7},
        post(4) | {"uri": "at://nobody"},
        post(5) | {"author": "nobody"},
        None,
    ]
    server.route(SEARCH, lambda _: Answer(headers={"Content-Type": "application/json"},
                                          body=json.dumps({"posts": [post(1), *bad]})))  # fmt: skip
    assert service.size

    batches = read(bluesky(server))

    assert heard(batches) == [uri_of(1), uri_of(5)]
    assert [" ".join(line.split()[:5]) for line in batches[-1].skipped] == [
        "item 2 of the page:",
        "item 3 of the page:",
        "item 4 of the page:",
        "item 6 of the page:",
    ]


# asking again


def test_is_a_collector_that_can_be_asked_again(server: ScriptedServer) -> None:
    assert isinstance(bluesky(server), Recheck)


def test_asked_again_it_tells_what_stands_and_what_is_gone(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 26."""
    broken = post(3) | {"record": {}}
    service.posts = [post(1, "Edited.", cid="bafynew"), broken]

    told = bluesky(server).recheck([uri_of(1), uri_of(2), uri_of(3), "nonsense"], reach())

    assert [(mention.external_id, mention.text) for mention in told.edited] == [(uri_of(1), "Edited.")]
    assert list(told.gone) == [uri_of(2)]
    assert len(server.asked(POSTS)) == 1


def test_asked_again_an_answer_without_posts_buries_nobody(
    server: ScriptedServer, service: BlueskyService
) -> None:
    server.route(POSTS, Answer(headers={"Content-Type": "application/json"}, body="{}"))

    told = bluesky(server).recheck([uri_of(1)], reach())

    assert "no list of posts" in str(told.error)
    assert (told.edited, told.gone) == ((), ())


def test_a_wrong_password_waits_for_a_person(server: ScriptedServer, service: BlueskyService) -> None:
    """faults.md 17."""

    with pytest.raises(NeedsAttention, match="app_password"):
        read(bluesky(server, app_password=Secret("canary-wrong")))
