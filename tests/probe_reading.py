"""Situations: reading forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from tests.probe import NOW, OURS, Probe
from tests.probe_situation import Situation, situation

READING: list[Situation] = []
reading = partial(situation, READING)


@reading()
def the_first_words(probe: Probe) -> None:
    """All that stands there, once."""
    probe.world.say(5)

    probe.hear()

    probe.heard_all()


@reading()
def nothing_new(probe: Probe) -> None:
    """What stood there before, not a word changed."""
    probe.world.say(3)
    probe.hear()
    before = probe.kept()

    told = probe.hear()

    assert (told.new, told.edited, told.gone) == (0, 0, 0)
    assert probe.kept() == before


@reading()
def something_new(probe: Probe) -> None:
    """The new beside the old."""
    probe.world.say(3)
    probe.hear()
    probe.world.say(2)

    told = probe.hear()

    assert told.new == 2
    probe.heard_all()


@reading()
def an_empty_place_fills(probe: Probe) -> None:
    """Nothing at first, then the first words."""
    probe.hear()
    assert probe.kept() == []
    probe.world.say(2)

    probe.hear()

    probe.heard_all()


@reading()
def late_in_the_same_second(probe: Probe) -> None:
    """What came late in a second of which something is known."""
    first = probe.world.say(3)
    probe.hear()
    probe.world.say(2, at=first[-1].at)

    probe.hear()

    probe.heard_all()


@reading("own dates")
def dated_back(probe: Probe) -> None:
    """What comes late and bears a date of an hour before the newest known thing, with that date."""
    first = probe.world.say(3, at=NOW - timedelta(hours=3))
    probe.hear()
    at = NOW - timedelta(hours=4)
    probe.world.say(1, at=at)

    probe.hear()

    probe.heard_all()
    assert probe.the(probe.world.said[-1]).published_at == at
    assert probe.the(first[0]).published_at == first[0].at


@reading("undated")
def undated(probe: Probe) -> None:
    """Once, with the time at which it was heard, marked as undated; what is said later is heard as well."""
    (said,) = probe.world.say(1, at=None)
    probe.hear()
    heard_at = probe.clock.at
    probe.world.say(1)

    probe.hear()

    probe.heard_all()
    mention = probe.the(said)
    assert (mention.published_at, mention.undated) == (heard_at, True)


@reading("undated")
def dated_1970(probe: Probe) -> None:
    """Once, with the time at which it was heard, marked as undated; what is said later is heard as well."""
    _impossibly_dated(probe, datetime(1970, 1, 1, tzinfo=UTC))


@reading("undated")
def dated_2199(probe: Probe) -> None:
    """Once, with the time at which it was heard, marked as undated; what is said later is heard as well."""
    _impossibly_dated(probe, datetime(2199, 1, 1, tzinfo=UTC))


def _impossibly_dated(probe: Probe, at: datetime) -> None:
    probe.world.say(1)
    (said,) = probe.world.say(1, at=at)
    probe.hear()
    heard_at = probe.clock.at
    probe.world.say(2)

    probe.hear()

    probe.heard_all()
    mention = probe.the(said)
    assert (mention.published_at, mention.undated) == (heard_at, True)


@reading()
def our_clock_jumps_back(probe: Probe) -> None:
    """All, once: a poll at a time that was before the last one changes nothing."""
    probe.world.say(3)
    probe.hear()
    probe.clock.at -= timedelta(days=2)
    probe.hear()
    probe.clock.at += timedelta(days=2)
    probe.world.say(2)

    probe.hear()

    probe.heard_all()


@reading()
def our_clock_jumps_ahead(probe: Probe) -> None:
    """All, once: a poll a year too early loses nothing of what is said before that."""
    probe.world.say(3)
    probe.hear()
    probe.clock.at += timedelta(days=400)
    probe.hear()
    probe.clock.at -= timedelta(days=400)
    probe.world.say(2)

    probe.hear()

    probe.heard_all()


@reading()
def read_again_after_five_days(probe: Probe) -> None:
    """All that was said meanwhile."""
    probe.world.say(3)
    probe.hear()
    for hours in range(30):
        probe.world.say(1, at=NOW + timedelta(hours=4 * hours))

    probe.hear(after=timedelta(days=5))

    probe.heard_all()


@reading()
def more_than_one_batch(probe: Probe) -> None:
    """All, once."""
    probe.world.say(probe.place.many)

    probe.hear()

    probe.heard_all()


@reading()
def a_burst_between_two_polls(probe: Probe) -> None:
    """All of it, in that poll or the next ones."""
    probe.world.say(3)
    probe.hear()
    probe.world.say(probe.place.many)

    for _ in range(5):
        probe.hear()

    probe.heard_all()


@reading("threads")
def an_answer(probe: Probe) -> None:
    """It names what it answers, and both are of one thread."""
    (asked,) = probe.world.say(1)
    (answered,) = probe.world.say(1, answers=asked)

    probe.hear()

    question, answer = probe.the(asked), probe.the(answered)
    assert answer.parent_id == question.external_id
    assert answer.thread_id == question.thread_id == question.external_id


@reading("speakers")
def our_own_answer(probe: Probe) -> None:
    """It is kept, as ours; and what others say is not ours."""
    (asked,) = probe.world.say(1)
    (answered,) = probe.world.say(1, author=OURS, answers=asked)

    probe.hear()

    assert (probe.the(asked).by_us, probe.the(answered).by_us) == (False, True)


@reading()
def fifteen_hundred_things(probe: Probe) -> None:
    """All of them, or as many of the newest as a first reading takes; each once."""
    _crowd(probe, 1500)


@reading(is_long=True)
def a_hundred_thousand_things(probe: Probe) -> None:
    """All of them, or as many of the newest as a first reading takes; each once."""
    _crowd(probe, 100_000)


def _crowd(probe: Probe, count: int) -> None:
    for number in range(count):
        probe.world.say(1, at=NOW - timedelta(days=2) + timedelta(seconds=number))
    wanted = min(count, probe.place.first_reads or count)

    while probe.hear().new:
        assert probe.clock.at < NOW + timedelta(days=3)

    heard = probe.standing()
    assert len(heard) >= wanted
    assert not set(probe.missing()) & set(range(count - wanted + 1, count + 1))
    probe.world.say(1, at=NOW)
    assert probe.hear().new == 1
