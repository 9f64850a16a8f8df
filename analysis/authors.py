"""Whose account speaks: an author is a partner by handle, and a handle is known only on its own channel."""

from __future__ import annotations

from collections.abc import Sequence

from model import Partner

_PREFIXES = ("https://", "http://", "/u/", "u/", "@")


def same_handle(handle: str) -> str:
    """Return the one form of a handle that two spellings of it share: no case, no ``@``, ``u/`` or ``www.``."""
    bare = handle.strip().casefold()
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    return bare.removeprefix("www.").rstrip("/.")


def author_partner(channel: str, handle: str, partners: Sequence[Partner]) -> str | None:
    """Return the name of the partner whose handle on ``channel`` is ``handle``, or None.

    ``channel`` and ``handle`` are the mention's; for ``rss`` the handle is the host of the author's feed.
    """
    wanted = same_handle(handle)
    if not wanted:
        return None
    for partner in partners:
        if any(same_handle(known) == wanted for known in partner.handles.get(channel, ())):
            return partner.name
    return None
