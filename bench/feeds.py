"""A web server with hundreds of feeds on loopback, each on a host of its own as far as a reader can tell.

`python -m bench.feeds FEEDS` prints its port and serves until its standard input is closed. A GET of /turn puts
one new entry on top of every feed and drops its oldest, as a blog does; one of /most says how many requests the
busiest address had at the same moment. Beyond DISTINCT feeds, their bodies repeat.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random
import resource
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

ENTRIES = 50
DISTINCT = 500
NEWEST_AT = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
WORDS = """\
the a of to and in for on with from that this was were is are have had we they our their people street pantry
kitchen volunteers delivery box families morning afternoon weekend school council bread milk fresh shelves open
closed early late rain heating rooms neighbours asked answered waited called brought shared cooked carried
promised thanked hundred twenty several again already still never always often because until after before
""".split()  # noqa: SIM905


def address(number: int) -> str:
    """Return the loopback address that a feed lives on: two feeds share one, as feeds of one publisher do."""
    return f"127.0.1.{1 + number // 2 % 250}"


def feed_url(number: int, port: int) -> str:
    """Return where a feed is."""
    return f"http://{address(number)}:{port}/feeds/{number}"


def feed(number: int, turn: int, n_entries: int = ENTRIES) -> bytes:
    """Return a feed's newest entries; every third feed is Atom, the others are RSS with full content."""
    entries = range(turn + n_entries - 1, turn - 1, -1)
    return _atom(number, entries) if number % 3 == 2 else _rss(number, entries)


def _rss(number: int, entries: Sequence[int]) -> bytes:
    items = "".join(
        f"<item><title>{_title(number, entry)}</title><link>http://site{number}.example/{entry}</link>"
        f'<guid isPermaLink="false">tag:site{number}.example,2026:{entry}</guid>'
        f"<pubDate>{format_datetime(_published_at(entry))}</pubDate><dc:creator>Ada {number}</dc:creator>"
        f"<content:encoded><![CDATA[{_body(number, entry)}]]></content:encoded></item>\n"
        for entry in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Site {number}</title><link>http://site{number}.example/</link><description>d</description>\n"
        f"{items}</channel></rss>\n"
    ).encode()


def _atom(number: int, entries: Sequence[int]) -> bytes:
    items = "".join(
        f"<entry><title>{_title(number, entry)}</title>"
        f'<link href="http://site{number}.example/{entry}"/><id>tag:site{number}.example,2026:{entry}</id>'
        f"<published>{_published_at(entry).isoformat()}</published>"
        f"<updated>{_published_at(entry).isoformat()}</updated><author><name>Ada {number}</name></author>"
        f'<content type="html"><![CDATA[{_body(number, entry)}]]></content></entry>\n'
        for entry in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Site {number}</title><id>tag:site{number}.example,2026:feed</id>"
        f"<updated>{_published_at(entries[0]).isoformat()}</updated>\n{items}</feed>\n"
    ).encode()


def _title(number: int, entry: int) -> str:
    return " ".join(random.Random(f"title {number} {entry}").choices(WORDS, k=8)).capitalize()


def _body(number: int, entry: int) -> str:
    """Return HTML of 1 to 2 KB: a few paragraphs with a link and some emphasis."""
    chance = random.Random(f"body {number} {entry}")
    paragraphs = [
        " ".join(chance.choices(WORDS, k=chance.randint(50, 90))) for _ in range(chance.randint(3, 4))
    ]
    paragraphs[0] += f' <a href="http://site{number}.example/about">read <em>more</em></a> &amp; write to us'
    return "".join(f"<p>{paragraph}.</p>\n" for paragraph in paragraphs)


def _published_at(entry: int) -> datetime:
    return NEWEST_AT - timedelta(hours=7 * (ENTRIES - entry))


class FeedServer:
    """Answers with a feed, or with 304 to whoever has this turn's already; ``latency`` seconds after the question."""

    def __init__(self, feeds: int, *, entries: int = ENTRIES, latency: float = 0.0) -> None:
        self._n_bodies = min(feeds, DISTINCT)
        self._n_entries = entries
        self._latency = latency
        self._asking: Counter[str] = Counter()
        self._most = 0
        self._load(turn=0)

    def _load(self, *, turn: int) -> None:
        self._turn = turn
        self._bodies = [feed(number, turn, self._n_entries) for number in range(self._n_bodies)]
        self._etags = [f'"{hashlib.sha256(body).hexdigest()[:16]}"' for body in self._bodies]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, one request after another."""
        host = writer.get_extra_info("sockname")[0]
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self._asking[host] += 1
                self._most = max(self._most, self._asking[host])
                await asyncio.sleep(self._latency)
                self._asking[host] -= 1
                writer.write(self.answer(request.decode("latin-1")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client left, or the server ends while the client keeps the connection
        finally:
            writer.close()

    def answer(self, request: str) -> bytes:
        """Return the whole answer to a request's head."""
        line, *headers = request.split("\r\n")
        path = line.split(" ")[1]
        if path == "/turn":
            self._load(turn=self._turn + 1)
            return _answer("200 OK", "text/plain", b"turned")
        if path == "/most":
            return _answer("200 OK", "text/plain", str(self._most).encode())
        number = int(path.rsplit("/", 1)[1]) % self._n_bodies
        etag = self._etags[number]
        if any(header.lower().startswith("if-none-match:") and etag in header for header in headers):
            return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()
        media_type = "application/atom+xml" if number % 3 == 2 else "application/rss+xml"
        return _answer("200 OK", media_type, self._bodies[number], f"ETag: {etag}\r\n")


def _answer(status: str, media_type: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def serve(server: FeedServer, feeds: int) -> None:
    """Listen on every feed's address, say the port, and end with standard input."""
    _allow_many_connections()
    first, *others = sorted({address(number) for number in range(feeds)})
    listening = [await asyncio.start_server(server.talk, first, 0)]
    port = listening[0].sockets[0].getsockname()[1]
    if others:
        listening.append(await asyncio.start_server(server.talk, others, port))
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for each in listening:
        each.close()


def _allow_many_connections() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192) if hard > 0 else 8192, hard))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("feeds", type=int)
    arguments.add_argument("--entries", type=int, default=ENTRIES)
    arguments.add_argument("--latency", type=float, default=0.0)
    wanted = arguments.parse_args()
    asyncio.run(serve(FeedServer(wanted.feeds, entries=wanted.entries, latency=wanted.latency), wanted.feeds))
