"""The earlier pages of a feed, for where it no longer shows anything of what it showed at the last reading.

A feed shows its newest ten, as a rule. Whoever slept for a month, or reads a busy one once a day, misses what came
and went meanwhile. RFC 5005 names the next page in a feed's head; WordPress has it at ``?paged=2`` and says nothing.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from collectors.rss.cut import cut
from collectors.rss.decode import decode
from collectors.rss.mark import Mark
from collectors.rss.reading import Origin
from collectors.rss.repair import readable, root_at
from collectors.rss.xmlfeed import Head, Unreadable, absolute, head_of
from errors import NeedsAttention
from net.addresses import Rules, web_address

MOST_PAGES = 10
"""Pages that are asked for at one reading, beside the first: a hundred posts, as a rule."""

_WORDPRESS = ("https://wordpress.org/", "http://wordpress.org/")


def shares_nothing(before: Mark, after: Mark) -> bool:
    """Whether a feed shows entries, and none of its last reading.

    False where one of the marks does not know them all, and where the feed is empty: then nothing came between.
    """
    old, new = before.known.items, after.known.items
    if not old or not new or len(old) != before.entries or len(new) != after.entries:
        return False
    return set(old.values()).isdisjoint(new.values())


def next_page(body: bytes, origin: Origin, *, feed: str, number: int) -> str | None:
    """Return where page ``number`` of a feed stands, by what the page before it says; None where it says nothing.

    A page of another origin is none: who asks for it would hand that origin the feed's password.
    """
    head = _head(body, origin)
    if head is None:
        return None
    if head.next:
        page = absolute(head.next, origin.url)
    elif head.generator.startswith(_WORDPRESS):
        page = _paged(feed, number)
    else:
        return None
    return page if page != origin.url and _are_of_one_origin(page, feed) else None


def _head(body: bytes, origin: Origin) -> Head | None:
    text = readable(decode(body, origin.content_type))
    start = root_at(text)
    if start is None:
        return None
    try:
        return head_of(cut(text[start:].encode()).document(()))
    except Unreadable:
        return None


def _paged(feed: str, number: int) -> str:
    parts = urlsplit(feed)
    asked = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "paged"
    ]
    return parts._replace(query=urlencode([*asked, ("paged", str(number))])).geturl()


def _are_of_one_origin(page: str, feed: str) -> bool:
    """Whether both are addresses of one origin; that either may be reached, the gate says."""
    anywhere = Rules(allow_private_networks=True)
    try:
        return web_address(page, anywhere).origin == web_address(feed, anywhere).origin
    except NeedsAttention:
        return False
