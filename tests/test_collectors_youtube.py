"""Channel youtube: what is read of a video or a channel, what it costs, and what became of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from collectors.contract import Batch, Recheck
from collectors.youtube import YouTube
from collectors.youtube.client import until_next_day
from errors import EarshotError, NeedsAttention, TryLater
from model import Cursor, Mention, Secret
from tests.scripted import Answer, ScriptedServer
from tests.youtube_service import (
    CHANNEL,
    COMMENTS,
    NOW,
    THREADS,
    VIDEO,
    YouTubeService,
    comment,
    reach,
    refused,
    reply,
    thread,
    youtube,
)


@pytest.fixture
def service(server: ScriptedServer) -> YouTubeService:
    return YouTubeService(server)


def batches(collector: YouTube, cursor: Cursor | None = None) -> list[Batch]:
    return list(collector.collect(cursor or {}, reach()))


def heard(read: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in read for mention in batch.mentions}


def test_a_comment_and_its_replies_are_one_thread(service: YouTubeService) -> None:
    service.threads = [thread("UgxA", reply("UgxA.9b", "We answer: today!"))]

    found = heard(batches(youtube(service.server)))

    top, answer = found["UgxA"], found["UgxA.9b"]
    assert (top.thread_id, top.parent_id, answer.thread_id, answer.parent_id) == (
        "UgxA",
        None,
        "UgxA",
        "UgxA",
    )
    assert answer.url == f"https://www.youtube.com/watch?v={VIDEO}&lc=UgxA.9b"
    assert top.author is not None
    assert (top.author.handle, top.author.external_id) == ("@northside-ann", "UCann0123456789abcdefghi")
    assert top.edited_at is None


def test_the_key_goes_in_a_header(service: YouTubeService) -> None:
    """faults.md 90."""
    batches(youtube(service.server))

    (asked,) = service.server.requests
    assert asked.headers["x-goog-api-key"] == "canary-youtube-key"
    assert "key" not in asked.query


def test_a_channel_and_words_are_asked_for(service: YouTubeService) -> None:
    service.threads = [thread("UgxA", text="about boxes", videoId="videoAAAAAA"), thread("UgxB", text="else")]

    found = heard(batches(youtube(service.server, channel_id=CHANNEL, query="boxes")))

    assert list(found) == ["UgxA"]
    (asked,) = service.server.requests
    assert asked.query["allThreadsRelatedToChannelId"] == [CHANNEL]
    assert asked.query["searchTerms"] == ["boxes"]


def test_an_edit_and_a_new_reply_come_again_at_the_price_of_a_unit(service: YouTubeService) -> None:
    """faults.md 26."""
    service.threads = [thread("UgxA"), thread("UgxB"), thread("UgxC")]
    cursor = batches(youtube(service.server))[-1].cursor
    service.server.requests.clear()

    service.threads[1] = thread("UgxB", text="No, early.", updatedAt="2026-05-20T09:00:00Z")
    service.threads[2]["replies"].append(reply("UgxC.1"))
    again = heard(batches(youtube(service.server), cursor))

    assert set(again) == {"UgxB", "UgxC", "UgxC.1"}
    assert again["UgxB"].edited_at == NOW - timedelta(minutes=30)
    assert len(service.server.requests) == 1


def test_replies_that_did_not_come_along_are_asked_for(service: YouTubeService) -> None:
    service.threads = [thread("UgxA", *(reply(f"UgxA.{n:03}") for n in range(250))), thread("UgxB")]

    read = batches(youtube(service.server))

    found = heard(read)
    assert len(found) == 252
    assert found["UgxA.249"].url.startswith(f"https://www.youtube.com/watch?v={VIDEO}")
    assert read[-1].cursor["owed"] == []
    assert len(service.server.asked(COMMENTS)) == 3


def test_replies_that_a_poll_cannot_pay_for_are_read_by_the_next(service: YouTubeService) -> None:
    service.threads = [thread(f"Ugx{n:03}", *(reply(f"Ugx{n:03}.{m}") for m in range(7))) for n in range(50)]

    first = batches(youtube(service.server))
    n_first = len(service.server.requests)
    second = batches(youtube(service.server), first[-1].cursor)
    third = batches(youtube(service.server), second[-1].cursor)

    assert n_first == 1 + 20
    assert third[-1].cursor["owed"] == []
    assert len(heard([*first, *second, *third])) == 50 * 8


def test_killed_while_it_reads_replies_it_reads_them_again(service: YouTubeService) -> None:
    service.threads = [thread(f"Ugx{n:03}", *(reply(f"Ugx{n:03}.{m}") for m in range(7))) for n in range(5)]
    whole = batches(youtube(service.server))

    for kept in range(1, len(whole)):
        after = batches(youtube(service.server), whole[kept - 1].cursor)
        assert len(heard([*whole[:kept], *after])) == 40


def test_a_thread_that_is_deleted_before_its_replies_are_read_is_gone(service: YouTubeService) -> None:
    service.threads = [thread("UgxA", *(reply(f"UgxA.{n}") for n in range(9)))]
    reading = youtube(service.server).collect({}, reach())
    next(reading)

    service.threads = []
    (batch,) = reading

    assert list(batch.gone) == ["UgxA"]
    assert batch.cursor["owed"] == []


def test_replies_without_an_end_are_stopped(service: YouTubeService) -> None:
    """faults.md 25."""
    page = {"items": [reply("UgxA.1")], "nextPageToken": "again"}
    service.server.route(COMMENTS, Answer(body=json.dumps(page)))
    service.threads = [thread("UgxA", *(reply(f"UgxA.{n}") for n in range(9)))]

    read = batches(youtube(service.server))

    assert any("do not end" in words for words in read[-1].skipped)
    assert len(service.server.asked(COMMENTS)) == 2


def test_a_page_that_youtube_forgot_is_looked_for_from_the_top(service: YouTubeService) -> None:
    """faults.md 24."""
    service.threads = [thread(f"Ugx{n:04}") for n in range(250, 0, -1)]
    (first, *_) = batches(youtube(service.server))

    service.age = 1
    rest = batches(youtube(service.server), first.cursor)

    assert len(heard([first, *rest])) == 250


def test_a_bad_reply_is_skipped_in_words(service: YouTubeService) -> None:
    service.threads = [thread("UgxA", reply("UgxA.1"), comment("?"), comment("UgxA.3", None))]  # type: ignore[arg-type]

    (batch,) = batches(youtube(service.server))

    assert len(batch.mentions) == 2
    assert len(batch.skipped) == 2


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (refused(403, "quotaExceeded", "The request cannot be completed."), TryLater, "used up"),
        (refused(403, "rateLimitExceeded"), TryLater, "asks to wait"),
        (refused(403, "commentsDisabled"), NeedsAttention, "switched off"),
        (refused(403, "forbidden", 'See <a href="x">why</a>'), NeedsAttention, "See;"),
        (refused(403, "accessNotConfigured"), NeedsAttention, "is on"),
        (refused(400, "badRequest", "API key not valid."), NeedsAttention, "API key not valid"),
        (refused(400, "processingFailure"), TryLater, "just now"),
        (refused(400, "invalidPageToken"), NeedsAttention, "top"),
        (refused(404, "videoNotFound"), TryLater, "no such video"),
        (Answer(body='{"items": {}}'), TryLater, "list of items"),
    ],
)
def test_each_refusal_says_what_to_do(
    service: YouTubeService, answer: Answer, kind: type[EarshotError], told: str
) -> None:
    """faults.md 17, 18 and 23."""
    service.server.route(THREADS, answer)

    with pytest.raises(EarshotError) as raised:
        batches(youtube(service.server))

    assert isinstance(raised.value, kind)
    assert told in str(raised.value).replace("See)", "See;").replace("See ", "See;")
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(("hour", "hours"), [(0, 8), (7, 1), (8, 24), (23, 9)])
def test_the_day_of_a_key_begins_at_midnight_in_california(hour: int, hours: int) -> None:
    assert until_next_day(NOW.replace(hour=hour, minute=0)) == timedelta(hours=hours)


def test_recheck_tells_edited_from_deleted(service: YouTubeService) -> None:
    """faults.md 26."""
    edited = thread("UgxB", text="No, early.", updatedAt="2026-05-20T09:00:00Z")
    service.threads = [thread("UgxA", reply("UgxA.1")), edited]

    told = youtube(service.server).recheck(["UgxA", "UgxB", "UgxA.1", "UgxGone"], reach())

    assert isinstance(youtube(service.server), Recheck)
    assert [(mention.external_id, mention.text) for mention in told.edited] == [("UgxB", "No, early.")]
    assert (list(told.gone), told.unchanged) == (["UgxGone"], 2)
    assert len(service.server.requests) == 1


def test_recheck_reads_a_comment_as_collect_does(service: YouTubeService) -> None:
    service.threads = [thread("UgxB", text="No, early.", updatedAt="2026-05-20T09:00:00Z")]
    (before,) = heard(batches(youtube(service.server))).values()

    (again,) = youtube(service.server).recheck(["UgxB"], reach()).edited

    assert again == before


def test_half_an_answer_makes_nothing_gone(service: YouTubeService) -> None:
    half = {"items": [comment("UgxA")], "nextPageToken": "more"}
    service.server.route(COMMENTS, Answer(body=json.dumps(half)))

    told = youtube(service.server).recheck(["UgxA", "UgxB"], reach())

    assert (list(told.gone), told.unchanged) == ([], 1)


def test_a_comment_that_cannot_be_read_is_not_gone(service: YouTubeService) -> None:
    service.server.route(COMMENTS, Answer(body=json.dumps({"items": [{"id": "UgxA"}]})))

    assert list(youtube(service.server).recheck(["UgxA"], reach()).gone) == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"video": VIDEO, "channel_id": CHANNEL},
        {"video": "https://youtu.be/x"},
        {"channel_id": "@riverside"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="video|channel_id"):
        YouTube(api_key=Secret("x"), **settings)
