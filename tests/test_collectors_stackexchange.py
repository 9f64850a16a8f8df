"""Stack Exchange: questions by their activity, with what is answered and commented below them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest

from collectors.contract import Batch
from collectors.contract_suite import Scenario, World, collector_contract
from collectors.stackexchange import StackExchange
from collectors.stackexchange.wire import host_of
from model import Cursor, Mention, Secret
from tests.json_services import NOW, faulty, reach
from tests.scripted import Answer, Request
from tests.stackexchange_service import (
    CREATED,
    SEARCH,
    StackExchangeService,
    answer,
    comment,
    owner,
    packed,
    question,
    stackexchange,
)


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as questions that nobody answers."""
    with StackExchangeService() as service:

        def whole(asked: Request) -> Answer:
            service.questions = [
                question(
                    each.number,
                    each.text,
                    creation_date=int(each.at.timestamp()),
                    last_activity_date=int(each.at.timestamp()),
                )
                for each in world.posts
            ]
            if world.has_bad_item:
                service.questions.append({"title": "whose number?"})
            return service.method(asked)

        service.route(SEARCH, faulty(world, whole))
        yield {"site": "diy", "query": "hello", "key": Secret("canary-se-key"), "base_url": service.url}


TestContract = collector_contract(Scenario(channel="stackexchange", collector=StackExchange, serve=acted))


@pytest.fixture
def service() -> Iterator[StackExchangeService]:
    with StackExchangeService() as running:
        yield running


def read(collector: StackExchange, cursor: Cursor | None = None) -> list[Batch]:
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach()))


def heard(batches: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in batches for mention in batch.mentions}


def test_a_question_its_answers_and_comments_become_one_thread(service: StackExchangeService) -> None:
    service.questions = [question(10, answer_count=1, last_edit_date=CREATED + 9)]
    service.answers = [answer(20, 10)]
    service.comments = [comment(30, 10), comment(31, 20, "No <i>idea</i>.")]

    found = heard(read(stackexchange(service)))

    asked, answered = found["q10"], found["a20"]
    assert (asked.title, asked.text) == ("Question & 10", "Where is my box?")
    assert asked.raw == {"licence": "CC BY-SA 4.0", "tags": ["boxes"]}
    assert asked.edited_at is not None
    assert asked.scope == "diy.stackexchange.com"
    assert asked.author is not None
    assert (asked.author.handle, asked.author.name) == ("diy.stackexchange.com/users/4", "Ada é L.")
    assert {each.thread_id for each in found.values()} == {"q10"}
    assert answered.url == "https://diy.stackexchange.com/a/20"
    assert (found["c30"].parent_id, found["c31"].parent_id, found["c31"].text) == ("q10", "a20", "No idea.")
    assert found["c31"].url == "https://diy.stackexchange.com/questions/10#comment31_20"


def test_a_new_answer_is_activity_and_a_new_comment_is_found_without(service: StackExchangeService) -> None:
    service.questions = [question(10), question(11)]
    cursor = read(stackexchange(service))[-1].cursor
    service.questions[0] = question(10, answer_count=1, last_activity_date=CREATED + 5000)
    service.answers = [answer(20, 10)]
    second = read(stackexchange(service), cursor)
    service.comments = [comment(30, 11), comment(31, 20)]
    third = read(stackexchange(service), second[-1].cursor)

    assert set(heard(second)) == {"q10", "a20"}
    assert set(heard(third)) == {"c30", "c31"}


def test_a_quiet_poll_costs_two_requests(service: StackExchangeService) -> None:
    """300 a day without a key: two every quarter of an hour are 192."""
    service.questions = [question(10)]
    cursor = read(stackexchange(service))[-1].cursor
    before = len(service.requests)

    read(stackexchange(service), cursor)

    assert service.paths()[before:] == ["/search/advanced", "/posts/comments"]


def test_questions_that_move_while_they_are_read_leave_no_hole(service: StackExchangeService) -> None:
    """A question that becomes active goes to the end; by numbered pages all behind it would slide over the edge."""
    service.questions = [question(number) for number in range(1, 251)]
    batches = stackexchange(service).collect({}, reach())
    kept = [next(batches)]
    service.questions[0] = question(1, last_activity_date=CREATED + 9000)

    kept += batches

    assert len(heard(kept)) == 250


def test_more_than_a_page_of_one_second_is_read(service: StackExchangeService) -> None:
    service.questions = [question(number, last_activity_date=CREATED) for number in range(1, 251)]

    assert len(heard(read(stackexchange(service)))) == 250


def test_many_answers_and_comments_are_read_page_by_page(service: StackExchangeService) -> None:
    service.questions = [question(1, answer_count=250)]
    service.answers = [answer(1000 + number, 1, creation_date=CREATED + number) for number in range(250)]
    service.comments = [comment(5000 + number, 1) for number in range(150)]

    found = heard(read(stackexchange(service)))

    assert len(found) == 1 + 250 + 150


def test_answers_that_a_poll_did_not_reach_are_read_by_the_next(service: StackExchangeService) -> None:
    service.questions = [question(1, answer_count=1), question(2, answer_count=1)]
    service.answers = [answer(20, 1), answer(21, 2)]
    batches = stackexchange(service).collect({}, reach())
    kept = [next(batches)]

    after = read(stackexchange(service), kept[0].cursor)

    assert set(heard(kept)) == {"q1", "q2"}
    assert {"a20", "a21"} <= set(heard(after))


@pytest.mark.parametrize("method", ["search", "answers", "comments"])
def test_a_method_that_asks_for_a_pause_is_left_alone_and_nothing_is_lost(
    service: StackExchangeService, method: str
) -> None:
    """faults.md 16. ``backoff`` comes with good answers, and is for one method."""
    service.questions = [question(number, answer_count=1) for number in range(1, 151)]
    service.answers = [answer(1000 + number, number) for number in range(1, 151)]
    service.comments = [comment(5000 + number, number) for number in range(1, 151)]
    service.backoff = {method: 30}
    kept: list[Batch] = []
    cursor: Cursor = {}
    for _ in range(12):
        before = len(service.requests)
        batches = read(stackexchange(service), cursor)
        kept, cursor = [*kept, *batches], batches[-1].cursor
        asked = [path for path in service.paths()[before:] if path.endswith(method) or method in path]
        assert len(asked) <= 1

    assert max(batch.wait or timedelta() for batch in kept) == timedelta(seconds=30)
    assert len(heard(kept)) == 450


def test_the_quota_is_told_and_when_it_is_used_up_the_day_is_over(service: StackExchangeService) -> None:
    """faults.md 23."""
    service.questions = [question(1, answer_count=1)]
    service.quota = 12
    first = read(stackexchange(service))
    service.quota = 0
    last = read(stackexchange(service))

    assert first[0].quota is not None
    assert first[0].quota.left == 12
    assert first[0].wait is None
    assert len(last) == 1
    assert last[0].wait == timedelta(hours=14, minutes=30)


def test_an_edit_is_told_again_and_nothing_else(service: StackExchangeService) -> None:
    """faults.md 26."""
    service.questions = [question(1, answer_count=2), question(2)]
    service.answers = [answer(20, 1), answer(21, 1)]
    cursor = read(stackexchange(service))[-1].cursor
    service.questions[0] = question(1, answer_count=2, last_activity_date=CREATED + 900)
    service.answers[1] = answer(21, 1, "In the yard.", last_edit_date=CREATED + 900)

    again = heard(read(stackexchange(service), cursor))

    assert set(again) == {"q1", "a21"}
    assert again["a21"].text == "In the yard."


def test_activity_that_the_search_learns_of_late_is_heard(service: StackExchangeService) -> None:
    service.questions = [question(9000)]
    cursor = read(stackexchange(service))[-1].cursor
    service.questions.append(question(8000))

    assert "q8000" in heard(read(stackexchange(service), cursor))


def test_a_deleted_account_is_nobody(service: StackExchangeService) -> None:
    nobody = {"user_type": "does_not_exist", "display_name": "user123"}
    service.questions = [question(1, owner=nobody), question(2, owner=owner(user_type="does_not_exist"))]

    assert [mention.author for mention in heard(read(stackexchange(service))).values()] == [None, None]


def test_a_bad_answer_among_good_ones_is_skipped(service: StackExchangeService) -> None:
    service.questions = [question(1, answer_count=2)]
    service.answers = [answer(20, 1), {"question_id": 1, "creation_date": 1}, answer(21, 1, body=None)]
    service.comments = [comment(30, 1, body=None)]

    batches = read(stackexchange(service))

    assert set(heard(batches)) == {"q1", "a20"}
    assert sum(len(batch.skipped) for batch in batches) == 3


def test_what_is_too_much_for_one_poll_is_said(service: StackExchangeService) -> None:
    service.questions = [question(1, answer_count=1001)]
    service.answers = [answer(2000 + number, 1) for number in range(1001)]
    service.comments = [comment(9000 + number, 1) for number in range(1001)]

    batches = read(stackexchange(service))

    words = [each for batch in batches for each in batch.skipped]
    assert sum("more than 1000 answers" in each for each in words) == 1
    assert sum("more than 1000 comments" in each for each in words) == 1
    assert len(heard(batches)) == 2001


def test_a_comment_on_another_post_is_skipped(service: StackExchangeService) -> None:
    service.questions = [question(1)]
    service.route("/posts/1/comments", packed({"items": [comment(30, 77)], "quota_remaining": 9}))

    batches = read(stackexchange(service))

    assert set(heard(batches)) == {"q1"}
    assert any("not asked about" in each for batch in batches for each in batch.skipped)


def test_what_is_asked_for_is_what_is_set(service: StackExchangeService) -> None:
    collector = stackexchange(service, site="es.stackoverflow", tags="a;b", query="", key=Secret("k"))

    read(collector)

    (asked,) = service.requests
    assert (asked.query["site"], asked.query["tagged"], asked.query["key"]) == (
        ["es.stackoverflow"],
        ["a;b"],
        ["k"],
    )
    assert "q" not in asked.query
    assert asked.query["min"] == [str(int((NOW - timedelta(days=30)).timestamp()))]


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("stackoverflow", "stackoverflow.com"),
        ("es.stackoverflow", "es.stackoverflow.com"),
        ("diy", "diy.stackexchange.com"),
        ("diy.stackexchange.com", "diy.stackexchange.com"),
        ("mathoverflow.net", "mathoverflow.net"),
        ("AskUbuntu", "askubuntu.com"),
        ("meta.diy", "meta.diy.stackexchange.com"),
    ],
)
def test_a_site_has_one_host_by_any_of_its_names(site: str, host: str) -> None:
    assert host_of(site) == host


def test_a_site_of_one_language_says_so(service: StackExchangeService) -> None:
    service.questions = [question(1)]

    (spanish,) = heard(read(stackexchange(service, site="es.stackoverflow"))).values()
    (english,) = heard(read(stackexchange(service))).values()

    assert (spanish.lang, english.lang) == ("es", None)


@pytest.mark.parametrize(
    "cursor", [{"read_to": "x", "pending": 3, "fresh": [[1], "a"], "followed": None}, {"known": 1}]
)
def test_a_cursor_that_is_not_understood_begins_anew(service: StackExchangeService, cursor: Cursor) -> None:
    service.questions = [question(1)]

    assert set(heard(read(stackexchange(service), cursor))) == {"q1"}
