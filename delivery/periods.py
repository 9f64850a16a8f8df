"""Which stretch of time a digest tells of: from the moment of one letter to that of the next, by the reader's clock.

A letter goes out at ``digest.at`` on every local day, every weekday or every Monday that exists in the digest's
zone. Periods abut by construction, because the end of one and the start of the next are the same function's answer;
so nothing is told twice or never, whatever the clocks do (23 and 25 hours, a skipped midnight, a skipped day).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from model import Digest, Period, utc

ONE_DAY = timedelta(days=1)
FIRST_WEEKS = timedelta(days=14)
FRIDAY = 4


def last_period(digest: Digest, now: datetime) -> Period:
    """Return the last period that is complete at ``now``: its end is the last letter's moment ``<= now``."""
    day = utc(now).astimezone(ZoneInfo(digest.timezone)).date() + ONE_DAY
    end = _moment_of_letter(digest, day)
    while end is None or end > now:
        day -= ONE_DAY
        end = _moment_of_letter(digest, day)
    return Period(_letter_before(digest, day), end)


def period_of(digest: Digest, day: date) -> Period:
    """Return the period of the letter that goes out on a local day, or of the first one after it.

    It may not be complete yet: then its ``end`` is after now.
    """
    end = _moment_of_letter(digest, day)
    while end is None:
        day += ONE_DAY
        end = _moment_of_letter(digest, day)
    return Period(_letter_before(digest, day), end)


def asked_period(digest: Digest, *, day: date | None, now: datetime, told: Sequence[Period]) -> Period:
    """Return what somebody means who asks for a digest now, or (``day``) for the one of a local day.

    ``told``: what this reader was told of before, oldest first. A digest of the past is the one that they got, if
    they got it; a newer one begins where the last one ended, so that by hand too nothing is told twice or never.
    It may not be complete yet: then its ``end`` is after now.
    """
    wanted = last_period(digest, now) if day is None else period_of(digest, day)
    before = [period for period in told if period.start < wanted.end]
    if not before:
        return wanted
    latest = before[-1]
    if wanted.end <= latest.end:
        return latest
    if latest == told[-1] or latest.end > wanted.start:
        return Period(latest.end, wanted.end)
    return wanted


def days_without_letter(digest: Digest, period: Period) -> int:
    """Return on how many days within a period a letter would have gone out and did not: 0 for an ordinary one."""
    zone = ZoneInfo(digest.timezone)
    first, last = (moment.astimezone(zone).date() for moment in (period.start, period.end))
    between = (first + n * ONE_DAY for n in range(1, (last - first).days))
    return sum(_moment_of_letter(digest, day) is not None for day in between)


def first_period(digest: Digest, now: datetime, *, listening_since: datetime) -> Period | None:
    """Return what is to be told to somebody who has had no letter yet: the last period, if anything was heard in it.

    Who joins within the first two weeks of listening gets all of it: the machine may have slept since it began.
    """
    period = last_period(digest, now)
    if period.end <= listening_since:
        return None
    if timedelta() < period.start - listening_since <= FIRST_WEEKS:
        return Period(last_period(digest, listening_since).end, period.end)
    return period


def due_period(digest: Digest, now: datetime, *, last_end: datetime) -> Period | None:
    """Return what is to be told now to somebody whose last letter told everything until ``last_end``, or None.

    It starts where that letter ended: three days asleep make one letter of three days, and a digest that moved to
    another hour or zone loses nothing. A second letter on one local day is never due.
    """
    end = last_period(digest, now).end
    zone = ZoneInfo(digest.timezone)
    if end.astimezone(zone).date() <= utc(last_end).astimezone(zone).date():
        return None
    return Period(utc(last_end), end)


def _letter_before(digest: Digest, day: date) -> datetime:
    moment = None
    while moment is None:
        day -= ONE_DAY
        moment = _moment_of_letter(digest, day)
    return moment


def _moment_of_letter(digest: Digest, day: date) -> datetime | None:
    """When the letter of a local day goes out, in UTC; None on a day without one."""
    if digest.every == "weekday" and day.weekday() > FRIDAY:
        return None
    if digest.every == "week" and day.weekday() != 0:
        return None
    return _moment_on(day, digest.at, ZoneInfo(digest.timezone))


def _moment_on(day: date, minutes: int, zone: ZoneInfo) -> datetime | None:
    """The clock's first showing of a time on a local day, as an instant that lies on that day.

    An absent 02:30 is read by the offset before the gap, so it is 03:30 by the new one. Where that leaves the day
    (a gap over midnight) the offset after the gap is used; where that leaves it too, the day itself does not exist
    (Apia had no 30 December 2011).
    """
    wall = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
    for fold in (0, 1):
        moment = wall.replace(fold=fold).astimezone(UTC)
        if moment.astimezone(zone).date() == day:
            return moment
    return None
