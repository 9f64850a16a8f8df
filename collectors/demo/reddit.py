"""The town's subreddits in Reddit's own listings: ``/new``, ``/comments``, ``/search`` and ``/api/info``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from collectors.demo.feeds import written_at
from collectors.demo.items import Item, Place, Poll, external_id, places, standing
from model import Json

OPERATORS = ("AND", "OR", "NOT")
TOKEN: Json = {"access_token": "demo", "token_type": "bearer", "expires_in": 3600, "scope": "*"}


def answer_listing(path: str, params: Mapping[str, str], moment: datetime, poll: Poll) -> Json:
    """Return what Reddit answers to a GET of ``/r/NAME/new`` and its like; None for a path that is not there."""
    parts = path.strip("/").split("/")
    if parts == ["api", "info"]:
        return _named(params.get("id", ""), moment, poll)
    if len(parts) != 3 or parts[0] != "r" or parts[2] not in ("new", "comments", "search"):
        return None
    wanted = _places(parts[1])
    if not wanted:
        return None
    is_comment = parts[2] == "comments"
    query = params.get("q", "") if parts[2] == "search" else ""
    children = [
        (place, item)
        for place in wanted
        for item in standing(place, poll)
        if (item.parent is not None) == is_comment and _matches(item, query)
    ]
    children.sort(key=lambda child: external_id(*child), reverse=True)
    return _page(children, params, moment)


def _places(subreddits: str) -> list[Place]:
    names = subreddits.lower().split("+")
    return [place for place in places() if place.format == "reddit" and place.subreddit.lower() in names]


def _matches(item: Item, query: str) -> bool:
    """Any word or phrase of the query will do: more than Reddit's search would find, and never less."""
    phrases = [word.strip('"').lower() for word in re.findall(r'"[^"]+"|\w+', query) if word not in OPERATORS]
    told = f"{item.title} {item.text}".lower()
    return not phrases or any(phrase in told for phrase in phrases)


def _named(names: str, moment: datetime, poll: Poll) -> Json:
    wanted = names.split(",")
    children = [
        (place, item)
        for place in places()
        if place.format == "reddit"
        for item in standing(place, poll)
        if external_id(place, item) in wanted
    ]
    return _listing([_child(place, item, moment) for place, item in children], after=None)


def _page(children: Sequence[tuple[Place, Item]], params: Mapping[str, str], moment: datetime) -> Json:
    """Cut one page out of a listing, by ``after`` or ``before`` and ``limit`` (25, at most 100)."""
    names = [external_id(*child) for child in children]
    asked = params.get("limit", "25")
    limit = min(int(asked), 100) if asked.isdecimal() else 25
    start = names.index(params["after"]) + 1 if params.get("after") in names else 0
    end = names.index(params["before"]) if params.get("before") in names else len(names)
    page = children[start:end][:limit]
    more = start + len(page) < end
    after = names[start + len(page) - 1] if page and more else None
    return _listing([_child(place, item, moment) for place, item in page], after=after)


def _listing(children: list[Json], *, after: str | None) -> Json:
    data: Json = {
        "modhash": None,
        "dist": len(children),
        "children": children,
        "after": after,
        "before": None,
    }
    return {"kind": "Listing", "data": data}


def _child(place: Place, item: Item, moment: datetime) -> Json:
    name = external_id(place, item)
    root = place.root(item)
    thread = external_id(place, root)
    at = written_at(item, moment).timestamp()
    common: dict[str, Json] = {
        "id": name[3:],
        "name": name,
        "author": item.author,
        "subreddit": place.subreddit,
        "created": at,
        "created_utc": at,
        "edited": moment.timestamp() if item.edited else False,
        "score": 1,
        "permalink": f"/r/{place.subreddit}/comments/{thread[3:]}/{root.id}/",
    }
    if item.parent is None:
        return {"kind": "t3", "data": {**common, **_post(place, item)}}
    comment: dict[str, Json] = {
        "body": item.text,
        "parent_id": external_id(place, place.item(item.parent)),
        "link_id": thread,
        "link_title": root.title,
        "link_author": root.author,
        "permalink": f"{common['permalink']}{name[3:]}/",
        "replies": "",
    }
    return {"kind": "t1", "data": {**common, **comment}}


def _post(place: Place, item: Item) -> dict[str, Json]:
    return {
        "title": item.title,
        "selftext": item.text,
        "is_self": True,
        "domain": f"self.{place.subreddit}",
        "url": f"https://reddit.example/r/{place.subreddit}/comments/{external_id(place, item)[3:]}/{item.id}/",
        "num_comments": sum(place.root(other) is item for other in place.items) - 1,
        "over_18": False,
        "removed_by_category": None,
    }
