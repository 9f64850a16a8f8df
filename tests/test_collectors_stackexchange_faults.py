"""What goes wrong with Stack Exchange, and what asking again tells: each refusal in words of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from collectors.contract import Batch, Recheck
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from tests.json_services import reach
from tests.scripted import Answer
from tests.stackexchange_service import (
    SEARCH,
    StackExchangeService,
    answer,
    comment,
    packed,
    question,
    refused,
    stackexchange,
)

TOO_MANY = "too many requests from this IP, more requests available in 17524 seconds"


@pytest.fixture
def service() -> Iterator[StackExchangeService]:
    with StackExchangeService() as running:
        yield running


@pytest.mark.parametrize(
    ("told", "expected", "words"),
    [
        (refused(502, "throttle_violation", TOO_MANY), TryLater, "a key allows more"),
        (refused(503, "temporarily_unavailable"), TryLater, "temporarily_unavailable"),
        (refused(500, "internal_error"), TryLater, "trouble of its own"),
        (refused(405, "key_required"), NeedsAttention, "stackapps.com"),
        (refused(403, "access_denied"), NeedsAttention, "key"),
        (refused(400, "bad_parameter", "site"), NeedsAttention, "check site, query and tags"),
        (Answer(400, {}, "<html>"), NeedsAttention, "status 400"),
        (packed({"items": None}), TryLater, "no list of items"),
    ],
)
def test_a_refusal_is_told_by_its_number(
    service: StackExchangeService, told: Answer, expected: type[EarshotError], words: str
) -> None:
    """faults.md 16, 17."""
    service.route(SEARCH, told)

    with pytest.raises(expected, match=words) as raised:
        list(stackexchange(service, key=Secret("canary-se-key")).collect({}, reach()))
    assert "canary" not in str(raised.value)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("message", "after"),
    [
        (TOO_MANY, timedelta(seconds=17524)),
        ("available in 999999999 seconds", timedelta(hours=24)),
        ("available in 9999999999999 seconds", None),
        ("no more", None),
    ],
)
def test_a_throttle_waits_as_long_as_it_says(
    service: StackExchangeService, message: str, after: timedelta | None
) -> None:
    """faults.md 16, 23."""
    service.route(SEARCH, refused(502, "throttle_violation", message))

    with pytest.raises(TryLater) as raised:
        list(stackexchange(service).collect({}, reach()))
    assert raised.value.after == after


def test_a_key_that_is_refused_between_questions_and_answers_loses_nothing(
    service: StackExchangeService,
) -> None:
    """faults.md 24."""
    service.questions = [question(1, answer_count=1)]
    service.answers = [answer(20, 1)]
    service.route("/questions/1/answers", refused(406, "access_token_compromised"))
    kept: list[Batch] = []
    with pytest.raises(NeedsAttention):
        for batch in stackexchange(service).collect({}, reach()):
            kept.append(batch)  # noqa: PERF402  what came before the fault counts
    service.route("/questions/1/answers", service.method)

    after = list(stackexchange(service).collect(kept[-1].cursor, reach()))

    assert {m.external_id for batch in [*kept, *after] for m in batch.mentions} == {"q1", "a20"}


def test_pages_that_never_end_are_left_for_the_next_poll(service: StackExchangeService) -> None:
    """faults.md 25."""
    service.route(SEARCH, packed({"items": [question(1)], "has_more": True, "quota_remaining": 99}))

    list(stackexchange(service).collect({}, reach()))

    assert len(service.asked(SEARCH)) == 10


def test_rechecking_tells_edited_from_gone_a_kind_a_request(service: StackExchangeService) -> None:
    """faults.md 26."""
    service.questions = [question(1, "New words.")]
    service.answers = [answer(20, 1)]
    service.comments = [comment(30, 1)]
    collector = stackexchange(service)

    rechecked = collector.recheck(["q1", "q2", "a20", "a21", "c30", "c31", "odd", "q"], reach())

    assert isinstance(collector, Recheck)
    assert [(each.external_id, each.thread_id) for each in rechecked.edited] == [("q1", "q1"), ("a20", "q1")]
    assert list(rechecked.gone) == ["q2", "a21", "c31"]
    assert rechecked.unchanged == 1
    assert rechecked.quota is not None
    assert service.paths() == ["/questions", "/answers", "/comments"]


def test_rechecking_a_hundred_is_one_request(service: StackExchangeService) -> None:
    service.questions = [question(number) for number in range(1, 101)]

    rechecked = stackexchange(service).recheck([f"q{number}" for number in range(1, 101)], reach())

    assert len(rechecked.edited) == 100
    assert len(service.requests) == 1


def test_rechecking_takes_nothing_away_for_an_item_that_cannot_be_read(service: StackExchangeService) -> None:
    service.route("/questions/1;2", packed({"items": [{"question_id": 1}], "quota_remaining": 5}))

    rechecked = stackexchange(service).recheck(["q1", "q2"], reach())

    assert list(rechecked.gone) == ["q2"]
    assert not rechecked.edited


def test_rechecking_passes_a_pause_on(service: StackExchangeService) -> None:
    service.questions = [question(1)]
    service.backoff = {"questions": 12}

    assert stackexchange(service).recheck(["q1"], reach()).wait == timedelta(seconds=12)


@pytest.mark.parametrize("told", [Answer(404), Answer(500), refused(502, "throttle_violation"), packed({})])
def test_rechecking_takes_nothing_away_for_a_fault(service: StackExchangeService, told: Answer) -> None:
    service.route("/questions/1", told)

    with pytest.raises(TryLater):
        stackexchange(service).recheck(["q1"], reach())
