"""Exports: every documented view as Parquet files, by month, of one moment of the store.

Only months are written anew in which something changed since: a day has another token then (storage/daily.py), also
when a mention of it was edited, taken back or forgotten. A month is read and written row by row; no more than a group
of rows is held.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, func, select, text

from storage import arrow
from storage.copies import Copy, note_copy
from storage.daily import KINDS, MENTION, changed_days, daily_counts, keep_current, stale_days
from storage.engines import is_sqlite
from storage.export_folder import Manifest, Month, name_of, opened, settle, staged
from storage.kept_out import KEY
from storage.keys import key, keyed_hash
from storage.store import Store
from storage.views import NAMES, views
from storage.views.speech import POSTGRESQL, SQLITE

BY_MONTH = ("v_mentions", "v_annotations", "v_needs", "v_daily")
"""Views whose rows belong to a day; the others say how things stand, and are written whole each time."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export did: months that were written, left as they were, and gone; rows by view, of all months."""

    made_at: datetime
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    gone: tuple[str, ...]
    rows: Mapping[str, int]


def export(
    store: Store,
    folder: Path,
    *,
    zone: str,
    now: datetime,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Exported:
    """Bring the export in a folder up to this moment of the store; ``tell`` hears how many months are written.

    Nothing in the folder changes before all is written; what is stopped leaves the export as it was. ``zone`` is the
    organisation's. Raises NeedsAttention for a folder that holds something else, TryLater while another is at work.
    """
    keep_current(store, zone)
    of = store.write(lambda connection: keyed_hash(key(connection, KEY), "export"))
    with opened(folder, of) as (place, before):
        # Before the first word is written: so whoever is forgotten meanwhile is told of this copy.
        store.write(lambda connection: _note(connection, place, now))
        with store.reading() as connection:
            return _write(connection, place, before, zone=zone, now=now, tell=tell)


def tokens_of_months(connection: Connection) -> dict[str, str]:
    """Return the months in which something was published, each with the token of its days and their neighbours.

    The neighbours are there for v_daily, whose days are the organisation's and not those in UTC. The token is empty
    where a day is marked: then the month is written, and will be again.
    """
    stale = set(connection.execute(select(stale_days.c.day)).scalars())
    counted = select(daily_counts.c.day).where(daily_counts.c.kind == MENTION).distinct()
    spoken = stale | set(connection.execute(counted).scalars())
    tokens = {row.day: row.token for row in connection.execute(select(changed_days))}
    months = sorted({f"{day + by:%Y-%m}" for day in spoken for by in (-DAY, 0 * DAY, DAY)})
    return {month: _token(_days_around(month), tokens, stale) for month in months}


def _token(days: list[date], tokens: Mapping[date, int], stale: set[date]) -> str:
    if stale.intersection(days):
        return ""
    said = " ".join(f"{day}:{tokens[day]}" for day in days if day in tokens)
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _days_around(month: str) -> list[date]:
    first = date.fromisoformat(f"{month}-01")
    n_days = monthrange(first.year, first.month)[1]
    return [first + each * DAY for each in range(-1, n_days + 1)]


def _write(
    connection: Connection,
    folder: Path,
    before: Manifest,
    *,
    zone: str,
    now: datetime,
    tell: Callable[[int, int], None],
) -> Exported:
    columns = {view.name: [[each.name, each.kind] for each in view.columns] for view in views(SQLITE)}
    tokens = tokens_of_months(connection)
    known = before.months if columns == before.views else {}
    due = [month for month, token in tokens.items() if not _stands(folder, known.get(month), month, token)]
    months = {month: known[month] for month in tokens if month not in due}
    for done, month in enumerate(due):
        tell(done, len(due))
        rows = {view: _write_one(connection, folder, view, month) for view in BY_MONTH}
        if any(rows.values()):
            months[month] = Month(token=tokens[month], rows=rows)
    tell(len(due), len(due))
    whole = {view: _write_one(connection, folder, view, None) for view in NAMES if view not in BY_MONTH}
    after = Manifest(
        store=before.store,
        made_at=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        zone=zone,
        views=columns,
        months=months,
        rows=whole,
    )
    kept = {name_of(view, month) for month in months for view in BY_MONTH} | set(map(name_of, whole))
    settle(folder, after, keeps=kept.__contains__)
    return _exported(before, after, due, now)


def _exported(before: Manifest, after: Manifest, due: Sequence[str], now: datetime) -> Exported:
    counted = {view: sum(month.rows[view] for month in after.months.values()) for view in BY_MONTH}
    return Exported(
        made_at=now,
        written=tuple(month for month in due if month in after.months),
        unchanged=tuple(sorted(set(after.months) - set(due))),
        gone=tuple(sorted(set(before.months) - set(after.months))),
        rows={view: {**counted, **after.rows}[view] for view in NAMES},
    )


def _stands(folder: Path, known: Month | None, month: str, token: str) -> bool:
    """Tell whether a month's files are there and say what the store says."""
    if known is None or not token or known.token != token:
        return False
    return all((folder / name_of(view, month)).is_file() for view in BY_MONTH)


def _write_one(connection: Connection, folder: Path, view: str, month: str | None) -> int:
    """Stage the rows of a view, of one month or all; return how many there are."""
    kinds = _kinds()[view]
    with staged(folder, name_of(view, month)) as out:
        made = arrow.batches(_rows(connection, view, month), kinds)
        return arrow.write_parquet(made, arrow.schema_of(kinds), out)


def _kinds() -> dict[str, dict[str, arrow.Kind]]:
    return {view.name: {each.name: each.kind for each in view.columns} for view in views(SQLITE)}


def _rows(connection: Connection, view: str, month: str | None) -> Iterator[tuple[object, ...]]:
    statement = f"SELECT * FROM {view}" if month is None else _of_month(connection, view)
    bounds = {} if month is None else _bounds(connection, view, month)
    # Left on the server on PostgreSQL, and fetched by parts; SQLite reads as it goes anyway.
    by_parts = {"stream_results": True, "max_row_buffer": arrow.AT_ONCE}
    with connection.execute(text(statement), bounds, execution_options=by_parts) as found:
        for part in found.partitions(arrow.AT_ONCE):
            yield from cast("list[tuple[object, ...]]", part)


def _of_month(connection: Connection, view: str) -> str:
    if view == "v_daily":
        kinds = ", ".join(f"'{kind}'" for kind in (MENTION, *KINDS))  # the index begins with them
        return f"SELECT * FROM v_daily WHERE kind IN ({kinds}) AND day >= :start AND day < :end"
    if view == "v_mentions":
        return "SELECT * FROM v_mentions WHERE published_at >= :start AND published_at < :end ORDER BY published_at"
    moment = (SQLITE if is_sqlite(connection) else POSTGRESQL).moment("said.published_at")
    # CROSS, so that SQLite begins with the month's mentions, and not with all tags of a kind.
    return (
        f"SELECT v.* FROM mentions said CROSS JOIN {view} v WHERE v.mention_id = said.id "
        f"AND {moment} >= :start AND {moment} < :end ORDER BY {moment}"
    )


def _bounds(connection: Connection, view: str, month: str) -> dict[str, object]:
    _, first, *_, last = _days_around(month)
    if view == "v_daily":
        days = {"start": first, "end": last}
        return {name: str(day) for name, day in days.items()} if is_sqlite(connection) else dict(days)
    start, end = (datetime(day.year, day.month, 1, tzinfo=UTC) for day in (first, last))
    if not is_sqlite(connection):
        return {"start": start, "end": end}
    return {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


def _note(connection: Connection, folder: Path, now: datetime) -> None:
    counted = select(func.coalesce(func.sum(daily_counts.c.mentions), 0)).where(
        daily_counts.c.kind == MENTION
    )
    n_mentions = connection.execute(counted).scalar_one()
    note_copy(connection, Copy(kind="export", place=str(folder.absolute()), made_at=now, mentions=n_mentions))
