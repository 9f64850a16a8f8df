"""Channel ``discourse``: a forum, all of it or what a search finds, as whole conversations.

Without a query the forum's list of newest posts is read. With one, Discourse's search answers with one post a
topic at most, so it only names the topics; those are then read, from the last post that was read in each. What
was answered there, by us too, comes with it.

A post is known by its topic and its number there, which is how answers name what they answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from collectors.contract import Batch, Reach, Rechecked
from collectors.discourse.client import Client
from collectors.discourse.topics import read_topics
from collectors.discourse.wire import Forum, post_item, posts_page, topic_posts
from collectors.json_pages import each_read, place_of, text_of
from collectors.listing import Item, Listing, Page, read_listing
from model import Cursor, Mention, Secret

CATEGORIES = re.compile(r"\d{1,9}(\+\d{1,9})*", re.ASCII)
POST = re.compile(r"(\d{1,15})/(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discourse:
    """Posts of one Discourse forum: all that are public, of some categories, or of topics that a search finds."""

    url: str = field(metadata={"says": "the forum's address"})
    query: str = field(
        default="", metadata={"says": "what to search for, in Discourse's own words; without it all is read"}
    )
    category: str = field(
        default="",
        metadata={"says": "a category's number, the last part of its address; several are joined by +"},
    )
    api_key: Secret | None = field(
        default=None, metadata={"says": "a key from the forum's admin, where it asks for one"}
    )
    api_username: str = field(default="system", metadata={"says": "the user whom api_key acts for"})
    user_api_key: Secret | None = field(
        default=None, metadata={"says": "a user's own key, in place of api_key"}
    )
    base_url: str | None = field(
        default=None, metadata={"says": "another address to ask, in place of the forum's own"}
    )
    recheck_at_once = 5  # one request each; a forum allows 50 in ten seconds

    def __post_init__(self) -> None:
        if self.category and not CATEGORIES.fullmatch(self.category):
            raise ValueError(
                f"category: {self.category!r} is no number; /c/help/6 has the number 6, several are joined by +"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the forum's posts page by page, or with a query topic by topic."""
        client = self._client(reach)
        forum = self._forum(reach)
        if self.query:
            yield from read_topics(client, forum, self.query, cursor)
            return

        def fetch(before: str | None) -> Page:
            page = client.get("/posts.json", {"before": before} if before else {})
            return posts_page(page, forum, before=before)

        yield from read_listing(Listing(name="posts", fetch=fetch), cursor)

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask for each post by itself, and for a topic's first one by the topic, which has the title."""
        client, forum = self._client(reach), self._forum(reach)
        edited: list[Mention] = []
        gone: list[str] = []
        for external_id in external_ids:
            item = _asked(client, forum, external_id)
            if item is None or item.gone:
                gone.append(external_id)
            elif item.mention is not None:
                edited.append(item.mention)
        return Rechecked(edited=edited, gone=gone)

    def _client(self, reach: Reach) -> Client:
        headers: dict[str, str] = {}
        if self.user_api_key is not None:
            headers = {"User-Api-Key": self.user_api_key.reveal()}
        elif self.api_key is not None:
            headers = {"Api-Key": self.api_key.reveal(), "Api-Username": self.api_username}
        return Client((self.base_url or self.url).rstrip("/"), headers, reach)

    def _forum(self, reach: Reach) -> Forum:
        categories = frozenset(int(each) for each in self.category.split("+") if each)
        return Forum(self.url.rstrip("/"), place_of(self.url), categories, reach.now())


def _asked(client: Client, forum: Forum, external_id: str) -> Item | None:
    """Return a post as it stands now; None where the forum no longer shows it.

    An item without a mention is one of which the answer tells nothing.
    """
    untold = Item(external_id, "", None)
    named = POST.fullmatch(external_id)
    if named is None:
        return untold
    topic, number = named.groups()
    if number == "1":
        page = client.find(f"/t/{topic}.json")
        items = [] if page is None else topic_posts(page, forum, title=text_of(page, "title"))[0]
    else:
        page = client.find(f"/posts/by_number/{topic}/{number}.json")
        items = [] if page is None else each_read([page], lambda post: post_item(post, forum))[0]
    if page is None:
        return None
    return next((item for item in items if item.external_id == external_id), untold)
