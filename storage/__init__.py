"""The shared store: what was heard, what was made of it, and what is still to be done.

All SQL lives in this room, one file per noun; the caller owns every transaction. Times go in and come out
aware and in UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.store import Store

__all__ = ["open_store"]


def open_store(url: str) -> Store:
    """Open the store at ``sqlite:///FILE``, made or migrated to this version's schema; raise NeedsAttention.

    It is refused when it is newer than this program, when it is no store of ours, and when its file is damaged.
    """
    from sqlalchemy.exc import DatabaseError

    from storage.migrations import upgrade
    from storage.store import Store, engine_for, explain

    engine = engine_for(url)
    try:
        upgrade(engine)
    except DatabaseError as error:
        engine.dispose()
        raise explain(error, url) from error
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)
