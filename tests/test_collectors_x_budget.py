"""What may be spent on X: never more than was said, whatever X answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.contract import Batch
from collectors.x import X
from collectors.x.budget import KEPT, Budget, Spent, until_tomorrow
from model import Secret
from tests.scripted import ScriptedServer
from tests.x_service import NOW, SEARCH, XService, post, reach, x

PRICED = Budget(posts_per_day=100, dollars_per_month=3.0, dollars_per_post=0.005, dollars_per_user=0.010)
NOTHING = Spent.of({}, NOW)


@pytest.fixture
def service(server: ScriptedServer) -> XService:
    return XService(server, posts=[post(number) for number in range(1200, 1000, -1)])


def ids(batches: Sequence[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def words(batches: Sequence[Batch]) -> list[str]:
    return [line for batch in batches for line in batch.skipped]


# the sum, without X


def test_a_post_costs_itself_its_author_and_asking_again_three_times() -> None:
    assert PRICED.dearest_post == pytest.approx(4 * 0.005 + 0.010)
    assert PRICED.after(NOTHING, ["1"], ["7"]).microdollars == 30_000


def test_what_was_paid_for_today_is_not_paid_twice() -> None:
    once = PRICED.after(NOTHING, ["1", "2"], ["7"])

    again = PRICED.after(once, ["2", "1"], ["7"])

    assert again == once
    assert (once.posts, once.microdollars) == (2, 50_000)


def test_a_new_day_begins_with_no_posts_and_a_new_month_with_no_money_spent() -> None:
    kept = PRICED.after(NOTHING, ["1"], ["7"]).in_cursor({})

    tomorrow, in_june = Spent.of(kept, NOW + timedelta(days=1)), Spent.of(kept, NOW + timedelta(days=20))

    assert (tomorrow.posts, tomorrow.microdollars, tomorrow.met) == (0, 30_000, ())
    assert (in_june.posts, in_june.microdollars) == (0, 0)


def test_a_clock_that_is_set_back_gives_nothing_back() -> None:
    kept = PRICED.after(NOTHING, ["1"], ["7"]).in_cursor({})

    assert Spent.of(kept, NOW - timedelta(days=1)).posts == 1
    assert Spent.of(kept, NOW - timedelta(days=40)).posts == 0


def test_the_cursor_stays_small() -> None:
    spent = PRICED.after(NOTHING, [str(10**18 + n) for n in range(3000)], [str(n) for n in range(3000)])

    assert len(spent.met) == KEPT
    assert len(json.dumps(spent.in_cursor({}))) < 10_000


@pytest.mark.parametrize(
    "said", [7, {}, {"day": 3, "month": None, "posts": -4, "microdollars": True, "met": "x", "told": 1}]
)
def test_what_is_not_understood_is_nothing_spent(said: object) -> None:
    assert Spent.of({"spent": said}, NOW) == NOTHING  # type: ignore[dict-item]


@given(
    st.integers(10, 400),
    st.floats(0.5, 50),
    st.floats(0, 0.02),
    st.floats(0, 0.02),
    st.lists(st.tuples(st.lists(st.integers(0, 500), max_size=100), st.integers(0, 40)), max_size=20),
)
def test_no_answers_pass_the_budget_while_pages_are_as_small_as_was_asked(
    a_day: int, a_month: float, a_post: float, a_user: float, answers: list[tuple[list[int], int]]
) -> None:
    budget = Budget(
        posts_per_day=a_day, dollars_per_month=a_month, dollars_per_post=a_post, dollars_per_user=a_user
    )
    spent = NOTHING

    for posts, n_users in answers:
        page = posts[: budget.room(spent)]
        users = [str(post % (n_users + 1)) for post in page]
        spent = Spent.of(
            json.loads(json.dumps(budget.after(spent, [*map(str, page)], users).in_cursor({}))), NOW
        )

    assert spent.posts <= a_day
    assert spent.microdollars <= round(a_month * 1_000_000)


def test_tomorrow_begins_at_midnight_in_utc() -> None:
    late = datetime.fromisoformat("2026-05-21T01:30:00+02:00")

    assert until_tomorrow(late) == timedelta(minutes=30)
    assert until_tomorrow(datetime(2026, 12, 31, tzinfo=UTC)) == timedelta(days=1)


# reading within it


def test_a_page_is_no_larger_than_what_is_left_of_the_day(server: ScriptedServer, service: XService) -> None:
    collector = x(server, max_posts_per_poll=1000, a_day=130)

    batches = list(collector.collect({"newest_id": "1000"}, reach()))

    assert [asked.query["max_results"] for asked in server.requests] == [["100"], ["30"]]
    assert len(ids(batches)) == 130
    assert batches[-1].wait == timedelta(hours=14, minutes=30)
    assert [line for line in words(batches) if "130 posts is used up" in line]


def test_the_next_day_goes_on_below_and_nothing_is_lost(server: ScriptedServer, service: XService) -> None:
    collector, heard = x(server, max_posts_per_poll=1000, a_day=70), list[str]()
    cursor, now = {"newest_id": "1000"}, NOW

    for _ in range(3):
        batches = list(collector.collect(cursor, reach(now)))
        cursor, now = json.loads(json.dumps(batches[-1].cursor)), now + timedelta(days=1)
        heard += ids(batches)

    assert heard == [str(number) for number in range(1200, 1000, -1)]
    assert cursor["newest_id"] == "1200"


def test_a_day_that_is_used_up_is_not_asked_about_and_told_once(
    server: ScriptedServer, service: XService
) -> None:
    collector = x(server, a_day=25)
    cursor = list(collector.collect({"newest_id": "1000"}, reach()))[-1].cursor
    n_asked = len(server.requests)

    (again,) = collector.collect(cursor, reach(NOW + timedelta(hours=1)))
    (once_more,) = collector.collect(again.cursor, reach(NOW + timedelta(hours=2)))

    assert len(server.requests) == n_asked
    assert (again.mentions, again.skipped, once_more.skipped) == ((), [], [])
    assert once_more.wait == timedelta(hours=12, minutes=30)
    assert once_more.cursor == cursor


def test_the_money_of_the_month_ends_the_reading_until_the_next(
    server: ScriptedServer, service: XService
) -> None:
    service.users = [{"id": str(n), "username": f"person{n}", "name": ""} for n in range(100)]
    collector = x(server, max_posts_per_poll=1000, a_month=1.50)

    batches = list(collector.collect({"newest_id": "1000"}, reach()))
    (next_day,) = collector.collect(batches[-1].cursor, reach(NOW + timedelta(days=1)))
    next_month = list(collector.collect(next_day.cursor, reach(NOW + timedelta(days=12))))

    assert server.requests[0].query["max_results"] == ["50"]
    assert [line for line in words(batches) if "$1.50 is used up" in line]
    assert (next_day.mentions, next_day.skipped) == ((), [])
    assert len(ids(next_month)) == 50
    assert ids(next_month)[0] == str(int(ids(batches)[-1]) - 1)


def test_posts_that_cannot_be_read_are_paid_for_too(server: ScriptedServer, service: XService) -> None:
    service.posts = [{"text": "no id"}, {"id": "1001"}]

    (batch,) = x(server).collect({}, reach())

    assert batch.cursor["spent"] == {
        "day": "2026-05-20",
        "month": "2026-05",
        "posts": 2,
        "microdollars": 50_000,
        "met": ["?0", "1001", "u7"],
        "told": "",
    }


def test_what_a_broken_poll_has_spent_is_kept(server: ScriptedServer, service: XService) -> None:
    service.size = 20
    reading = x(server).collect({"newest_id": "1000"}, reach())

    (first, second) = (next(reading), next(reading))

    assert [first.cursor["newest_id"], second.cursor["newest_id"]] == ["1000", "1000"]
    assert [Spent.of(each.cursor, NOW).posts for each in (first, second)] == [20, 40]


def test_without_a_word_on_it_the_budget_is_small() -> None:
    collector = X(query="food", bearer_token=Secret("t"))

    assert (collector.budget_posts_per_day, collector.budget_dollars_per_month) == (100, 10.0)
    assert (collector.dollars_per_post, collector.dollars_per_user) == (0.005, 0.010)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"budget_posts_per_day": 9}, "budget_posts_per_day"),
        ({"budget_posts_per_day": 0}, "budget_posts_per_day"),
        ({"budget_dollars_per_month": 0.29}, "budget_dollars_per_month"),
        ({"budget_dollars_per_month": float("nan")}, "budget_dollars_per_month"),
        ({"budget_dollars_per_month": float("inf")}, "budget_dollars_per_month"),
        ({"dollars_per_post": -0.005}, "dollars_per_post"),
        ({"dollars_per_user": float("nan")}, "dollars_per_user"),
    ],
)
def test_a_budget_that_buys_nothing_or_everything_is_refused_at_once(
    given: dict[str, float], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        X(query="food", bearer_token=Secret("t"), **given)  # type: ignore[arg-type]


def test_only_the_search_and_the_lookup_are_ever_asked(server: ScriptedServer, service: XService) -> None:
    list(x(server).collect({}, reach()))

    assert {asked.path for asked in server.requests} == {SEARCH}
