"""Saved searches: a name for a query, usable wherever a query is (``saved:NAME``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from errors import NeedsAttention
from storage.query.fields import did_you_mean
from storage.query.parse import parse
from storage.query.resolve import resolved, saved_query
from storage.query.tree import Field, leaves
from storage.schema import saved_searches

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query that somebody gave a name."""

    name: str
    query: str
    saved_at: datetime


def save(connection: Connection, name: str, query: str, *, now: datetime) -> bool:
    """Save a query under a name, in the place of an earlier one; return whether there was one.

    Raise WrongQuery for one that cannot be read, NeedsAttention for a name that cannot be one and for a query that
    leads back to itself or to a saved search that is not there.
    """
    if (
        not name.strip()
        or name != name.strip()
        or not name.isprintable()
        or '"' in name
        or len(name) > LONGEST_NAME
    ):
        raise NeedsAttention(
            f"search: {name!r} can be no name; write a line of 1 to {LONGEST_NAME} characters without quotation marks"
        )
    tree = parse(query)
    before = saved_query(connection, name)
    table = saved_searches
    said = {"query": query, "saved_at": now}
    if before is None:
        connection.execute(insert(table).values(name=name, **said))
    else:
        connection.execute(update(table).where(table.c.name == name).values(said))
    if tree is not None:
        resolved(connection, parse(f'saved:"{name}"') or tree)  # refused together with what was written
    return before is not None


def saved(connection: Connection) -> list[SavedSearch]:
    """Return the saved searches, by name."""
    table = saved_searches
    rows = connection.execute(select(table).order_by(table.c.name))
    return [SavedSearch(row.name, row.query, row.saved_at) for row in rows]


def remove(connection: Connection, name: str) -> None:
    """Forget a saved search; raise NeedsAttention where it is not there, or where another one uses it."""
    names = {one.name: one for one in saved(connection)}
    if name not in names:
        near = did_you_mean(name, names) or "; see `earshot search --list`"
        raise NeedsAttention(f"search: no search is saved as {name!r}{near}")
    users = [one.name for one in names.values() if name in uses(one.query)]
    if users:
        raise NeedsAttention(
            f"search: {name!r} is used by the saved search {users[0]!r}; change that one first"
        )
    connection.execute(delete(saved_searches).where(saved_searches.c.name == name))


def uses(query: str) -> set[str]:
    """Return the names of the saved searches that a query is made of."""
    tree = parse(query)
    found = [] if tree is None else leaves(tree)
    return {leaf.value for leaf in found if isinstance(leaf, Field) and leaf.name == "saved"}
