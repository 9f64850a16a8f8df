"""`earshot backup` and `earshot restore`: a copy that was tried, and the way back that forgets nobody's request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted
from commands.opening import clock, load_settings, progress_bar
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import iso, print_json, say, warn

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from model import Settings
    from storage.restoring import Again, Carried
    from storage.store import Store

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", show_default=False)]


def backup(file: File, json: Json = False, config: Config = DEFAULT_CONFIG) -> None:
    """Write one moment of the store into a new file, try it, and note it, while everything else goes on.

    On SQLite the file is a store. On PostgreSQL it is what pg_dump writes, which has to be installed here.

    Example: earshot backup backups/2026-11-21.db

    Exit code: 0 done · 1 it cannot be done now, or the file is there already · 2 wrong use.
    """
    from storage import open_store

    settings = load_settings(config)
    store = open_store(settings.store_url, password=settings.store_password)
    try:
        size, n_mentions = _back_up(settings, store, file)
        _note(store, file, n_mentions)
    finally:
        store.close()
    if json:
        print_json({"file": str(file), "bytes": size, "mentions": n_mentions, "made_at": iso(clock())})
        return
    say(f"{file}: {counted(n_mentions, 'mention')}, {size / 1e6:,.1f} MB, tried and sound.")
    say("It holds what people said: keep it as safe as the store, and delete it when its time is over.")


def restore(file: File, json: Json = False, config: Config = DEFAULT_CONFIG) -> None:
    """Let a backup take the store's place. The present store is kept beside; what was forgotten stays forgotten.

    Refused while anything has the store open: stop Earshot first.

    Example: earshot restore backups/2026-11-21.db

    Exit code: 0 done · 1 refused, and nothing was changed · 2 wrong use.
    """
    from storage import open_store
    from storage.restoring import forget_again

    settings = load_settings(config)
    known = _known(settings)
    kept = _put_back(settings, file)
    store = open_store(settings.store_url, password=settings.store_password)
    try:
        again = None if known is None else forget_again(store, known, now=clock())
        _purge(store, again)
        if kept is not None:  # it holds what people said, as a backup does
            _note(store, kept, 0)
    finally:
        store.close()
    if json:
        print_json(as_json(file, kept, again))
        return
    say(f"The store is that of {file}." + (f" The one before is kept as {kept}." if kept else ""))
    _tell(again)


def as_json(file: Path, kept: Path | None, again: Again | None) -> dict[str, object]:
    """Return what a restore did in the fields of docs/reference/restore.schema.json."""
    return {
        "file": str(file),
        "kept": None if kept is None else str(kept),
        "forgotten_again": 0 if again is None else again.mentions,
        "partners_to_forget_again": 0 if again is None else again.partners,
        "requests_lost": again is None or again.unknown > 0,
    }


def _tell(again: Again | None) -> None:
    if again is None:
        warn(
            "The store before could not be read: what was forgotten since the backup has to be forgotten again."
        )
        return
    if again.mentions:
        say(f"Forgotten again, as was asked since the backup: {counted(again.mentions, 'mention')}.")
    if again.partners:
        warn(f"Since the backup {counted(again.partners, 'partner')} was forgotten by name: do that again.")
    if again.unknown:
        warn("The backup is of another store, which does not know what was forgotten in this one.")


def _back_up(settings: Settings, store: Store, file: Path) -> tuple[int, int]:
    from sqlalchemy import func, select

    from pipeline import Progress
    from storage import backups, server_backups
    from storage.schema import mentions

    engine = _engine(settings)
    try:
        if engine.dialect.name != "sqlite":
            size = server_backups.dump(engine, file)
            with store.reading() as connection:
                count = connection.execute(select(func.count()).select_from(mentions)).scalar_one()
            return size, count
        with progress_bar() as bar:

            def tell(done: int, total: int) -> None:
                bar(Progress(stage="backup", done=done, total=total))

            made = backups.back_up(Path(str(engine.url.database)), file, tell=tell)
        return made.size, made.rows["mentions"]
    finally:
        engine.dispose()


def _note(store: Store, file: Path, n_mentions: int) -> None:
    from storage.copies import Copy, note_copy

    copy = Copy(kind="backup", place=str(file.absolute()), made_at=clock(), mentions=n_mentions)
    with store.writing() as connection:
        note_copy(connection, copy)


def _known(settings: Settings) -> Carried | None:
    """Return what the present store knows of requests to forget; None where it cannot be read."""
    from sqlalchemy.exc import DBAPIError

    from errors import EarshotError
    from storage import open_store
    from storage.restoring import carried

    try:
        store = open_store(settings.store_url, password=settings.store_password)
        try:
            with store.reading() as connection:
                return carried(connection)
        finally:
            store.close()
    # A damaged store may open, and break at any row: at bytes that are no text, at text that is no time.
    except (EarshotError, DBAPIError, ValueError, TypeError) as error:
        warn(str(error).partition("\n")[0])
        return None


def _put_back(settings: Settings, file: Path) -> Path | None:
    from storage import backups, server_backups
    from storage.migrations import HEAD

    engine = _engine(settings)
    try:
        if engine.dialect.name != "sqlite":
            return server_backups.load(engine, file, now=clock())
        return backups.put_back(file, Path(str(engine.url.database)), newest_schema=HEAD, now=clock())
    finally:
        engine.dispose()


def _purge(store: Store, again: Again | None) -> None:
    from storage import traces

    if again is not None and again.mentions:
        traces.purge_now(store, now=clock())


def _engine(settings: Settings) -> Engine:
    from storage.engines import engine_for

    return engine_for(settings.store_url, settings.store_password)
