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

    It is refused when it is newer than this program, when it is no store of ours, and when its file is damaged.
    A server that cannot be reached is TryLater.
    """
    from sqlalchemy.exc import DatabaseError

    from errors import NeedsAttention
    from storage import engines
    from storage.migrations import upgrade
    from storage.store import Store

    engine = engines.engine_for(url, password)
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
