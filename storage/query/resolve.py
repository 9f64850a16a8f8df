"""What a query's names mean in this store: partners by name or alias, sources, and saved searches put in their place.

What is left are fields of rows: ``speaker`` and ``source_id`` (an id), ``named`` (a partner's tag), ``nothing``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, select, union_all

from errors import NeedsAttention
from storage.query.fields import SPEAKERS, did_you_mean
from storage.query.parse import parse
from storage.query.tree import AllOf, Field, Not, OneOf, Place, Tree, leaves, one_of
from storage.schema import mentions, partner_aliases, partners, saved_searches, sources
from text import tokens


def resolved(connection: Connection, tree: Tree) -> Tree:
    """Return the tree with the store's own ids for names; a name that nobody has matches nothing.

    Raise NeedsAttention for a saved search that is not there, or that leads back to itself.
    """
    return _resolved(connection, tree, ())


def unknown_names(connection: Connection, tree: Tree | None) -> list[str]:
    """Return in words which names of a query this store does not know, each with the nearest one that it does."""
    told = []
    for leaf in [] if tree is None else leaves(tree):
        if not isinstance(leaf, Field) or leaf.name not in NAMES or leaf.value in SPEAKERS:
            continue
        known = list(NAMES[leaf.name](connection))
        if not _same(known, leaf.value):
            near = did_you_mean(leaf.value, known) or f"; {_some(known)}"
            told.append(f"there is no {NOUNS[leaf.name]} {leaf.value!r}{near}")
    return told


def _resolved(connection: Connection, tree: Tree, within: tuple[str, ...]) -> Tree:
    if isinstance(tree, Not):
        return Not(_resolved(connection, tree.part, within))
    if isinstance(tree, AllOf | OneOf):
        return type(tree)(tuple(_resolved(connection, part, within) for part in tree.parts))
    if not isinstance(tree, Field):
        return tree
    if tree.name == "saved":
        return _saved(connection, tree, within)
    if tree.name == "source":
        return _one_of_ids("source_id", _sources(connection, tree.value), tree.place)
    if tree.name == "partner":
        return _partner(connection, tree)
    if tree.name == "from" and tree.value not in SPEAKERS:
        return _one_of_ids("speaker", _partners(connection, tree.value), tree.place)
    return tree


def _saved(connection: Connection, field: Field, within: tuple[str, ...]) -> Tree:
    if field.value in within:
        raise NeedsAttention(
            f"search: the saved search {field.value!r} leads back to itself; save it anew without saved:{field.value}"
        )
    query = saved_query(connection, field.value)
    if query is None:
        raise NeedsAttention(f"search: no search is saved as {field.value!r}; see `earshot search --list`")
    tree = parse(query)
    if tree is None:
        return Field("everything", "", field.place)
    return _resolved(connection, tree, (*within, field.value))


def saved_query(connection: Connection, name: str) -> str | None:
    """Return what is saved under a name, None for nothing."""
    table = saved_searches
    found: str | None = connection.execute(select(table.c.query).where(table.c.name == name)).scalar()
    return found


def _partner(connection: Connection, field: Field) -> Tree:
    """Whoever speaks, or is named. A name that the store does not know may still stand in its tags."""
    found = _partners(connection, field.value)
    speaks: list[Tree] = [Field("speaker", str(row), field.place) for row in found]
    names = dict.fromkeys(found.values()) or {field.value: None}
    return one_of([*speaks, *(Field("named", name, field.place) for name in names)])


def _one_of_ids(name: str, found: Iterable[int], place: Place) -> Tree:
    ids: list[Tree] = [Field(name, str(row), place) for row in found]
    return one_of(ids) if ids else Field("nothing", "", place)


def _partners(connection: Connection, written: str) -> dict[int, str]:
    """Return the partners of this name or alias, by id. Only where none is written just so, case does not count."""
    named = select(partners.c.id, partners.c.name, partners.c.name.label("called"))
    called = select(partners.c.id, partners.c.name, partner_aliases.c.alias).join(
        partner_aliases, partner_aliases.c.partner_id == partners.c.id
    )
    every = union_all(named, called).subquery()
    exact = connection.execute(select(every).where(every.c.called == written)).all()
    rows = exact or [
        row for row in connection.execute(select(every)) if _folded(row.called) == _folded(written)
    ]
    return {row.id: row.name for row in rows}


def _sources(connection: Connection, written: str) -> list[int]:
    rows = connection.execute(select(sources.c.id, sources.c.name)).all()
    exact = [row.id for row in rows if row.name == written]
    return exact or [row.id for row in rows if _folded(row.name) == _folded(written)]


def _folded(name: str) -> str:
    return tokens(name) or name.strip()


def _same(known: Iterable[str], written: str) -> bool:
    return written in known or _folded(written) in map(_folded, known)


def _some(known: list[str]) -> str:
    shown = ", ".join(sorted(known)[:8])
    return f"there are {shown}{' …' if len(known) > 8 else ''}" if known else "there is none yet"


def _names_of_partners(connection: Connection) -> Iterable[str]:
    return connection.execute(union_all(select(partners.c.name), select(partner_aliases.c.alias))).scalars()


def _names_of_sources(connection: Connection) -> Iterable[str]:
    return connection.execute(select(sources.c.name)).scalars()


def _channels(connection: Connection) -> Iterable[str]:
    # Those of sources, and of mentions whose source is gone: one step of the index for each.
    heard: set[str] = set(connection.execute(select(sources.c.channel)).scalars())
    after = ""
    while (
        found := connection.execute(
            select(mentions.c.channel).where(mentions.c.channel > after).order_by(mentions.c.channel).limit(1)
        ).scalar()
    ) is not None:
        heard.add(found)
        after = found
    return heard


NAMES: dict[str, Callable[[Connection], Iterable[str]]] = {
    "partner": _names_of_partners,
    "from": _names_of_partners,
    "source": _names_of_sources,
    "channel": _channels,
}
NOUNS = {
    "partner": "partner",
    "from": "partner",
    "source": "source",
    "channel": "mention on a channel",
}
