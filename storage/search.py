"""Finding mentions by their words. The query's words pass the same function as the texts: text.tokens.

This is the beginning of the search language: words (all of them), ``"phrases"`` and prefixes (``volunt*``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, column, select, table, text, union_all

from errors import NeedsAttention
from model import Mention
from storage.ids import first_id
from storage.reading import load_mentions
from storage.schema import mention_annotations, mention_sources, mentions, partners, sources
from text import one_line, tokens

HITS = table("mentions_search", column("rowid"))
MATCHES = text("mentions_search MATCH :match")
TERM = re.compile(r'"([^"]*)"|(\S+)')
OPERATOR = re.compile(r"OR|AND|NOT|NEAR|-\w.*|~\d+")
FIELD = re.compile(
    r"^(from|partner|author|channel|source|need|intent|sentiment|lang|is|since|until|url|title):"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is looked for; an empty one matches all. Times are of publication, ``since <= published < until``."""

    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    partner: str | None = None  # who speaks, or is named
    channel: str | None = None
    source: str | None = None


def search(connection: Connection, query: Query, *, limit: int) -> Iterator[Mention]:
    """Yield what matches, newest first, at most ``limit`` mentions; deleted ones never."""
    words = match_expression(query.words)
    by = HITS.c.rowid if words else mentions.c.id  # the index tells the newest hits first by itself
    found = select(mentions.c.id).where(*_conditions(query), *_bounds(query, by))
    if words:
        found = found.join_from(HITS, mentions, mentions.c.id == HITS.c.rowid).where(MATCHES)
    ids = list(connection.execute(found.order_by(by.desc()).limit(limit), {"match": words}).scalars())
    for start in range(0, len(ids), 200):
        yield from load_mentions(connection, ids[start : start + 200])


def matching(connection: Connection, words: str, among: Sequence[int]) -> set[int]:
    """Return which of these mentions match a rule's words: the same language as everywhere."""
    expression = match_expression(words)
    if not expression or not among:
        return set(among)
    # Only the hits of their time are read: all hits of a common word took 97 ms at 200,000 mentions.
    inside = and_(HITS.c.rowid >= min(among), HITS.c.rowid <= max(among))
    hits = connection.execute(select(HITS.c.rowid).where(MATCHES, inside), {"match": expression})
    return set(among).intersection(hits.scalars())


def match_expression(words: str) -> str:
    """Return the full-text engine's form of a query; raise NeedsAttention with the place of what it cannot read.

    >>> match_expression('late "Weekend Box" volunt*')
    '"late" "weekend box" "volunt"*'
    """
    if words.count('"') % 2:
        raise NeedsAttention(
            f"search: the quotation mark at {words.rindex(chr(34)) + 1} has no partner; add one"
        )
    parts = []
    for term in TERM.finditer(words):
        phrase, word = term.groups()
        if word is not None and FIELD.match(word):
            raise NeedsAttention(
                f"search: {word!r} at {term.start() + 1}: fields are not searched by this version; "
                "use words, and the options --since --until --partner --channel"
            )
        if word is not None and OPERATOR.fullmatch(word):
            raise NeedsAttention(
                f"search: {word!r} at {term.start() + 1}: this version finds what has all of the words; "
                "leave it out, or set it in quotation marks to look for it as a word"
            )
        said = tokens(phrase if phrase is not None else word)
        if said:
            parts.append(f'"{said}"' + ("*" if word is not None and word.endswith("*") else ""))
    if words.strip() and not parts:
        raise NeedsAttention(
            f"search: {one_line(words, 80)!r} holds no word to look for; write one, or nothing"
        )
    return " ".join(parts)


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [mentions.c.deleted_at.is_(None)]
    if query.channel is not None:
        conditions.append(mentions.c.channel == query.channel)
    if query.partner is not None:
        conditions.append(_of_partner(query.partner))
    if query.source is not None:
        here = and_(mention_sources.c.source_id == sources.c.id, sources.c.name == query.source)
        conditions.append(mentions.c.id.in_(select(mention_sources.c.mention_id).where(here)))
    return conditions


def _bounds(query: Query, by: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    """Yield the query's times as bounds of ids."""
    if query.since is not None:
        yield by >= first_id(query.since)
    if query.until is not None:
        yield by < first_id(query.until)


def _of_partner(name: str) -> ColumnElement[bool]:
    # Two lists of ids, each from its index: asked mention by mention it took 270 ms at 200,000.
    tag = mention_annotations
    speaks = select(mentions.c.id).where(
        mentions.c.author_partner_id == select(partners.c.id).where(partners.c.name == name).scalar_subquery()
    )
    named = select(tag.c.mention_id).where(tag.c.kind == "partner", tag.c.label == name)
    return mentions.c.id.in_(union_all(speaks, named))


def matched_words(words: str, mention: Mention) -> list[str]:
    """Return the words and phrases of a query as they were found in a mention, in the order of the query."""
    said = f" {tokens(f'{mention.title} {mention.text}')} "
    found = []
    for phrase, word in (term.groups() for term in TERM.finditer(words)):
        wanted = tokens(phrase if phrase is not None else word)
        end = r"\S*" if word is not None and word.endswith("*") else ""
        hit = re.search(rf" ({re.escape(wanted)}{end}) ", said) if wanted else None
        if hit is not None:
            found.append(hit.group(1))
    return found
