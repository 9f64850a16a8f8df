"""Which part of a search is still to be read, and how the cursor says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.x.wire import POST_ID, dated
from model import Cursor, Json

SEARCHED = timedelta(days=7) - timedelta(
    minutes=5
)  # X refuses what is older; the rest is for clocks that differ


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the search, newest first: above ``since_id``, and below ``until_id`` where a poll broke off.

    ``newest_id`` is the newest post that was met in it: all up to there is read once the stretch is done.
    """

    since_id: int | None = None
    until_id: int | None = None
    newest_id: int | None = None

    def reaching(self, ids: Sequence[int]) -> Stretch:
        """Return what is left of the stretch once a page with these posts was read."""
        if not ids:
            return self
        newest = max([*ids, self.newest_id or 0])
        return Stretch(self.since_id, min([*ids, self.until_id or newest]), newest)

    def too_old(self, now: datetime) -> bool:
        """Whether all that is left lies where X's search does not go."""
        return self.until_id is not None and not searched(self.until_id, now)


def searched(post_id: int, now: datetime) -> bool:
    """Whether X's search still goes back to this post; True also where the id does not tell."""
    written_at = dated(post_id, now=now)
    return written_at is None or written_at > now - SEARCHED


def bounds_of(stretch: Stretch, now: datetime) -> dict[str, object]:
    """Return the parameters that bound a search; by time where X would refuse an id that is too old."""
    if stretch.since_id is None:
        return _below(stretch)
    if not searched(stretch.since_id, now):
        return bounds_by_time(stretch, now)
    return {"since_id": str(stretch.since_id), **_below(stretch)}


def bounds_by_time(stretch: Stretch, now: datetime) -> dict[str, object]:
    """Return the same without since_id: from as far back as X searches."""
    return {"start_time": now - SEARCHED, **_below(stretch)}


def _below(stretch: Stretch) -> dict[str, object]:
    return {} if stretch.until_id is None else {"until_id": str(stretch.until_id)}


def stretch_of(cursor: Cursor) -> Stretch:
    """Return what a cursor says is to be read next."""
    rest = cursor.get("rest")
    if not isinstance(rest, Mapping):
        return Stretch(_id(cursor.get("newest_id")))
    return Stretch(_id(cursor.get("newest_id")), _id(rest.get("until_id")), _id(rest.get("newest_id")))


def when_done(stretch: Stretch, now: datetime) -> Cursor:
    """Return the cursor after the last page. The day tells, much later, whether posts were lost in between."""
    newest = max(stretch.newest_id or 0, stretch.since_id or 0)
    return {"read_on": now.date().isoformat()} | ({"newest_id": str(newest)} if newest else {})


def when_broken_off(stretch: Stretch, cursor: Cursor) -> Cursor:
    """Return the cursor that goes on below what was read; the old one where nothing was."""
    if stretch.until_id is None:
        return cursor
    rest: Json = {"newest_id": str(stretch.newest_id or stretch.until_id), "until_id": str(stretch.until_id)}
    return {**cursor, "rest": rest}


def lost(cursor: Cursor, now: datetime) -> str | None:
    """Say what can no longer be read, where the last whole reading is longer ago than X's search goes."""
    day = cursor.get("read_on")
    earliest = (now - SEARCHED).date().isoformat()
    if not isinstance(day, str) or day >= earliest:
        return None
    return f"posts between {day[:10]} and {earliest} may be lost: X's search goes back seven days only"


def _id(value: Json) -> int | None:
    return int(value) if isinstance(value, str) and POST_ID.fullmatch(value) else None
