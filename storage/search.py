"""Finding mentions by their words. The query's words pass the same function as the texts (storage/words.py).

This is the beginning of the search language: words (all of them), ``"phrases"`` and prefixes (``volunt*``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select, union_all

from errors import NeedsAttention
from model import Mention
from storage.ids import first_id
from storage.reading import load_mentions
from storage.schema import mention_annotations, mention_sources, mentions, partners, sources
from storage.search_index import All, Node, Phrase, Prefix, hits, matches
from storage.words import forms, search_text
from text import one_line, tokens

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
    wanted = read_query(query.words)
    index, hit = hits(connection)
    by = mentions.c.id if wanted is None else hit  # the index tells the newest hits first by itself
    found = select(mentions.c.id).where(*_conditions(query), *_bounds(query, by))
    if wanted is not None:
        found = found.join_from(index, mentions, mentions.c.id == hit).where(matches(connection, wanted))
    ids = list(connection.execute(found.order_by(by.desc()).limit(limit)).scalars())
    for start in range(0, len(ids), 200):
        yield from load_mentions(connection, ids[start : start + 200])


def matching(connection: Connection, words: str, among: Sequence[int]) -> set[int]:
    """Return which of these mentions match a rule's words: the same language as everywhere."""
    wanted = read_query(words)
    if wanted is None or not among:
        return set(among)
    # Only the hits of their time are read: all hits of a common word took 97 ms at 200,000 mentions.
    index, hit = hits(connection)
    inside = and_(hit >= min(among), hit <= max(among))
    found = select(hit).select_from(index).where(matches(connection, wanted), inside)
    return set(among).intersection(connection.execute(found).scalars())


def read_query(words: str) -> Node | None:
    """Return what a query looks for, None for an empty one; raise NeedsAttention where it cannot be read.

    >>> read_query('"Weekend Box" volunt*')
    All(parts=(Phrase(forms=(('weekend', 'box'),)), Prefix(start='volunt', stems=('volunt',))))
    """
    if words.count('"') % 2:
        raise NeedsAttention(
            f"search: the quotation mark at {words.rindex(chr(34)) + 1} has no partner; add one"
        )
    parts = []
    for term in TERM.finditer(words):
        word = term[2]
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
        parts += _leaves(term)
    if words.strip() and not parts:
        raise NeedsAttention(
            f"search: {one_line(words, 80)!r} holds no word to look for; write one, or nothing"
        )
    if len(parts) < 2:
        return parts[0] if parts else None
    return All(tuple(parts))


def _leaves(term: re.Match[str]) -> list[Phrase | Prefix]:
    """Return what one term of a query looks for; nothing where it holds no word."""
    phrase, word = term.groups()
    if word is None or not word.endswith("*"):
        found = forms(phrase if word is None else word)
        return [Phrase(found)] if found else []
    *before, start = tokens(word).split() or [""]
    leaves: list[Phrase | Prefix] = [Phrase(forms(" ".join(before)))] if before else []
    if start:
        leaves.append(Prefix(start, tuple(form[0] for form in forms(start))))
    return leaves


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
    said = tokens(f"{mention.title} {mention.text}").split()
    stems = search_text("", " ".join(said), mention.lang).split()
    leaves = [leaf for term in TERM.finditer(words) for leaf in _leaves(term)]
    found = (_stretch(leaf, stems) for leaf in leaves)
    return [" ".join(said[stretch]) for stretch in found if stretch is not None]


def _stretch(leaf: Phrase | Prefix, stems: Sequence[str]) -> slice | None:
    """Return where a leaf stands first in a text's stems."""
    for at, word in enumerate(stems):
        if isinstance(leaf, Prefix):
            if word.startswith(leaf.start) or word in leaf.stems:
                return slice(at, at + 1)
        elif any(tuple(stems[at : at + len(form)]) == form for form in leaf.forms):
            return slice(at, at + len(leaf.forms[0]))
    return None
