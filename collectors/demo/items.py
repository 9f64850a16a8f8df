"""What the invented town says, read from ``community/*.toml``: one file per source, times relative to the moment.

A paragraph's lines are one line; an empty line parts paragraphs. Ids never depend on the moment, so that a demo
that is run again meets the same mentions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

COMMUNITY = Path(__file__).parent / "community"
FARTHEST = 40_000  # minutes before the moment: no item is older, so that every number below is positive
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

Format = Literal["rss2", "atom", "rdf", "jsonfeed", "comments", "forum", "reddit", "x"]
Poll = Literal[1, 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing said. ``ago``: minutes before the moment; ``parent``: an id of the same place.

    The last three are its truth: what the words say, by the guide to the labels.
    """

    id: str
    ago: float
    text: str
    lang: str
    author: str = ""
    title: str = ""
    parent: str | None = None
    on: str | None = None  # the article that a comment stands under
    same_as: str | None = None  # the place that had this item first, and whose address it carries
    appears: Poll = 1
    undated: bool = False
    twice: bool = False  # listed twice in one answer
    edited: bool = False
    then: Item | None = None  # as it stands at the second poll, if that is otherwise
    concern: bool
    sentiment: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One source of the town, with all that is said there, in the order of its file."""

    name: str
    format: Format
    lang: str
    items: tuple[Item, ...]
    title: str = ""
    host: str = ""  # of a feed
    partner: str | None = None  # whose voice the feed is
    subreddit: str = ""
    query: str = ""
    names: Mapping[str, str] = field(
        default_factory=dict
    )  # what accounts call themselves, where that is another word
    down_at_first: bool = False
    moved_from: str | None = None  # the address that is configured, and answers 301

    @property
    def channel(self) -> str:
        """The channel that reads this place."""
        return self.format if self.format in ("reddit", "x") else "rss"

    def item(self, item_id: str) -> Item:
        """Return the item of that id; KeyError when there is none."""
        return {item.id: item for item in self.items}[item_id]

    def root(self, item: Item) -> Item:
        """Return the item that the conversation began with."""
        while item.parent is not None:
            item = self.item(item.parent)
        return item


@cache
def places() -> tuple[Place, ...]:
    """Return all places of the town, in the order of their names."""
    read = (_place(tomllib.loads(path.read_text("utf-8"))) for path in COMMUNITY.glob("*.toml"))
    return tuple(sorted(read, key=lambda place: place.name))


def standing(place: Place, poll: Poll) -> list[Item]:
    """Return what the place shows at a poll, newest first; the second knows the late, the new and the edited."""
    shown = [item for item in place.items if item.appears <= poll]
    if poll == 2:
        shown = [item.then or item for item in shown]
    return sorted(shown, key=lambda item: item.ago)


def external_id(place: Place, item: Item) -> str:
    """Return the id that the protocol gives the item: a feed's guid, a fullname, a post's number."""
    if place.format == "reddit":
        return f"{'t1' if item.parent else 't3'}_{_base36(60 * 36**6 + number(place, item))}"
    if place.format == "x":
        return str(10**15 + number(place, item))
    if place.format == "atom":
        return f"tag:{place.host},2019:{item.id}"
    return link(place, item)


def link(place: Place, item: Item) -> str:
    """Return the address of the item's page in the invented town."""
    if item.same_as is not None:
        place = next(other for other in places() if other.name == item.same_as)
    if place.format == "forum":
        return f"https://{place.host}/t/{place.root(item).id}/{item.id}"
    return f"https://{place.host}/{item.on}#{item.id}" if item.on else f"https://{place.host}/{item.id}"


def number(place: Place, item: Item) -> int:
    """Return a number that is higher for what is newer, as Reddit and X count."""
    seconds = round((FARTHEST - item.ago) * 60)
    return seconds * 4096 + crc32(f"{place.name}/{item.id}".encode()) % 4096


def _place(told: Mapping[str, Any]) -> Place:
    source = told["source"]
    return Place(**source, items=tuple(_item(entry, source["lang"]) for entry in told["item"]))


def _item(told: Mapping[str, Any], lang: str) -> Item:
    plain = {"lang": lang, "concern": False, **told, "needs": tuple(told["needs"])}
    then = plain.pop("then", None)
    item = Item(**{**plain, "text": _reflowed(plain["text"])})
    if then is None:
        return item
    changed = {**then, "text": _reflowed(then["text"]), "needs": tuple(then.get("needs", item.needs))}
    return replace(item, then=replace(item, **changed, edited=True))


def _reflowed(text: str) -> str:
    paragraphs: Sequence[str] = text.strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _base36(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = DIGITS[digit] + digits
    return digits
