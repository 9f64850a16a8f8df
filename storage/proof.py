"""The proof that something was forgotten: words of it are looked for in every table, index and file of the store.

The words are gathered before they go and are held in memory only. What others said themselves is not a trace: it is
counted, so that a person can decide about it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    TableClause,
    case,
    cast,
    column,
    func,
    inspect,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.types import JSON, Integer, String, Text

from storage.asked_to_forget import Request
from storage.engines import is_sqlite
from storage.schema import authors, mentions, search_texts
from storage.store import Store

MOST_WORDS = 48
"""Looked for in one proof: each is one more pass over the files (1 to 2 GB a second, from memory)."""
SHORTEST = 6
"""Bytes: what is shorter stands in any file by chance."""
RUN = 32
"""Code points of a piece of a text: a page of the file may end in the middle of a longer one."""
OF_OTHERS = ("annotations", "corrections", "mentions", "proposals", "revisions", "search_texts")
"""Tables whose rows belong to a mention that stands: what is found there, somebody else said."""
CHUNK = 1 << 23
SHADOWS = "mentions_search"
NOT_PROMISED = (
    "the server's write-ahead log, its replicas, its base backups and the pages that VACUUM has freed may hold the "
    "words until they are overwritten: docs/privacy.md says what its administrator can do"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a scan found. ``traces`` name places, never words; ``by_others`` are mentions whose authors said it."""

    looked_for: int
    tables: int
    files: tuple[str, ...]
    traces: tuple[str, ...] = ()
    by_others: tuple[int, ...] = ()
    not_promised: tuple[str, ...] = field(default=())


def words_of(connection: Connection, request: Request) -> list[str]:
    """Return words by which a request's mentions could be recognised: names, addresses, pieces of what was said."""
    found: dict[str, None] = dict.fromkeys(request.names)
    rows = _rows(connection, _spread(request.mentions, 40))
    for kind in range(4):  # first what is rarest of each, so that many mentions leave words of all kinds
        for row in rows:
            found.update(dict.fromkeys(_pieces(row, kind)))
    return [word for word in found if len(word.encode()) >= SHORTEST][:MOST_WORDS]


def prove(store: Store, request: Request, words: Sequence[str]) -> Proof:
    """Look for the words everywhere; the caller has purged the traces before."""
    if not words:
        return _bare(store, request)
    with store.reading() as connection:
        sqlite = is_sqlite(connection)
        tables = _tables(connection)
        hits = [hit for each in tables for hit in _hits(connection, each, words)]
        said = {word for word, _, _ in hits}
        places = {where for _, where, other in hits if not other}
        gone = [word for word in words if word not in said]
        places |= set(_left_of(connection, request))
        if sqlite:
            places |= set(_in_index(connection, gone))
        by_others = _by_others(connection, words)
        database = connection.engine.url.database
    files = _files(database) if sqlite and database else []
    places |= {f"the file {file}" for file in files if _stands_in(file, gone)}
    return Proof(
        looked_for=len(words),
        tables=len(tables),
        files=tuple(map(str, files)),
        traces=tuple(sorted(places)),
        by_others=tuple(by_others),
        not_promised=() if sqlite else (NOT_PROMISED,),
    )


def _bare(store: Store, request: Request) -> Proof:
    """The proof where nothing was held that could be looked for."""
    with store.reading() as connection:
        left = tuple(sorted(_left_of(connection, request)))
    return Proof(looked_for=0, tables=0, files=(), traces=left)


def _spread(ids: Sequence[int], most: int) -> list[int]:
    step = max(1, -(-len(ids) // most))
    return list(ids[::step])


def _rows(connection: Connection, ids: Sequence[int]) -> list[dict[str, str]]:
    columns = (mentions.c.external_id, mentions.c.url, mentions.c.title, mentions.c.text)
    asked = (
        select(*columns, search_texts.c.said, authors.c.handle, authors.c.name)
        .outerjoin(search_texts, search_texts.c.mention_id == mentions.c.id)
        .outerjoin(authors, authors.c.id == mentions.c.author_id)
        .where(mentions.c.id.in_(ids))
        .order_by(mentions.c.id)
    )
    return [{key: value or "" for key, value in row._mapping.items()} for row in connection.execute(asked)]


def _pieces(row: dict[str, str], kind: int) -> Iterator[str]:
    """Yield the pieces of one kind of what a mention says, so that each kind has its turn."""
    if kind == 0:
        yield from (row["external_id"], row["url"])
    elif kind == 1:
        yield from _runs(row["text"])
    elif kind == 2:
        yield from _runs(row["title"])
    else:
        yield from sorted(set(row["said"].split()), key=lambda word: (-len(word), word))[:2]


def _runs(said: str) -> Iterator[str]:
    """Yield a piece from the beginning and one from the middle, each within a line."""
    lines = [line for line in said.splitlines() if len(line) >= SHORTEST]
    if lines:
        yield lines[0][:RUN]
        middle = lines[len(lines) // 2]
        yield middle[len(middle) // 2 :][:RUN]


def _tables(connection: Connection) -> list[TableClause]:
    """Return every table that is there with its columns of text, whoever made it: later ones are looked into too."""
    known = inspect(connection)
    return [
        table(
            name,
            *(
                column(each["name"], each["type"])
                for each in known.get_columns(name)
                if isinstance(each["type"], String | Text | JSON)
            ),
        )
        for name in sorted(known.get_table_names())
        if not name.startswith(SHADOWS)
    ]


def _hits(
    connection: Connection, among: TableClause, words: Sequence[str]
) -> Iterator[tuple[str, str, bool]]:
    """Yield each word that a table holds, where, and whether it is somebody else's word there."""
    columns = list(among.columns)
    if not columns or _is_empty(connection, among):
        return
    forms = {word: _forms(word) for word in words}
    counts = [
        func.max(case((_any_holds(connection, columns, forms[word]), 1), else_=0)).label(f"n{n}")
        for n, word in enumerate(words)
    ]
    row = connection.execute(select(*counts).select_from(among)).one()
    for word, found in zip(words, row, strict=True):
        if found:
            where = [
                each.name
                for each in columns
                if connection.execute(
                    select(literal_column("1"))
                    .select_from(among)
                    .where(_any_holds(connection, [each], forms[word]))
                    .limit(1)
                ).first()
            ]
            yield word, f"table {among.name} ({', '.join(where)})", among.name in ("authors", *OF_OTHERS)


def _is_empty(connection: Connection, among: TableClause) -> bool:
    """Most are; and a question for each word takes long to write."""
    any_row = select(literal_column("1", Integer)).select_from(among).limit(1)
    return connection.execute(any_row).first() is None


def _any_holds(
    connection: Connection, columns: Iterable[ColumnElement[Any]], forms: Sequence[str]
) -> ColumnElement[bool]:
    find = func.instr if is_sqlite(connection) else func.strpos
    return or_(*(find(cast(each, Text), form) > 0 for each in columns for form in forms))


def _forms(word: str) -> list[str]:
    """Return how a word may be written: as it is, and as JSON writes it."""
    return list(dict.fromkeys((word, json.dumps(word)[1:-1])))


def _left_of(connection: Connection, request: Request) -> Iterator[str]:
    """Yield where rows or words of the very mentions are left: this one is exact, whatever was said."""
    said = or_(mentions.c.text != "", mentions.c.title != "", mentions.c.url != "", mentions.c.author_id > 0)
    beside = [name for name in OF_OTHERS if name != "mentions"]
    for start in range(0, len(request.mentions), 500):
        some = request.mentions[start : start + 500]
        if connection.execute(select(mentions.c.id).where(mentions.c.id.in_(some), said).limit(1)).first():
            yield "table mentions"
        for name in (*beside, "story_keys", "story_prints"):
            mine: ColumnElement[int] = column("mention_id")
            if connection.execute(
                select(mine).select_from(table(name)).where(mine.in_(some)).limit(1)
            ).first():
                yield f"table {name}"


def _by_others(connection: Connection, words: Sequence[str]) -> list[int]:
    """Return up to 100 mentions whose authors say one of the words themselves."""
    columns: list[ColumnElement[Any]] = [
        mentions.c.text,
        mentions.c.title,
        mentions.c.url,
        mentions.c.raw,
        mentions.c.external_id,
    ]
    said = or_(*(_any_holds(connection, columns, _forms(word)) for word in words))
    standing = select(mentions.c.id).where(mentions.c.deleted_at.is_(None), said)
    return list(connection.execute(standing.order_by(mentions.c.id).limit(100)).scalars())


def _in_index(connection: Connection, gone: Sequence[str]) -> Iterator[str]:
    """Yield the full-text index where it knows a word that no text holds; it packs words, so bytes do not tell."""
    plain = [word for word in gone if re.fullmatch("[a-z0-9]+", word)]
    if not plain:
        return
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.known_words USING fts5vocab(main, {SHADOWS}, row)"
    )
    for word in plain:
        asked = text("SELECT 1 FROM temp.known_words WHERE term = :word")
        if connection.execute(asked, {"word": word}).first():
            yield "the full-text index"


def _files(database: str) -> list[Path]:
    """Return the files of a store on SQLite that are there."""
    return [
        path for ending in ("", "-wal", "-shm", "-journal") if (path := Path(database + ending)).is_file()
    ]


def _stands_in(file: Path, words: Sequence[str]) -> bool:
    """Tell whether a file holds one of the words, in any of its bytes."""
    forms = [form.encode() for word in words for form in _forms(word)]
    if not forms:
        return False
    longest, kept = max(map(len, forms)), b""
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            seen = kept + chunk
            if any(form in seen for form in forms):
                return True
            kept = seen[-longest:]
    return False
