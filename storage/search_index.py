"""Full text on both engines: what is looked for as a small tree, and how each engine is asked for it.

A tree's leaves are words as storage/words.py makes them. SQLite asks its FTS5 table; PostgreSQL finds by a GIN index
what holds the words, and looks for phrases in the text itself, where our tokens are joined by single spaces: so both
give the same answers. The order of ids is the order of time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    not_,
    or_,
    table,
    text,
    true,
)

from storage.engines import is_sqlite
from storage.schema import search_texts

FTS5 = table("mentions_search", column("rowid"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after the other, in any of these forms; a single word is a phrase of one."""

    forms: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin so; and a word's stems, which may be shorter than what was written of it."""

    start: str
    stems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    """What matches each of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """What matches at least one of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """What matches the first and not the second."""

    wanted: Node
    unwanted: Node


Node: TypeAlias = Phrase | Prefix | All | Either | Without


def hits(connection: Connection) -> tuple[FromClause, ColumnElement[int]]:
    """Return what holds the full text, and in it the column of mentions' ids."""
    if is_sqlite(connection):
        return FTS5, FTS5.c.rowid
    return search_texts, search_texts.c.mention_id


def matches(connection: Connection, node: Node) -> ColumnElement[bool]:
    """Return the condition, on what ``hits`` gives, that a tree matches."""
    if is_sqlite(connection):
        return text("mentions_search MATCH :looked_for").bindparams(looked_for=fts5(node))  # type: ignore[return-value]
    needed = _holds(tsquery(node))
    return needed if _is_exact(node) else and_(needed, _told_apart(node))


def fts5(node: Node) -> str:
    """Return a tree as FTS5 writes it.

    >>> fts5(All((Phrase((("late", "box"), ("lat", "box"))), Prefix("volunt"))))
    '(("late box" OR "lat box") AND "volunt"*)'
    """
    if isinstance(node, Phrase):
        return _joined(" OR ", (f'"{" ".join(words)}"' for words in node.forms))
    if isinstance(node, Prefix):
        return _joined(" OR ", (f'"{node.start}"*', *(f'"{word}"' for word in node.stems)))
    if isinstance(node, Without):
        return f"({fts5(node.wanted)} NOT {fts5(node.unwanted)})"
    return _joined(" OR " if isinstance(node, Either) else " AND ", map(fts5, node.parts))


def tsquery(node: Node) -> str:
    """Return what each match holds at least, as PostgreSQL writes it: a phrase's words wherever they stand.

    >>> tsquery(All((Phrase((("late", "box"), ("lat", "box"))), Prefix("volunt"))))
    "((('late' & 'box') | ('lat' & 'box')) & 'volunt':*)"
    """
    if isinstance(node, Phrase):
        return _joined(" | ", (_joined(" & ", map(_lexeme, words)) for words in node.forms))
    if isinstance(node, Prefix):
        return _joined(" | ", (f"{_lexeme(node.start)}:*", *map(_lexeme, node.stems)))
    if isinstance(node, Without):
        wanted = tsquery(node.wanted)
        return f"({wanted} & !{tsquery(node.unwanted)})" if _is_exact(node.unwanted) else wanted
    return _joined(" | " if isinstance(node, Either) else " & ", map(tsquery, node.parts))


def _joined(operator: str, parts: Iterator[str] | tuple[str, ...] | map[str]) -> str:
    all_parts = list(parts)
    return all_parts[0] if len(all_parts) == 1 else f"({operator.join(all_parts)})"


def _lexeme(word: str) -> str:
    return (
        f"'{word}'"  # a token has neither quotes nor backslashes: text.tokens keeps letters and digits alone
    )


def _is_exact(node: Node) -> bool:
    """Tell whether what holds the words matches: all but phrases of several words."""
    if isinstance(node, Phrase):
        return all(len(words) == 1 for words in node.forms)
    if isinstance(node, Prefix):
        return True
    if isinstance(node, Without):
        return _is_exact(node.wanted) and _is_exact(node.unwanted)
    return all(map(_is_exact, node.parts))


def _told_apart(node: Node) -> ColumnElement[bool]:
    """Return the condition that a text matches indeed, part by part."""
    if isinstance(node, Phrase):
        return or_(*(_stands(words) for words in node.forms))
    if isinstance(node, Prefix):
        return _holds(tsquery(node))
    if isinstance(node, Without):
        return and_(_told_apart(node.wanted), not_(_told_apart(node.unwanted)))
    parts = [_told_apart(part) for part in node.parts]
    return or_(*parts) if isinstance(node, Either) else and_(true(), *parts)


def _stands(words: tuple[str, ...]) -> ColumnElement[bool]:
    if len(words) == 1:
        return _holds(_lexeme(words[0]))
    said: Column[str] = search_texts.c.said
    return func.strpos(" " + said + " ", f" {' '.join(words)} ") > 0


def _holds(query: str) -> ColumnElement[bool]:
    asked: ColumnElement[str] = bindparam(None, query)
    return literal_column("search_texts.words").op("@@", is_comparison=True)(_tsquery_of(asked))


def _tsquery_of(asked: ColumnElement[str]) -> ColumnElement[str]:
    from sqlalchemy import cast
    from sqlalchemy.dialects.postgresql import TSQUERY

    return cast(asked, TSQUERY)
