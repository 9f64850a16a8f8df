"""What is true of each item, written by hand by the guide to the labels; tags and alerts are held against it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from collectors.demo.items import Item, Place, Poll, external_id, places, standing

CONFIGURATION = Path(__file__).parent / "configuration.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One labelled item. ``source``, ``channel`` and ``external_id`` say which mention it is.

    ``partner`` is the partner whose account, or whose feed, it comes from; ``raised_by_partner`` is that partner
    where the words are a concern about us: exactly these mentions raise an alert.
    """

    source: str
    channel: str
    external_id: str
    author: str
    partner: str | None
    by_us: bool
    lang: str
    title: str
    text: str
    parent_id: str | None
    concern: bool
    raised_by_partner: str | None
    sentiment: str
    needs: tuple[str, ...]


def truths(poll: Poll = 2) -> tuple[Truth, ...]:
    """Return the truth of every item as it stands at a poll (also of a feed that is down at the first)."""
    return tuple(_truth(place, item) for place in places() for item in standing(place, poll))


def configuration(*, url: str, smtp_port: int, store: str) -> str:
    """Return the text of the demo's ``earshot.toml``."""
    text = CONFIGURATION.read_text("utf-8")
    return Template(text).substitute(url=url, smtp_port=smtp_port, store=store)


def _truth(place: Place, item: Item) -> Truth:
    account = (place.channel, item.author.lower())
    partner = place.partner or _partners().get(account)
    return Truth(
        source=place.name,
        channel=place.channel,
        external_id=external_id(place, item),
        author=item.author,
        partner=partner,
        by_us=account in _ours(),
        lang=item.lang,
        title=item.title,
        text=item.text,
        parent_id=_parent_id(place, item),
        concern=item.concern,
        raised_by_partner=partner if item.concern else None,
        sentiment=item.sentiment,
        needs=item.needs,
    )


def _parent_id(place: Place, item: Item) -> str | None:
    """Return what an item answers: another of its place, or, where it is a comment that answers none, the post."""
    if item.parent:
        return external_id(place, place.item(item.parent))
    return external_id(place, item).partition("#")[0] if place.format == "comments" else None


@cache
def _settings() -> Mapping[str, Any]:
    return tomllib.loads(configuration(url="http://127.0.0.1", smtp_port=25, store="sqlite:///earshot.db"))


@cache
def _partners() -> Mapping[tuple[str, str], str]:
    return {
        account: partner["name"]
        for partner in _settings()["partners"]
        for account in _accounts(partner.get("handles", {}))
    }


def _ours() -> frozenset[tuple[str, str]]:
    return frozenset(_accounts(_settings()["organisation"]["handles"]))


def _accounts(handles: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return [(channel, name.lower()) for channel, names in handles.items() for name in names]
