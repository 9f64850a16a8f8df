"""What goes wrong between Reddit and us, through the real praw: each is TryLater or NeedsAttention, in words."""

from __future__ import annotations

import json
import logging
import time
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.reddit import Reddit
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from tests.reddit_service import JSON, NOW, TOKEN, RedditService, answer, post, reach, reddit
from tests.scripted import Answer, Request, ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> RedditService:
    return RedditService(server, posts=[post(101), post(100)])


def fault(server: ScriptedServer) -> EarshotError:
    with pytest.raises(EarshotError) as raised:
        list(reddit(server).collect({}, reach()))
    return raised.value


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (401, "", NeedsAttention, "refuses the token"),
        (403, '{"reason": "private"}', NeedsAttention, "private"),
        (403, '{"reason": "quarantined"}', NeedsAttention, "quarantined"),
        (403, "<html>", NeedsAttention, "approval"),
        (404, '{"reason": "banned"}', TryLater, "banned"),
        (404, "[]", TryLater, "misspelt"),
        (429, "", TryLater, "asks to wait"),
        (451, "", NeedsAttention, "legal"),
        (400, '{"reason": "BAD"}', NeedsAttention, "check subreddit and query"),
        (500, "", TryLater, "trouble of its own"),
        (503, "", TryLater, "trouble of its own"),
        (520, "", TryLater, "trouble of its own"),
    ],
)
def test_a_status_says_what_to_do_next(
    server: ScriptedServer, service: RedditService, status: int, body: str, expected: type, words: str
) -> None:
    """faults.md 17, 18, 19."""
    server.route("/r/foodbanks/new", Answer(status, JSON, body))

    error = fault(server)

    assert isinstance(error, expected)
    assert words in str(error)
    assert "r/foodbanks" in str(error)
    assert "canary" not in str(error)


def test_a_404_is_a_missing_place_and_not_yet_a_matter_for_a_person(
    server: ScriptedServer, service: RedditService
) -> None:
    """faults.md 18."""
    server.route("/r/foodbanks/new", Answer(404, JSON, "{}"))

    error = fault(server)

    assert isinstance(error, TryLater)
    assert error.missing


def test_a_subreddit_that_is_not_there_is_missing(server: ScriptedServer, service: RedditService) -> None:
    server.route("/r/foodbanks/new", Answer(302, {"Location": "https://oauth.reddit.com/subreddits/search"}))

    error = fault(server)

    assert isinstance(error, TryLater)
    assert error.missing


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"Retry-After": "120"}, timedelta(minutes=2)),
        ({"Retry-After": "Wed, 20 May 2026 09:40:00 GMT"}, timedelta(minutes=10)),
        ({"Retry-After": "999999999"}, timedelta(hours=24)),
        ({"Retry-After": "soon"}, None),
        (
            {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "100", "x-ratelimit-reset": "90"},
            timedelta(seconds=90),
        ),
        ({}, None),
    ],
)
def test_a_429_waits_as_long_as_it_is_told(
    server: ScriptedServer, service: RedditService, headers: dict[str, str], after: timedelta | None
) -> None:
    """faults.md 16."""
    server.route("/r/foodbanks/new", Answer(429, headers))

    error = fault(server)

    assert isinstance(error, TryLater)
    assert error.after == after
    assert len(server.asked("/r/foodbanks/new")) == 1


def test_a_503_carries_the_pause_that_it_names(server: ScriptedServer, service: RedditService) -> None:
    """faults.md 16."""
    server.route("/r/foodbanks/new", Answer(503, {"Retry-After": "30"}))

    error = fault(server)

    assert isinstance(error, TryLater)
    assert error.after == timedelta(seconds=30)


def test_neither_a_5xx_nor_a_full_quota_makes_it_sleep_or_ask_twice(
    server: ScriptedServer, service: RedditService
) -> None:
    """faults.md 23. prawcore alone would sleep for the whole 500 seconds, and retry a 500 with pauses."""
    service.headers = {"x-ratelimit-remaining": "1", "x-ratelimit-used": "99", "x-ratelimit-reset": "500"}
    started = time.monotonic()

    batches = list(reddit(server).collect({}, reach()))
    server.route("/r/foodbanks/new", Answer(500))
    fault(server)

    assert time.monotonic() - started < 8  # prawcore's shortest pause would be ten
    assert batches[-1].quota is not None
    assert (batches[-1].quota.left, batches[-1].quota.until) == (1, NOW + timedelta(seconds=500))
    assert batches[-1].wait is None
    assert len(server.asked("/r/foodbanks/new")) == 2


def test_when_nothing_is_left_it_stops_and_says_until_when(
    server: ScriptedServer, service: RedditService
) -> None:
    """faults.md 23."""
    service.limit = 1
    service.headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "100", "x-ratelimit-reset": "300"}

    batches = list(reddit(server).collect({}, reach()))

    assert [batch.wait for batch in batches] == [timedelta(minutes=5)]
    assert batches[0].cursor == {}
    assert len(server.asked("/r/foodbanks/comments/")) == 0


@pytest.mark.parametrize("value", ["1.0", "nonsense", "", "1e400", "-3", "9" * 5000])
def test_odd_numbers_in_the_quota_break_nothing(
    server: ScriptedServer, service: RedditService, value: str
) -> None:
    service.headers = {
        "x-ratelimit-remaining": "50.0",
        "x-ratelimit-used": value,
        "x-ratelimit-reset": value,
    }

    assert next(iter(reddit(server).collect({}, reach()))).mentions


def test_a_token_that_expires_on_page_two_is_renewed_once_and_nothing_is_lost(
    server: ScriptedServer, service: RedditService
) -> None:
    """faults.md 24."""
    service.limit = 1
    tokens = iter(["first", "second"])
    server.route("/api/v1/access_token", lambda _asked: answer({**TOKEN, "access_token": next(tokens)}))

    def listing(asked: Request) -> Answer:
        if "after" in asked.query and asked.headers["authorization"] == "bearer first":
            return Answer(401)
        return service.listing(service.posts, asked)

    server.route("/r/foodbanks/new", listing)

    batches = list(reddit(server).collect({}, reach()))

    assert [mention.external_id for batch in batches for mention in batch.mentions] == ["t3_101", "t3_100"]
    assert len(server.asked("/api/v1/access_token")) == 2


@pytest.mark.parametrize(
    ("told", "expected", "words"),
    [
        (Answer(401, JSON, '{"message": "Unauthorized", "error": 401}'), NeedsAttention, "client_secret"),
        (Answer(403), NeedsAttention, "client_secret"),
        (Answer(200, JSON, '{"error": "invalid_grant"}'), NeedsAttention, "client_secret"),
        (Answer(200, JSON, '{"access_token": "a"}'), TryLater, "without a token"),
        (Answer(200, JSON, '{"access_token": "a", "expires_in": 3600}'), TryLater, "scope"),
        (Answer(200, JSON, "[]"), TryLater, "without a token"),
        (Answer(200, JSON, "<html>log in</html>"), TryLater, "JSON"),
        (Answer(429, {"Retry-After": "60"}), TryLater, "wait"),
        (Answer(502), TryLater, "trouble"),
        (Answer(200, JSON, json.dumps(TOKEN), cut_after=10), TryLater, "cut off"),
        (Answer(reset=True), TryLater, "reset"),
    ],
)
def test_a_sign_in_that_fails_is_told_as_that(
    server: ScriptedServer, service: RedditService, told: Answer, expected: type, words: str
) -> None:
    """faults.md 17."""
    server.route("/api/v1/access_token", told)

    error = fault(server)

    assert isinstance(error, expected)
    assert words in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "told",
    [
        Answer(200, {"Content-Type": "text/html"}, "<html><h1>You broke reddit</h1></html>"),
        Answer(200, JSON, ""),
        Answer(200, JSON, "null"),
        Answer(200, JSON, "[]"),
        Answer(200, JSON, '{"data": {"children": 7}}'),
        Answer(200, JSON, "[" * 100_000),
        Answer(200, JSON, b"\xff\xfe\x00"),
        Answer(204),
        Answer(200, JSON, json.dumps({"data": {"children": []}}), cut_after=12),
        Answer(reset=True),
    ],
    ids=["html", "empty", "null", "list", "number", "deep", "bytes", "204", "cut", "reset"],
)
def test_an_answer_that_is_no_listing_is_asked_for_again_later(
    server: ScriptedServer, service: RedditService, told: Answer
) -> None:
    """faults.md 13, 21."""
    server.route("/r/foodbanks/new", told)

    assert isinstance(fault(server), TryLater)


def test_a_praw_ini_and_the_environment_have_no_say(
    server: ScriptedServer, service: RedditService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from praw.config import Config

    (tmp_path / "praw.ini").write_text("[DEFAULT]\nclient_id=planted\nuser_agent=planted\ncomment_kind=t9\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Config, "CONFIG", None)
    for name in ("praw_client_id", "praw_username", "praw_password", "praw_refresh_token", "praw_site"):
        monkeypatch.setenv(name, "planted")

    list(reddit(server).collect({}, reach()))

    assert "grant_type=client_credentials" in server.requests[0].body.decode()
    assert "planted" not in str(server.requests)


def test_a_broken_praw_ini_is_named(
    server: ScriptedServer, service: RedditService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from praw.config import Config

    (tmp_path / "praw.ini").write_text("no section\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Config, "CONFIG", None)

    error = fault(server)

    assert isinstance(error, NeedsAttention)
    assert "praw.ini" in str(error)


def test_the_secret_shows_nowhere(
    server: ScriptedServer, service: RedditService, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 90."""
    caplog.set_level(logging.DEBUG)

    list(reddit(server).collect({}, reach()))
    server.route("/api/v1/access_token", Answer(401))
    error = fault(server)

    assert "canary" not in f"{caplog.text} {error} {error.__cause__} {reddit(server)}"


def test_an_id_may_be_secret_too(server: ScriptedServer, service: RedditService) -> None:
    collector = Reddit(
        subreddit="foodbanks", client_id=Secret("an-id"), client_secret=Secret("s"), base_url=server.url
    )

    list(collector.collect({}, reach()))

    assert server.requests[0].headers["authorization"] == "Basic YW4taWQ6cw=="


def test_nothing_but_the_given_address_is_asked(server: ScriptedServer, service: RedditService) -> None:
    """faults.md 8. Without a base_url it asks Reddit itself, which the rules of this test do not let it reach."""
    collector = Reddit(subreddit="foodbanks", client_id="i", client_secret=Secret("s"))

    with pytest.raises(EarshotError, match="reddit"):
        list(collector.collect({}, reach()))
