"""What goes wrong between X and us, through the real tweepy: each is TryLater or NeedsAttention, in words."""

from __future__ import annotations

import json
import logging
import time
from datetime import timedelta

import pytest

from collectors.x import X
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from tests.scripted import Answer, ScriptedServer
from tests.x_service import JSON, NOW, SEARCH, XService, bad_request, post, reach, x


@pytest.fixture
def service(server: ScriptedServer) -> XService:
    return XService(server, posts=[post(number) for number in range(1005, 1000, -1)])


def fault(server: ScriptedServer) -> EarshotError:
    with pytest.raises(EarshotError) as raised:
        list(x(server).collect({}, reach()))
    return raised.value


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (400, '{"errors": [{"message": "bad operator"}]}', NeedsAttention, "check query"),
        (400, "[]", NeedsAttention, "check query"),
        (400, "<html>", NeedsAttention, "check query"),
        (400, '{"errors": null}', NeedsAttention, "check query"),
        (401, "{}", NeedsAttention, "bearer_token"),
        (402, '{"title": "CreditsDepleted"}', NeedsAttention, "credits"),
        (403, "[]", NeedsAttention, "plan"),
        (404, "", TryLater, "base_url"),
        (410, "", NeedsAttention, "410"),
        (500, "", TryLater, "trouble of its own"),
        (503, "[]", TryLater, "trouble of its own"),
        (301, "", NeedsAttention, "301"),
    ],
)
def test_a_status_says_what_to_do_next(
    server: ScriptedServer, status: int, body: str, expected: type, words: str
) -> None:
    """faults.md 17, 18, 19."""
    server.route(SEARCH, Answer(status, JSON, body))

    error = fault(server)

    assert isinstance(error, expected)
    assert words in str(error)
    assert "canary" not in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 300)}, timedelta(minutes=5)),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) - 300)}, timedelta(0)),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 10**9)}, timedelta(hours=24)),
        ({"x-rate-limit-reset": "soon"}, None),
        ({"x-rate-limit-reset": "9" * 5000}, None),
        ({"Retry-After": "60"}, timedelta(minutes=1)),
        ({}, None),
    ],
)
def test_a_429_waits_as_long_as_it_is_told(
    server: ScriptedServer, headers: dict[str, str], after: timedelta | None
) -> None:
    """faults.md 16. tweepy alone would sleep, or without the header call itself until Python gives up."""
    server.route(SEARCH, Answer(429, headers))
    started = time.monotonic()

    error = fault(server)

    assert isinstance(error, TryLater)
    assert error.after == after
    assert len(server.requests) == 1
    assert time.monotonic() - started < 30  # its own pauses are a minute and more


def test_the_quota_is_told(server: ScriptedServer, service: XService) -> None:
    """faults.md 23."""
    reset = int(NOW.timestamp()) + 600
    service.headers = {"x-rate-limit-remaining": "448", "x-rate-limit-reset": str(reset)}

    (batch,) = x(server).collect({}, reach())

    assert batch.quota is not None
    assert (batch.quota.left, batch.quota.until) == (448, NOW + timedelta(minutes=10))
    assert batch.wait is None


def test_when_nothing_is_left_it_stops_and_says_until_when(server: ScriptedServer, service: XService) -> None:
    """faults.md 23."""
    service.size = 2
    service.headers = {
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(int(NOW.timestamp()) + 600),
    }

    (batch,) = x(server).collect({"newest_id": "1000"}, reach())
    service.headers = {}
    rest = list(x(server).collect(batch.cursor, reach()))

    assert batch.wait == timedelta(minutes=10)
    assert [mention.external_id for each in rest for mention in each.mentions] == ["1003", "1002", "1001"]


@pytest.mark.parametrize("value", ["1.5", "nonsense", "", "-3", "9" * 5000, "٣"])
def test_odd_numbers_in_the_quota_break_nothing(
    server: ScriptedServer, service: XService, value: str
) -> None:
    if not value.isascii():
        value = value.encode().decode("latin-1")
    service.headers = {"x-rate-limit-remaining": value, "x-rate-limit-reset": value}

    (batch,) = x(server).collect({}, reach())

    assert len(batch.mentions) == 5
    assert batch.quota is None


@pytest.mark.parametrize(
    "told",
    [
        Answer(200, {"Content-Type": "text/html"}, "<html>log in</html>"),
        Answer(200, JSON, ""),
        Answer(200, JSON, "null"),
        Answer(200, JSON, "[]"),
        Answer(200, JSON, "{}"),
        Answer(200, JSON, '{"data": 7, "meta": {}}'),
        Answer(200, JSON, '{"data": [], "meta": []}'),
        Answer(200, JSON, "[" * 100_000),
        Answer(200, JSON, b"\xff\xfe\x00"),
        Answer(204),
        Answer(200, JSON, json.dumps({"data": [], "meta": {}}), cut_after=9),
        Answer(reset=True),
    ],
    ids=["html", "empty", "null", "list", "object", "number", "meta", "deep", "bytes", "204", "cut", "reset"],
)
def test_an_answer_that_is_no_page_is_asked_for_again_later(server: ScriptedServer, told: Answer) -> None:
    """faults.md 13, 21."""
    server.route(SEARCH, told)

    assert isinstance(fault(server), TryLater)


def test_a_query_that_x_refuses_is_not_asked_twice(server: ScriptedServer) -> None:
    server.route(SEARCH, bad_request("query", "There were errors processing your request: missing EOF"))

    with pytest.raises(NeedsAttention, match="check query"):
        list(x(server).collect({"newest_id": "1000"}, reach()))

    assert len(server.requests) == 1


def test_a_since_id_that_is_refused_for_ever_is_a_fault(server: ScriptedServer) -> None:
    server.route(SEARCH, bad_request("since_id", "'since_id' and 'start_time' are not valid"))

    with pytest.raises(NeedsAttention):
        list(x(server).collect({"newest_id": "1000"}, reach()))

    assert len(server.requests) == 2


def test_a_fault_on_page_two_keeps_page_one_and_the_old_cursor(
    server: ScriptedServer, service: XService
) -> None:
    service.size = 2
    server.route(SEARCH, service.search, Answer(500))
    reading = x(server).collect({"newest_id": "1000"}, reach())

    page_one = next(reading)
    with pytest.raises(TryLater):
        next(reading)

    assert len(page_one.mentions) == 2
    assert {**page_one.cursor, "spent": {}} == {"newest_id": "1000", "spent": {}}


def test_the_token_shows_nowhere(
    server: ScriptedServer, service: XService, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 90. tweepy writes each request's headers into its debug log."""
    caplog.set_level(logging.DEBUG)

    list(x(server).collect({}, reach()))
    server.route(SEARCH, Answer(401))
    error = fault(server)

    assert server.requests[0].headers["authorization"] == "Bearer canary-x-token"
    assert "Making API request" in caplog.text
    assert "canary" not in f"{caplog.text} {error} {error.__cause__} {x(server)}"


def test_without_a_base_url_x_itself_is_asked() -> None:
    """faults.md 8. The rules of this test do not let it get there."""
    collector = X(query="food", bearer_token=Secret("t"))

    with pytest.raises(EarshotError, match=r"api\.twitter\.com"):
        list(collector.collect({}, reach()))
