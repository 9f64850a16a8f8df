"""Bringing a store to this version's schema: Alembic's scripts in ``versions/``, in real transactions.

Migrations only append. A killed one leaves the old schema or the new one, never something between. On SQLite all of
them are one transaction: nobody who reads waits for it. On PostgreSQL who changes a table holds up its readers until
the transaction ends, so each migration is one, and the next start goes on with the first that is missing. Therefore
what takes longer the more is stored (an index, a column that is filled) is a migration of its own, which changes no
table that is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from errors import NeedsAttention
from storage import backups, engines
from storage.copies import Copy, note_copy
from storage.views import making

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep
    from alembic.script import ScriptDirectory

log = logging.getLogger(__name__)

HEAD = "0015"
"""The newest migration: a store that has it needs no look at Alembic, whose import takes 0.2 CPU-seconds."""
LARGE = 100_000
"""Mentions from which on an upgrade tells how far it is: a smaller store is done before anybody wonders."""

FEW = 50
"""Steps that are told one by one."""

Tell = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and how much there is."""


def upgrade(engine: Engine) -> None:
    """Make or migrate the schema; raise NeedsAttention for a newer store and for a file that is not one."""
    with engine.connect() as connection:
        before = _version(connection)
        if before == HEAD:
            return
        tell = _tell_of_tenths() if before is not None and _is_large(connection) else _tell_nothing
    copy = None if before is None else _backed_up(engine, before, tell)
    with engines.migrating(engine) as connection:
        engines.one_at_a_time(connection, "migration")
        ahead = _ahead(connection)
        if before is None or engines.is_sqlite(engine):
            _take(connection, ahead, ahead, tell)
            _refuse_broken_keys(connection)
        else:
            _take_one_by_one(engine, ahead, tell)
        if copy is not None:
            note_copy(connection, copy)
    if before is not None:
        log.warning("the store was brought from schema %s to %s", before, HEAD)


def _backed_up(engine: Engine, version: str, tell: Tell) -> Copy | None:
    """Keep the store beside itself as it was; on PostgreSQL that is its administrator's (docs/backup.md).

    Raises TryLater where there is no room for it: then nothing is migrated.
    """
    if not engines.is_sqlite(engine):
        log.warning("the store is brought from schema %s to %s, step by step", version, HEAD)
        return None
    database, now = Path(str(engine.url.database)), datetime.now(UTC)
    file = backups.stamped(database, version, now)
    log.warning("the store is brought from schema %s to %s; as it is, it is kept as %s", version, HEAD, file)
    if file.exists():  # another process was here in the same second
        return None
    made = backups.back_up(database, file, tell=partial(tell, "pages kept"))
    return Copy(kind="backup", place=str(file.absolute()), made_at=now, mentions=made.rows.get("mentions", 0))


def _is_large(connection: Connection) -> bool:
    few = text("SELECT count(*) FROM (SELECT 1 FROM mentions LIMIT :enough) AS first_ones")
    return bool(connection.execute(few, {"enough": LARGE}).scalar_one() == LARGE)


def _tell_nothing(_what: str, _done: int, _total: int) -> None:
    """Small stores are done at once."""


def _tell_of_tenths() -> Tell:
    """Return what logs each tenth of long work, and each step of what has a few."""
    told: dict[str, int] = {}

    def tell(what: str, done: int, total: int) -> None:
        part = done if total <= FEW else 10 * done // total
        if told.get(what, 0) < part:
            told[what] = part
            log.warning("%s: %d of %d", what, done, total)

    return tell


def scripts() -> ScriptDirectory:
    """Return the migrations as Alembic reads them."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(Path(__file__).parent)


def _version(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise NeedsAttention(
            f"{connection.engine.url.database} is a database, but no Earshot store; name another one in [store] url"
        )
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version is not None and version > HEAD:
        raise NeedsAttention(
            f"the store has schema {version}, this program knows {HEAD}: it was written by a newer Earshot; "
            "install that version, or restore a backup made before the upgrade"
        )
    return version


def _ahead(connection: Connection) -> Sequence[RevisionStep]:
    """Return the migrations that the store lacks, the next one first; none where another process was faster."""
    version = _version(connection)
    return [] if version == HEAD else scripts()._upgrade_revs("head", version)  # type: ignore[arg-type]


def _take_one_by_one(engine: Engine, ahead: Sequence[RevisionStep], tell: Tell) -> None:
    """Take each step in a transaction of its own, for which nobody who reads waits for long."""
    for step in ahead:
        engines.change_tables(engine, partial(_take, steps=[step], of=ahead, tell=tell))


def _take(
    connection: Connection, steps: Sequence[RevisionStep], of: Sequence[RevisionStep], tell: Tell
) -> None:
    """Take some steps of all in the caller's transaction; the views are made with the last."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    if not steps:
        return

    def in_order(_revision: object, _context: MigrationContext) -> Iterator[RevisionStep]:
        for step in steps:
            yield step  # Alembic asks for the next one when this is done
            tell(f"steps to schema {HEAD}", of.index(step) + 1, len(of))

    with EnvironmentContext(Config(), scripts(), fn=in_order) as environment:
        environment.configure(connection=connection, tell=tell)
        making.drop(connection)
        environment.run_migrations()
        if steps[-1] == of[-1]:
            making.make(connection)


def _refuse_broken_keys(connection: Connection) -> None:
    if not engines.is_sqlite(connection):  # PostgreSQL never lets go of them
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise NeedsAttention(
            f"the migration would leave {len(broken)} rows that refer to nothing; nothing was changed"
        )
