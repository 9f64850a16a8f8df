"""Channel ``lemmy``: posts and comments of a community or an instance, or what a search finds there.

Two listings, posts and comments, each newest first. What comes from other instances arrives late and is listed
by its own date, so each poll reads back over the last hours, however well it knows the newest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.contract import Batch, Reach, Rechecked
from collectors.json_pages import Table, each_read, moment_of, place_of, rows, table
from collectors.lemmy.client import Client
from collectors.lemmy.wire import Instance, comment_item, post_item
from collectors.listing import Item, Listing, Page, read_listing
from model import Cursor, Mention, Secret

COMMUNITY = re.compile(r"[\w.-]{1,255}(@[\w.:-]{1,255})?")
EXTERNAL_ID = re.compile(r"[pc]\d{1,15}", re.ASCII)
PAGE_SIZE = "50"  # the most that Lemmy gives
OVERLAP = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lemmy:
    """Posts and comments that one Lemmy instance shows: all, of one community, or what a search finds."""

    url: str = field(metadata={"says": "the instance's address"})
    community: str = field(
        default="",
        metadata={"says": "a community's name, with @ and its instance where that is another"},
    )
    query: str = field(default="", metadata={"says": "what to search for; without it all is read"})
    token: Secret | None = field(
        default=None, metadata={"says": "the token of an account, where the instance is private"}
    )
    base_url: str | None = field(
        default=None, metadata={"says": "another address to ask, in place of the instance's own"}
    )
    recheck_at_once = 5  # one request each

    def __post_init__(self) -> None:
        if self.community and not COMMUNITY.fullmatch(self.community):
            raise ValueError(
                f"community: {self.community!r} is no name; write it as foodbanks, or foodbanks@lemmy.example"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield posts, then comments, page by page."""
        client, instance = self._client(reach), self._instance(reach)
        posts = ("posts", "Posts", "/post/list", lambda view: post_item(view, instance))
        comments = ("comments", "Comments", "/comment/list", lambda view: comment_item(view, instance))
        for name, kind, path, read in (posts, comments):
            fetch = self._fetch(client, name, kind, path, read, reach.now())
            for batch in read_listing(Listing(name=name, fetch=fetch), cursor):
                cursor = batch.cursor
                yield batch

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask for each post and comment by itself."""
        client, instance = self._client(reach), self._instance(reach)
        edited: list[Mention] = []
        gone: list[str] = []
        for external_id in external_ids:
            if not EXTERNAL_ID.fullmatch(external_id):
                continue
            path = "/post" if external_id.startswith("p") else "/comment"
            answer = client.find(path, {"id": external_id[1:]})
            item = None if answer is None else _item_of(answer, external_id, instance)
            if item is None or item.gone:
                gone.append(external_id)
            elif item.mention is not None:
                edited.append(item.mention)
        return Rechecked(edited=edited, gone=gone)

    def _client(self, reach: Reach) -> Client:
        return Client((self.base_url or self.url).rstrip("/"), self.token, reach)

    def _instance(self, reach: Reach) -> Instance:
        return Instance(self.url.rstrip("/"), place_of(self.url), reach.now())

    def _fetch(
        self, client: Client, name: str, kind: str, path: str, read: Callable[[Table], Item], now: datetime
    ) -> Callable[[str | None], Page]:
        """Return how a page is fetched; ``further`` is Lemmy's own cursor, or the number of a page."""
        params = {"sort": "New", "limit": PAGE_SIZE, **self._asked_for(kind)}

        def fetch(further: str | None) -> Page:
            page = client.get("/search" if self.query else path, {**params, **_place(further)})
            told = rows(page, name, "lemmy")
            items, skipped = each_read(told, read)
            return Page(
                items=items,
                further=_further(page, further, len(told)),
                skipped=skipped,
                reaches_back=_reaches_back(told, now),
            )

        return fetch

    def _asked_for(self, kind: str) -> dict[str, str]:
        asked = {"community_name": self.community} if self.community else {}
        if self.query:
            return {**asked, "q": self.query, "type_": kind, "listing_type": "All"}
        return {**asked, "type_": "All"}


def _place(further: str | None) -> Mapping[str, str]:
    if further is None:
        return {}
    return {"page": further} if further.isdecimal() else {"page_cursor": further}


def _further(page: Table, asked: str | None, n_told: int) -> str | None:
    """Return the next page: what Lemmy names, else the next number while pages are full.

    Pages by number slide while they are read; what slides over an edge upwards is met by the next poll, which
    reads on until a whole page is known.
    """
    named = page.get("next_page")
    if isinstance(named, str) and named:
        return named
    if n_told < int(PAGE_SIZE):
        return None
    if asked is None:
        return "2"
    return str(int(asked) + 1) if asked.isdecimal() else None


def _reaches_back(told: Sequence[object], now: datetime) -> bool:
    """Whether the page's last item is older than what may still come late; pinned posts stand first."""
    last = table(told[-1]) if told else {}
    inner = table(last.get("post")) if "comment" not in last else table(last.get("comment"))
    published_at = moment_of(inner, "published", now=now)
    return published_at is None or published_at < now - OVERLAP


def _item_of(answer: Table, external_id: str, instance: Instance) -> Item | None:
    """Return the post or comment that was asked for; None where the answer is about another one."""
    is_post = external_id.startswith("p")
    view = table(answer.get("post_view" if is_post else "comment_view"))
    try:
        item = post_item(view, instance) if is_post else comment_item(view, instance)
    except ValueError:
        return Item(external_id, "", None)
    return item if item.external_id == external_id else Item(external_id, "", None)
