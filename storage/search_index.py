"""Full text on both engines: what is looked for as a small tree, and how each engine is asked for it.

A tree's leaves are words as storage/words.py makes them. SQLite asks its FTS5 table; PostgreSQL finds by a GIN index
what holds the words, and looks for phrases in the text itself, where our tokens are joined by single spaces: so both
give the same answers. The order of ids is the order of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    select,
    table,
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
class Near:
    """Words in any order, in any of these forms, with at most so many words between the outermost of them."""

    forms: tuple[tuple[str, ...], ...]
    between: int


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


Finder: TypeAlias = Callable[[ColumnElement[str], str], ColumnElement[int]]
"""Where a text stands in another, from 1; 0 for nowhere: each engine has its own name for it."""

Node: TypeAlias = Phrase | Prefix | Near | All | Either | Without


def hits(connection: Connection) -> tuple[FromClause, ColumnElement[int]]:
    """Return what holds the full text, and in it the column of mentions' ids."""
    if is_sqlite(connection):
        return FTS5, FTS5.c.rowid
    return search_texts, search_texts.c.mention_id


def matches(connection: Connection, node: Node) -> ColumnElement[bool]:
    """Return the condition, on what ``hits`` gives, that a tree matches."""
    if is_sqlite(connection):
        return _match(node)
    needed = _holds(tsquery(node))
    return needed if _is_exact(node) else and_(needed, _told_apart(node))


def stands(connection: Connection, node: Node) -> ColumnElement[bool]:
    """Return the condition, on a row of ``search_texts``, that a tree matches: for what was found by other means."""
    return _stands_in(node, search_texts.c.said) if is_sqlite(connection) else _told_apart(node)


def stands_in_title(connection: Connection, node: Phrase | Prefix) -> ColumnElement[bool]:
    """Return the same for the part of the text that is the title's."""
    title = func.substr(search_texts.c.said, 1, search_texts.c.title_length)
    find = func.instr if is_sqlite(connection) else func.strpos
    return _begins(find, title, node) if isinstance(node, Prefix) else _contains(find, title, node.forms)


def fts5(node: Node) -> str:
    """Return a tree as FTS5 writes it.

    >>> fts5(All((Phrase((("late", "box"), ("lat", "box"))), Prefix("volunt"))))
    '(("late box" OR "lat box") AND "volunt"*)'
    """
    if isinstance(node, Phrase):
        return _joined(" OR ", (f'"{" ".join(words)}"' for words in node.forms))
    if isinstance(node, Prefix):
        return _joined(" OR ", (f'"{node.start}"*', *(f'"{word}"' for word in node.stems)))
    if isinstance(node, Near):
        return _joined(" OR ", (_near(words, node.between) for words in node.forms))
    if isinstance(node, Without):
        return f"({fts5(node.wanted)} NOT {fts5(node.unwanted)})"
    return _joined(" OR " if isinstance(node, Either) else " AND ", map(fts5, node.parts))


def tsquery(node: Node) -> str:
    """Return what each match holds at least, as PostgreSQL writes it: a phrase's words wherever they stand.

    >>> tsquery(All((Phrase((("late", "box"), ("lat", "box"))), Prefix("volunt"))))
    "((('late' & 'box') | ('lat' & 'box')) & 'volunt':*)"
    """
    if isinstance(node, Phrase | Near):
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
    """Tell whether what holds the words matches: all but phrases of several words, and words near each other."""
    if isinstance(node, Phrase):
        return all(len(words) == 1 for words in node.forms)
    if isinstance(node, Prefix | Near):
        return isinstance(node, Prefix)
    if isinstance(node, Without):
        return _is_exact(node.wanted) and _is_exact(node.unwanted)
    return all(map(_is_exact, node.parts))


def _told_apart(node: Node) -> ColumnElement[bool]:
    """Return the condition that a text matches indeed, part by part."""
    if isinstance(node, Phrase):
        return or_(*(_stands(words) for words in node.forms))
    if isinstance(node, Prefix):
        return _holds(tsquery(node))
    if isinstance(node, Near):
        return or_(*(search_texts.c.said.regexp_match(_window(words, node.between)) for words in node.forms))
    if isinstance(node, Without):
        return and_(_told_apart(node.wanted), not_(_told_apart(node.unwanted)))
    parts = [_told_apart(part) for part in node.parts]
    return or_(*parts) if isinstance(node, Either) else and_(true(), *parts)


def _stands(words: tuple[str, ...]) -> ColumnElement[bool]:
    if len(words) == 1:
        return _holds(_lexeme(words[0]))
    said: Column[str] = search_texts.c.said
    return func.strpos(" " + said + " ", f" {' '.join(words)} ") > 0


def _window(words: tuple[str, ...], between: int) -> str:
    """Return a regular expression: from the beginning of some word on, each of the words begins soon enough.

    >>> _window(("late", "box"), 5)
    '(?:^| )(?=(?:[^ ]+ ){0,6}late(?: |$))(?=(?:[^ ]+ ){0,6}box(?: |$))'
    """
    return "(?:^| )" + "".join(f"(?=(?:[^ ]+ ){{0,{between + 1}}}{word}(?: |$))" for word in words)


def _near(words: tuple[str, ...], between: int) -> str:
    quoted = " ".join(f'"{word}"' for word in words)
    return f"NEAR({quoted}, {between})"


def _match(node: Node) -> ColumnElement[bool]:
    return literal_column("mentions_search").op("MATCH", is_comparison=True)(bindparam(None, fts5(node)))


def _stands_in(node: Node, said: ColumnElement[str]) -> ColumnElement[bool]:
    if isinstance(node, Phrase):
        return _contains(func.instr, said, node.forms)
    if isinstance(node, Prefix):
        return _begins(func.instr, said, node)
    if isinstance(node, Near):
        return search_texts.c.mention_id.in_(select(FTS5.c.rowid).where(_match(node)).correlate(None))
    if isinstance(node, Without):
        return and_(_stands_in(node.wanted, said), not_(_stands_in(node.unwanted, said)))
    parts = [_stands_in(part, said) for part in node.parts]
    return or_(*parts) if isinstance(node, Either) else and_(true(), *parts)


def _contains(
    find: Finder, said: ColumnElement[str], forms: Sequence[tuple[str, ...]]
) -> ColumnElement[bool]:
    return or_(*(find(" " + said + " ", f" {' '.join(words)} ") > 0 for words in forms))


def _begins(find: Finder, said: ColumnElement[str], node: Prefix) -> ColumnElement[bool]:
    begins = find(" " + said, f" {node.start}") > 0
    return or_(begins, _contains(find, said, [(word,) for word in node.stems])) if node.stems else begins


def _holds(query: str) -> ColumnElement[bool]:
    # Written into the statement: one that was prepared for any words is planned as for rare ones, and all hits of a
    # common word took 440 ms to sort at 1,000,000, where its newest 50 take 0.1.
    asked: ColumnElement[str] = bindparam(None, query, literal_execute=True)
    return literal_column("search_texts.words").op("@@", is_comparison=True)(_tsquery_of(asked))


def _tsquery_of(asked: ColumnElement[str]) -> ColumnElement[str]:
    from sqlalchemy import cast
    from sqlalchemy.dialects.postgresql import TSQUERY

    return cast(asked, TSQUERY)
