"""Sources that live in the store: added by the command line, and not by the file.

Those of the file are provisioned and read-only here, but for their state: anybody may pause one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, select, update

from errors import NeedsAttention
from model import Attempt, Source
from storage.attempts import end_listening, keep_attempts
from storage.engines import one_at_a_time
from storage.provision import from_its_beginning, settings_hash, stored_settings
from storage.schema import KEPT_BY_HAND, mention_sources, partners, sources


def own_sources(connection: Connection) -> list[Source]:
    """Return the sources that live in the store, by name."""
    asked = (
        select(sources, partners.c.name.label("partner"))
        .outerjoin(partners, partners.c.id == sources.c.partner_id)
        .where(~sources.c.provisioned, sources.c.removed_at.is_(None), sources.c.channel != KEPT_BY_HAND)
        .order_by(sources.c.name)
    )
    return [
        Source(
            name=row.name,
            channel=row.channel,
            settings=_typed(row.settings),
            partner=row.partner,
            every=timedelta(seconds=row.every_seconds),
        )
        for row in connection.execute(asked)
    ]


def add_source(connection: Connection, source: Source, *, now: datetime) -> bool:
    """Add a source; return False when one of this name is there as it is; raise NeedsAttention for another one."""
    one_at_a_time(connection, "provision")
    row = connection.execute(select(sources).where(sources.c.name == source.name)).first()
    settings = stored_settings(source.settings)
    if row is not None and row.removed_at is None:
        if (row.channel, row.settings) == (source.channel, settings):
            return False
        raise NeedsAttention(
            f"there is a source {source.name!r} already, with other settings; choose another name"
        )
    partner = _partner(connection, source.partner)
    said = {
        "channel": source.channel,
        "settings": settings,
        "settings_hash": settings_hash(connection, source),
        "partner_id": partner,
        "every_seconds": int(source.every / timedelta(seconds=1)),
        "provisioned": False,
        "removed_at": None,
        "paused_at": None,
        "created_at": now,
        **from_its_beginning(now),
    }
    if row is not None:
        end_listening(connection, row.id)
        connection.execute(update(sources).where(sources.c.id == row.id).values(said))
    else:
        connection.execute(insert(sources).values({**said, "name": source.name}))
    return True


def known_places(connection: Connection) -> dict[tuple[str, str], str]:
    """Return the name of each listened-to source by (channel, address), for those that have an address."""
    asked = select(sources.c.name, sources.c.channel, sources.c.settings).where(
        sources.c.removed_at.is_(None)
    )
    return {
        (row.channel, str(row.settings["url"])): row.name
        for row in connection.execute(asked)
        if "url" in row.settings
    }


def pause(connection: Connection, name: str, *, now: datetime) -> None:
    """Stop asking a source until it is resumed; raise NeedsAttention when there is none."""
    _keep_attempt(connection, name, Attempt(status="off", reason="paused", next_attempt_at=None), now=now)
    _change(connection, name, {"paused_at": now})


def resume(connection: Connection, name: str, *, now: datetime) -> None:
    """Ask a source again, at once: also one that is off, after a person has mended what was wrong."""
    _keep_attempt(connection, name, Attempt(status="waiting", next_attempt_at=now), now=now)
    anew = {"paused_at": None, "next_attempt_at": now, "failures": 0, "missing_since": None}
    _change(connection, name, {**anew, "status": "ok", "reason": ""})


def remove(connection: Connection, name: str, *, now: datetime) -> bool:
    """Stop listening to a source for good; its mentions stay. Return whether it was forgotten altogether.

    Raises NeedsAttention when there is none, and for one that the file provides.
    """
    row = connection.execute(select(sources).where(_listened(name))).first()
    if row is None:
        raise NeedsAttention(_nowhere(connection, name))
    if row.provisioned:
        raise NeedsAttention(f"source {name!r} stands in the configuration; remove it there")
    brought = exists().where(mention_sources.c.source_id == row.id)
    if connection.execute(select(brought)).scalar_one():
        connection.execute(update(sources).where(sources.c.id == row.id).values(removed_at=now))
        return False
    connection.execute(delete(sources).where(sources.c.id == row.id))
    return True


def _keep_attempt(connection: Connection, name: str, attempt: Attempt, *, now: datetime) -> None:
    """Keep what a person did with a source as if it had been read: a digest of the past tells of it."""
    row: int | None = connection.execute(select(sources.c.id).where(_listened(name))).scalar()
    if row is not None:
        keep_attempts(connection, {row: attempt}, now=now)


def _change(connection: Connection, name: str, values: Mapping[str, object]) -> None:
    if connection.execute(update(sources).where(_listened(name)).values(dict(values))).rowcount == 0:
        raise NeedsAttention(_nowhere(connection, name))


def _listened(name: str) -> ColumnElement[bool]:
    return and_(sources.c.name == name, sources.c.removed_at.is_(None), sources.c.channel != KEPT_BY_HAND)


def _nowhere(connection: Connection, name: str) -> str:
    there = connection.execute(select(sources.c.name).where(sources.c.removed_at.is_(None))).scalars()
    return f"there is no source {name!r}; there are: {', '.join(sorted(there)) or 'none'}"


def _partner(connection: Connection, name: str | None) -> int | None:
    if name is None:
        return None
    row: int | None = connection.execute(select(partners.c.id).where(partners.c.name == name)).scalar()
    if row is None:
        there = sorted(connection.execute(select(partners.c.name)).scalars())
        raise NeedsAttention(f"there is no partner {name!r}; there are: {', '.join(there) or 'none'}")
    return row


def _typed(settings: Mapping[str, object]) -> dict[str, object]:
    """Return stored settings as a collector takes them: JSON knows neither tuples nor spans of time."""
    return {key: _taken_back(value) for key, value in settings.items()}


def _taken_back(value: object) -> object:
    if isinstance(value, Mapping):
        return timedelta(seconds=float(value["seconds"]))
    return tuple(value) if isinstance(value, list) else value
