"""Which mentions are about one matter, and when its letter may go. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from model import Escalation, Mention, Rule

A_MOMENT = timedelta.resolution
"""What is collected at one time is told at one time, whatever the cooldown."""


MOST_ONE_BY_ONE = 100
"""Cases that a rule tells one by one within FLOOD_LASTS; what is more comes together, with its count.

A first listening brings weeks at once (in the demo some sixty cases), and each partner's concern is worth a letter.
"""
FLOOD_LASTS = timedelta(hours=1)
GATHERED_FIRST, GATHERED_AGAIN = timedelta(minutes=1), timedelta(minutes=10)


def by_case(mentions: Iterable[Mention]) -> list[list[Mention]]:
    """Group mentions into cases, in the order in which each case was first met.

    A case is one story or one thread (design.md, section 2), and one speaker's partner: another partner who
    joins a thread is news of its own. A mention that stands in two cases (its story in one, its thread in the
    other) makes them one. Within a case, mentions keep their order.
    """
    told = list(mentions)
    joins = list(
        range(len(told))
    )  # by place: a place further up in the same case; the first one names itself
    met: dict[object, int] = {}
    for place, mention in enumerate(told):
        for key in (
            (mention.author_partner, "story", mention.story_id),
            (mention.author_partner, mention.channel, mention.scope, mention.thread_id),
        ):
            one, other = sorted((_first(joins, place), _first(joins, met.setdefault(key, place))))
            joins[other] = one
    cases: dict[int, list[Mention]] = {}
    for place, mention in enumerate(told):
        cases.setdefault(_first(joins, place), []).append(mention)
    return list(cases.values())


def told_together(cases: Sequence[object], *, told_lately: int) -> bool:
    """Return whether cases come too thick to be told one by one, beside what their rule told in FLOOD_LASTS."""
    return len(cases) + told_lately > MOST_ONE_BY_ONE


def gathered_for(*, told_together_lately: bool) -> timedelta:
    """Return how long the letter of a flood waits for what still comes: longer from the second one on."""
    return GATHERED_AGAIN if told_together_lately else GATHERED_FIRST


def by_firing(case: Iterable[Mention], cooldown: timedelta) -> list[list[Mention]]:
    """Split a case, as it was collected, into the alerts that it makes: what comes within the cooldown joins."""
    firings: list[list[Mention]] = []
    fired_at = None
    for mention in sorted(case, key=_collected):
        at = _collected(mention)
        if fired_at is None or at >= fired_at + max(cooldown, A_MOMENT):
            firings.append([])
            fired_at = at
        firings[-1].append(mention)
    return firings


def _collected(mention: Mention) -> datetime:
    if mention.collected_at is None:
        raise ValueError(f"mention {mention.channel}/{mention.external_id} was never collected")
    return mention.collected_at


def _first(joins: list[int], place: int) -> int:
    while joins[place] != place:
        joins[place] = joins[joins[place]]  # shortens the way for the next one
        place = joins[place]
    return place


def after_quiet_hours(rule: Rule, now: datetime, timezone: str) -> datetime:
    """Return when a letter may go: now, or the end of the quiet hours that it is now, by the local clock."""
    if rule.quiet_hours is None:
        return now
    begin, end = rule.quiet_hours
    local = now.astimezone(ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    quiet = begin <= minute < end if begin <= end else minute >= begin or minute < end
    if not quiet:
        return now
    morning = local.replace(hour=end // 60, minute=end % 60, second=0, microsecond=0)
    if end <= minute:
        morning += timedelta(days=1)  # on the wall clock: aware arithmetic in one zone keeps its hour
    return max(now, morning.astimezone(now.tzinfo))


def escalates_at(rule: Rule, escalation: Escalation, fired_at: datetime, timezone: str) -> datetime:
    """Return when the next person is told: those who are told first have their time from when their letter may go."""
    return after_quiet_hours(rule, fired_at, timezone) + escalation.after
