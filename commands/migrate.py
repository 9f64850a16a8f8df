"""`earshot migrate`: the store is brought to this version's schema; on PostgreSQL, a role that only reads is made."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.opening import load_settings
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn


def migrate(
    analyst_role: Annotated[
        str | None,
        typer.Option(
            "--analyst-role", metavar="NAME", help="PostgreSQL: let this role read the views, and only them."
        ),
    ] = None,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Bring the store to this version's schema. Every command does so; this one does nothing else.

    Example: earshot migrate --analyst-role earshot_analyst

    Exit code: 0 done · 1 something needs attention · 2 wrong use or configuration.
    """
    from storage import open_store
    from storage.analysts import admit
    from storage.migrations import HEAD

    settings = load_settings(config)
    store = open_store(settings.store_url, password=settings.store_password)
    undone: list[str] = []
    try:
        if analyst_role is not None:
            with store.writing() as connection:
                undone = admit(connection, analyst_role)
    finally:
        store.close()
    if json:
        print_json({"schema": HEAD, "analyst_role": analyst_role, "undone": undone})
        return
    say(f"The store has schema {HEAD}.")
    if analyst_role is not None:
        say(f"The role {analyst_role} may read the views, and nothing else. Before anybody signs in as it:")
        say("  give it a password (in psql: \\password).")
    for words in undone:
        warn(words)
