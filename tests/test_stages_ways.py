"""Many ways out, each by itself: one that fails rests, a dead one is told of by another, none floods anybody."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from delivery.contract import Transport
from delivery.retry import rests_until, room, worth_telling
from delivery.ways import Ways
from errors import EarshotError, NeedsAttention, Refused, Unreachable
from model import Digest, Message, Rule, Secret, Settings, Smtp, Way
from stages.digest import build_digests
from stages.line import Line
from stages.send import send, send_now
from storage import outbox, transports
from storage.outbox import KeptMessage
from tests.lines import Clock, a_line, hear
from tests.stores import NOW, said, settings

DESK, TEAM = "transport:desk", "mailto:team@rfn.example"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Acting:
    """A transport that fails as it is told, and keeps whom it served and how often it was asked."""

    fails: EarshotError | None = None
    only: str = ""  # fails for letters whose key holds this
    taken: list[Message] = field(default_factory=list)
    asked: int = 0

    def send(self, message: Message, *, now: datetime) -> None:
        self.asked += 1
        if self.fails is not None and self.only in message.key:
            raise self.fails
        self.taken.append(message)


def letter(n: int, to: str = DESK) -> Message:
    return Message(key=f"alert/r/alert-{n}/{to}", recipient=to, kind="alert", subject=f"{n}", text="Words.")


def configured(per_hour: int = 60) -> Settings:
    hook = Way(
        name="desk", address=Secret("http://127.0.0.1:9/h"), secret=Secret("sesame"), per_hour=per_hour
    )
    rule = Rule(name="r", when="concern", notify=(TEAM, DESK))
    digest = Digest(name="daily", to=("mailto:board@rfn.example", TEAM))
    return settings(smtp=Smtp(), transports=(hook,), rules=(rule,), digests=(digest,))


def ways(**by_name: Transport) -> Ways:
    return Ways(by_name)


def put(line: Line, *messages: Message, not_before: datetime | None = None) -> None:
    with line.store.writing() as connection:
        for message in messages:
            outbox.put(connection, message, [], now=line.now(), not_before=not_before)


def kept(line: Line) -> Mapping[str, KeptMessage]:
    with line.store.reading() as connection:
        return {each.message.subject: each for each in outbox.load_messages(connection)}


GONE = Unreachable("the webhook 'desk': 127.0.0.1 does not answer")


def test_a_dead_way_stops_no_other_and_its_letters_are_not_each_tried_in_vain(store_url: str) -> None:
    """faults.md 48, 61."""
    desk, mail = Acting(GONE), Acting()
    with a_line(store_url, configured(), transport=ways(desk=desk, mail=mail)) as line:
        put(line, *[letter(n) for n in range(30)], *[letter(n, TEAM) for n in range(30, 33)])

        sent, troubles = send(line)

        assert (sent, troubles) == (3, [str(GONE)])
        assert (desk.asked, len(mail.taken)) == (1, 3)
        assert send(line) == (0, [])
        assert {each.state for each in kept(line).values() if each.message.recipient == DESK} == {"waiting"}


def test_what_waited_goes_when_the_way_works_again(store_url: str) -> None:
    """faults.md 61."""
    desk, clock = Acting(GONE), Clock()
    with a_line(store_url, configured(), clock=clock, transport=ways(desk=desk)) as line:
        put(line, letter(1), letter(2), letter(3))
        send(line)
        clock.forward(10 * MINUTE)
        send(line)  # still dead: it rests for longer
        desk.fails = None
        clock.forward(2 * HOUR)

        assert send(line) == (3, [])
        with line.store.reading() as connection:
            assert transports.failing(connection) == []
    assert len({message.key for message in desk.taken}) == 3


def test_a_way_that_hangs_holds_up_no_other(store_url: str) -> None:
    """faults.md 60: the hanging one is let go by the mail that left meanwhile."""
    mailed = threading.Event()

    class Hanging(Acting):
        def send(self, message: Message, *, now: datetime) -> None:
            assert mailed.wait(30), "the mail waited for the chat"
            raise GONE

    class Mailing(Acting):
        def send(self, message: Message, *, now: datetime) -> None:
            mailed.set()

    with a_line(store_url, configured(), transport=ways(desk=Hanging(), mail=Mailing())) as line:
        put(line, letter(1), letter(2, TEAM))

        assert send(line) == (1, [str(GONE)])


def test_one_refused_letter_lets_its_way_work_on(store_url: str) -> None:
    """faults.md 48."""
    desk = Acting(Refused("the webhook 'desk' refuses this letter (413)"), only="alert-2")
    with a_line(store_url, configured(), transport=ways(desk=desk)) as line:
        put(line, letter(1), letter(2), letter(3))

        sent, troubles = send(line)

        assert (sent, len(troubles)) == (2, 1)
        assert {n: each.state for n, each in kept(line).items()} == {"1": "sent", "2": "failed", "3": "sent"}
        assert kept(line)["2"].failed_at == NOW


def test_a_letter_fails_for_all_to_see_when_its_way_rested_for_a_day(store_url: str) -> None:
    """faults.md 48: also one that was never tried itself."""
    desk, clock = Acting(NeedsAttention("the webhook 'desk' refuses us (403)")), Clock()
    with a_line(store_url, configured(), clock=clock, transport=ways(desk=desk)) as line:
        put(line, letter(1), letter(2), letter(3))
        while any(kept(line)[n].state == "waiting" for n in "123"):
            send(line)
            clock.forward(HOUR)
            assert clock() - NOW < 2 * DAY

        failed = [kept(line)[n] for n in "123"]
        assert clock() - NOW >= DAY
        assert {each.last_error for each in failed} == {"the webhook 'desk' refuses us (403)"}
        assert all(each.failed_at is not None for each in failed)
        with line.store.reading() as connection:
            assert len(outbox.failed_between(connection, NOW, clock())) == 3
            assert outbox.failed_between(connection, NOW, NOW + 23 * HOUR) == []


def test_quiet_hours_and_a_long_sleep_take_nothing_of_the_day(store_url: str) -> None:
    """faults.md 48: the day begins with the first try."""
    desk, clock = Acting(GONE), Clock()
    with a_line(store_url, configured(), clock=clock, transport=ways(desk=desk)) as line:
        put(line, letter(1), not_before=NOW + 9 * HOUR)
        clock.forward(3 * DAY)  # the machine slept

        send(line)

        assert kept(line)["1"].state == "waiting"
        assert kept(line)["1"].first_attempt_at == clock()


def test_a_dead_way_is_told_by_another_after_a_day_and_after_a_week_and_then_rests(store_url: str) -> None:
    """faults.md 61."""
    desk, mail, clock = Acting(GONE), Acting(), Clock()
    asked_in_the_second_week = 0
    with a_line(store_url, configured(), clock=clock, transport=ways(desk=desk, mail=mail)) as line:
        for hour in range(0, 14 * 24, 6):
            put(line, letter(hour))
            before = desk.asked
            send(line)
            asked_in_the_second_week += (desk.asked - before) if hour >= 8 * 24 else 0
            clock.forward(6 * HOUR)

        told = [(message.recipient, message.subject) for message in mail.taken]
        with line.store.reading() as connection:
            (failing,) = transports.failing(connection)

    assert told == [
        (who, f"Earshot: “desk” has not worked for {time}")
        for time in ("24 hours", "7 days")
        for who in (TEAM, "mailto:board@rfn.example")
    ]
    assert {message.kind for message in mail.taken} == {"notice"}
    assert "does not answer" in mail.taken[0].text
    assert 4 <= asked_in_the_second_week <= 7  # once a day
    assert failing.failing_since == NOW


def test_nobody_is_told_of_a_dead_way_by_a_dead_way(store_url: str) -> None:
    """faults.md 61."""
    both, clock = Acting(GONE), Clock()
    with a_line(store_url, configured(), clock=clock, transport=ways(desk=both, mail=both)) as line:
        put(line, letter(1), letter(2, TEAM))
        for _ in range(30):
            send(line)
            clock.forward(HOUR)

        assert set(kept(line)) == {"1", "2"}


def test_no_way_takes_more_than_its_share_of_an_hour_and_the_rest_is_not_lost(store_url: str) -> None:
    """faults.md 56."""
    desk, clock, at = Acting(), Clock(), list[int]()
    with a_line(store_url, configured(per_hour=4), clock=clock, transport=ways(desk=desk)) as line:
        put(line, *[letter(n) for n in range(10)])
        for _ in range(60):
            at.append(send(line)[0])
            clock.forward(5 * MINUTE)

    assert len(desk.taken) == len({message.key for message in desk.taken}) == 10
    assert at[0] == 4
    assert all(sum(at[n : n + 12]) <= 4 for n in range(len(at)))


def test_a_recipient_whose_transport_left_the_file_waits_and_says_so(store_url: str) -> None:
    with a_line(store_url, configured(), transport=ways(mail=Acting())) as line:
        put(line, letter(1))

        sent, (trouble,) = send(line)

        assert sent == 0
        assert trouble.startswith(
            "there is no transport 'desk' in the configuration; add it to [[transports]]"
        )


def test_a_way_rests_longer_each_time_and_never_in_step_with_others() -> None:
    pauses = [rests_until(n, NOW, NOW, lambda: 0.0) - NOW for n in range(1, 12)]

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (MINUTE / 2, HOUR / 2)
    assert rests_until(3, NOW, NOW, lambda: 0.9) != rests_until(3, NOW, NOW, lambda: 0.1)
    assert rests_until(3, NOW - 7 * DAY, NOW, lambda: 0.0) == NOW + DAY
    assert rests_until(1, NOW, NOW, lambda: 0.0, after=5 * HOUR) == NOW + 5 * HOUR


@pytest.mark.parametrize(
    ("failing_for", "told_before", "worth"),
    [(23, None, False), (24, None, True), (30, 5, False), (167, 100, False), (168, 100, True), (200, 20, False),
     (400, 380, True)],
)  # fmt: skip
def test_people_are_told_after_a_day_and_after_a_week(
    failing_for: int, told_before: int | None, worth: bool
) -> None:
    told_at = None if told_before is None else NOW - told_before * HOUR

    assert worth_telling(NOW - failing_for * HOUR, told_at, NOW) is worth


def test_there_is_room_again_when_the_oldest_is_an_hour_old() -> None:
    sent = [NOW - 50 * MINUTE, NOW - 20 * MINUTE, NOW - MINUTE]

    assert room(sent, 5, NOW) == (2, NOW)
    assert room(sent, 3, NOW) == (0, NOW + 10 * MINUTE)
    assert room(sent, 2, NOW) == (0, NOW + 40 * MINUTE)
    assert room([], 1, NOW) == (1, NOW)


def test_a_way_that_a_person_mended_works_at_once(store_url: str) -> None:
    desk, clock = Acting(GONE), Clock()
    with a_line(store_url, configured(), clock=clock, transport=ways(desk=desk)) as line:
        put(line, letter(1))
        send(line)
        line.store.write(lambda connection: transports.mark_working(connection, "desk"))
        again = replace(line, transport=ways(desk=Acting()))
        clock.forward(HOUR)

        assert send(again) == (1, [])


def test_a_digest_goes_by_every_way_that_its_readers_name(store_url: str) -> None:
    daily = Digest(name="daily", at=6 * 60, timezone="UTC", to=("transport:Desk", TEAM))
    given = replace(configured(), digests=(daily,), rules=())
    desk, mail, clock = Acting(), Acting(), Clock(NOW)
    with a_line(store_url, given, clock=clock, transport=ways(Desk=desk, mail=mail)) as line:
        hear(line, said("t3_a", "the boxes were late again"))
        clock.forward(2 * DAY)

        built, again = build_digests(line), build_digests(line)

        assert (built, again) == (2, 0)
        assert send(line) == (2, [])
    ((by_hook,), (by_mail,)) = (desk.taken, mail.taken)
    assert (by_hook.recipient, by_hook.kind) == ("transport:Desk", "digest")
    assert "1 new" in by_hook.text
    assert by_hook.key != by_mail.key
    assert by_hook.subject == by_mail.subject


def test_a_letter_that_a_person_sends_tries_a_way_that_rests(store_url: str) -> None:
    desk = Acting(GONE)
    with a_line(store_url, configured(), transport=ways(desk=desk)) as line:
        put(line, letter(1))
        send(line)
        desk.fails = None
        put(line, letter(2))

        assert send(line) == (0, [])
        assert send_now(line) == (1, [])
        assert [message.subject for message in desk.taken] == ["2"]
