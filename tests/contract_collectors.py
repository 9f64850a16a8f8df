"""Acted places for the collectors' contract: each serves a World in the words of its channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import format_datetime

from collectors.contract_suite import Post, World
from model import Secret
from tests.scripted import Answer, Request, ScriptedServer


@contextmanager
def acted_feed(world: World) -> Iterator[Mapping[str, object]]:
    """Serve the World as an RSS feed, newest first, with an ETag."""

    def answer(request: Request) -> Answer:
        body = rss(world)
        etag = f'"{hash(body)}"'
        headers = {"Content-Type": "application/rss+xml", "ETag": etag}
        fault = world.fault
        if fault is not None and fault.cut_after is not None:
            return Answer(200, headers, body, cut_after=fault.cut_after)
        if fault is not None:
            return Answer(fault.status, fault.headers, fault.body)
        if request.headers.get("if-none-match") == etag:
            return Answer(304, {"ETag": etag})
        return Answer(200, headers, body)

    with ScriptedServer() as server:
        server.route("/feed", answer)
        yield {"url": f"{server.url}/feed", "username": "reader", "password": Secret("canary-rss-password")}


def rss(world: World) -> str:
    items = [_item(post) for post in reversed(world.posts)]
    if world.has_bad_item:
        items.insert(1, "<item><description></description></item>")
    return f"<rss version='2.0'><channel><title>Acted</title>{''.join(items)}</channel></rss>"


def _item(post: Post) -> str:
    return (
        f"<item><guid isPermaLink='false'>post-{post.number}</guid><title>Post {post.number}</title>"
        f"<link>https://acted.example/{post.number}</link><author>{post.author}</author>"
        f"<pubDate>{format_datetime(post.at, usegmt=True)}</pubDate><description>{post.text}</description></item>"
    )
