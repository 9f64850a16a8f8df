"""Discourse: asked again about single posts, and fed with recorded answers of real forums."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectors.contract import Batch, Recheck
from collectors.discourse import Discourse
from errors import NeedsAttention, TryLater
from model import Mention
from tests.discourse_service import LATEST, DiscourseService, discourse, post, refused
from tests.json_services import JSON, reach, told
from tests.scripted import Answer, ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> DiscourseService:
    return DiscourseService(server)


def read(collector: Discourse) -> list[Batch]:
    return list(collector.collect({}, reach()))


def heard(batches: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in batches for mention in batch.mentions}


def test_rechecking_tells_edited_deleted_and_moved(server: ScriptedServer, service: DiscourseService) -> None:
    """faults.md 26."""
    service.posts = [post(70, "New words.", topic_id=7)]
    service.show(7)
    service.by_number(7, 2, told(post(71, "Better.", topic_id=7, post_number=2, version=3)))
    service.by_number(7, 3, refused(404))
    service.by_number(7, 4, refused(403, '{"error_type": "invalid_access"}'))
    service.by_number(7, 5, told(post(75, topic_id=7, post_number=5, user_deleted=True)))
    service.by_number(7, 6, told(post(99, topic_id=9, post_number=2)))
    service.by_number(7, 7, told({"id": 77, "topic_id": 7, "post_number": 7}))
    server.route("/t/8.json", refused(410))
    collector = discourse(server)

    told_again = collector.recheck(["7/1", "7/2", "7/3", "7/4", "7/5", "7/6", "7/7", "8/1", "odd"], reach())

    assert isinstance(collector, Recheck)
    assert [(each.external_id, each.title, each.text) for each in told_again.edited] == [
        ("7/1", "Topic 7", "New words."),
        ("7/2", "", "Better."),
    ]
    assert list(told_again.gone) == ["7/3", "7/4", "7/5", "8/1"]


def test_rechecking_takes_nothing_away_for_a_page_without_the_post(server: ScriptedServer) -> None:
    server.route("/t/7.json", told({"id": 7, "post_stream": {"posts": [{"id": 70, "post_number": 1}]}}))

    told_again = discourse(server).recheck(["7/1"], reach())

    assert not told_again.gone
    assert not told_again.edited


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(404, {}, "<html>nginx</html>"), TryLater),
        (Answer(403, JSON, '{"error_type": "not_logged_in"}'), NeedsAttention),
        (Answer(200, {}, "<html>"), TryLater),
        (Answer(503), TryLater),
    ],
)
def test_rechecking_takes_nothing_away_for_a_refusal_in_other_words(
    server: ScriptedServer, service: DiscourseService, answer: Answer, expected: type[Exception]
) -> None:
    service.by_number(7, 2, answer)

    with pytest.raises(expected):
        discourse(server).recheck(["7/2"], reach())


def test_the_recorded_forum_replays(server: ScriptedServer, shared: Path) -> None:
    latest = (shared / "recordings" / "discourse" / "posts_latest.json").read_text()
    before = (shared / "recordings" / "discourse" / "posts_before.json").read_text()
    server.route(
        LATEST,
        Answer(headers=JSON, body=latest),
        Answer(headers=JSON, body=before),
        told({"latest_posts": []}),
    )

    found = heard(read(discourse(server)))

    assert set(found) == {"11/2", "11/1", "7/1", "2/1"}
    assert (found["11/2"].text, found["11/2"].parent_id) == ("holla bullhonky.", "11/1")
    assert found["11/1"].title == "This is an uncategorized title"


def test_the_recorded_topic_replays(server: ScriptedServer, shared: Path) -> None:
    body = (shared / "recordings" / "discourse" / "topic.json").read_text()
    ours = (shared / "recordings" / "discourse" / "topic_posts.json").read_text()
    topics = [{"id": 57, "highest_post_number": 4}]
    server.route("/search.json", told({"topics": topics, "grouped_search_result": {}}))
    server.route("/t/57.json", Answer(headers=JSON, body=body))
    server.route("/t/57/posts.json", Answer(headers=JSON, body=ours))

    found = heard(read(discourse(server, query="sandbox")))

    first = found["57/1"]
    assert first.title == json.loads(body)["title"]
    assert first.text.startswith("Welcome!")
    assert first.edited_at is not None
    assert first.published_at is not None
    assert first.published_at.isoformat() == "2013-02-04T20:26:26.278000+00:00"


@pytest.mark.parametrize("cut", [1, 500, 3000])
def test_a_recording_that_is_cut_short_is_tried_later(server: ScriptedServer, shared: Path, cut: int) -> None:
    latest = (shared / "recordings" / "discourse" / "posts_latest.json").read_text()
    server.route(LATEST, Answer(headers=JSON, body=latest[:cut]))

    with pytest.raises(TryLater):
        read(discourse(server))


def test_recorded_posts_with_their_ids_swapped_are_each_heard_once(
    server: ScriptedServer, shared: Path
) -> None:
    posts = json.loads((shared / "recordings" / "discourse" / "posts_latest.json").read_text())[
        "latest_posts"
    ]
    posts[0]["id"], posts[1]["id"] = posts[1]["id"], posts[0]["id"]
    server.route(LATEST, told({"latest_posts": posts}), told({"latest_posts": []}))

    batches = read(discourse(server))

    assert sum(len(batch.mentions) for batch in batches) == len(heard(batches)) == len(posts)
