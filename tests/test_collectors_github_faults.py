"""Channel github: what GitHub answers instead, and what then happens."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from collectors.github import GitHub
from errors import EarshotError, NeedsAttention, TryLater
from tests.github_service import GRAPHQL, ISSUES, JSON, NOW, GitHubService, at, github, issue, reach
from tests.scripted import Answer, ScriptedServer


def error_of(collector: GitHub) -> EarshotError:
    with pytest.raises(EarshotError) as raised:
        list(collector.collect({}, reach()))
    return raised.value


def says(message: str, status: int, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {**JSON, **(headers or {})}, json.dumps({"message": message}))


SOON = str(int(NOW.timestamp()) + 1200)


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (says("API rate limit exceeded", 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": SOON}), 20),
        (says("API rate limit exceeded", 429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": SOON}), 20),
        (says("You have exceeded a secondary rate limit", 403, {"Retry-After": "120"}), 2),
        (says("You have exceeded a secondary rate limit", 403), 1),
        (says("You have exceeded a secondary rate limit", 429, {"X-RateLimit-Remaining": "4000"}), 1),
        (says("maintenance", 503, {"Retry-After": "300"}), 5),
    ],
)
def test_each_way_of_asking_for_a_pause_is_heard(server: ScriptedServer, answer: Answer, after: int) -> None:
    """faults.md 16 and 23."""
    server.route(ISSUES, answer)

    error = error_of(github(server))

    assert isinstance(error, TryLater)
    assert error.after == timedelta(minutes=after)


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (says("Bad credentials", 401), NeedsAttention, "make a new one"),
        (says("Resource not accessible by personal access token", 403), NeedsAttention, "not accessible"),
        (says("Not Found", 404), TryLater, "no such repository"),
        (says("Issues are disabled for this repo", 410), NeedsAttention, "switched off"),
        (says("Repository access blocked", 451), NeedsAttention, "legal"),
        (says("Validation Failed", 422), NeedsAttention, "check repository"),
        (Answer(502, body="<h1>Unicorn!</h1>"), TryLater, "trouble of its own"),
        (Answer(body="{}"), TryLater, "no list"),
        (Answer(body="[" * 100_000), TryLater, "JSON"),
    ],
)
def test_other_answers_say_what_to_do(
    server: ScriptedServer, answer: Answer, kind: type[EarshotError], told: str
) -> None:
    """faults.md 17–19, and 21."""
    server.route(ISSUES, answer)

    error = error_of(github(server))

    assert isinstance(error, kind)
    assert told in str(error)
    assert "canary" not in str(error)


def test_without_a_token_a_missing_repository_may_be_a_private_one(server: ScriptedServer) -> None:
    error = error_of(github(server, token=None))

    assert isinstance(error, TryLater)
    assert error.missing
    assert "needs a token" in str(error)
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        ({"type": "RATE_LIMITED", "message": "API rate limit exceeded"}, TryLater, "used up"),
        ({"type": "FORBIDDEN", "message": "SAML", "path": ["repository"]}, NeedsAttention, "more rights"),
        ({"type": "NOT_FOUND", "message": "No.", "path": ["repository"]}, TryLater, "no such repository"),
        ({"message": "Something went wrong"}, TryLater, "went wrong"),
        ("nonsense", TryLater, "no reason"),
    ],
)
def test_faults_of_graphql_come_with_status_200(
    server: ScriptedServer, fault: object, kind: type[EarshotError], told: str
) -> None:
    server.route(
        GRAPHQL, Answer(headers=JSON, body=json.dumps({"data": {"repository": None}, "errors": [fault]}))
    )

    error = error_of(github(server, "discussions"))

    assert isinstance(error, kind)
    assert told in str(error)


@pytest.mark.parametrize("body", ["[]", "{}", '{"data": null}', "<html>"])
def test_an_answer_without_data_is_tried_later(server: ScriptedServer, body: str) -> None:
    server.route(GRAPHQL, Answer(body=body))

    assert isinstance(error_of(github(server, "discussions")), TryLater)


def test_a_token_that_expires_on_page_two_leaves_no_hole(server: ScriptedServer) -> None:
    """faults.md 24."""
    service = GitHubService(server)
    start = NOW - timedelta(days=2)
    service.issues = [issue(n, updated_at=at(start + timedelta(minutes=n))) for n in range(1, 151)]
    server.route(ISSUES, lambda asked: service.listed(asked, service.issues), says("Bad credentials", 401))

    reading = github(server).collect({}, reach())
    kept = [next(reading)]
    with pytest.raises(NeedsAttention):
        next(reading)
    server.route(ISSUES, lambda asked: service.listed(asked, service.issues))
    kept += github(server).collect(kept[-1].cursor, reach())

    assert len({mention.external_id for batch in kept for mention in batch.mentions}) == 150


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        ("no object", "no issue and no comment"),
        ({"updated_at": "2026-05-20T09:00:00Z"}, "no id"),
        ({"node_id": "IC_kw1", "body": "?"}, "what it is a comment on"),
        (issue(1, updated_at=None, created_at="yesterday"), "no time"),
        (issue(1, None, title=""), "no text"),
    ],
)
def test_an_item_that_cannot_be_read_is_skipped_in_words(
    server: ScriptedServer, thing: object, told: str
) -> None:
    GitHubService(server)
    server.route(ISSUES, Answer(body=json.dumps([thing, issue(2)])))

    first, _ = github(server).collect({}, reach())

    assert [mention.external_id for mention in first.mentions] == ["riverside/weekend-box#2"]
    (words,) = first.skipped
    assert told in words
    assert "item 1 of the page" in words
