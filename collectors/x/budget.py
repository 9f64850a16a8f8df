"""What reading X costs, and a budget that it never passes. Pure; the cursor keeps what was spent.

X charges for each post and each user that an answer holds, once a UTC day. The money for asking again about a
post later (recheck.py) is set aside when it is read: asking again has no cursor to count in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from model import Cursor, Json

SET_ASIDE = 3  # reads of a post after the first: on two later days, and once more where it was edited
KEPT = 400  # what was paid for today, in the cursor: about 9 kB of JSON; what is forgotten is counted again
MICRO = 1_000_000
NO_LIMIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent: posts on a day, money in a month, both in UTC.

    ``told`` is the day or month of which it was said that nothing is left.
    """

    day: str
    month: str
    posts: int = 0
    microdollars: int = 0
    met: tuple[str, ...] = ()
    told: str = ""

    @staticmethod
    def of(cursor: Cursor, now: datetime) -> Spent:
        """Return what a cursor says of this day and month; a clock that is set back a day forgets nothing."""
        fresh, later = Spent(f"{now:%Y-%m-%d}", f"{now:%Y-%m}"), now + timedelta(days=1)
        said = cursor.get("spent")
        if not isinstance(said, Mapping):
            return fresh
        day, month = _text(said.get("day")), _text(said.get("month"))
        same_day = fresh.day <= day <= f"{later:%Y-%m-%d}"
        same_month = fresh.month <= month <= f"{later:%Y-%m}"
        met = said.get("met")
        return Spent(
            day if same_day else fresh.day,
            month if same_month else fresh.month,
            _count(said.get("posts")) if same_day else 0,
            _count(said.get("microdollars")) if same_month else 0,
            tuple(map(str, met)) if same_day and isinstance(met, list) else (),
            _text(said.get("told")),
        )

    def in_cursor(self, position: Cursor) -> Cursor:
        """Return the cursor with what was spent; without it where that is nothing."""
        bare = {key: value for key, value in position.items() if key != "spent"}
        if not (self.posts or self.microdollars or self.told):
            return bare
        spent: Json = {
            "day": self.day,
            "month": self.month,
            "posts": self.posts,
            "microdollars": self.microdollars,
            "met": list(self.met),
            "told": self.told,
        }
        return {**bare, "spent": spent}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent, and what things cost, in dollars."""

    posts_per_day: int
    dollars_per_month: float
    dollars_per_post: float
    dollars_per_user: float

    @property
    def _post(self) -> int:
        return (1 + SET_ASIDE) * round(self.dollars_per_post * MICRO)

    @property
    def _user(self) -> int:
        return round(self.dollars_per_user * MICRO)

    @property
    def dearest_post(self) -> float:
        """What one post may cost, in dollars: it, its author, and asking again about it."""
        return (self._post + self._user) / MICRO

    def room(self, spent: Spent) -> int:
        """Return how many posts may still be read, whoever wrote them."""
        money = round(self.dollars_per_month * MICRO) - spent.microdollars
        each = self._post + self._user
        affordable = money // each if each else NO_LIMIT
        return max(0, min(self.posts_per_day - spent.posts, affordable))

    def after(self, spent: Spent, posts: Sequence[str], users: Sequence[str]) -> Spent:
        """Return what was spent once an answer with these posts and users has come."""
        known = set(spent.met)
        new_posts = [each for each in dict.fromkeys(posts) if each not in known]
        new_users = [f"u{each}" for each in dict.fromkeys(users) if f"u{each}" not in known]
        cost = len(new_posts) * self._post + len(new_users) * self._user
        return replace(
            spent,
            posts=spent.posts + len(new_posts),
            microdollars=spent.microdollars + cost,
            met=(*spent.met, *new_posts, *new_users)[-KEPT:],
        )

    def ends(self, spent: Spent, least: int) -> tuple[Spent, str | None]:
        """Say, once a day or month, that fewer than ``least`` posts may still be read; None where it was said."""
        if self.posts_per_day - spent.posts < least:
            period = spent.day
            what = f"today's budget of {self.posts_per_day} posts is used up; reading goes on tomorrow (UTC)"
        else:
            period = spent.month
            what = (
                f"this month's budget of ${self.dollars_per_month:.2f} is used up; reading goes on next month, "
                "or with a higher budget_dollars_per_month"
            )
        if spent.told == period:
            return spent, None
        return replace(spent, told=period), f"x: {what}"


def until_tomorrow(now: datetime) -> timedelta:
    """Return how long it is until the next day begins in UTC, when X charges anew."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC) - now


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
