"""Who wants a digest no more, and who wants it again: until the pages come, whoever runs Earshot says so."""

from __future__ import annotations

from pathlib import Path

import typer

from commands.digest import chosen_digest
from commands.opening import clock, load_settings, opened_store
from commands.printing import say
from model import Settings


def change_readers(config: Path, name: str | None, *, gone: str | None, back: str | None) -> None:
    """Take a reader out of a digest (an address, or the token of a link), or put one in again."""
    from delivery.readers import reader_of
    from storage import unsubscribed

    settings = load_settings(config)
    with opened_store(settings) as store:
        if gone is not None:
            digest, reader = _meant(settings, name, gone)
            with store.writing() as connection:
                new = unsubscribed.unsubscribe(connection, digest, reader, now=clock())
            say(f"{reader} gets the digest {digest!r} no more{'' if new else ', as before'}.")
            say(f"To undo it: earshot digest --name {digest!r} --subscribe {reader}")
        if back is not None:
            digest, reader = chosen_digest(settings, name).name, reader_of(back)
            with store.writing() as connection:
                new = unsubscribed.subscribe_again(connection, digest, reader, now=clock())
            say(f"{reader} gets the digest {digest!r}{' from now on' if new else ', as before'}.")


def _meant(settings: Settings, name: str | None, written: str) -> tuple[str, str]:
    """Return the digest and the reader that an address or a token means."""
    from delivery.readers import reader_of
    from delivery.unsubscribe import read

    if "@" in written:
        return chosen_digest(settings, name).name, reader_of(written)
    if settings.web_secret is None:
        raise typer.BadParameter(
            "a token is read with [web] secret, and there is none; give the address instead",
            param_hint="--unsubscribe",
        )
    wanted = read(written, settings.web_secret)
    return wanted.digest, wanted.reader
