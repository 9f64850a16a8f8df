"""How far a source on Stack Exchange was read, as its cursor says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from collectors.listing import Known, known_of, remembered
from model import Cursor, Json

FOLLOWED = 100  # posts whose comments are asked for together: what one request takes
MOST_FRESH = 2000


@dataclass(frozen=True, slots=True)
class Progress:
    """``read_to``: the last activity (seconds since 1970) up to which questions were read.

    ``rest`` is where a reading goes on that was broken off: the activity, and the page of questions from there.
    ``pending`` are questions whose answers are still to be read, ``fresh`` posts whose comments were never asked
    for, and ``followed`` those that are asked again, the newest first; both with the question they belong to.
    """

    read_to: int | None = None
    rest: tuple[int, int] | None = None
    known: Known = field(default_factory=dict)
    commented: Known = field(default_factory=dict)
    pending: tuple[int, ...] = ()
    fresh: Mapping[int, int] = field(default_factory=dict)
    followed: Mapping[int, int] = field(default_factory=dict)

    @staticmethod
    def of(cursor: Cursor) -> Progress:
        """Read a cursor; what is not understood is not remembered."""
        read_to = cursor.get("read_to")
        return Progress(
            read_to=read_to if isinstance(read_to, int) else None,
            rest=next(iter(_pairs([cursor.get("rest")]).items()), None),
            known=known_of(cursor.get("known")),
            commented=known_of(cursor.get("commented")),
            pending=tuple(each for each in _list(cursor.get("pending")) if isinstance(each, int)),
            fresh=_pairs(cursor.get("fresh")),
            followed=_pairs(cursor.get("followed")),
        )

    def cursor(self) -> Cursor:
        """Return the cursor that says it."""
        return {
            "read_to": self.read_to,
            "rest": list(self.rest) if self.rest else None,
            "known": remembered(self.known),
            "commented": remembered(self.commented),
            "pending": list(self.pending),
            "fresh": [[post, below] for post, below in self.fresh.items()][:MOST_FRESH],
            "followed": [[post, below] for post, below in self.followed.items()][:FOLLOWED],
        }

    def meeting(self, met: Known, posts: Mapping[int, int]) -> Progress:
        """Return it with posts that were met now: known, and their comments to be read."""
        known = known_of(remembered(met, self.known))
        return replace(self, known=known, fresh={**self.fresh, **posts})

    def heard(self, posts: Iterable[int], met: Known) -> Progress:
        """Return it once the comments of these fresh posts were read."""
        read = {post: self.fresh[post] for post in posts if post in self.fresh}
        left = {post: below for post, below in self.fresh.items() if post not in read}
        older = {post: below for post, below in self.followed.items() if post not in read}
        followed = dict(list({**dict(reversed(read.items())), **older}.items())[:FOLLOWED])
        return replace(
            self, commented=known_of(remembered(met, self.commented)), fresh=left, followed=followed
        )


def _list(told: Json) -> list[Json]:
    return told if isinstance(told, list) else []


def _pairs(told: Json) -> dict[int, int]:
    pairs = (pair for pair in _list(told) if isinstance(pair, list) and len(pair) == 2)
    return {one: other for one, other in pairs if isinstance(one, int) and isinstance(other, int)}
