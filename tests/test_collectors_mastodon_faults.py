"""What goes wrong between a Mastodon server and us, through the real Mastodon.py: each is told in words."""

from __future__ import annotations

import json
import logging
import time
from datetime import timedelta

import pytest

from errors import EarshotError, NeedsAttention, TryLater
from tests.mastodon_service import (
    JSON,
    NOW,
    STATUSES,
    TAG,
    MastodonService,
    answer,
    mastodon,
    reach,
    signed_in,
    status,
)
from tests.scripted import Answer, ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> MastodonService:
    return MastodonService(server, statuses=[status(number) for number in range(1001, 1006)])


def fault(server: ScriptedServer) -> EarshotError:
    with pytest.raises(EarshotError) as raised:
        list(mastodon(server).collect({}, reach()))
    return raised.value


@pytest.mark.parametrize(
    ("code", "body", "expected", "words"),
    [
        (400, "{}", NeedsAttention, "400"),
        (401, "[]", NeedsAttention, "give an access_token"),
        (403, "<html>", NeedsAttention, "scopes"),
        (404, "", TryLater, "check instance"),
        (410, '{"error": "Gone"}', NeedsAttention, "410"),
        (422, '{"error": "This method requires an authenticated user"}', NeedsAttention, "signs in"),
        (500, "", TryLater, "trouble of its own"),
        (503, "[" * 100_000, TryLater, "trouble of its own"),
        (304, "", NeedsAttention, "304"),
    ],
)
def test_a_status_says_what_to_do_next(
    server: ScriptedServer, code: int, body: str, expected: type, words: str
) -> None:
    """faults.md 17, 18, 19."""
    server.route(TAG, Answer(code, JSON, body))

    error = fault(server)

    assert isinstance(error, expected)
    assert words in str(error)
    assert len(server.requests) == 1


def test_a_token_that_is_refused_says_where_to_make_one(server: ScriptedServer) -> None:
    """faults.md 17, 90."""
    server.route("/api/v1/notifications", Answer(401, JSON, '{"error": "The access token is invalid"}'))

    with pytest.raises(NeedsAttention, match=r"https://social\.example/settings/applications") as raised:
        list(signed_in(server).collect({}, reach()))

    assert "canary" not in f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-RateLimit-Reset": "2026-05-20T09:35:00.348080Z"}, timedelta(minutes=5, microseconds=348080)),
        ({"X-RateLimit-Reset": "2026-05-20T09:35:00.348Z"}, timedelta(minutes=5, milliseconds=348)),
        ({"X-RateLimit-Reset": "2026-05-20T09:35:00"}, timedelta(minutes=5)),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 300)}, timedelta(minutes=5)),
        ({"X-RateLimit-Reset": "2026-05-20T09:00:00Z"}, timedelta(0)),
        ({"X-RateLimit-Reset": "2036-05-20T09:00:00Z"}, timedelta(hours=24)),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": "9" * 5000}, None),
        ({"Retry-After": "60"}, timedelta(minutes=1)),
        ({}, None),
    ],
)
def test_a_429_waits_as_long_as_it_is_told(
    server: ScriptedServer, headers: dict[str, str], after: timedelta | None
) -> None:
    """faults.md 16. Mastodon.py alone would sleep for up to five minutes at a time."""
    server.route(TAG, Answer(429, headers))
    started = time.monotonic()

    error = fault(server)

    assert isinstance(error, TryLater)
    assert error.after == after
    assert len(server.requests) == 1
    assert time.monotonic() - started < 30  # its own pauses are a minute and more


def test_the_quota_is_told_and_where_nothing_is_left_it_stops(
    server: ScriptedServer, service: MastodonService
) -> None:
    """faults.md 23."""
    service.limit = 2
    service.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-05-20T09:31:00Z"}

    batches = list(mastodon(server).collect({}, reach()))
    service.headers = {}
    rest = list(mastodon(server).collect(batches[-1].cursor, reach()))

    assert batches[-1].quota is not None
    assert (batches[-1].quota.left, batches[-1].wait) == (0, timedelta(minutes=1))
    assert len({mention.external_id for batch in [*batches, *rest] for mention in batch.mentions}) == 5


@pytest.mark.parametrize("value", ["1.5", "nonsense", "", "-3", "9" * 5000])
def test_odd_headers_break_nothing(server: ScriptedServer, service: MastodonService, value: str) -> None:
    """channels.md 1.4: by these Mastodon.py fails with "Rate limit time calculations failed"."""
    service.headers = {
        "X-RateLimit-Remaining": value,
        "X-RateLimit-Reset": value,
        "Date": "Wed, 20 May 2026 09:30:00 GMT, Wed, 20 May 2026 09:30:01 GMT",
        "Deprecation": "@1688169599",
        "Mastodon-Async-Refresh": 'id="x", retry=nonsense',
    }

    batches = list(mastodon(server).collect({}, reach()))

    assert len([mention for batch in batches for mention in batch.mentions]) == 5
    assert batches[0].quota is None


@pytest.mark.parametrize(
    "told",
    [
        Answer(200, {"Content-Type": "text/html"}, "<html>log in</html>"),
        Answer(200, JSON, ""),
        Answer(200, JSON, "null"),
        Answer(200, JSON, "{}"),
        Answer(200, JSON, '"words"'),
        Answer(200, JSON, "[" * 100_000),
        Answer(200, JSON, b"\xff\xfe\x00"),
        Answer(204),
        Answer(200, JSON, json.dumps([status(1)]), cut_after=9),
        Answer(reset=True),
    ],
    ids=["html", "empty", "null", "object", "text", "deep", "bytes", "204", "cut", "reset"],
)
def test_an_answer_that_is_no_list_is_asked_for_again_later(server: ScriptedServer, told: Answer) -> None:
    """faults.md 13, 21."""
    server.route(TAG, told)

    assert isinstance(fault(server), TryLater)


def test_a_fault_on_page_two_keeps_page_one_and_goes_on_there(
    server: ScriptedServer, service: MastodonService
) -> None:
    """faults.md 24."""
    cursor = list(mastodon(server).collect({}, reach()))[-1].cursor
    service.statuses += [status(number) for number in range(2001, 2081)]
    listed = lambda asked: service.listing(service.statuses, asked)  # noqa: E731  twice, then the fault
    server.route(TAG, listed, listed, Answer(500))
    reading = mastodon(server).collect(cursor, reach())

    page_one = next(reading)
    with pytest.raises(TryLater):
        next(reading)
    MastodonService.__post_init__(service)
    rest = list(mastodon(server).collect(page_one.cursor, reach()))

    heard = [mention.external_id for batch in (page_one, *rest) for mention in batch.mentions]
    assert len(set(heard)) == 80


def test_a_redirect_to_another_site_gets_no_token(server: ScriptedServer) -> None:
    """faults.md 14."""
    with ScriptedServer() as elsewhere:
        elsewhere.route("/api/v1/notifications", answer([]))
        server.route(
            "/api/v1/notifications", Answer(302, {"Location": f"{elsewhere.url}/api/v1/notifications"})
        )

        list(signed_in(server).collect({}, reach()))

    assert "authorization" in server.requests[0].headers
    assert "authorization" not in elsewhere.requests[0].headers


def test_asked_again_trouble_of_the_server_buries_nobody(server: ScriptedServer) -> None:
    server.route(f"{STATUSES}/1", Answer(500))

    with pytest.raises(TryLater):
        mastodon(server).recheck(["1"], reach())


def test_no_secret_is_logged(
    server: ScriptedServer, service: MastodonService, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 90."""
    caplog.set_level(logging.DEBUG)

    list(signed_in(server).collect({}, reach()))

    assert server.requests[0].headers["authorization"] == "Bearer canary-mastodon-token"
    assert server.requests[0].headers["user-agent"].startswith("Earshot/")
    assert "canary" not in caplog.text


def test_without_a_base_url_the_instance_itself_is_asked(server: ScriptedServer) -> None:
    """faults.md 8. The rules of this test do not let it get there."""
    with pytest.raises(EarshotError, match=r"social\.example"):
        list(mastodon(server, base_url=None).collect({}, reach()))
