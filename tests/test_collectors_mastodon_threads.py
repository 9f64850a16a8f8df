"""Channel mastodon: threads, what we answered in them, and asking again; through the real Mastodon.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collectors.contract import Batch, Recheck
from collectors.mastodon import Mastodon
from model import Cursor
from tests.mastodon_service import (
    STATUSES,
    MastodonService,
    account,
    answer,
    mastodon,
    reach,
    status,
)
from tests.scripted import Answer, ScriptedServer

OURS = {"mastodon": ("@rfn@social.example",)}


@pytest.fixture
def service(server: ScriptedServer) -> MastodonService:
    return MastodonService(server)


def read(collector: Mastodon, cursor: Cursor | None = None, **changed: Any) -> list[Batch]:
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach(**changed)))


def heard(batches: list[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def test_a_reply_is_told_what_began_its_thread(server: ScriptedServer, service: MastodonService) -> None:
    service.statuses = [status(5, in_reply_to_id="4"), status(6, in_reply_to_id="5")]
    service.contexts = {
        "6": {"ancestors": [status(3), status(4), status(5)], "descendants": []},
    }
    service.serve_each()

    told = {m.external_id: m for batch in read(mastodon(server)) for m in batch.mentions}

    assert {each: (m.parent_id, m.thread_id) for each, m in told.items()} == {
        "5": ("4", "3"),
        "6": ("5", "3"),
    }
    assert len([request for request in server.requests if request.path.endswith("/context")]) == 1


def test_what_we_answered_is_found_though_it_has_no_hashtag(
    server: ScriptedServer, service: MastodonService
) -> None:
    service.statuses = [status(1, replies_count=0)]
    cursor = read(mastodon(server), ours=OURS)[-1].cursor
    us, them = account("rfn"), account("quay@else.example")
    service.statuses = [status(1, replies_count=3)]
    service.contexts = {
        "1": {
            "ancestors": [],
            "descendants": [
                status(2, "We look into it.", in_reply_to_id="1", account=us),
                status(3, "Thank you!", in_reply_to_id="2", account=them),
                status(4, "Among neighbours.", in_reply_to_id="1", account=them),
                status(5, "For you alone.", in_reply_to_id="2", account=them, visibility="direct"),
            ],
        }
    }
    service.serve_each()

    after = read(mastodon(server), cursor, ours=OURS)
    again = read(mastodon(server), after[-1].cursor, ours=OURS)

    assert sorted(heard(after)) == ["1", "2", "3"]
    assert {mention.thread_id for batch in after for mention in batch.mentions} == {"1"}
    assert heard(again) == []


@pytest.mark.parametrize("told", [Answer(404), Answer(401), Answer(410), answer({"ancestors": None})])
def test_without_a_context_the_parent_stands_for_the_thread(
    server: ScriptedServer, service: MastodonService, told: Answer
) -> None:
    service.statuses = [status(5, in_reply_to_id="4")]
    server.route(f"{STATUSES}/5/context", told)

    (mention,) = [mention for batch in read(mastodon(server)) for mention in batch.mentions]

    assert mention.thread_id == "4"


def test_a_poll_with_many_threads_ends_with_its_page_and_goes_on(
    server: ScriptedServer, service: MastodonService
) -> None:
    service.statuses = [status(1000 + number, in_reply_to_id="9") for number in range(90)]

    first = read(mastodon(server))
    second = read(mastodon(server), first[-1].cursor)
    third = read(mastodon(server), second[-1].cursor)

    assert [len(heard(batches)) for batches in (first, second, third)] == [40, 40, 10]


def test_what_others_write_among_themselves_in_a_thread_is_left_there(
    server: ScriptedServer, service: MastodonService
) -> None:
    us, them = account("rfn"), account("quay@else.example")
    service.statuses = [status(4, in_reply_to_id="3", account=them)]
    above = [
        status(1, account=them),
        status(2, in_reply_to_id="1", account=us),
        status(3, in_reply_to_id="2"),
    ]
    service.contexts = {"4": {"ancestors": above, "descendants": [status(5, in_reply_to_id="4"), {"id": 7}]}}
    service.serve_each()

    told = [mention for batch in read(mastodon(server), ours=OURS) for mention in batch.mentions]

    assert {mention.external_id: mention.thread_id for mention in told} == {"2": "1", "3": "1", "4": "1"}


# asking again


def test_is_a_collector_that_can_be_asked_again(server: ScriptedServer) -> None:
    assert isinstance(mastodon(server), Recheck)


def test_asked_again_in_one_request_and_singly_for_what_is_missing(
    server: ScriptedServer, service: MastodonService
) -> None:
    """faults.md 26."""
    service.statuses = [
        status(1, "Edited.", edited_at="2026-05-20T09:00:00Z", in_reply_to_id="9"),
        status(2),
        status(3, account=account(note="#nobot")),
        status(4, visibility="private"),
    ]
    service.contexts = {"1": {"ancestors": [status(8), status(9)], "descendants": []}}
    service.serve_each()

    told = mastodon(server).recheck(["1", "2", "3", "4", "5", "no/id"], reach())

    assert {mention.external_id: mention.thread_id for mention in told.edited} == {"1": "8", "2": "2"}
    assert sorted(told.gone) == ["3", "4", "5"]
    assert [request.path for request in server.requests] == [
        STATUSES,
        f"{STATUSES}/5",
        f"{STATUSES}/1/context",
    ]


@pytest.mark.parametrize("refused", [Answer(404), Answer(405), Answer(400), answer({"error": "no"})])
def test_an_older_server_is_asked_for_each(
    server: ScriptedServer, service: MastodonService, refused: Answer
) -> None:
    service.statuses = [status(1), status(2)]
    service.serve_each()
    server.route(STATUSES, refused)

    told = mastodon(server).recheck(["1", "2", "3"], reach())

    assert [mention.external_id for mention in told.edited] == ["1", "2"]
    assert list(told.gone) == ["3"]


def test_asked_again_what_cannot_be_read_buries_nobody(
    server: ScriptedServer, service: MastodonService
) -> None:
    server.route(f"{STATUSES}/1", answer({"id": "1", "content": None}))

    told = mastodon(server).recheck(["1"], reach())

    assert (list(told.edited), list(told.gone)) == ([], [])
