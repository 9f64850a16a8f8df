"""Which mentions are about one matter, and when its letter may go. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from model import Mention, Rule


def by_case(mentions: Iterable[Mention]) -> list[list[Mention]]:
    """Group mentions into cases, in the order in which each case was first met.

    A case is one story or one thread (design.md, section 2), and one speaker's partner: another partner who
    joins a thread is news of its own.
    """
    cases: list[list[Mention]] = []
    known: dict[object, list[Mention]] = {}
    for mention in mentions:
        keys = (
            (mention.author_partner, "story", mention.story_id),
            (mention.author_partner, mention.channel, mention.scope, mention.thread_id),
        )
        case = next((known[key] for key in keys if key in known), None)
        if case is None:
            case = []
            cases.append(case)
        case.append(mention)
        known.update(dict.fromkeys(keys, case))
    return cases


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
