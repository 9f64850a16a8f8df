"""Where reading goes on: a token for now, and the gaps behind it that are still to be read. Pure.

A sync tells at most a hundred new events a room, and where older ones begin. That stretch is kept in the cursor as
a gap and read page by page, so that nothing is lost when a poll ends in the middle of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from model import Cursor, Json

FIRST_PAGES = 10  # of a room that is read for the first time: a thousand events


@dataclass(frozen=True, slots=True)
class Gap:
    """Events of a room from ``start`` back to ``end``, not yet read.

    Without a start it begins at the newest, without an end it has ``pages`` to go; None means no limit.
    """

    room: str
    start: str | None
    end: str | None
    pages: int | None

    def behind(self, start: str | None) -> Gap | None:
        """Return what is left once a page is read that ends at ``start``; None when nothing is."""
        pages = None if self.pages is None else self.pages - 1
        if start is None or start in (self.start, self.end) or pages == 0:
            return None
        return replace(self, start=start, pages=pages)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a source is read. ``rooms`` are the ids of what is written in the settings."""

    since: str | None
    rooms: Mapping[str, str]
    gaps: tuple[Gap, ...]

    @classmethod
    def of(cls, cursor: Cursor) -> Place:
        """Return what a cursor says; what it does not understand it does not know."""
        since, rooms, gaps = cursor.get("since"), cursor.get("rooms"), cursor.get("gaps")
        told = rooms if isinstance(rooms, Mapping) else {}
        listed = gaps if isinstance(gaps, Sequence) and not isinstance(gaps, str) else ()
        return cls(
            since if isinstance(since, str) else None,
            {name: room for name, room in told.items() if isinstance(room, str)},
            tuple(gap for each in listed if (gap := _gap(each)) is not None),
        )

    def cursor(self) -> Mapping[str, Json]:
        """Return it as a cursor."""
        told: dict[str, Json] = {"rooms": dict(self.rooms)}
        if self.since is not None:
            told["since"] = self.since
        if self.gaps:
            told["gaps"] = [
                {"room": gap.room, "start": gap.start, "end": gap.end, "pages": gap.pages}
                for gap in self.gaps
            ]
        return told

    def reaching(self, now: str, rooms: Mapping[str, str], left_out: Mapping[str, str]) -> Place:
        """Return the place after a sync that left out what is older, by room, behind these tokens.

        A room that was not read before is read back some pages, whether something just happened there or not.
        """
        known = set(self.rooms.values()) if self.since is not None else set()
        gaps = [gap for gap in self.gaps if gap.room in rooms.values()]
        for room in dict.fromkeys(rooms.values()):
            if room in known and room in left_out:
                gaps.append(Gap(room, left_out[room], self.since, None))
            elif room not in known and (self.since is not None or room in left_out):
                gaps.append(Gap(room, left_out.get(room), None, FIRST_PAGES))
        return Place(now, dict(rooms), tuple(gaps))

    def without_first(self, rest: Gap | None) -> Place:
        """Return the place once a page of the first gap is read, or all of it."""
        return replace(self, gaps=((rest,) if rest is not None else ()) + self.gaps[1:])


def _gap(told: Json) -> Gap | None:
    if not isinstance(told, Mapping):
        return None
    room, start, end, pages = (told.get(name) for name in ("room", "start", "end", "pages"))
    if not isinstance(room, str) or not isinstance(start, str | None) or not isinstance(end, str | None):
        return None
    return Gap(room, start, end, pages if isinstance(pages, int) and pages > 0 else None)
