"""What a search found: as rows for programs, and as lines for a person with the words that matched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import islice
from typing import TYPE_CHECKING

from commands.layout import laid_out
from commands.printing import has_colours, iso, shown, until_the_reader_has_enough, width

if TYPE_CHECKING:
    from model import Mention
    from storage.arrow import Kind
    from storage.query.words import Match, Span

COLUMNS: Mapping[str, Kind] = {
    "id": "text",
    "published_at": "time",
    "channel": "text",
    "scope": "text",
    "sources": "texts",
    "author": "text",
    "author_partner": "text",
    "title": "text",
    "text": "text",
    "lang": "text",
    "sentiment": "text",
    "score": "number",
    "needs": "texts",
    "intents": "texts",
    "partners": "texts",
    "is_concern": "boolean",
    "url": "text",
    "external_id": "text",
    "collected_at": "time",
    "edited_at": "time",
    "deleted": "boolean",
    "story_id": "text",
    "parent_id": "text",
    "thread_id": "text",
    "matched": "texts",
}
"""The columns of CSV and Parquet, and what each holds (storage/arrow.py)."""
SHOWN_OF_A_TEXT = 160
BEFORE_A_MATCH = 40
AT_ONCE = 200
OPEN, CLOSE = "\ue000", "\ue001"
"""Marks around what matched until the lines are laid out: characters of nobody's, which are taken out of the text."""
NO_MARKS = str.maketrans({OPEN: " ", CLOSE: " "})
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def as_row(mention: Mention, matched: Sequence[str]) -> dict[str, object]:
    """Return a mention in the fields of docs/reference/search.schema.json; ids are text, they pass 2^53."""
    from storage.rows import row_of

    row = row_of(mention, matched)
    return {
        "id": str(row.id),
        "channel": row.channel,
        "scope": row.scope,
        "sources": list(row.sources),
        "external_id": row.external_id,
        "url": row.url,
        "author": row.author,
        "author_partner": row.author_partner,
        "title": row.title,
        "text": row.text,
        "lang": row.lang,
        "published_at": iso(row.published_at),
        "collected_at": iso(row.collected_at),
        "edited_at": iso(row.edited_at),
        "deleted": mention.deleted_at is not None,
        "sentiment": row.sentiment,
        "score": row.score,
        "needs": list(row.needs),
        "intents": list(row.intents),
        "partners": list(row.partners),
        "is_concern": row.is_concern,
        "story_id": str(row.story_id),
        "parent_id": row.parent_id,
        "thread_id": row.thread_id,
        "matched": list(row.matched),
    }


def print_found(
    found: Iterable[tuple[Mention, Sequence[Match]]], *, zone: tzinfo
) -> tuple[int, Mention | None]:
    """Print what was found, by the clock of ``zone``, page by page; return how many there are, and the last one."""
    count, last = 0, None
    waiting = iter(found)
    with until_the_reader_has_enough():
        while page := list(islice(waiting, AT_ONCE)):
            head = (f"when ({zone})", "who", "where", "what")
            lines = laid_out(head, [_line(*one, zone) for one in page], numbers=(), width=width())
            for line in _coloured(lines):
                print(line)
            count, last = count + len(page), page[-1][0]
    return count, last


def _line(mention: Mention, matches: Sequence[Match], zone: tzinfo) -> list[str]:
    at = mention.published_at
    when = at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""
    who = mention.author_partner or (mention.author.handle if mention.author else "")
    spans = sorted({span for match in matches for span in match.spans}, key=lambda span: span.start)
    title = _marked(mention.title, 0, len(mention.title), [span for span in spans if span.place == "title"])
    text = _excerpt(mention.text, [span for span in spans if span.place == "text"])
    what = " — ".join(part for part in (shown(title), shown(text)) if part)
    return [when, shown(who), shown(", ".join(mention.sources)), what]


def _excerpt(text: str, spans: Sequence[Span]) -> str:
    """Return so much of a text as is shown: from its beginning, or from a little before its first match."""
    start = max(0, spans[0].start - BEFORE_A_MATCH) if spans and spans[0].end > SHOWN_OF_A_TEXT else 0
    if start:
        start = text.find(" ", start, spans[0].start) + 1 or start
    end = start + SHOWN_OF_A_TEXT
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f"{before}{_marked(text, start, end, spans)}{after}"


def _marked(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    """Return a stretch of a text with marks around what matched, where colours are shown."""
    text = text.translate(NO_MARKS)
    if not has_colours():
        return text[start:end]
    parts, at = [], start
    for span in spans:
        if span.start >= at and span.end <= end:
            parts += [text[at : span.start], OPEN, text[span.start : span.end], CLOSE]
            at = span.end
    return "".join([*parts, text[at:end]])


def _coloured(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines with what is marked in bold, also where a mark goes over the end of a line."""
    is_open = False
    for line in lines:
        begins_open = is_open
        is_open = line.rfind(OPEN) > line.rfind(CLOSE) or (is_open and CLOSE not in line)
        plain = line.replace(OPEN, BOLD).replace(CLOSE, PLAIN)
        yield f"{BOLD if begins_open else ''}{plain}{PLAIN if is_open else ''}"
