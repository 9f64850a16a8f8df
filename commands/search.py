"""`earshot search`: the mentions that match, newest first; and the searches that are saved."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.files import file_in, written_beside
from commands.found import COLUMNS, as_row, print_found
from commands.layout import counted
from commands.opening import clock, clock_of, load_settings, opened_store
from commands.options import (
    DEFAULT_CONFIG,
    Config,
    Format,
    FormatOption,
    Json,
    Since,
    Until,
    chosen,
)
from commands.parquet import write_parquet
from commands.printing import iso, print_rows, print_table, say, tell, warn, write_rows
from errors import NeedsAttention, WrongQuery

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from model import Mention, Settings
    from storage.query.moments import Clock
    from storage.query.tree import Tree
    from storage.store import Store


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: a query with its options in it, how many mentions, behind which one, by which clock."""

    words: str
    limit: int | None
    after: int | None
    clock: Clock


def search(
    query: Annotated[str, typer.Argument(help="Words and fields (docs/search.md); empty matches all.")] = "",
    since: Since = None,
    until: Until = None,
    partner: Annotated[str | None, typer.Option("--partner", help="Who speaks, or is named.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="rss, reddit, x …")] = None,
    source: Annotated[str | None, typer.Option("--source", help="A source's name.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="As many as there are.")] = False,
    after: Annotated[
        int | None, typer.Option("--after", metavar="ID", help="The page behind the mention with this id.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write to a file, or into a folder under a safe name.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how it is read and looked for.")] = False,
    save: Annotated[str | None, typer.Option("--save", metavar="NAME", help="Save it as NAME.")] = None,
    saved: Annotated[str | None, typer.Option("--saved", metavar="NAME", help="Ask what is saved.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List what is saved.")] = False,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="NAME", help="Forget what is saved.")
    ] = None,
    rows: FormatOption = Format.table,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Find mentions, newest first. All words must be there; OR, NOT and fields say it otherwise.

    Example: earshot search 'late "weekend box" volunt* -from:us' --since 7d

    Exit code: 0 done, also when nothing matches · 1 something needs attention · 2 the query is wrong.
    """
    form = chosen(rows, json)
    options = {"saved": saved, "since": since, "until": until, "partner": partner}
    settings = load_settings(config)
    with _pointing(), opened_store(settings) as store:
        words = _with_options(query, {**options, "channel": channel, "source": source})
        if list_:
            _list(store, form)
        elif remove is not None:
            _remove(store, settings, remove)
        elif save is not None:
            _save(store, save, words)
        elif explain:
            _explain(store, Asked(words, limit, after, clock_of(settings)))
        else:
            file = None if output is None else file_in(output, saved or query or "search", form)
            _find(store, Asked(words, None if every else limit, after, clock_of(settings)), form, file)


def _with_options(query: str, options: Mapping[str, str | None]) -> str:
    """Return the query with the options as the fields that they are; what is wrong in it alone is told first."""
    from storage.query.parse import parse

    parse(query)
    # A quotation mark cannot be written inside of others; names are found without it.
    fields = [
        f'{name}:"{value.replace(chr(34), " ")}"' for name, value in options.items() if value is not None
    ]
    return " ".join([f"({query})" if query.strip() and fields else query, *fields]).strip()


def _find(store: Store, asked: Asked, form: Format, file: Path | None) -> None:
    from storage.query.parse import parse
    from storage.query.resolve import resolved
    from storage.query.words import matched_words, matches_in
    from storage.search import Query, search

    tree = parse(asked.words)
    with store.reading() as connection:
        _tell_unknown_names(connection, tree)
        query = Query(words=asked.words, clock=asked.clock)
        found = search(connection, query, limit=asked.limit, before=asked.after)
        tree = None if tree is None else resolved(connection, tree)
        if form is Format.table and file is None:
            told = ((mention, matches_in(tree, mention)) for mention in found)
            _tell_count(*print_found(told, zone=asked.clock.zone), asked)
            return
        rows = (as_row(mention, matched_words(tree, mention)) for mention in found)
        if file is None:
            print_rows(rows, form, columns=list(COLUMNS), of_type=COLUMNS)
            return
        _write(rows, form, file)
    say(f"Written to {file}.")


def _write(rows: Iterator[dict[str, object]], form: Format, file: Path) -> None:
    with written_beside(file) as out:
        if form is Format.parquet:
            write_parquet(rows, list(COLUMNS), out, COLUMNS)
            return
        stream = TextIOWrapper(out, encoding="utf-8", newline="", write_through=False)
        write_rows(rows, Format.csv if form is Format.table else form, list(COLUMNS), stream)
        stream.detach()


def _tell_count(count: int, last: Mention | None, asked: Asked) -> None:
    if last is None:
        say("Nothing matches. Fewer words, or an earlier since:, find more.")
        return
    more = f" The next: --after {last.id}" if count == asked.limit else ""
    say(f"{counted(count, 'mention')}.{more}")


def _tell_unknown_names(connection: Connection, tree: Tree | None) -> None:
    from storage.query.resolve import unknown_names

    for told in unknown_names(connection, tree):
        warn(told)


def _explain(store: Store, asked: Asked) -> None:
    from storage.query.conditions import Asking
    from storage.query.explain import how, told
    from storage.query.parse import parse
    from storage.query.plan import page, ways
    from storage.query.resolve import resolved

    tree = parse(asked.words)
    with store.reading() as connection:
        asking = Asking(connection, asked.clock)
        say("Mentions of which hold:")
        say("\n".join(f"  {line}" for line in told(asking, tree)))
        _tell_unknown_names(connection, tree)
        found = ways(asking, None if tree is None else resolved(connection, tree))
        say("Looked for:")
        statement = page(asking, found, limit=asked.limit or 50, before=asked.after)
        say("\n".join(f"  {line}" for line in how(asking, found, statement)))


def _list(store: Store, form: Format) -> None:
    from storage.saved import saved

    with store.reading() as connection:
        found = saved(connection)
    if form is Format.table:
        print_table(("name", "saved", "query"), [(one.name, iso(one.saved_at), one.query) for one in found])
        return
    rows = [{"name": one.name, "query": one.query, "saved_at": iso(one.saved_at)} for one in found]
    print_rows(rows, form, columns=("name", "query", "saved_at"), of_type={"saved_at": "time"})


def _save(store: Store, name: str, words: str) -> None:
    from storage.saved import save

    was_there = store.write(lambda connection: save(connection, name, words, now=clock()))
    say(f"{'Saved anew' if was_there else 'Saved'} as {name!r}: earshot search --saved {shlex.quote(name)}")


def _remove(store: Store, settings: Settings, name: str) -> None:
    from storage.saved import remove, uses

    rule = next((rule.name for rule in settings.rules if name in uses(rule.query)), None)
    if rule is not None:
        raise NeedsAttention(f"search: {name!r} is used by the rule {rule!r}; change that one first")
    store.write(lambda connection: remove(connection, name))
    say(f"{name!r} is no longer saved.")


@contextmanager
def _pointing() -> Iterator[None]:
    """End with 2 where the query is wrong: it is shown with the place."""
    try:
        yield
    except WrongQuery as error:
        tell(error)
        raise typer.Exit(2) from None
