"""Recorded answers of the real X (2022), through the real tweepy: and faults derived from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.x.wire import read_page
from errors import TryLater
from tests.recordings import NO_POSTS, Exchange, replay, x_exchanges
from tests.scripted import Answer, ScriptedServer
from tests.x_service import SEARCH, bad_request, reach, x

RECORDED_AT = datetime(2022, 10, 7, 22, 43, 19, tzinfo=UTC)
NEWEST = "1578516068309794817"


@pytest.fixture
def recorded(shared: Path) -> list[Exchange]:
    return x_exchanges(shared, "test_client_search_recent_tweets")


def test_reads_a_recorded_search(server: ScriptedServer, recorded: list[Exchange]) -> None:
    replay(server, recorded, otherwise=NO_POSTS)

    batches = list(x(server).collect({}, reach(RECORDED_AT)))

    told = [mention for batch in batches for mention in batch.mentions]
    assert len(told) == 10
    assert (told[0].external_id, told[0].text) == (NEWEST, "2022-10-07 22:42:12.637103 tweepy")
    assert told[0].published_at == datetime(2022, 10, 7, 22, 42, 12, tzinfo=UTC)
    assert batches[0].quota is not None
    assert batches[0].quota.left == 448
    assert batches[-1].cursor["newest_id"] == NEWEST


def test_the_ids_of_recorded_posts_tell_when_they_were_written(recorded: list[Exchange]) -> None:
    page = read_page(json.loads(recorded[0].text), now=RECORDED_AT)

    assert page is not None
    for mention in page.mentions:
        written_at = datetime.fromisoformat(mention.text.removesuffix(" tweepy")).replace(tzinfo=UTC)
        assert mention.published_at is not None
        assert abs(mention.published_at - written_at) < timedelta(seconds=1)


def test_a_second_reading_of_a_recorded_search_brings_nothing(
    server: ScriptedServer, recorded: list[Exchange]
) -> None:
    replay(server, recorded, otherwise=NO_POSTS)
    cursor = list(x(server).collect({}, reach(RECORDED_AT)))[-1].cursor

    batches = list(x(server).collect(cursor, reach(RECORDED_AT)))

    assert [batch.mentions for batch in batches] == [[]]
    assert server.requests[-1].query["since_id"] == [NEWEST]
    assert batches[-1].cursor == cursor


def test_a_recorded_answer_that_is_cut_short_is_asked_for_again_later(
    server: ScriptedServer, recorded: list[Exchange]
) -> None:
    replay(server, [each.saying(lambda body: body[:500]) for each in recorded], otherwise=NO_POSTS)

    with pytest.raises(TryLater, match="JSON"):
        list(x(server).collect({}, reach(RECORDED_AT)))


def test_recorded_gzip_that_is_cut_short_is_asked_for_again_later(
    server: ScriptedServer, recorded: list[Exchange]
) -> None:
    """faults.md 13."""
    packed = recorded[0].answer
    server.route(SEARCH, Answer(200, packed.headers, packed.content[:200]))

    with pytest.raises(TryLater, match="cannot be read"):
        list(x(server).collect({}, reach(RECORDED_AT)))


def test_a_recorded_token_that_expires_is_gone_round(
    server: ScriptedServer, recorded: list[Exchange]
) -> None:
    """faults.md 24."""
    first = recorded[0].answer
    server.route(SEARCH, first, bad_request("next_token", "The 'next_token' is not valid."), NO_POSTS)

    batches = list(x(server).collect({}, reach(RECORDED_AT)))

    assert server.requests[2].query["until_id"] == ["1578511538419212288"]
    assert batches[-1].cursor["newest_id"] == NEWEST


def test_a_recorded_page_that_leads_back_to_itself_is_stopped(
    server: ScriptedServer, recorded: list[Exchange]
) -> None:
    """faults.md 25."""
    replay(server, recorded, otherwise=recorded[0].answer)

    batches = list(x(server).collect({}, reach(RECORDED_AT)))

    assert len(server.requests) == 2
    assert "newest_id" not in batches[-1].cursor
    assert batches[-1].cursor["rest"] == {"newest_id": NEWEST, "until_id": "1578511538419212288"}


def test_two_recorded_ids_swapped_do_not_move_the_cursor_back(
    server: ScriptedServer, recorded: list[Exchange]
) -> None:
    other = "1578515564971970560"
    swapped = recorded[0].saying(
        lambda body: body.replace(NEWEST, "@").replace(other, NEWEST).replace("@", other)
    )
    replay(server, [swapped], otherwise=NO_POSTS)

    batches = list(x(server).collect({}, reach(RECORDED_AT)))

    assert len({mention.external_id for batch in batches for mention in batch.mentions}) == 10
    assert batches[-1].cursor["newest_id"] == NEWEST


def test_recorded_mentions_can_be_read_with_the_same_eyes(shared: Path) -> None:
    names = ("test_client_get_users_mentions", "test_client_get_tweets")

    pages = [read_page(json.loads(each.text), now=RECORDED_AT) for each in x_exchanges(shared, *names)]

    assert [len(page.mentions) for page in pages if page] == [10, 2]
    assert [page.skipped for page in pages if page] == [[], []]
