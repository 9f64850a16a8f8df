"""Accounts on channels, and whose they are: ours, a partner's, or nobody's that we know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, select, update

from model import Mention, account_key
from storage.among import among
from storage.bulk import insert_rows
from storage.schema import authors, handles, mention_sources, mentions, sources
from storage.waiting import refresh_waiting

AuthorKey = tuple[str, str, str]
"""Channel, account and name: a feed's host is one account that speaks under the names of its writers."""


LONGEST_NAME = 250
"""Code points of an account, and of a name."""

_OF_MANY = select(
    authors.c.account, authors.c.name, authors.c.id, authors.c.partner_id, authors.c.ours
).where(authors.c.channel == bindparam("channel"), among(authors.c.account, "accounts"))
_OF_ONE = _OF_MANY.where(among(authors.c.name, "names"))
_OWNERS = select(handles.c.account, handles.c.partner_id).where(
    handles.c.channel == bindparam("channel"), among(handles.c.account, "accounts")
)


_account = lru_cache(maxsize=1024)(account_key)  # the same one for each post of a feed


def author_key(mention: Mention) -> AuthorKey | None:
    """Return by what a mention's author is known, or None where the channel names nobody."""
    if mention.author is None:
        return None
    account = _account(mention.author.handle) or mention.author.name
    # Cut, for both stand in one index, and PostgreSQL takes 2,704 bytes there.
    return (mention.channel, account[:LONGEST_NAME], mention.author.name[:LONGEST_NAME]) if account else None


def add_authors(
    connection: Connection, heard: Sequence[Mention]
) -> dict[AuthorKey, tuple[int, int | None, bool]]:
    """Store the authors that are new; return for each its row, its partner's row or None, and whether it is us."""
    wanted = {key: mention for mention in heard if (key := author_key(mention)) is not None}
    known = _known(connection, list(wanted))
    new = {key: mention for key, mention in wanted.items() if key not in known}
    if new:
        owners = _owners(connection, new)
        rows = [_author_row(key, new[key], owners) for key in new]
        if len(rows) == 1:  # a feed's one writer: no second question for its row
            (key,), (row,) = new, rows
            made = connection.execute(insert(authors), row).inserted_primary_key
            assert made is not None  # the table has one
            return known | {key: (made.id, row["partner_id"], row["ours"])}
        insert_rows(connection, authors, rows)
        known |= _known(connection, list(new))
    return known


def recognise(connection: Connection) -> None:
    """Say anew whose each author is, and of whom each mention is, after handles or sources' partners changed."""
    owner = and_(handles.c.channel == authors.c.channel, handles.c.account == authors.c.account)
    partner = select(handles.c.partner_id).where(owner).scalar_subquery()
    ours = exists().where(owner, handles.c.partner_id.is_(None))
    changed = update(authors).where(
        func.coalesce(authors.c.partner_id, -1).is_distinct_from(func.coalesce(partner, -1))
        | (authors.c.ours != ours)
    )
    connection.execute(changed.values(partner_id=partner, ours=ours))
    _recognise_mentions(connection)


def forget_the_unheard(connection: Connection, rows: Iterable[int]) -> None:
    """Delete those of these authors of whom no mention is left."""
    heard = exists().where(mentions.c.author_id == authors.c.id)
    one = delete(authors).where(authors.c.id == bindparam("row"), ~heard)
    asked = [{"row": row} for row in rows]
    if asked:
        connection.execute(one, asked)


def _recognise_mentions(connection: Connection) -> None:
    voice = (
        select(sources.c.partner_id)
        .join(mention_sources, mention_sources.c.source_id == sources.c.id)
        .where(mention_sources.c.mention_id == mentions.c.id, sources.c.partner_id.is_not(None))
        .order_by(sources.c.id)
        .limit(1)
        .scalar_subquery()
    )
    by_handle = select(authors.c.partner_id).where(authors.c.id == mentions.c.author_id).scalar_subquery()
    by_us = select(authors.c.ours).where(authors.c.id == mentions.c.author_id).scalar_subquery()
    partner = func.coalesce(by_handle, voice)
    ours = func.coalesce(by_us, False)
    columns = (mentions.c.channel, mentions.c.scope, mentions.c.thread_external_id)
    threads = connection.execute(select(*columns).where(mentions.c.by_us != ours).distinct()).all()
    stale = mentions.c.author_partner_id.is_distinct_from(partner) | (mentions.c.by_us != ours)
    connection.execute(update(mentions).where(stale).values(author_partner_id=partner, by_us=ours))
    refresh_waiting(connection, [(channel, scope, thread) for channel, scope, thread in threads])


def _known(
    connection: Connection, keys: Iterable[AuthorKey]
) -> dict[AuthorKey, tuple[int, int | None, bool]]:
    by_channel: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for channel, account, name in keys:
        by_channel[channel][account].add(name)
    known = {}
    for channel, wanted in by_channel.items():
        # A feed's host may speak under a thousand names; of many accounts, each has one or two.
        asked = {"channel": channel, "accounts": list(wanted)}
        statement = _OF_MANY
        if len(wanted) == 1:
            statement, asked = _OF_ONE, {**asked, "names": list(*wanted.values())}
        for account, name, *found in connection.execute(statement, asked):
            if name in wanted[account]:
                known[(channel, account, name)] = tuple(found)
    return known


def _owners(connection: Connection, keys: Iterable[AuthorKey]) -> dict[tuple[str, str], int | None]:
    """Return the partner of each account that is somebody's whom we know, by channel; None for our own."""
    by_channel: dict[str, set[str]] = defaultdict(set)
    for channel, account, _ in keys:
        by_channel[channel].add(account)
    # At once: one question for each new account was a quarter of the work of a batch of strangers.
    return {
        (channel, account): partner
        for channel, accounts in by_channel.items()
        for account, partner in connection.execute(
            _OWNERS, {"channel": channel, "accounts": sorted(accounts)}
        )
    }


def _author_row(
    key: AuthorKey, mention: Mention, owners: Mapping[tuple[str, str], int | None]
) -> dict[str, Any]:
    author = mention.author
    assert author is not None  # author_key has seen to it
    channel, account, name = key
    partner = owners.get((channel, account))
    return {
        "channel": channel,
        "account": account,
        "name": name,
        "handle": author.handle,
        "external_id": author.external_id,
        "url": author.url,
        "partner_id": partner,
        "ours": (channel, account) in owners and partner is None,
    }
