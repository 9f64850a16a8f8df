"""Whose account speaks: an author is a partner by handle, and a handle is known only on its own channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from model import Partner

_PREFIXES = ("https://", "http://", "/u/", "u/", "@")


def same_handle(handle: str) -> str:
    """Return the one form of a handle that two spellings of it share: no case, no ``@``, ``u/`` or ``www.``."""
    bare = handle.strip().casefold()
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    return bare.removeprefix("www.").rstrip("/.")


Voices = Mapping[tuple[str, str], str]
"""Partners' names by channel and account, as ``voices`` makes it: one look-up, however many partners there are."""


def voices(partners: Iterable[Partner]) -> Voices:
    """Return whose account each handle is; of two partners with one handle, the first has it."""
    found: dict[tuple[str, str], str] = {}
    for partner in partners:
        for channel, handles in partner.handles.items():
            for handle in handles:
                found.setdefault((channel, same_handle(handle)), partner.name)
    return found


def author_partner(channel: str, handle: str, voices: Voices) -> str | None:
    """Return the name of the partner whose handle on ``channel`` is ``handle``, or None.

    ``channel`` and ``handle`` are the mention's; for ``rss`` the handle is the host of the author's feed.
    """
    wanted = same_handle(handle)
    return voices.get((channel, wanted)) if wanted else None
