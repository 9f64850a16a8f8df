"""What a search finds, read topic by topic.

The cursor says for each topic up to which post it was read. A topic that the search names is read on where it has
grown; one that was never read, from its beginning. Each is a batch of its own, so a poll may end anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collectors.contract import Batch
from collectors.discourse.client import Client
from collectors.discourse.wire import Forum, Found, found_topics, ids_of, stream_of, topic_posts
from collectors.json_pages import Table, text_of
from collectors.listing import Item, sift
from model import Cursor

SEARCH_PAGES = 2  # of up to 50 topics each; Discourse has ten
MOST_TOPICS = 20  # read in one poll, one request or more each; the others are read by the next
FOLLOWED = 500  # topics in the cursor
MOST_POSTS = 500  # of one topic in one poll, the newest
AT_ONCE = 50  # post ids in one request


def read_topics(client: Client, forum: Forum, query: str, cursor: Cursor) -> Iterator[Batch]:
    """Yield one batch a topic that has something new; at last one that says so when there is nothing."""
    read = _read_up_to(cursor)
    found = _found(client, forum, query)
    grown = [each for each in found if each.highest > read.get(str(each.topic), 0)]
    for each in reversed(grown[:MOST_TOPICS]):  # the newest is read last, and forgotten last
        batch = _topic(client, forum, each, read)
        read = _read_up_to(batch.cursor)
        yield batch
    if not grown:
        yield Batch(cursor=_told(read), unchanged=len(found))


def _found(client: Client, forum: Forum, query: str) -> list[Found]:
    """Return the topics that the search names, the newest first."""
    found: dict[int, Found] = {}
    for page in range(1, SEARCH_PAGES + 1):
        told = client.get("/search.json", {"q": f"{query} order:latest", "page": str(page)})
        topics, more = found_topics(told, forum)
        found.update({each.topic: each for each in topics if each.topic not in found})
        if not more:
            break
    return list(found.values())


def _topic(client: Client, forum: Forum, found: Found, read: Mapping[str, int]) -> Batch:
    """Read what is new in one topic; one that cannot be read is left until it grows again."""
    key = str(found.topic)
    up_to = read.get(key, 0)
    page = client.find(f"/t/{key}.json")
    if page is None:
        words = f"topic {key}: the forum names it and does not show it"
        return Batch(cursor=_told({**read, key: found.highest}), skipped=[words])
    items, skipped = _posts(client, forum, key, page, up_to)
    highest = max([found.highest, *map(_number, items)])
    sifted = sift((item for item in items if _number(item) > up_to), {})
    read = {one: number for one, number in read.items() if one != key}
    return Batch(
        mentions=sifted.mentions,
        cursor=_told({**read, key: highest}),
        gone=sifted.gone,
        skipped=skipped,
    )


def _posts(client: Client, forum: Forum, key: str, page: Table, up_to: int) -> tuple[list[Item], list[str]]:
    """Return the posts of a topic's page, and those of its end that came after the number ``up_to``."""
    title = text_of(page, "title")
    items, skipped = topic_posts(page, forum, title=title)
    met = ids_of(page)
    further = [each for each in stream_of(page) if each not in met][-MOST_POSTS:]
    while further:
        ids = [str(each) for each in further[-AT_ONCE:]]
        further = further[:-AT_ONCE]
        more, words = topic_posts(client.get(f"/t/{key}/posts.json", {"post_ids[]": ids}), forum, title=title)
        items, skipped = items + more, skipped + words
        if any(_number(item) <= up_to for item in more):
            break
    return items, skipped


def _number(item: Item) -> int:
    return int(item.external_id.rpartition("/")[2])


def _read_up_to(cursor: Cursor) -> dict[str, int]:
    """Return the last post that was read of each topic; the topic that was read last stands last."""
    told = cursor.get("topics")
    pairs = told if isinstance(told, list) else []
    found = [pair for pair in pairs if isinstance(pair, list) and len(pair) == 2]
    return {one: number for one, number in found if isinstance(one, str) and isinstance(number, int)}


def _told(read: Mapping[str, int]) -> Cursor:
    return {"topics": [[topic, number] for topic, number in read.items()][-FOLLOWED:]}
