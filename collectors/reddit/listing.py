"""What to make of one page of a listing: what is new, what changed, and whether all before it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.reddit.wire import FULLNAME, Item, Page, number
from model import Cursor, Mention

KEPT = 200  # fullnames per listing in the cursor: two pages, about 5 kB of JSON

Known = Mapping[str, str]
"""Fullname to stamp, of the newest items that were read; an empty stamp: read, and not what the query asks for."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two lists that a subreddit is read by; ``name`` is its key in the cursor."""

    name: str
    path: str
    params: Mapping[str, str]
    wanted: Callable[[Item], bool]


@dataclass(frozen=True, slots=True)
class Sifted:
    """One page, held against what is known."""

    mentions: Sequence[Mention]
    gone: Sequence[str]
    unchanged: int
    stamps: Known


def known_of(cursor: Cursor, listing: str) -> Known:
    """Return what the cursor remembers of a listing; what it does not understand it does not remember."""
    told = cursor.get(listing)
    if not isinstance(told, Mapping):
        return {}
    return {
        name: stamp for name, stamp in told.items() if FULLNAME.fullmatch(name) and isinstance(stamp, str)
    }


def remembering(known: Known, seen: Known) -> dict[str, str]:
    """Return the newest of both; what was seen now goes before."""
    both = {**known, **seen}
    newest = sorted(both, key=number, reverse=True)[:KEPT]
    return {name: both[name] for name in newest}


def sift(items: Iterable[Item], known: Known, wanted: Callable[[Item], bool]) -> Sifted:
    """Tell new and changed from unchanged. What was told once is told again when it changes or goes."""
    mentions: list[Mention] = []
    gone: list[str] = []
    stamps: dict[str, str] = {}
    unchanged = 0
    for item in items:
        before = known.get(item.name)
        if item.mention is not None and not before and not wanted(item):
            stamps[item.name] = ""
            continue
        stamps[item.name] = item.stamp
        if before == item.stamp:
            unchanged += 1
        elif item.mention is None:
            gone.append(item.name)
        else:
            mentions.append(item.mention)
    return Sifted(mentions, gone, unchanged, stamps)


def meets_known(page: Page, known: Known) -> bool:
    """Whether the page reaches back into what was read before.

    Its last item is known, or older than all that is remembered: those may all have been deleted, and then
    nothing else would ever end the paging.
    """
    if not known or not page.items:
        return False
    last = page.items[-1]
    return last.name in known or last.number <= min(number(name) for name in known)
