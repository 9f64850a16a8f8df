"""What answers like a feed and is none: a page, a login, a challenge; and what to tell whoever gave its address."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin

from collectors.rss.decode import decode
from errors import EarshotError, NeedsAttention, TryLater
from net.addresses import shown
from net.http import Response

LONGEST_PAGE = 262_144  # bytes: a page names its feeds in its head
MOST_NAMED = 3
_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")


def not_a_feed(response: Response, *, was_a_feed: bool) -> EarshotError:
    """Return the error for a good answer that is no feed.

    Where a feed was read before, it is most likely a fault of the day (maintenance, a challenge), and is tried
    again. Where none ever was, the address is wrong, and only a person can mend that.
    """
    where = f"rss: {shown(response.url)}"
    if not response.body.strip():
        return TryLater(f"{where} answers with nothing at all")
    if was_a_feed:
        return TryLater(
            f"{where} answers with something that is not a feed; it was one before, so it is tried again"
        )
    page = decode(response.body[:LONGEST_PAGE], response.headers.get("content-type") or "")
    named = advertised_feeds(page, url=response.url)
    if named:
        return NeedsAttention(f"{where} is not a feed but a page; it names its feeds: {', '.join(named)}")
    kind = "a web page" if "<html" in page.lower() else "something else"
    return NeedsAttention(
        f"{where} is not a feed but {kind}; give the address of its feed, often /feed, /rss or /atom.xml"
    )


def advertised_feeds(page: str, *, url: str) -> list[str]:
    """Return the addresses of at most three feeds that a page names, fit for an error text."""
    links = _Links()
    links.feed(page)
    found: list[str] = []
    for link in links.found:
        try:
            address = shown(urljoin(url, link))
        except ValueError:
            continue
        if address.startswith(("https://", "http://")) and address not in found:
            found.append(address)
    return found[:MOST_NAMED]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Note a link that a page gives for feed readers."""
        said = {name: value or "" for name, value in attrs}
        is_feed = said.get("type", "").lower() in _TYPES and "alternate" in said.get("rel", "").lower()
        if tag == "link" and is_feed and said.get("href"):
            self.found.append(said["href"])
