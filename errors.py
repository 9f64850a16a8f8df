"""The tree of expected errors: each type says what to do next, not where it came from.

    EarshotError
    ├── TryLater          it may work by itself: a timeout, 5xx, 429
    │   ├── Interrupted   the store's server gave a transaction up: nothing of it is kept; again, at once
    │   └── Unreachable   a whole way out does not work just now, whichever letter is handed to it
    └── NeedsAttention    it fails until a person acts: a key, a setting, 410
        ├── Refused       this one letter will never be taken: its recipient does not exist
        └── WrongQuery    a search that cannot be read, and where in it

Anything else that is raised is a bug of ours, and is treated as one: it is logged with its traceback.
A message says what, which, and what to do now; it never holds a secret or the text of a mention.
"""

from __future__ import annotations

from datetime import timedelta


class EarshotError(Exception):
    """Something expected went wrong; its text is fit for whoever runs Earshot."""


class TryLater(EarshotError):
    """It may work by itself later.

    ``after`` is the pause that the other side asked for (already clamped), or None. ``missing`` is true for a
    404, which becomes a matter for a person once it has lasted for three days.
    """

    def __init__(self, message: str, *, after: timedelta | None = None, missing: bool = False) -> None:
        super().__init__(message)
        self.after = after
        self.missing = missing


class Interrupted(TryLater):
    """The store's server gave a transaction up: it restarted, or two stood in each other's way.

    Nothing of it is kept, and it may be done again at once.
    """


class Unreachable(TryLater):
    """A whole way out does not work just now: its other letters wait too, and are not each tried in vain."""


class NeedsAttention(EarshotError):
    """It fails until a person acts: a wrong key, a setting, a feed that is gone for good."""


class Refused(NeedsAttention):
    """This one letter will never be taken, whatever is mended on our side: its recipient does not exist."""


class WrongQuery(NeedsAttention):
    """A search that cannot be read as it is written; its text shows the place below the query.

    ``told`` is the sentence alone, ``start`` and ``end`` are the place in code points.
    """

    def __init__(self, told: str, written: str, place: tuple[int, int]) -> None:
        self.told = told
        self.start, self.end = place
        super().__init__(f"search: {told}{_shown(written, self.start, self.end)}")


SHOWN_OF_A_QUERY = 76


def _shown(written: str, start: int, end: int) -> str:
    """Return the part of a query around a place, and below it a line that points there; nothing for no query."""
    if not written.strip():
        return ""
    plain = "".join(character if character.isprintable() else " " for character in written)
    begin = max(0, min(start, len(plain) - 1) - SHOWN_OF_A_QUERY // 2) if len(plain) > SHOWN_OF_A_QUERY else 0
    line = plain[begin : begin + SHOWN_OF_A_QUERY]
    length = max(1, min(end, begin + len(line)) - start)
    return f"\n  {line}\n  {' ' * (start - begin)}{'^' * length}"
