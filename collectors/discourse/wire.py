"""What a forum sends, checked and turned into mentions; no dict of Discourse's passes this file's border."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from collectors.json_pages import Table, each_read, id_of, moment_of, number_of, rows, table, text_of
from collectors.listing import Item, Page, stamp
from errors import TryLater
from model import Author, Mention
from text import clean, from_html, one_line

REGULAR = 1  # the type of what a person wrote; others tell of closed topics, or are whispered among staff
# The innermost quotation of another's words: they are his, and stand where he said them.
_QUOTE = re.compile(r'<aside\s[^>]*class="quote\b[^>]*>(?:(?!<aside\b).)*?</aside>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Forum:
    """What is the same for all posts of a poll. ``categories`` is empty where all are wanted."""

    url: str
    scope: str
    categories: frozenset[int]
    now: datetime

    def wants(self, item: Table) -> bool:
        """Whether a post or topic stands in a category that is listened to."""
        return not self.categories or number_of(item, "category_id") in self.categories


def posts_page(page: Table, forum: Forum, *, before: str | None) -> Page:
    """Read one page of a forum's newest posts. Its end is where nothing older comes."""
    told = rows(page, "latest_posts", "discourse")
    items, skipped = each_read(told, lambda post: post_item(post, forum, wanted=forum.wants(post)))
    ids = [number for post in told if (number := number_of(table(post), "id"))]
    lowest = min(ids, default=0)
    older = before is None or lowest < int(before)
    return Page(items=items, further=str(lowest) if ids and older else None, skipped=skipped)


def topic_posts(page: Table, forum: Forum, *, title: str) -> tuple[list[Item], list[str]]:
    """Read the posts that a topic's page holds."""
    told = rows(table(page.get("post_stream")), "posts", "discourse topic")
    return each_read(told, lambda post: post_item(post, forum, title=title))


def stream_of(page: Table) -> list[int]:
    """Return the ids of all posts of a topic, in its order."""
    told = table(page.get("post_stream")).get("stream")
    return [each for each in told if isinstance(each, int)] if isinstance(told, list) else []


def ids_of(page: Table) -> set[int]:
    """Return the ids of the posts that a topic's page holds whole."""
    told = table(page.get("post_stream")).get("posts")
    posts = told if isinstance(told, list) else []
    return {number for post in posts if (number := number_of(table(post), "id"))}


@dataclass(frozen=True, slots=True)
class Found:
    """A topic in which a search found something. ``highest`` is the number of its last post."""

    topic: int
    highest: int


def found_topics(page: Table, forum: Forum) -> tuple[list[Found], bool]:
    """Read a page of a search: the topics, and whether there are more pages; TryLater where it was not made."""
    rest = table(page.get("grouped_search_result"))
    if text_of(rest, "error"):
        raise TryLater("discourse search: the forum is too busy to search; Earshot asks again later")
    if "topics" not in page and not rest:
        rows(page, "topics", "discourse search")
    told = page.get("topics")
    topics = [table(each) for each in told] if isinstance(told, list) else []
    found = [
        Found(number, number_of(topic, "highest_post_number") or number_of(topic, "posts_count") or 1)
        for topic in topics
        if (number := number_of(topic, "id")) and forum.wants(topic)
    ]
    return found, rest.get("more_full_page_results") is True


def post_item(post: Table, forum: Forum, *, title: str = "", wanted: bool = True) -> Item:
    """Read one post; ValueError says in words why it cannot be. ``gone`` where it is hidden or deleted."""
    topic, number = id_of(post, "topic_id"), id_of(post, "post_number")
    external_id = f"{topic}/{number}"
    if not wanted or (number_of(post, "post_type") or REGULAR) != REGULAR:
        return Item(external_id, "", None)
    if post.get("hidden") is True or post.get("user_deleted") is True or post.get("deleted_at") is not None:
        return Item(external_id, "gone", None, gone=True)
    cooked = post.get("cooked")
    if not isinstance(cooked, str):
        raise ValueError(f"post {external_id} has no text")
    heading = one_line(title or text_of(post, "topic_title")) if number == 1 else ""
    words = from_html(unquoted(cooked))
    answered = number_of(post, "reply_to_post_number") or 1
    edited = (number_of(post, "version") or 1) > 1
    mention = Mention(
        channel="discourse",
        scope=forum.scope,
        external_id=external_id,
        title=heading,
        text=words,
        url=_url(post, forum, topic, number),
        author=_author(post, forum),
        published_at=moment_of(post, "created_at", now=forum.now),
        edited_at=moment_of(post, "updated_at", now=forum.now) if edited else None,
        parent_id=f"{topic}/{answered}" if number > 1 else None,
        thread_id=f"{topic}/1",
    )
    return Item(external_id, stamp(heading, words, text_of(post, "username")), mention)


def unquoted(html: str) -> str:
    """Return a post's HTML without what it quotes, quotations in quotations too."""
    for _ in range(8):
        shorter = _QUOTE.sub("\n", html)
        if shorter == html:
            break
        html = shorter
    return html


def _url(post: Table, forum: Forum, topic: int, number: int) -> str:
    slug = re.sub(r"[^\w%-]", "", text_of(post, "topic_slug")) or "-"
    return clean(f"{forum.url}/t/{slug}/{topic}/{number}")


def _author(post: Table, forum: Forum) -> Author | None:
    """The account, by the forum that it is one of: the same name is another's elsewhere."""
    username = one_line(text_of(post, "username"))
    if not username:
        return None
    user_id = number_of(post, "user_id")
    return Author(
        handle=f"@{username}@{forum.scope}",
        name=one_line(text_of(post, "name")) or username,
        url=f"{forum.url}/u/{username}",
        external_id=str(user_id) if user_id is not None else username,
    )
