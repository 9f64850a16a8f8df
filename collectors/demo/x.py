"""The town's posts in the answers of X's recent search: newest first, paged by ``next_token``, cut by ``since_id``.

The query is not weighed: everything that was said on the town's X is about us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from zlib import crc32

from collectors.demo.feeds import written_at
from collectors.demo.items import Item, Place, Poll, external_id, places, standing
from model import Json

MOST = "9" * 19
FIRST_DAY = "2006-03-21T00:00:00Z"


def answer_search(params: Mapping[str, str], moment: datetime, poll: Poll) -> Json:
    """Return what X answers to ``/2/tweets/search/recent``."""
    place = next(place for place in places() if place.format == "x")
    posts = sorted(standing(place, poll), key=lambda item: _post_id(place, item), reverse=True)
    above, below = int(params.get("since_id", "0")), int(params.get("until_id", MOST))
    start = datetime.fromisoformat(params.get("start_time", FIRST_DAY))
    found = [
        item for item in posts if above < _post_id(place, item) < below and written_at(item, moment) >= start
    ]
    first = int(params.get("next_token", params.get("pagination_token", "p0")).removeprefix("p"))
    size = min(max(int(params.get("max_results", "10")), 10), 100)
    page = found[first : first + size]
    more = {"next_token": f"p{first + size}"} if first + size < len(found) else {}
    if not page:
        return {"meta": {"result_count": 0}}
    ids = [str(_post_id(place, item)) for item in page]
    return {
        "data": [_post(place, item, moment) for item in page],
        "includes": {"users": _users(place, page)},
        "meta": {"newest_id": ids[0], "oldest_id": ids[-1], "result_count": len(page), **more},
    }


def _post_id(place: Place, item: Item) -> int:
    """The post's own number; an edit has a new one, above all others, and keeps its first in its history."""
    first = int(external_id(place, item))
    return first + 10**13 if item.edited else first


def _post(place: Place, item: Item, moment: datetime) -> Json:
    newest, first = str(_post_id(place, item)), external_id(place, item)
    post: dict[str, Json] = {
        "id": newest,
        "edit_history_tweet_ids": [first, newest] if item.edited else [newest],
        "text": escape(item.text, quote=False),
        "author_id": _user_id(item.author),
        "created_at": f"{written_at(item, moment):%Y-%m-%dT%H:%M:%S}.000Z",
        "conversation_id": external_id(place, place.root(item)),
        "lang": item.lang,
    }
    if item.parent is not None:
        replied_to = external_id(place, place.item(item.parent))
        post["referenced_tweets"] = [{"type": "replied_to", "id": replied_to}]
    return post


def _users(place: Place, page: Sequence[Item]) -> list[Json]:
    return [
        {"id": _user_id(name), "name": place.names.get(name, name), "username": name}
        for name in sorted({item.author for item in page})
    ]


def _user_id(name: str) -> str:
    return str(10**9 + crc32(name.encode()))
