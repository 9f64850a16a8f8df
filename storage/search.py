"""Finding mentions by their words. The query's words pass the same function as the texts: text.tokens.

This is the beginning of the search language: words (all of them), ``"phrases"`` and prefixes (``volunt*``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, literal_column, select, text

from errors import NeedsAttention
from model import Mention
from storage.ids import first_id
from storage.reading import load_mentions
from storage.schema import mention_annotations, mention_sources, mentions, partners, sources
from text import tokens

TERM = re.compile(r'"([^"]*)"|(\S+)')
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
    found = select(mentions.c.id).where(*_conditions(query)).order_by(mentions.c.id.desc()).limit(limit)
    ids = list(connection.execute(found, {"match": match_expression(query.words)}).scalars())
    for start in range(0, len(ids), 200):
        yield from load_mentions(connection, ids[start : start + 200])


def matching(connection: Connection, words: str, among: Sequence[int]) -> set[int]:
    """Return which of these mentions match a rule's words: the same language as everywhere."""
    inside = mentions.c.id.in_(among)
    found = select(mentions.c.id).where(inside, *_conditions(Query(words=words)))
    return set(connection.execute(found, {"match": match_expression(words)}).scalars())


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
        said = tokens(phrase if phrase is not None else word)
        if said:
            parts.append(f'"{said}"' + ("*" if word is not None and word.endswith("*") else ""))
    return " ".join(parts)


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [mentions.c.deleted_at.is_(None)]
    if match_expression(query.words):
        hits: Select[Any] = select(literal_column("rowid")).select_from(text("mentions_search"))
        conditions.append(mentions.c.id.in_(hits.where(text("mentions_search MATCH :match"))))
    if query.since is not None:
        conditions.append(mentions.c.id >= first_id(query.since))
    if query.until is not None:
        conditions.append(mentions.c.id < first_id(query.until))
    if query.channel is not None:
        conditions.append(mentions.c.channel == query.channel)
    if query.partner is not None:
        conditions.append(_of_partner(query.partner))
    if query.source is not None:
        here = and_(
            mention_sources.c.mention_id == mentions.c.id, mention_sources.c.source_id == sources.c.id
        )
        conditions.append(exists().where(here, sources.c.name == query.source))
    return conditions


def _of_partner(name: str) -> ColumnElement[bool]:
    speaks = exists().where(partners.c.id == mentions.c.author_partner_id, partners.c.name == name)
    tag = mention_annotations
    named = exists().where(tag.c.mention_id == mentions.c.id, tag.c.kind == "partner", tag.c.label == name)
    return speaks | named


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
