"""The views that analysts read: documented column by column, the same on both engines, stable across releases.

Each is written once (``View``) and said in each engine's own words (``Speech``). They show no secret, no raw payload
and nothing that was taken back. A migration drops them before it changes tables and makes them again after
(storage/migrations); tests/data/views.json pins what must not change.
"""

from __future__ import annotations

from storage.views import cases, daily, listening, said
from storage.views.speech import POSTGRESQL, SQLITE, Speech, View

NAMES = (
    "v_mentions",
    "v_annotations",
    "v_needs",
    "v_partners",
    "v_concerns",
    "v_sources",
    "v_source_health",
    "v_daily",
)
"""In the order in which they are documented."""


def views(speech: Speech) -> tuple[View, ...]:
    """Return all views, as one engine says them."""
    made = [view for room in (said, listening, cases, daily) for view in room.views(speech)]
    by_name = {view.name: view for view in made}
    return tuple(by_name[name] for name in NAMES)


def sqlite_statements() -> dict[str, str]:
    """Return each view's SELECT for SQLite, by name."""
    return {view.name: view.statement(SQLITE) for view in views(SQLITE)}


def postgresql_statements() -> dict[str, str]:
    """Return each view's SELECT for PostgreSQL, by name."""
    return {view.name: view.statement(POSTGRESQL) for view in views(POSTGRESQL)}
