"""The tree of expected errors: each type says what to do next, not where it came from.

    EarshotError
    ├── TryLater          it may work by itself: a timeout, 5xx, 429
    │   └── Interrupted   the store's server gave a transaction up: nothing of it is kept; again, at once
    └── NeedsAttention    it fails until a person acts: a key, a setting, 410
        └── Refused       this one letter will never be taken: its recipient does not exist

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


class NeedsAttention(EarshotError):
    """It fails until a person acts: a wrong key, a setting, a feed that is gone for good."""


class Refused(NeedsAttention):
    """This one letter will never be taken, whatever is mended on our side: its recipient does not exist."""
