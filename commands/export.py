"""`earshot export`: all views as Parquet, for analysts' own tools; or all that is held of one author, for them."""

from __future__ import annotations

from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from commands.files import written_beside
from commands.layout import counted
from commands.opening import clock, load_settings, opened_store, progress_bar
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import iso, json_of, print_json, say

if TYPE_CHECKING:
    from model import Settings
    from storage.exports import Exported
    from storage.store import Store


def export(
    place: Annotated[
        Path, typer.Argument(metavar="DIR|FILE", help="A folder of its own; with --about, a file.")
    ],
    about: Annotated[
        str | None,
        typer.Option("--about", metavar="AUTHOR", help="All that is held of an account or a name."),
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="With --about: on this channel only.")
    ] = None,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write every view as Parquet files by month, of one moment. Run again, it writes the months that changed.

    With --about it writes all that is held of one author as one JSON file: the answer to who asks for it.

    Example: earshot export exports/ · earshot export --about @somebody@social.example answer.json

    Exit code: 0 done · 1 it cannot be done now, or nobody is called so · 2 wrong use.
    """
    if channel is not None and about is None:
        raise typer.BadParameter("it goes with --about", param_hint="--channel")
    settings = load_settings(config)
    with opened_store(settings) as store:
        if about is None:
            _export(store, settings, place, json=json)
        else:
            _answer(store, settings, about, channel, place, json=json)


def _export(store: Store, settings: Settings, folder: Path, *, json: bool) -> None:
    from pipeline import Progress
    from storage.exports import export as write

    with progress_bar() as bar:

        def tell(done: int, total: int) -> None:
            bar(Progress(stage="export", done=done, total=total))

        done = write(store, folder, zone=settings.organisation.timezone, now=clock(), tell=tell)
    if json:
        print_json(as_json(done, folder))
        return
    say(f"{folder}: {counted(done.rows['v_mentions'], 'mention')} of {_months(done)}.")
    say(f"Written: {', '.join(done.written) or 'no month, for none has changed'}.")
    if done.gone:
        say(f"Gone, for nothing is left of it: {', '.join(done.gone)}.")
    say("It holds what people said: keep it as safe as the store. Run again after somebody was forgotten.")


def _months(done: Exported) -> str:
    return counted(len(done.written) + len(done.unchanged), "month")


def as_json(done: Exported, folder: Path) -> dict[str, object]:
    """Return what an export did in the fields of docs/reference/export.schema.json."""
    return {
        "place": str(folder),
        "made_at": iso(done.made_at),
        "written": list(done.written),
        "unchanged": list(done.unchanged),
        "gone": list(done.gone),
        "rows": dict(done.rows),
    }


def _answer(
    store: Store, settings: Settings, about: str, channel: str | None, file: Path, *, json: bool
) -> None:
    from storage.about import accounts_of, copies_of, mentions_of
    from storage.copies import Copy, note_copy

    now = clock()
    with store.reading() as connection:
        request, accounts = accounts_of(connection, about, channel)
        head: dict[str, object] = {
            "about": about,
            "held_by": settings.organisation.name,
            "made_at": iso(now),
            "accounts": accounts,
            "copies": copies_of(connection, request),
        }
        n_mentions = len(request.mentions)
        copy = Copy(kind="answer", place=str(file.absolute()), made_at=now, mentions=n_mentions)
        store.write(lambda writing: note_copy(writing, copy))
        with written_beside(file) as out:
            _write(out, head, mentions_of(connection, request))
    if json:
        print_json(
            {"place": str(file), "made_at": iso(now), "mentions": n_mentions, "accounts": len(accounts)}
        )
        return
    say(f"{file}: {counted(n_mentions, 'mention')} of {counted(len(accounts), 'account')}.")
    say("Before it is sent: be sure that who asks is who speaks there. Delete the file afterwards.")


def _write(out: IO[bytes], head: dict[str, object], said: Iterable[dict[str, object]]) -> None:
    """Write one JSON document, a mention at a time."""
    stream = TextIOWrapper(out, encoding="utf-8", newline="")
    stream.write(json_of(head, indent=2).removesuffix("\n}") + ',\n  "mentions": [')
    before = ""
    for one in said:
        written = json_of(one, indent=2).replace("\n", "\n    ")
        stream.write(f"{before}\n    {written}")
        before = ","
    stream.write("\n  ]\n}\n" if before else "]\n}\n")
    stream.detach()
