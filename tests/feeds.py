"""Small feeds for tests, and how to read them: from bytes, or from a server on loopback."""

from __future__ import annotations

from datetime import UTC, datetime

from collectors.contract import Batch, Reach
from collectors.rss import Rss
from collectors.rss.adapter import Place, mentions
from collectors.rss.entries import Entry
from collectors.rss.identity import Identities
from collectors.rss.reading import Origin, read
from model import Cursor, Mention, Secret
from net.http import Http, Rules
from tests.scripted import ScriptedServer

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
URL = "https://northside.example/blog/feed"
XML = {"Content-Type": "application/rss+xml; charset=utf-8"}


def rss(*items: str, head: str = "<title>Notes</title>") -> str:
    """Return an RSS 2.0 feed with the namespaces that feeds use."""
    spaces = (
        "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/' "
        "xmlns:thr='http://purl.org/syndication/thread/1.0' xmlns:slash='http://purl.org/rss/1.0/modules/slash/' "
        "xmlns:wfw='http://wellformedweb.org/CommentAPI/'"
    )
    return f"<?xml version='1.0'?><rss version='2.0' {spaces}><channel>{head}{''.join(items)}</channel></rss>"


def item(number: object, text: str = "Some words.", *, date: str = "Tue, 19 May 2026 10:00:00 GMT") -> str:
    """Return an RSS item with an id, a link, a title, a date and a text."""
    return (
        f"<item><guid>https://northside.example/?p={number}</guid><link>https://northside.example/{number}</link>"
        f"<title>Post {number}</title><pubDate>{date}</pubDate><description>{text}</description></item>"
    )


def atom(*entries: str, head: str = "<title>Notes</title>") -> str:
    """Return an Atom feed."""
    spaces = "xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0'"
    return f"<?xml version='1.0'?><feed {spaces}>{head}{''.join(entries)}</feed>"


def entries_of(body: str | bytes, *, content_type: str = "", url: str = URL) -> tuple[list[Entry], list[str]]:
    """Return what a body holds, newest run last, and what was skipped."""
    raw = body.encode() if isinstance(body, str) else body
    runs = read(raw, Origin(url=url, content_type=content_type))
    assert runs is not None, "it was not taken for a feed"
    whole = list(runs)
    return [entry for run in whole for entry in run.entries], [line for run in whole for line in run.skipped]


def mentions_of(body: str | bytes, *, content_type: str = "", now: datetime = NOW) -> list[Mention]:
    """Return the mentions of a body, the oldest first."""
    raw = body.encode() if isinstance(body, str) else body
    identities, place = Identities(), Place(host="northside.example", now=now)
    heard = []
    for run in read(raw, Origin(url=URL, content_type=content_type)) or ():
        heard += mentions(identities.tell_apart(run.entries), run.feed, place)
    return heard


def only(body: str | bytes, *, content_type: str = "") -> Mention:
    """Return the one mention of a body."""
    (mention,) = mentions_of(body, content_type=content_type)
    return mention


def collected(
    server: ScriptedServer,
    cursor: Cursor | None = None,
    *,
    path: str = "/feed",
    username: str | None = None,
    password: Secret | None = None,
) -> list[Batch]:
    """Collect from a server to the end."""
    http = Http(Rules(loopback_only=True))
    try:
        collector = Rss(url=server.url + path, username=username, password=password)
        return list(collector.collect(cursor or {}, Reach(http=http, now=lambda: NOW, ours={})))
    finally:
        http.close()


def heard(batches: list[Batch]) -> list[Mention]:
    """Return all mentions of some batches."""
    return [mention for batch in batches for mention in batch.mentions]
