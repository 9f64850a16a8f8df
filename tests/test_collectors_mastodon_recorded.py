"""Recorded answers of real Mastodon servers, through the real Mastodon.py: and faults derived from them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.contract import Batch
from collectors.mastodon import Mastodon
from errors import NeedsAttention, TryLater
from tests.mastodon_service import (
    NOTIFICATIONS,
    SEARCH,
    STATUSES,
    TAG,
    answer,
    mastodon,
    reach,
    signed_in,
)
from tests.recordings import Exchange
from tests.recordings_mastodon import mastodon_exchanges
from tests.scripted import Answer, Request, ScriptedServer

RECORDED_AT = datetime(2026, 8, 2, 14, 0, tzinfo=UTC)
EDITED = "117020586180926938"


def read(collector: Mastodon, cursor: object = None) -> list[Batch]:
    assert cursor is None or isinstance(cursor, dict)
    return list(collector.collect(cursor or {}, reach(now=RECORDED_AT)))


def gets(shared: Path, name: str, path: str) -> list[Exchange]:
    """Return the recorded answers to reading one path; those who recorded wrote unlisted, which we do not keep."""
    found = [
        each.saying(lambda body: body.replace('"unlisted"', '"public"'))
        for each in mastodon_exchanges(shared, name)
        if each.method == "GET" and each.path.endswith(path)
    ]
    assert found
    return found


def test_reads_a_recorded_hashtag(shared: Path, server: ScriptedServer) -> None:
    (recorded,) = gets(shared, "cassettes.test_hashtag_tl", "/timelines/tag/hoot")
    server.route(recorded.path, recorded.answer, answer([]))

    batches = read(mastodon(server, hashtag="#hoot", instance="localhost:3000"))

    (mention,) = batches[0].mentions
    assert mention.text == "#hoot (hashtag toot)"
    assert mention.author is not None
    assert mention.author.handle == "@mastodonpy_test_2@localhost:3000"
    assert (mention.external_id, mention.lang) == ("117020593741189701", "ja")
    assert str(mention.published_at) == "2026-08-01 13:55:55.867000+00:00"
    assert batches[0].quota is not None
    assert {request.path for request in server.requests} == {recorded.path}


def test_reads_recorded_mentions_of_the_account(shared: Path, server: ScriptedServer) -> None:
    recorded = gets(shared, "cassettes.test_notifications_mentions_only", "/notifications")
    server.route(NOTIFICATIONS, recorded[0].answer, answer([]), recorded[0].answer)

    first = read(signed_in(server))
    again = read(signed_in(server), first[-1].cursor)

    (mention,) = first[0].mentions
    assert mention.text == "@mastodonpy_test hello!"
    assert not [mention for batch in again for mention in batch.mentions]
    assert server.requests[1].query["max_id"] == ["21"]
    assert server.requests[0].query["types[]"] == ["mention"]


def test_recorded_pages_are_walked_back_and_forth(shared: Path, server: ScriptedServer) -> None:
    """The pages of an account's statuses: 5 newest, 5 older by max_id, and the newest again by min_id."""
    newest, older, onward = gets(shared, "cassettes.test_fetch_next_previous", "/statuses")

    def listed(asked: Request) -> Answer:
        if asked.query.get("max_id") == older.query["max_id"]:
            return older.answer
        if asked.query.get("min_id") == onward.query["min_id"]:
            return onward.answer
        return answer([]) if {"max_id", "min_id"} & asked.query.keys() else newest.answer

    server.route(TAG, listed)

    first = read(mastodon(server))

    told = [mention.text for batch in first for mention in batch.mentions]
    assert told == [f"Toot number {number}!" for number in range(9, -1, -1)]

    known = first[-1].cursor["statuses"]
    assert isinstance(known, dict)
    read_before = known["known"]
    assert isinstance(read_before, list)
    after = read(mastodon(server), {"statuses": {"known": read_before[5:6]}})
    assert [mention.text for batch in after for mention in batch.mentions] == told[:5]


def test_the_one_status_of_a_recorded_span_is_heard_once(shared: Path, server: ScriptedServer) -> None:
    """What lies behind it was recorded as empty."""
    _, _, behind, since = gets(shared, "cassettes.test_min_max_id", "/timelines/home")
    server.route(TAG, since.answer, behind.answer)

    first = read(mastodon(server))
    again = read(mastodon(server), first[-1].cursor)

    assert [mention.external_id for batch in first for mention in batch.mentions] == ["117020594094054884"]
    assert not [mention for batch in again for mention in batch.mentions]
    assert server.requests[1].query["max_id"] == ["117020594094054884"]


def test_a_recorded_status_answers_nothing_and_begins_its_own_thread(
    shared: Path, server: ScriptedServer
) -> None:
    said, *_ = mastodon_exchanges(shared, "cassettes.test_status_context")
    alone = said.saying(lambda body: f"[{body}]".replace('"unlisted"', '"public"'))
    server.route(TAG, alone.answer, answer([]))

    (mention,) = [mention for batch in read(mastodon(server)) for mention in batch.mentions]

    assert (mention.text, mention.parent_id, mention.thread_id) == ("Toot!", None, mention.external_id)


def test_a_recorded_public_timeline_is_kept_whole_but_for_what_is_not_public(
    shared: Path, server: ScriptedServer
) -> None:
    (recorded,) = gets(shared, "cassettes.test_timeline_disabled", "/timelines/public")
    server.route(TAG, recorded.answer, answer([]))

    batches = read(mastodon(server))

    told = [mention for batch in batches for mention in batch.mentions]
    assert len({mention.external_id for mention in told}) == 20
    assert "@mastodonpy_test beep beep I'm a jeep" in {mention.text for mention in told}
    assert not [line for batch in batches for line in batch.skipped]


def test_statuses_of_2018_are_read_as_well(shared: Path, server: ScriptedServer) -> None:
    (newest, *_) = gets(shared, "cassettes_old_pagination.test_fetch_next_previous", "/statuses")
    server.route(TAG, newest.answer)

    (batch,) = read(mastodon(server))

    assert [mention.text for mention in batch.mentions] == [f"Toot number {n}!" for n in range(9, 4, -1)]


def test_a_recorded_edit_is_found_by_asking_again(shared: Path, server: ScriptedServer) -> None:
    """faults.md 26."""
    (recorded,) = gets(shared, "cassettes.test_status_edit", f"/statuses/{EDITED}")
    server.route(f"{STATUSES}/{EDITED}", recorded.answer)

    told = mastodon(server).recheck([EDITED], reach(now=RECORDED_AT))

    (mention,) = told.edited
    assert mention.text == "the best editor? why, of course it is the KDE Advanced Text Editor, Kate"
    assert mention.edited_at is not None
    assert not told.gone


def test_a_recorded_404_means_gone(shared: Path, server: ScriptedServer) -> None:
    """faults.md 26."""
    (recorded,) = gets(shared, "cassettes.test_status_missing", "/statuses/0")
    server.route(f"{STATUSES}/0", recorded.answer)

    assert list(mastodon(server).recheck(["0"], reach(now=RECORDED_AT)).gone) == ["0"]


@pytest.mark.parametrize("cassette", ["cassettes.test_search", "cassettes_pre_2_9_2.test_search"])
def test_a_recorded_search_that_finds_nothing_is_no_error(
    shared: Path, server: ScriptedServer, cassette: str
) -> None:
    recorded = gets(shared, cassette, "/search")[-1]
    server.route(SEARCH, recorded.answer)

    batches = read(signed_in(server, query="mastodonpy_test"))

    assert [batch.mentions for batch in batches] == [[]]
    assert [request.path for request in server.requests] == [SEARCH]


def test_a_recorded_refusal_says_what_to_do(shared: Path, server: ScriptedServer) -> None:
    """faults.md 17."""
    (recorded,) = gets(shared, "cassettes.test_unauthed_home_tl_throws", "/timelines/home")
    server.route(TAG, recorded.answer)

    with pytest.raises(NeedsAttention, match="give an access_token"):
        read(mastodon(server))


def test_a_recorded_answer_that_is_cut_short_is_asked_for_again_later(
    shared: Path, server: ScriptedServer
) -> None:
    """faults.md 13."""
    (recorded,) = gets(shared, "cassettes.test_hashtag_tl", "/timelines/tag/hoot")
    server.route(TAG, recorded.saying(lambda body: body[:500]).answer)

    with pytest.raises(TryLater, match="no JSON"):
        read(mastodon(server))


def test_a_recorded_page_that_leads_back_to_itself_is_stopped(shared: Path, server: ScriptedServer) -> None:
    """faults.md 25."""
    newest, *_ = gets(shared, "cassettes.test_fetch_next_previous", "/statuses")
    server.route(TAG, newest.answer)

    first = read(mastodon(server))
    again = read(mastodon(server), {"statuses": {"known": [["117020580452511285", "0"]]}})

    assert [bool(batches[-1].skipped) for batches in (first, again)] == [True, True]
    assert len(server.requests) == 5


def test_two_recorded_ids_swapped_lose_nothing(shared: Path, server: ScriptedServer) -> None:
    newest, *_ = gets(shared, "cassettes.test_fetch_next_previous", "/statuses")
    one, other = "117020580518794573", "117020580489281910"
    swapped = newest.saying(lambda body: body.replace(one, "@").replace(other, one).replace("@", other))
    server.route(TAG, swapped.answer, answer([]))

    batches = read(mastodon(server))

    assert len({mention.external_id for batch in batches for mention in batch.mentions}) == 5
