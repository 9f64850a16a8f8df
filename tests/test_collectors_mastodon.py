"""Channel mastodon: what is read and what is not kept, threads, and asking again; through the real Mastodon.py."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from collectors.contract import Batch
from collectors.mastodon import Mastodon
from model import Cursor, Secret
from tests.mastodon_service import (
    NOW,
    SEARCH,
    TAG,
    TOKEN,
    MastodonService,
    account,
    answer,
    mastodon,
    notification,
    reach,
    signed_in,
    status,
)
from tests.scripted import ScriptedServer

OURS = {"mastodon": ("@rfn@social.example",)}


@pytest.fixture
def service(server: ScriptedServer) -> MastodonService:
    return MastodonService(server)


def read(collector: Mastodon, cursor: Cursor | None = None, **changed: Any) -> list[Batch]:
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach(**changed)))


def heard(batches: list[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


# forward


def test_goes_forward_by_min_id_from_eighty_back(server: ScriptedServer, service: MastodonService) -> None:
    service.statuses = [status(1000 + number) for number in range(100)]
    cursor = read(mastodon(server))[-1].cursor
    service.statuses += [status(1100 + number) for number in range(90)]

    after = read(mastodon(server), cursor)

    bounds = [request.query.get("min_id") for request in server.asked(TAG)[-7:]]
    assert bounds == [None, ["1020"], ["1060"], ["1100"], ["1140"], ["1180"], ["1189"]]
    assert heard(after)[0] == "1100"
    assert len(heard(after)) == 90
    assert sum(batch.unchanged for batch in after) == 79


def test_a_poll_that_brings_little_is_one_request(server: ScriptedServer, service: MastodonService) -> None:
    service.statuses = [status(1000 + number) for number in range(100)]
    cursor = read(mastodon(server))[-1].cursor
    service.statuses += [status(1100 + number) for number in range(10)]
    n_before = len(server.requests)

    after = read(mastodon(server), cursor)

    assert len(heard(after)) == 10
    assert len(server.requests) == n_before + 1


def test_hears_what_the_server_files_behind_what_was_read(
    server: ScriptedServer, service: MastodonService
) -> None:
    """Mastodon makes the id of a status that comes late of the time when it was written."""
    service.statuses = [status(1000 + 10 * number) for number in range(30)]
    cursor = read(mastodon(server))[-1].cursor
    service.statuses.append(status(1155))

    assert heard(read(mastodon(server), cursor)) == ["1155"]


@pytest.mark.parametrize("has_links", [True, False])
def test_ids_are_text_in_the_order_of_the_server(
    server: ScriptedServer, service: MastodonService, has_links: bool
) -> None:
    """GoToSocial's ids are ULIDs."""
    service.has_links = has_links
    service.statuses = [status(f"01HZ{number:04d}ABCDEF") for number in range(9)]
    cursor = read(mastodon(server))[-1].cursor
    service.statuses += [status("01HZ9999ABCDEF"), status("01J00000ABCDEF")]

    assert heard(read(mastodon(server), cursor)) == ["01J00000ABCDEF", "01HZ9999ABCDEF"]


def test_a_deleted_status_leaves_the_way_forward_open(
    server: ScriptedServer, service: MastodonService
) -> None:
    service.statuses = [status(1000), status(1001)]
    cursor = read(mastodon(server))[-1].cursor
    service.statuses = [status(1002)]

    assert heard(read(mastodon(server), cursor)) == ["1002"]


def test_a_poll_is_bounded_and_the_next_goes_on(server: ScriptedServer, service: MastodonService) -> None:
    """faults.md 34."""
    service.statuses = [status(10_000)]
    cursor = read(mastodon(server))[-1].cursor
    service.limit = 10
    service.statuses += [status(10_001 + number) for number in range(400)]

    first = read(mastodon(server), cursor)
    second = read(mastodon(server), first[-1].cursor)
    third = read(mastodon(server), second[-1].cursor)

    assert len(first) == 20
    assert len(set(heard([*first, *second, *third]))) == 400


def test_the_first_reading_ends_after_thirty_days(server: ScriptedServer, service: MastodonService) -> None:
    service.statuses = [status(1000 + n, at=NOW - timedelta(days=200 - n)) for n in range(200)]

    first = read(mastodon(server))

    assert len(first) == 1
    assert len(heard(first)) == 40


def test_an_edit_among_the_newest_comes_again_and_a_star_does_not(
    server: ScriptedServer, service: MastodonService
) -> None:
    """faults.md 26."""
    service.statuses = [status(1), status(2), status(3)]
    cursor = read(mastodon(server))[-1].cursor
    service.statuses[1] = status(2, "They came.", edited_at="2026-05-20T09:00:00.000Z")
    service.statuses[2] = status(3, favourites_count=99, replies_count=4)

    (edited,) = [mention for batch in read(mastodon(server), cursor) for mention in batch.mentions]

    assert (edited.text, str(edited.edited_at)) == ("They came.", "2026-05-20 09:00:00+00:00")


def test_a_search_is_read_by_offset_down_to_what_is_known(
    server: ScriptedServer, service: MastodonService
) -> None:
    old = NOW - timedelta(days=1)
    service.statuses = [status(1000 + number, at=old) for number in range(90)]
    cursor = read(signed_in(server, query="boxes"))[-1].cursor
    service.statuses += [status(2000 + number, at=old) for number in range(50)]

    after = read(signed_in(server, query="boxes"), cursor)

    asked = server.asked(SEARCH)
    assert [request.query["offset"][0] for request in asked] == ["0", "40", "80", "90", "0", "40", "80"]
    assert len(heard(after)) == 50
    assert {request.path for request in server.requests} == {SEARCH}
    assert asked[0].query["type"] == ["statuses"]


def test_a_server_that_knows_no_offset_is_not_asked_for_ever(
    server: ScriptedServer, service: MastodonService
) -> None:
    """faults.md 25."""
    server.route(SEARCH, answer({"statuses": [status(1), status(2)]}))

    batches = read(signed_in(server, query="boxes"))

    assert heard(batches) == ["2", "1"] or heard(batches) == ["1", "2"]
    assert len(server.requests) == 2


# what is kept


@pytest.mark.parametrize(
    "changed",
    [
        {"visibility": "unlisted"},
        {"visibility": "private"},
        {"visibility": "direct"},
        {"visibility": None},
        {"reblog": {"id": "9"}},
        {"account": account(note='<p><a href="/tags/nobot">#<span>nobot</span></a></p>')},
        {"account": account(note="#NoBots please")},
        {"account": account(fields=[{"name": "rules", "value": "#noindex"}])},
        {"account": account(discoverable=False)},
        {"account": account(noindex=True)},
        {"account": account(suspended=True)},
    ],
    ids=[
        "unlisted",
        "private",
        "direct",
        "unsaid",
        "boost",
        "tag",
        "word",
        "field",
        "hidden",
        "noindex",
        "off",
    ],
)
def test_what_is_not_for_everybody_is_not_kept(
    server: ScriptedServer, service: MastodonService, changed: dict[str, Any]
) -> None:
    service.statuses = [status(1), status(2, **changed)]

    batches = read(mastodon(server))

    assert heard(batches) == ["1"]
    assert not [line for batch in batches for line in batch.skipped]


def test_who_hides_from_strangers_is_heard_when_speaking_to_us_but_nobot_holds(
    server: ScriptedServer, service: MastodonService
) -> None:
    service.notifications = [
        notification(51, status(1, account=account(discoverable=False))),
        notification(52, status(2, account=account(note="#nobot"))),
        notification(53, status(3, visibility="direct")),
    ]

    assert heard(read(signed_in(server))) == ["1"]


def test_our_own_account_is_always_kept(server: ScriptedServer, service: MastodonService) -> None:
    service.statuses = [status(1, account=account("rfn", note="#nobot", discoverable=False))]

    assert heard(read(mastodon(server), ours=OURS)) == ["1"]


def test_a_status_becomes_a_mention(server: ScriptedServer, service: MastodonService) -> None:
    service.statuses = [
        status(
            1,
            'No boxes, <a href="https://x.example/a"><span class="invisible">https://</span>'
            '<span class="ellipsis">x.exa</span><span class="invisible">mple/a</span></a>',
            spoiler_text="food, complaint",
            account=account("quay@else.example"),
            url=None,
            media_attachments=[{"description": "an empty shelf"}, {"description": None}],
            card={"url": "https://x.example/a"},
            quote={"quoted_status": {"id": "77"}},
        )
    ]

    (mention,) = [mention for batch in read(mastodon(server)) for mention in batch.mentions]

    assert (mention.title, mention.text) == ("food, complaint", "No boxes, https://x.example/a")
    assert mention.author is not None
    assert mention.author.handle == "@quay@else.example"
    assert (mention.scope, mention.url) == (
        "social.example",
        "https://social.example/users/northside/statuses/1",
    )
    assert mention.raw == {"link": "https://x.example/a", "pictures": ["an empty shelf"], "quoted": "77"}
    assert mention.thread_id == "1"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "text",
        {},
        {"id": 5, "content": "x"},
        {"id": "../x", "content": "x"},
        {"id": "2", "content": 7},
    ],
)
def test_one_status_that_cannot_be_read_costs_only_itself(server: ScriptedServer, bad: object) -> None:
    server.route(TAG, answer([status(3), bad, status(1)]), answer([]))

    batches = read(mastodon(server))

    assert heard(batches) == ["3", "1"]
    assert len(batches[0].skipped) == 1


# settings


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"instance": "https://social.example"}, "instance"),
        ({"instance": ""}, "instance"),
        ({"hashtag": "two words"}, "hashtag"),
        ({"hashtag": "a/b"}, "hashtag"),
        ({"hashtag": "a", "query": "b", "access_token": Secret("t")}, "one of them"),
        ({"hashtag": "", "query": "b"}, "access_token"),
        ({"hashtag": ""}, "access_token"),
    ],
)
def test_settings_that_cannot_be_meant_say_so(
    server: ScriptedServer, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        mastodon(server, **changed)


def test_a_token_that_is_named_like_a_file_opens_none(
    server: ScriptedServer, service: MastodonService, tmp_path: Any
) -> None:
    """channels.md 1.4: Mastodon.py takes a path for a token and reads the file."""
    file = tmp_path / "token"
    file.write_text("from-the-file\n")

    read(mastodon(server, access_token=Secret(str(file))))

    assert server.requests[0].headers["authorization"] == f"Bearer {file}"
    assert TOKEN not in server.requests[0].headers["authorization"]
