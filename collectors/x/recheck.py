"""What became of posts: X's lookup by ids, a hundred a request, on three days of a post's life.

Each post that X returns is charged for, once a UTC day, and asking again has no cursor to count in. So the rule is
one that needs no memory, and what it may cost is set aside when a post is read (budget.py): asked about is a post
of today (the day that is paid for; X lets it be edited for half an hour), of yesterday, and of seven days ago.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.contract import Quota, Rechecked
from collectors.x.client import Client, pause_of
from collectors.x.wire import POST_ID, WHAT, Lookup, dated, read_lookup
from errors import TryLater
from model import Mention

AT_ONCE = 100
LATER = (1, 7)
"""The ages, in days of the UTC calendar, at which only this is asked: is it still there?"""


def recheck(external_ids: Sequence[str], client: Callable[[], Client], now: datetime) -> Rechecked:
    """Return what became of those whose day it is; of the others nothing is told."""
    ages = {each: _age(each, now) for each in external_ids if POST_ID.fullmatch(each)}
    today = [each for each, age in ages.items() if age == 0]
    later = [each for each, age in ages.items() if age in LATER]
    if not today and not later:
        return Rechecked()
    asking = _Asking(client(), now)
    if today:
        asking.about(today)
    if later and asking.wait is None:
        asking.whether_there(later)
    return Rechecked(
        edited=asking.edited,
        gone=asking.gone,
        unchanged=asking.unchanged,
        quota=asking.quota,
        wait=asking.wait,
    )


@dataclass(slots=True)
class _Asking:
    """The requests of one recheck, and what they told."""

    client: Client
    now: datetime
    edited: list[Mention] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0
    quota: Quota | None = None
    wait: timedelta | None = None

    def about(self, ids: Sequence[str]) -> None:
        """Ask for the posts as they stand; one that was edited may stand under a new id."""
        told = self._asked(ids, WHAT)
        self.gone += [each for each in ids if each in told.gone]
        standing = dict(told.newest)
        newer = [told.edited[each] for each in ids if each in told.edited]
        if newer and self.wait is None:
            standing |= self._asked(newer, WHAT).newest
        self.edited += [standing[each] for each in ids if each in standing]

    def whether_there(self, ids: Sequence[str]) -> None:
        """Ask for nothing but the posts: no author, who would be charged for."""
        told = self._asked(ids, {})
        self.gone += [each for each in ids if each in told.gone]
        self.unchanged += sum(each in told.newest or each in told.edited for each in ids)

    def _asked(self, ids: Sequence[str], what: Mapping[str, object]) -> Lookup:
        answer = self.client.posts(ids, what)
        told = read_lookup(answer.answer, now=self.now)
        if told is None:
            raise TryLater("x: X's answer tells of no posts; Earshot asks again later")
        self.quota, self.wait = answer.quota, pause_of(answer.quota, self.now)
        return told


def _age(post_id: str, now: datetime) -> int | None:
    """Return a post's age in days of the calendar, which its id tells."""
    written_at = dated(post_id, now=now)
    return None if written_at is None else (now.date() - written_at.date()).days
