"""The town's feeds as their programs write them: RSS 2.0, Atom, RSS 1.0 (RDF), JSON Feed, comments, a forum."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from collectors.demo.items import Item, Place, Poll, external_id, link, places, standing

XML = '<?xml version="1.0" encoding="utf-8"?>\n'
CONTENT = "http://purl.org/rss/1.0/modules/content/"
THREADS = "http://purl.org/syndication/thread/1.0"
DC = "http://purl.org/dc/elements/1.1/"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's body and content type at one poll."""

    content_type: str
    body: bytes


def write_feed(place: Place, moment: datetime, poll: Poll) -> Feed:
    """Write the feed of a place as it stands at a poll."""
    items = [copy for item in standing(place, poll) for copy in ([item, item] if item.twice else [item])]
    content_type, write = WRITERS[place.format]
    return Feed(content_type, write(place, items, moment).encode())


def written_at(item: Item, moment: datetime) -> datetime:
    """Return when the item was written."""
    return moment - timedelta(minutes=item.ago)


def _rss2(place: Place, items: Sequence[Item], moment: datetime) -> str:
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><link>{escape(link(place, item))}</link>"
        f'<guid isPermaLink="true">{escape(external_id(place, item))}</guid>{_pub_date(item, moment)}'
        f"<description>{escape(_html(item))}</description></item>\n"
        for item in items
    )
    return _channel(place, entries)


def _comments(place: Place, items: Sequence[Item], moment: datetime) -> str:
    """As WordPress writes them: the title names article and author, the text comes plain and as HTML."""
    articles = {item.id: item.title for other in places() if other.host == place.host for item in other.items}
    entries = "".join(
        f"<item><title>Comment on {escape(articles[item.on or ''])} by {escape(item.author)}</title>"
        f"<link>{escape(link(place, item))}</link><dc:creator><![CDATA[{item.author}]]></dc:creator>"
        f'{_pub_date(item, moment)}<guid isPermaLink="false">{escape(external_id(place, item))}</guid>'
        f"<description>{escape(escape(item.text))}</description>"
        f"<content:encoded><![CDATA[{_html(item)}]]></content:encoded></item>\n"
        for item in items
    )
    return _channel(place, entries)


def _forum(place: Place, items: Sequence[Item], moment: datetime) -> str:
    entries = "".join(
        f"<item><title>{escape(item.title)}</title><dc:creator><![CDATA[{item.author}]]></dc:creator>"
        f"<description><![CDATA[{_html(item)}]]></description><link>{escape(link(place, item))}</link>"
        f'{_pub_date(item, moment)}<guid isPermaLink="false">{escape(external_id(place, item))}</guid>'
        f"{_in_reply_to(place, item)}</item>\n"
        for item in items
    )
    return _channel(place, entries)


def _channel(place: Place, entries: str) -> str:
    return (
        f'{XML}<rss version="2.0" xmlns:content="{CONTENT}" xmlns:dc="{DC}" xmlns:thr="{THREADS}"><channel>\n'
        f"<title>{escape(place.title)}</title><link>https://{place.host}/</link>"
        f"<description>{escape(place.title)}</description>{_language(place)}\n{entries}</channel></rss>\n"
    )


def _language(place: Place) -> str:
    """Only a feed that keeps to one language names it."""
    spoken = {item.lang for item in place.items}
    return f"<language>{place.lang}</language>" if spoken == {place.lang} else ""


def _atom(place: Place, items: Sequence[Item], moment: datetime) -> str:
    entries = "".join(
        f"<entry><id>{escape(external_id(place, item))}</id><title>{escape(item.title)}</title>"
        f"<link href={quoteattr(link(place, item))}/>"
        f"<published>{written_at(item, moment).isoformat()}</published>"
        f"<updated>{(moment if item.edited else written_at(item, moment)).isoformat()}</updated>"
        f'<content type="html">{escape(_html(item))}</content></entry>\n'
        for item in items
    )
    newest = max(written_at(item, moment) for item in items).isoformat()
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{place.lang}">\n'
        f"<id>tag:{place.host},2019:feed</id><title>{escape(place.title)}</title><updated>{newest}</updated>"
        f"<author><name>{escape(place.partner or place.title)}</name></author>"
        f'<link href="https://{place.host}/"/>\n{entries}</feed>\n'
    )


def _rdf(place: Place, items: Sequence[Item], moment: datetime) -> str:
    order = "".join(f"<rdf:li rdf:resource={quoteattr(link(place, item))}/>" for item in items)
    entries = "".join(
        f"<item rdf:about={quoteattr(external_id(place, item))}><title>{escape(item.title)}</title>"
        f"<link>{escape(link(place, item))}</link><description>{escape(item.text)}</description>"
        f"<dc:date>{written_at(item, moment).isoformat()}</dc:date></item>\n"
        for item in items
    )
    return (
        f'{XML}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://purl.org/rss/1.0/" xmlns:dc="{DC}">\n'
        f'<channel rdf:about="https://{place.host}/"><title>{escape(place.title)}</title>'
        f"<link>https://{place.host}/</link><description>{escape(place.title)}</description>"
        f"<dc:language>{place.lang}</dc:language><items><rdf:Seq>{order}</rdf:Seq></items></channel>\n"
        f"{entries}</rdf:RDF>\n"
    )


def _jsonfeed(place: Place, items: Sequence[Item], moment: datetime) -> str:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": place.title,
        "home_page_url": f"https://{place.host}/",
        "language": place.lang,
        "authors": [{"name": place.partner or place.title}],
        "items": [
            {
                "id": external_id(place, item),
                "url": link(place, item),
                "title": item.title,
                "content_text": item.text,
                "date_published": written_at(item, moment).isoformat(),
            }
            for item in items
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _html(item: Item) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in item.text.split("\n\n"))


def _in_reply_to(place: Place, item: Item) -> str:
    if item.parent is None:
        return ""
    return f"<thr:in-reply-to ref={quoteattr(external_id(place, place.item(item.parent)))}/>"


def _pub_date(item: Item, moment: datetime) -> str:
    if item.undated:
        return ""
    return f"<pubDate>{format_datetime(written_at(item, moment))}</pubDate>"


Writer = Callable[[Place, Sequence[Item], datetime], str]
RSS_TYPE = "application/rss+xml; charset=utf-8"
WRITERS: Mapping[str, tuple[str, Writer]] = {
    "rss2": (RSS_TYPE, _rss2),
    "comments": (RSS_TYPE, _comments),
    "forum": (RSS_TYPE, _forum),
    "atom": ("application/atom+xml; charset=utf-8", _atom),
    "rdf": ("application/rdf+xml; charset=utf-8", _rdf),
    "jsonfeed": ("application/feed+json; charset=utf-8", _jsonfeed),
}
