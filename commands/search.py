"""`earshot search`: the mentions that match, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted
from commands.opening import clock, load_settings, opened_store
from commands.options import DEFAULT_CONFIG, Config, Format, FormatOption, Json, Since, Until, chosen, moment
from commands.printing import iso, print_rows, print_table, say

if TYPE_CHECKING:
    from model import Mention

COLUMNS = (
    "id",
    "published_at",
    "channel",
    "scope",
    "sources",
    "author",
    "author_partner",
    "title",
    "text",
    "lang",
    "sentiment",
    "score",
    "needs",
    "intents",
    "partners",
    "is_concern",
    "url",
    "external_id",
    "collected_at",
    "edited_at",
    "deleted",
    "story_id",
    "parent_id",
    "thread_id",
    "matched",
)
SHOWN_OF_A_TEXT = 160


def search(
    query: Annotated[str, typer.Argument(help='Words, "phrases", prefixes*; empty matches all.')] = "",
    since: Since = None,
    until: Until = None,
    partner: Annotated[str | None, typer.Option("--partner", help="Who speaks, or is named.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="rss, reddit, x …")] = None,
    source: Annotated[str | None, typer.Option("--source", help="A source's name.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    output: Annotated[Path | None, typer.Option("--output", help="Write to a file.")] = None,
    rows: FormatOption = Format.table,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Find mentions by their words, newest first. All words must be there.

    Example: earshot search 'late "weekend box" volunt*' --since 7d

    Exit code: 0 done, also when nothing matches · 1 something needs attention · 2 wrong use.
    """
    from storage.query.words import matched_words
    from storage.search import Query, tree_of
    from storage.search import search as find

    now = clock()
    asked = Query(
        words=query,
        since=moment(since, now=now, option="--since"),
        until=moment(until, now=now, option="--until"),
        partner=partner,
        channel=channel,
        source=source,
    )
    form, tree = chosen(rows, json), tree_of(asked)
    with opened_store(load_settings(config)) as store, store.reading() as connection:
        found = find(connection, asked, limit=limit)
        if form is Format.table:
            _print_found(list(found))
            return
        fields = (as_row(mention, matched_words(tree, mention)) for mention in found)
        if output is None:
            print_rows(fields, form, columns=COLUMNS)
            return
        with output.open("w", encoding="utf-8", newline="") as stream:
            print_rows(fields, form, columns=COLUMNS, out=stream)
    say(f"Written to {output}.")


def as_row(mention: Mention, matched: list[str]) -> dict[str, object]:
    """Return a mention in the fields of docs/reference/search.schema.json; ids are text, they pass 2^53."""
    by_kind = {kind: [tag for tag in mention.annotations if tag.kind == kind] for kind in KINDS}
    sentiment = next(iter(by_kind["sentiment"]), None)
    return {
        "id": str(mention.id),
        "channel": mention.channel,
        "scope": mention.scope,
        "sources": list(mention.sources),
        "external_id": mention.external_id,
        "url": mention.url,
        "author": mention.author.handle if mention.author is not None else None,
        "author_partner": mention.author_partner,
        "title": mention.title,
        "text": mention.text,
        "lang": mention.lang,
        "published_at": iso(mention.published_at),
        "collected_at": iso(mention.collected_at),
        "edited_at": iso(mention.edited_at),
        "deleted": mention.deleted_at is not None,
        "sentiment": sentiment.label if sentiment is not None else None,
        "score": sentiment.score if sentiment is not None else None,
        "needs": [tag.label for tag in by_kind["need"]],
        "intents": [tag.label for tag in by_kind["intent"]],
        "partners": list(dict.fromkeys(tag.label for tag in by_kind["partner"])),
        "is_concern": any(tag.label == "yes" for tag in by_kind["concern"]),
        "story_id": str(mention.story_id),
        "parent_id": mention.parent_id,
        "thread_id": mention.thread_id,
        "matched": matched,
    }


KINDS = ("sentiment", "need", "intent", "partner", "concern")


def _print_found(found: list[Mention]) -> None:
    if not found:
        say("Nothing matches. Fewer words, or an earlier --since, find more.")
        return
    print_table(("when (UTC)", "who", "where", "what"), [_line(mention) for mention in found])
    say(f"{counted(len(found), 'mention')}.")


def _line(mention: Mention) -> tuple[object, ...]:
    when = mention.published_at.strftime("%Y-%m-%d %H:%M") if mention.published_at else ""
    who = mention.author_partner or (mention.author.handle if mention.author else "")
    words = " — ".join(part for part in (mention.title, mention.text) if part)
    cut = words if len(words) <= SHOWN_OF_A_TEXT else words[: SHOWN_OF_A_TEXT - 1] + "…"
    return when, who, ", ".join(mention.sources), cut
