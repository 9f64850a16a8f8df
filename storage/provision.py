"""Applying the configuration: what the file provides is in the store as the file says, its state beside it.

Sources, partners, rules and handles are identified by name. What leaves the file is switched off and its
mentions stay. Applying the same file twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from errors import NeedsAttention
from model import Handles, Partner, Rule, Secret, Settings, Source, account_key
from storage.among import among
from storage.attempts import end_listening
from storage.authors import recognise
from storage.engines import one_at_a_time
from storage.keys import key, keyed_hash
from storage.query.parse import parse
from storage.schema import KEPT_BY_HAND, handles, partner_aliases, partners, rules, sources


def provision(connection: Connection, settings: Settings, *, now: datetime) -> None:
    """Make the store agree with the file: sources, partners with aliases and handles, and rules.

    Raises NeedsAttention for a rule whose query cannot be read.
    """
    one_at_a_time(connection, "provision")
    before = _ownership(connection)
    _apply_partners(connection, settings.partners, now=now)
    _apply_handles(connection, settings)
    _apply_sources(connection, settings.sources, now=now)
    _apply_rules(connection, settings, now=now)
    if _ownership(connection) != before:  # it reads every mention, so not at every start
        recognise(connection)


def _ownership(connection: Connection) -> tuple[frozenset[object], frozenset[object]]:
    accounts = select(handles.c.channel, handles.c.account, handles.c.partner_id)
    voices = select(sources.c.name, sources.c.partner_id)
    return frozenset(map(tuple, connection.execute(accounts))), frozenset(
        map(tuple, connection.execute(voices))
    )


def _apply_partners(connection: Connection, provided: Iterable[Partner], *, now: datetime) -> None:
    ids = _by_name(connection, partners)
    for partner in provided:
        if partner.name not in ids:
            row = {"name": partner.name, "created_at": now}
            added = insert(partners).values(row).returning(partners.c.id)
            ids[partner.name] = connection.execute(added).scalar_one()
    _switch_off_the_rest(connection, partners, [partner.name for partner in provided], now=now)
    connection.execute(delete(partner_aliases))
    aliases = [
        {"partner_id": ids[partner.name], "alias": alias}
        for partner in provided
        for alias in set(partner.aliases)
    ]
    if aliases:
        connection.execute(insert(partner_aliases), aliases)


def _apply_handles(connection: Connection, settings: Settings) -> None:
    ids = _by_name(connection, partners)
    us = settings.organisation
    # In what people write down themselves a name is an account; one that is named on purpose goes before.
    rows = _handle_rows({KEPT_BY_HAND: (us.name, *us.aliases)}, None)
    for partner in settings.partners:
        rows += _handle_rows({KEPT_BY_HAND: (partner.name, *partner.aliases)}, ids[partner.name])
    rows += _handle_rows(us.handles, None)
    for partner in settings.partners:
        rows += _handle_rows(partner.handles, ids[partner.name])
    connection.execute(delete(handles))
    if rows:
        connection.execute(
            insert(handles), list({(row["channel"], row["account"]): row for row in rows}.values())
        )


def _handle_rows(of: Handles, partner: int | None) -> list[dict[str, object]]:
    return [
        {"channel": channel, "account": account_key(handle), "handle": handle, "partner_id": partner}
        for channel, names in of.items()
        for handle in names
    ]


def _apply_sources(connection: Connection, provided: Iterable[Source], *, now: datetime) -> None:
    partner_ids = _by_name(connection, partners)
    kept = {row.name: row for row in connection.execute(select(sources))}
    for source in provided:
        partner = None if source.partner is None else partner_ids[source.partner]
        said: dict[str, object] = {
            "channel": source.channel,
            "settings": stored_settings(source.settings),
            "settings_hash": settings_hash(connection, source),
            "partner_id": partner,
            "every_seconds": int(source.every / timedelta(seconds=1)),
            "provisioned": True,  # also one that was added by hand before it was written into the file
            "removed_at": None,
        }
        row = kept.get(source.name)
        if row is None:
            first = {"name": source.name, "created_at": now, **from_its_beginning(now)}
            connection.execute(insert(sources).values({**said, **first}))
            continue
        if row.channel == KEPT_BY_HAND:
            raise NeedsAttention(
                f"source {source.name!r} in the configuration: so your own notes are called; give it another name"
            )
        said |= _after_a_change(connection, row, said, now=now)
        connection.execute(update(sources).where(sources.c.id == row.id).values(said))
    _switch_off_the_rest(connection, sources, [source.name for source in provided], now=now)


def _after_a_change(
    connection: Connection, row: Row[Any], said: Mapping[str, object], *, now: datetime
) -> dict[str, object]:
    """Return what becomes of a source's state where the file says something else of it than before."""
    if (row.channel, row.settings) != (said["channel"], said["settings"]):  # another place
        end_listening(connection, row.id)
        return from_its_beginning(now)
    if row.settings_hash != said["settings_hash"]:  # a person acted: ask again now, also when it was off
        healthy = {"status": "ok", "reason": "", "failures": 0, "missing_since": None}
        return {**healthy, "next_attempt_at": now}
    if row.removed_at is not None and row.next_attempt_at is not None:
        return {"next_attempt_at": now}
    return {}


def from_its_beginning(now: datetime) -> dict[str, object]:
    """Return the state of a source that nothing is known of yet; who still reads its earlier place has lost it."""
    unknown = (
        "moved_to asked_to_wait_until missing_since last_new_at last_success_at last_attempt_at silence_seconds "
        "quota_left quota_until claimed_by claimed_until"
    )
    state: dict[str, object] = dict.fromkeys(unknown.split())
    return {**state, "cursor": {}, "status": "ok", "reason": "", "failures": 0, "next_attempt_at": now}


def _apply_rules(connection: Connection, settings: Settings, *, now: datetime) -> None:
    known = _by_name(connection, rules)
    for rule in settings.rules:
        _check_query(rule)
        if rule.name not in known:
            connection.execute(insert(rules).values(name=rule.name, kind=rule.when, created_at=now))
        else:
            connection.execute(
                update(rules).where(rules.c.name == rule.name).values(kind=rule.when, removed_at=None)
            )
    _switch_off_the_rest(connection, rules, [rule.name for rule in settings.rules], now=now)


def _check_query(rule: Rule) -> None:
    """Refuse a rule that could never be asked, before it holds up all others (NeedsAttention)."""
    try:
        parse(rule.query)
    except NeedsAttention as error:
        raise NeedsAttention(f"rule {rule.name!r}: {error}") from error


def _switch_off_the_rest(connection: Connection, table: Table, names: list[str], *, now: datetime) -> None:
    named = among(table.c.name, "names")
    gone = update(table).where(table.c.provisioned, ~named, table.c.removed_at.is_(None))
    connection.execute(gone.values(removed_at=now), {"names": names})
    back = update(table).where(named, table.c.removed_at.is_not(None))
    connection.execute(back.values(removed_at=None), {"names": names})


def _by_name(connection: Connection, table: Table) -> dict[str, int]:
    return {name: row for name, row in connection.execute(select(table.c.name, table.c.id))}


def stored_settings(settings: Mapping[str, object]) -> dict[str, object]:
    """Return the settings that may be stored: without secrets, in JSON's types."""
    return {key: _stored(value) for key, value in sorted(settings.items()) if not isinstance(value, Secret)}


def _stored(value: object) -> object:
    if isinstance(value, timedelta):
        return {"seconds": value / timedelta(seconds=1)}
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def settings_hash(connection: Connection, source: Source) -> str:
    """Return a keyed hash of a source's settings, secrets among them: it tells a change, and nothing else."""
    secret = key(connection, "settings")
    said = {
        name: value.reveal() if isinstance(value, Secret) else str(value)
        for name, value in sorted(source.settings.items())
    }
    if source.ca_file is not None:
        said["ca_file"] = str(source.ca_file)
    text = json.dumps([source.channel, said])
    return keyed_hash(secret, text)
