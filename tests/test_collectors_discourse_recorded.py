"""Lists of topics that real Discourse forums gave: read as what a search names, and refused where posts should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.contract import Batch
from errors import TryLater
from tests.discourse_service import LATEST, DiscourseService, discourse, post, refused
from tests.json_services import JSON, reach, told
from tests.scripted import Answer, ScriptedServer

LISTS = ("category_latest_topics", "latest", "search")


def recorded(shared: Path, name: str) -> str:
    return (shared / "recordings" / "discourse" / f"{name}.json").read_text()


def topics_of(shared: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(recorded(shared, "category_latest_topics"))["topic_list"][
        "topics"
    ]
    assert [(each["id"], each["highest_post_number"]) for each in listed] == [(5, 2), (4, 2)]
    return listed


def found(topics: list[dict[str, Any]]) -> Answer:
    return told({"topics": topics, "grouped_search_result": {}})


def read(server: ScriptedServer, category: str = "", cursor: Any = None) -> list[Batch]:
    return list(discourse(server, query="box", category=category).collect(cursor or {}, reach()))


def ids(batches: list[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


@pytest.fixture
def service(server: ScriptedServer) -> DiscourseService:
    service = DiscourseService(server)
    service.posts = [
        post(10 * topic + number, topic_id=topic, post_number=number) for topic in (4, 5) for number in (1, 2)
    ]
    service.show(4)
    service.show(5)
    return service


def test_the_recorded_topics_of_a_category_are_each_read_to_their_last_post(
    server: ScriptedServer, service: DiscourseService, shared: Path
) -> None:
    server.route("/search.json", found(topics_of(shared)))

    first = read(server, category="2")
    again = read(server, category="2", cursor=first[-1].cursor)

    assert ids(first) == ["4/1", "4/2", "5/1", "5/2"]
    assert (ids(again), again[-1].unchanged) == ([], 2)


def test_topics_of_other_categories_are_left_alone(
    server: ScriptedServer, service: DiscourseService, shared: Path
) -> None:
    server.route("/search.json", found(topics_of(shared)))

    assert ids(read(server, category="9")) == []


def test_recorded_topics_with_their_ids_swapped_are_each_read_once(
    server: ScriptedServer, service: DiscourseService, shared: Path
) -> None:
    one, other = topics_of(shared)
    one["id"], other["id"] = other["id"], one["id"]
    server.route("/search.json", found([one, other, one]))

    assert sorted(ids(read(server))) == ["4/1", "4/2", "5/1", "5/2"]


def test_a_recorded_topic_that_is_not_shown_stops_no_other(
    server: ScriptedServer, service: DiscourseService, shared: Path
) -> None:
    server.route("/search.json", found(topics_of(shared)))
    server.route("/t/4.json", refused(403, '{"error_type": "invalid_access"}'))

    batches = read(server)

    assert ids(batches) == ["5/1", "5/2"]
    assert any("topic 4" in words for batch in batches for words in batch.skipped)


def test_a_pause_that_is_asked_for_behind_the_first_topic_loses_nothing(
    server: ScriptedServer, service: DiscourseService, shared: Path
) -> None:
    """faults.md 16."""
    server.route("/search.json", found(topics_of(shared)))
    server.route("/t/5.json", Answer(429, JSON, ""))
    before: list[Batch] = []
    with pytest.raises(TryLater):
        before.extend(discourse(server, query="box").collect({}, reach()))
    service.show(5)

    after = read(server, cursor=before[-1].cursor if before else {})

    assert sorted({*ids(before), *ids(after)}) == ["4/1", "4/2", "5/1", "5/2"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("where", [LATEST, "/search.json"])
def test_a_recorded_list_in_place_of_the_answer_is_tried_later(
    server: ScriptedServer, shared: Path, name: str, where: str
) -> None:
    """faults.md 21: a list of topics holds no posts, and none is made of it."""
    server.route(where, Answer(headers=JSON, body=recorded(shared, name)))

    with pytest.raises(TryLater, match="discourse"):
        list(discourse(server, query="box" if where != LATEST else "").collect({}, reach()))


@pytest.mark.parametrize("cut", [1, 400, 900])
def test_a_recorded_list_that_is_cut_short_is_tried_later(
    server: ScriptedServer, shared: Path, cut: int
) -> None:
    """faults.md 13."""
    server.route("/search.json", Answer(headers=JSON, body=recorded(shared, "category_latest_topics")[:cut]))

    with pytest.raises(TryLater):
        read(server)
