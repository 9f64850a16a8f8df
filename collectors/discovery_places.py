"""A place where somebody can be heard, as discovery finds it, and what it would be as a source. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A source that could be added. ``needs`` are settings that only a person can give: keys and tokens.

    ``account`` is the channel's word and the handle, where the place is somebody's account.
    """

    name: str
    channel: str
    settings: Mapping[str, str]
    why: str
    needs: tuple[str, ...] = ()
    account: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A link that may be a place; asking at ``url`` tells."""

    kind: Literal["youtube", "fediverse", "forum"]
    url: str
    why: str
    handle: str = ""
    is_me: bool = False


@dataclass(slots=True)
class Places:
    """What a page's links may be."""

    found: list[Found] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)

    def add(self, place: Found | Open | None) -> None:
        """Add what is not there yet."""
        if isinstance(place, Found):
            known = [(each.channel, each.settings) for each in self.found]
            if (place.channel, place.settings) not in known:
                self.found.append(place)
        elif place is not None and place.url not in [each.url for each in self.open]:
            self.open.append(place)


def feed(url: str, why: str, words: str = "") -> Found:
    """Return a feed as a source."""
    parts = urlsplit(url)
    name = slug(words) or slug(f"{host_of(url)} {parts.path}")
    return Found(name=name, channel="rss", settings={"url": url}, why=why)


def videos(channel_id: str, why: str, name: str = "") -> Sequence[Found]:
    """Return what can be heard of a channel on YouTube: what it shows, and what people say below that."""
    url = f"https://www.youtube.com/feeds/videos.xml?channel_id={channel_id}"
    called = slug(f"youtube {name or channel_id}")
    account = ("youtube", name) if name.startswith("@") else None
    return (
        Found(name=called, channel="rss", settings={"url": url}, why=f"{why}; its videos", account=account),
        Found(
            name=f"{called}-comments",
            channel="youtube",
            settings={"channel_id": channel_id},
            why=f"{why}; the comments below its videos",
            needs=("api_key",),
            account=account,
        ),
    )


def bluesky(handle: str, why: str) -> Found:
    """Return what an account on Bluesky writes, by its feed."""
    account = None if handle.startswith("did:") else ("bluesky", handle)
    settings = {"url": f"https://bsky.app/profile/{handle}/rss"}
    return Found(name=slug(f"bluesky {handle}"), channel="rss", settings=settings, why=why, account=account)


def fediverse(handle: str, profile: str, why: str) -> Found:
    """Return what an account in the fediverse writes, by the feed that Mastodon gives of it."""
    user = handle.split("@")[1]
    settings = {"url": f"{origin(profile)}/@{user}.rss"}
    account = ("mastodon", handle)
    return Found(name=slug(f"fediverse {handle}"), channel="rss", settings=settings, why=why, account=account)


def host_of(url: str) -> str:
    """Return the host without what only says how a page is shown (www., m., old.)."""
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    return re.sub(r"^(www|m|mobile|old|new)\.(?=.*\.)", "", host)


def origin(url: str) -> str:
    """Return scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def slug(words: str) -> str:
    """Return a short name of small letters, digits and hyphens; empty where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")
