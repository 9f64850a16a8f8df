"""Reddit's own feeds on a scripted server: the posts of a RedditService, written as Reddit's Atom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any

from collectors.reddit import Reddit
from tests.scripted import Answer, Request, ScriptedServer

ATOM = {"Content-Type": "application/atom+xml; charset=UTF-8"}
POSTS, COMMENTS, SEARCH = "/r/foodbanks/new/.rss", "/r/foodbanks/comments/.rss", "/r/foodbanks/search.rss"


@dataclass
class FeedService:
    """The feeds of r/foodbanks, newest first. ``limit`` makes their pages smaller than a hundred."""

    server: ScriptedServer
    limit: int = 100
    posts: list[Any] = field(default_factory=list)  # as tests/reddit_service.py makes them, or an entry's XML
    comments: list[Any] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)  # fullnames after which Reddit has nothing to say

    def __post_init__(self) -> None:
        self.server.route(POSTS, lambda asked: self.feed(self.posts, asked))
        self.server.route(SEARCH, lambda asked: self.feed(self.posts, asked))
        self.server.route(COMMENTS, lambda asked: self.feed(self.comments, asked))

    def feed(self, children: list[Any], asked: Request) -> Answer:
        """Answer with what stands after the anchor."""
        after = asked.query.get("after", [""])[0]
        names = [each["data"]["name"] if isinstance(each, dict) else "" for each in children]
        start = names.index(after) + 1 if after and after in names else 0
        size = min(self.limit, int(asked.query["limit"][0]))
        page = [] if after in self.deleted else children[start : start + size]
        return Answer(headers={**ATOM, **self.headers}, body=atom(page))


def atom(children: list[Any]) -> str:
    """Return a feed as Reddit writes it."""
    entries = "".join(each if isinstance(each, str) else entry(each["data"]) for each in children)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:media="http://search.yahoo.com/mrss/"><category term="foodbanks" label="r/foodbanks"/>'
        f"<id>/r/foodbanks/new/.rss</id><title>foodbanks</title>{entries}</feed>"
    )


def entry(data: Mapping[str, Any]) -> str:
    """Return one post or comment as an entry."""
    is_post = data["name"].startswith("t3_")
    written = markdown(data["selftext"] if is_post else data["body"])
    title = data["title"] if is_post else f"/u/{data['author']} on {data['link_title']}"
    link = f"https://www.reddit.com{data['permalink']}"
    at = datetime.fromtimestamp(data["created_utc"], UTC).isoformat()
    return (
        f"<entry><author><name>/u/{data['author']}</name>"
        f"<uri>https://www.reddit.com/user/{data['author']}</uri></author>"
        f'<category term="{data["subreddit"]}" label="r/{data["subreddit"]}"/>'
        f'<content type="html">{escape(written + footer(data, link) if is_post else written)}</content>'
        f'<id>{data["name"]}</id><link href="{link}"/>'
        f"<updated>{at}</updated><published>{at}</published><title>{escape(title)}</title></entry>"
    )


def markdown(text: str) -> str:
    """Return the part of an entry that somebody wrote, as HTML."""
    paragraphs = "".join(f"<p>{escape(each)}</p>\n" for each in text.split("\n\n"))
    return f'<!-- SC_OFF --><div class="md">{paragraphs}</div><!-- SC_ON -->' if text else ""


def footer(data: Mapping[str, Any], link: str) -> str:
    """Return what Reddit writes below a post."""
    return (
        f' &#32; submitted by &#32; <a href="https://www.reddit.com/user/{data["author"]}"> /u/{data["author"]} '
        f'</a> <br/> <span><a href="{escape(data["url"])}">[link]</a></span> &#32; '
        f'<span><a href="{link}">[comments]</a></span>'
    )


def by_feeds(server: ScriptedServer, *, subreddit: str = "foodbanks", query: str = "") -> Reddit:
    """Return a collector without API access that reads the server's feeds."""
    return Reddit(subreddit=subreddit, query=query, base_url=server.url)
