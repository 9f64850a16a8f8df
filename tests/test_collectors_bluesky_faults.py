"""What goes wrong between Bluesky and us, through the real atproto: each is TryLater or NeedsAttention, in words."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest

from collectors.bluesky.sessions import forget_sessions
from collectors.contract import Reach
from errors import EarshotError, NeedsAttention, TryLater
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.bluesky_service import (
    DID,
    JSON,
    NOW,
    REFRESH,
    SEARCH,
    SIGN_IN,
    BlueskyService,
    answer,
    bluesky,
    error,
    post,
    reach,
    uri_of,
)
from tests.scripted import Answer, ScriptedServer

PAGE = Answer(403, {"Content-Type": "text/html"}, "<html><body><h1>403 Forbidden</h1></body></html>")


@pytest.fixture(autouse=True)
def new_process() -> None:
    forget_sessions()


@pytest.fixture
def service(server: ScriptedServer) -> BlueskyService:
    return BlueskyService(server, posts=[post(1)])


def fault(server: ScriptedServer) -> EarshotError:
    with pytest.raises(EarshotError) as raised:
        list(bluesky(server).collect({}, reach()))
    return raised.value


@pytest.mark.parametrize(
    ("told", "expected", "words"),
    [
        (error(400, "BadQueryString"), NeedsAttention, "check query"),
        (PAGE, NeedsAttention, "public.api.bsky.app"),
        (error(403, "AccountTakedown"), NeedsAttention, "AccountTakedown"),
        (error(401, "AuthMissing"), NeedsAttention, "a moment ago"),
        (error(404, ""), TryLater, "base_url"),
        (Answer(410), NeedsAttention, "410"),
        (error(501, "MethodNotImplemented"), NeedsAttention, "does not know"),
        (Answer(502, body="<h1>"), TryLater, "trouble of its own"),
        (Answer(307, {"Location": "https://elsewhere.example/"}), NeedsAttention, "leads elsewhere"),
        (Answer(400, JSON, "[" * 100_000), NeedsAttention, "400"),
        (Answer(400, JSON, '{"error": "<script>"}'), NeedsAttention, "taken (400)"),
    ],
    ids=["query", "page", "takedown", "401", "404", "410", "501", "502", "redirect", "deep", "script"],
)
def test_a_status_says_what_to_do_next(
    server: ScriptedServer, service: BlueskyService, told: Answer, expected: type, words: str
) -> None:
    """faults.md 17, 18, 19."""
    server.route(SEARCH, told)

    found = fault(server)

    assert isinstance(found, expected)
    assert words in str(found)
    assert "canary" not in str(found)


@pytest.mark.parametrize(
    ("told", "expected", "words"),
    [
        (error(401, "AuthenticationRequired"), NeedsAttention, "app_password"),
        (error(401, "AuthFactorTokenRequired"), NeedsAttention, "use an app password"),
        (error(400, "InvalidRequest"), NeedsAttention, "InvalidRequest"),
        (Answer(429, {"ratelimit-reset": str(int(NOW.timestamp()) + 300)}), TryLater, "429"),
        (Answer(500), TryLater, "trouble"),
        (Answer(200, {"Content-Type": "text/html"}, "<html>"), TryLater, "sign-in"),
        (Answer(200, JSON, "{"), TryLater, "sign-in"),
        (answer({"accessJwt": "canary-token"}), TryLater, "sign-in"),
        (answer([1]), TryLater, "sign-in"),
    ],
    ids=["password", "factor", "400", "429", "500", "html", "cut", "fields", "list"],
)
def test_a_sign_in_that_fails_says_what_to_do_next(
    server: ScriptedServer, service: BlueskyService, told: Answer, expected: type, words: str
) -> None:
    """faults.md 17, 90."""
    server.route(SIGN_IN, told)

    found = fault(server)

    assert isinstance(found, expected)
    assert words in str(found)
    shown = f"{found!r} {found.__cause__!r} {found.__context__!r}"
    assert "canary" not in shown
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 300)}, timedelta(minutes=5)),
        ({"ratelimit-reset": str(int(NOW.timestamp()) - 300)}, timedelta(0)),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 10**9)}, timedelta(hours=24)),
        ({"ratelimit-reset": "soon"}, None),
        ({"ratelimit-reset": "9" * 5000}, None),
        ({"Retry-After": "60", "ratelimit-reset": str(int(NOW.timestamp()) + 300)}, timedelta(minutes=1)),
        ({}, None),
    ],
)
def test_a_429_waits_as_long_as_it_is_told(
    server: ScriptedServer, service: BlueskyService, headers: dict[str, str], after: timedelta | None
) -> None:
    """faults.md 16."""
    server.route(SEARCH, Answer(429, headers))

    found = fault(server)

    assert isinstance(found, TryLater)
    assert found.after == after
    assert len(server.asked(SEARCH)) == 1


def test_the_quota_is_told_and_where_nothing_is_left_it_stops(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 23."""
    reset = str(int(NOW.timestamp()) + 60)
    service.size = 1
    service.posts = [post(number, at=NOW - timedelta(minutes=number)) for number in range(3)]
    service.headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": reset}

    batches = list(bluesky(server).collect({}, reach()))
    service.headers = {}
    rest = list(bluesky(server).collect(batches[-1].cursor, reach()))

    assert batches[-1].wait == timedelta(minutes=1)
    assert batches[-1].quota is not None
    assert batches[-1].quota.left == 0
    assert len([mention for batch in [*batches, *rest] for mention in batch.mentions]) == 3


@pytest.mark.parametrize(
    "told",
    [
        Answer(200, {"Content-Type": "text/html"}, "<html>log in</html>"),
        Answer(200, JSON, ""),
        Answer(200, JSON, "null"),
        Answer(200, JSON, "[]"),
        Answer(200, JSON, "{}"),
        Answer(200, JSON, '{"posts": 7}'),
        Answer(200, JSON, '{"posts": [{"uri": "at://'),
        Answer(200, JSON, "[" * 100_000),
        Answer(200, JSON, b"\xff\xfe\x00"),
        Answer(204),
        Answer(200, JSON, json.dumps({"posts": [post(1)]}), cut_after=9),
        Answer(reset=True),
    ],
    ids=[
        "html",
        "empty",
        "null",
        "list",
        "object",
        "number",
        "short",
        "deep",
        "bytes",
        "204",
        "cut",
        "reset",
    ],
)
def test_an_answer_that_is_no_page_is_asked_for_again_later(
    server: ScriptedServer, service: BlueskyService, told: Answer
) -> None:
    """faults.md 13, 21."""
    server.route(SEARCH, told)

    assert isinstance(fault(server), TryLater)


def test_a_refresh_that_is_limited_is_tried_later_and_does_not_sign_in(
    server: ScriptedServer, service: BlueskyService
) -> None:
    list(bluesky(server).collect({}, reach()))
    service.expire()
    server.route(REFRESH, Answer(429, {"Retry-After": "60"}))

    found = fault(server)

    assert isinstance(found, TryLater)
    assert found.after == timedelta(minutes=1)
    assert len(server.asked(SIGN_IN)) == 1


def test_no_secret_is_logged(
    server: ScriptedServer, service: BlueskyService, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 90."""
    caplog.set_level(logging.DEBUG)

    list(bluesky(server).collect({}, reach()))

    assert "HTTP Request" in caplog.text
    assert "canary" not in caplog.text
    assert "access-1" not in caplog.text


@pytest.mark.parametrize("address", ["ftp://x.example", "https://user@x.example", "x.example"])
def test_an_address_that_cannot_be_asked_says_so(server: ScriptedServer, address: str) -> None:
    """faults.md 2, 6."""
    with pytest.raises(NeedsAttention, match="address|refused"):
        list(bluesky(server, base_url=address).collect({}, reach()))


def test_without_a_base_url_bluesky_itself_is_asked(server: ScriptedServer) -> None:
    """faults.md 8. The rules of this test do not let it get there."""
    with pytest.raises(EarshotError, match=r"bsky\.social"):
        list(bluesky(server, base_url=None).collect({}, reach()))


def test_a_server_without_tls_gets_no_session_from_one_with_it() -> None:
    """faults.md 14."""
    with ScriptedServer(tls=True) as server, ScriptedServer() as plain:
        service = BlueskyService(server)
        place = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": plain.url}
        service.did_doc = {"@context": ["https://www.w3.org/ns/did/v1"], "id": DID, "service": [place]}
        http = Http(LOOPBACK_ONLY, authorities=server.certificate)

        with pytest.raises(NeedsAttention, match="not reached by https"):
            list(bluesky(server).collect({}, Reach(http=http, now=lambda: NOW, ours={})))

        assert not plain.requests
        http.close()


def test_what_a_post_shows_and_quotes_is_kept_beside_it(
    server: ScriptedServer, service: BlueskyService
) -> None:
    external = {"$type": "app.bsky.embed.external", "external": {"uri": "https://x.example/a"}}
    pictures = {"$type": "app.bsky.embed.images", "images": [{"alt": "an empty shelf"}, {"alt": ""}, None]}
    quoting = {"record": {"record": {"uri": uri_of(9)}}, "media": pictures}
    service.posts = [
        post(1, record={"embed": external}, at=NOW - timedelta(minutes=1)),
        post(2, record={"embed": quoting}, at=NOW - timedelta(minutes=2)),
        post(3, record={"embed": [], "langs": "en", "facets": 7}, at=NOW - timedelta(minutes=3)),
    ]

    told = [mention for batch in bluesky(server).collect({}, reach()) for mention in batch.mentions]

    assert [mention.raw for mention in told] == [
        {"link": "https://x.example/a"},
        {"quoted": uri_of(9), "pictures": ["an empty shelf"]},
        {},
    ]
    assert told[2].lang is None
