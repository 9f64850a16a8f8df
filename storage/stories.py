"""Which mentions are one story: near-copies find each other by keys, and the earliest of them gives the story its id.

Which keys a mention has, and whether two are alike, is told by whoever calls (analysis/story_keys.py,
analysis/likeness.py); here it is found, compared and written, in the transaction of the tags. A story is a star: each
member is like its earliest one, so that no row of small changes leads from one piece of news to another. The caller
owns the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Select,
    Table,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)

from model import Author, Mention
from storage.among import among
from storage.bulk import insert_rows
from storage.engines import one_at_a_time
from storage.ids import first_id
from storage.schema import authors, mentions, metadata
from storage.types import PlainText, RowNumber

story_prints = Table(
    "story_prints",
    metadata,
    Column(
        "mention_id",
        RowNumber,
        ForeignKey("mentions.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("print", PlainText),  # of the words that it was placed by; null: it is to be placed anew
)
Index(  # unplaced
    "ix_story_prints_unplaced",
    story_prints.c.mention_id,
    sqlite_where=story_prints.c.print.is_(None),
    postgresql_where=story_prints.c.print.is_(None),
)
story_keys = Table(
    "story_keys",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_story_keys_mention", story_keys.c.mention_id)  # a mention's keys

MOST_SHARING = 200
"""Mentions that share a key, the nearest in time first, whose stories are looked at."""
MOST_COMPARED = 20
"""Stories that a mention is compared with, those that share most keys first."""


class Keys(Protocol):
    """By what copies of a mention are found."""

    @property
    def print(self) -> str:
        """Return what is the same for the same words."""
        ...

    @property
    def keys(self) -> Sequence[int]:
        """Return numbers of 32 bits with a sign."""
        ...


Sign = Callable[[Mention], Keys | None]
Alike = Callable[[Mention, Mention], bool]


def place(
    connection: Connection, heard: Iterable[Mention], sign: Sign, alike: Alike, *, reach: timedelta
) -> None:
    """Let each mention belong to the story that it tells; those whose words are as they were stay where they are.

    ``reach`` is how far in time two of one story may be apart.
    """
    one_at_a_time(connection, "stories")
    waiting = {mention.id: mention for mention in heard if mention.id is not None}
    while waiting:
        signed = {row: sign(waiting[row]) for row in sorted(waiting)}
        prints = _prints(connection, list(signed))
        fresh = {
            row: keys for row, keys in signed.items() if keys is not None and keys.print != prints.get(row)
        }
        mute = [row for row, keys in signed.items() if keys is None]
        left = _take_out(connection, [*fresh, *mute], known=prints.keys())
        _write_keys(connection, fresh)
        for row in _that_share(connection, fresh):
            left |= _join(connection, waiting[row], fresh[row], alike, reach=reach)
        waiting = {one.id: one for one in _load(connection, sorted(left)) if one.id is not None}


def unplaced(connection: Connection, *, limit: int) -> list[Mention]:
    """Return mentions that lost the first of their story: they are to be placed anew."""
    undone = select(story_prints.c.mention_id).where(story_prints.c.print.is_(None)).limit(limit)
    return _load(connection, list(connection.execute(undone).scalars()))


def forget(connection: Connection, mention: int) -> None:
    """Take a mention out of its story, and what it was found by; those it leaves behind wait to be placed anew."""
    _take_out(connection, [mention], known={mention})


_PRINTS = select(story_prints.c.mention_id, story_prints.c.print).where(
    among(story_prints.c.mention_id, "rows")
)
_FOLLOWING = select(mentions.c.id, mentions.c.story_id).where(
    among(mentions.c.id, "rows"), mentions.c.story_id != mentions.c.id
)
_FOLLOWED = select(mentions.c.story_id, mentions.c.id).where(
    among(mentions.c.story_id, "rows"), text("mentions.story_id <> mentions.id")
)
_OF_MENTION: BindParameter[int] = bindparam("of_mention")
_ALONE = update(mentions).where(mentions.c.id == _OF_MENTION).values(story_id=mentions.c.id)
_ANEW = update(story_prints).where(story_prints.c.mention_id == _OF_MENTION).values(print=None)
_NO_KEYS = delete(story_keys).where(story_keys.c.mention_id == _OF_MENTION)
_NO_PRINT = delete(story_prints).where(story_prints.c.mention_id == _OF_MENTION)
_SHARED = (
    select(story_keys.c.key)
    .where(among(story_keys.c.key, "keys"))
    .group_by(story_keys.c.key)
    .having(func.count() > 1)
)
AT_ONCE = 500


def _prints(connection: Connection, rows: Sequence[int]) -> dict[int, str | None]:
    return {row: seal for some in _parts(rows) for row, seal in connection.execute(_PRINTS, {"rows": some})}


def _parts(rows: Sequence[int]) -> Iterator[list[int]]:
    return (list(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE))


def _take_out(connection: Connection, rows: Sequence[int], *, known: Collection[int]) -> set[int]:
    """Let each be its own story; return those that they were the first of, who are each their own by now.

    ``known`` are those that have keys.
    """
    had_keys = [{"of_mention": row} for row in rows if row in known]
    if had_keys:
        connection.execute(_NO_KEYS, had_keys)
        connection.execute(_NO_PRINT, had_keys)
    following = [
        {"of_mention": row.id}
        for some in _parts(rows)
        for row in connection.execute(_FOLLOWING, {"rows": some})
    ]
    if following:
        connection.execute(_ALONE, following)
    return _dissolve(connection, rows) - set(rows)


def _dissolve(connection: Connection, firsts: Sequence[int]) -> set[int]:
    """Let each of these stories fall apart, to be placed anew; return who followed."""
    left = {row.id for some in _parts(firsts) for row in connection.execute(_FOLLOWED, {"rows": some})}
    if left:
        each = [{"of_mention": row} for row in left]
        connection.execute(_ALONE, each)
        connection.execute(_ANEW, each)
    return left


def _write_keys(connection: Connection, fresh: Mapping[int, Keys]) -> None:
    if fresh:
        seals = [{"mention_id": row, "print": keys.print} for row, keys in fresh.items()]
        insert_rows(connection, story_prints, seals)
        rows = [{"key": key, "mention_id": row} for row, keys in fresh.items() for key in keys.keys]
        insert_rows(connection, story_keys, rows)


def _that_share(connection: Connection, fresh: Mapping[int, Keys]) -> list[int]:
    """Return those of which somebody else has a key too, in order: few, of what people say."""
    wanted = sorted({key for keys in fresh.values() for key in keys.keys})
    shared = {key for some in _parts(wanted) for key in connection.execute(_SHARED, {"keys": some}).scalars()}
    return [row for row, keys in fresh.items() if not shared.isdisjoint(keys.keys)]


def _join(
    connection: Connection, mention: Mention, keys: Keys, alike: Alike, *, reach: timedelta
) -> set[int]:
    """Let a mention join the earliest that it is like; return those whose first one it is by now, to be compared."""
    row = mention.id or 0
    firsts = _load(connection, _stories_near(connection, mention, keys, reach))
    like = [first.id for first in firsts if first.id is not None and alike(mention, first)]
    if not like:
        return set()
    earliest = min(*like, row)
    if earliest < row:
        connection.execute(_TOLD_FIRST_BY, [{"of_mention": row, "first": earliest}])
        return set()
    followers = _dissolve(connection, like)
    connection.execute(_TOLD_FIRST_BY, [{"of_mention": one, "first": row} for one in like])
    return followers


_TOLD_FIRST_BY = update(mentions).where(mentions.c.id == _OF_MENTION).values(story_id=bindparam("first"))


def _near() -> Select[int]:
    row = story_keys.c.mention_id
    mine = bindparam("mine", type_=BigInteger)
    sharing = (
        select(row, func.count().label("shared"))
        .where(
            among(story_keys.c.key, "keys"),
            row.between(bindparam("since", type_=BigInteger), bindparam("until", type_=BigInteger)),
            row != mine,
        )
        .group_by(row)
        .order_by(func.count().desc(), func.abs(row - mine))
        .limit(MOST_SHARING)
        .subquery()
    )
    return (
        select(mentions.c.story_id)
        .join(sharing, sharing.c.mention_id == mentions.c.id)
        .where(mentions.c.deleted_at.is_(None), mentions.c.story_id != mine)
        .group_by(mentions.c.story_id)
        .order_by(func.max(sharing.c.shared).desc(), mentions.c.story_id)
        .limit(MOST_COMPARED)
    )


_NEAR = _near()


def _stories_near(connection: Connection, mention: Mention, keys: Keys, reach: timedelta) -> list[int]:
    """Return the first mentions of the stories that share keys with this one, those that share most first."""
    at = mention.published_at or mention.collected_at
    assert at is not None, "a stored mention has its time"
    given = {
        "keys": list(keys.keys),
        "since": first_id(at - reach),
        "until": first_id(at + reach),
        "mine": mention.id,
    }
    return list(connection.execute(_NEAR, given).scalars())


_SAID = (
    select(
        mentions.c.id,
        mentions.c.channel,
        mentions.c.external_id,
        mentions.c.title,
        mentions.c.text,
        mentions.c.url,
        mentions.c.published_at,
        authors.c.handle,
    )
    .outerjoin(authors, authors.c.id == mentions.c.author_id)
    .where(among(mentions.c.id, "ids"), mentions.c.deleted_at.is_(None))
)


def _load(connection: Connection, ids: Sequence[int]) -> list[Mention]:
    """Return of mentions what likeness asks for: words, addresses, who and when."""
    found = {
        row.id: Mention(
            id=row.id,
            channel=row.channel,
            external_id=row.external_id,
            title=row.title,
            text=row.text,
            url=row.url,
            published_at=row.published_at,
            author=None if row.handle is None else Author(row.handle),
        )
        for some in _parts(ids)
        for row in connection.execute(_SAID, {"ids": some})
    }
    return [found[row] for row in ids if row in found]
