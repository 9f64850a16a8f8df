"""Bringing a store to this version's schema: Alembic's scripts in ``versions/``, each in one real transaction.

Migrations only append. A killed one leaves the old schema or the new one, never something between.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from errors import NeedsAttention
from storage import engines
from storage.views import making

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

HEAD = "0007"
"""The newest migration: a store that has it needs no look at Alembic, whose import takes 0.2 CPU-seconds."""


def upgrade(engine: Engine) -> None:
    """Make or migrate the schema; raise NeedsAttention for a newer store and for a file that is not one."""
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    with engines.migrating(engine) as connection:
        engines.one_at_a_time(connection, "migration")
        _migrate(connection)
        _refuse_broken_keys(connection)


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


def _migrate(connection: Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext
    from alembic.script.revision import _RevIdType

    if _version(connection) == HEAD:  # another process was faster
        return
    directory = scripts()

    def steps(revision: _RevIdType, _context: MigrationContext) -> list[object]:
        return directory._upgrade_revs("head", revision)  # type: ignore[arg-type,return-value]

    with EnvironmentContext(Config(), directory, fn=steps) as environment:
        environment.configure(connection=connection)
        making.drop(connection)
        environment.run_migrations()
        making.make(connection)


def _refuse_broken_keys(connection: Connection) -> None:
    if not engines.is_sqlite(connection):  # PostgreSQL never lets go of them
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise NeedsAttention(
            f"the migration would leave {len(broken)} rows that refer to nothing; nothing was changed"
        )
