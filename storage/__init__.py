"""The shared store: what was heard, what was made of it, and what is still to be done.

All SQL lives in this room, one file per noun; the caller owns every transaction. Times go in and come out
aware and in UTC. It is the same on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model import Secret
    from storage.store import Store

__all__ = ["open_store"]


def open_store(url: str, *, password: Secret | None = None) -> Store:
    """Open the store at ``sqlite:///FILE`` or ``postgresql://USER@HOST/DATABASE``, made or migrated to this
    version's schema; raise NeedsAttention.

    It is refused when it is newer than this program, when it is no store of ours, when its file is damaged, and on a
    network drive.
    A server that cannot be reached is TryLater.
    """
    from pathlib import Path

    from sqlalchemy.exc import DatabaseError

    from errors import NeedsAttention
    from storage import engines
    from storage.migrations import upgrade
    from storage.mounts import network_drive
    from storage.store import Store

    engine = engines.engine_for(url, password)
    drive = network_drive(Path(str(engine.url.database))) if engines.is_sqlite(engine) else None
    if drive is not None:
        raise NeedsAttention(
            f"store {engines.shown(engine.url)} lies on a network drive ({drive}), where two could write at once; "
            "move it to a disk of this machine, or use PostgreSQL"
        )
    try:
        with engines.told_in_words(engine):
            upgrade(engine)
    except DatabaseError as error:
        engine.dispose()
        told, name = str(error.orig)[:200], engines.shown(engine.url)
        raise NeedsAttention(f"store {name}: {told}; see `earshot check`, or restore a backup") from error
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)
