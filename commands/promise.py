"""`earshot promise`: what our own replies seem to promise, and whom they thank, for a person to accept or decline."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted
from commands.opening import clock, load_settings, opened_store
from commands.options import DEFAULT_CONFIG, Config, Format, FormatOption, Json, chosen
from commands.printing import iso, print_rows, print_table, say

if TYPE_CHECKING:
    from storage.proposals import Kept

COLUMNS = (
    "id",
    "kind",
    "state",
    "what",
    "due_on",
    "due_words",
    "to_whom",
    "confidence",
    "mention",
    "channel",
    "url",
    "said_at",
    "in",
    "start",
    "end",
    "decided_at",
)

app = typer.Typer(
    help="What we promised in public, and whom we thanked.", no_args_is_help=True, rich_markup_mode=None
)


class State(StrEnum):
    """What a person has said of a proposal."""

    proposed = "proposed"
    accepted = "accepted"
    declined = "declined"
    all = "all"


class Kind(StrEnum):
    """What is proposed."""

    promise = "promise"
    thanks = "thanks"
    all = "all"


@app.command("list")
def list_(
    state: Annotated[State, typer.Option("--state", help="Of which state.")] = State.all,
    kind: Annotated[Kind, typer.Option("--kind", help="Promises, thanks, or both.")] = Kind.promise,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    rows: FormatOption = Format.table,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Show what our own replies promise, what is due first first. Nothing counts before it is accepted.

    Example: earshot promise list --state proposed --json

    Exit code: 0 done · 1 something needs attention · 2 wrong use.
    """
    from storage.proposals import list_proposals

    with opened_store(load_settings(config)) as store, store.reading() as connection:
        found = list_proposals(
            connection,
            state=None if state is State.all else state.value,
            kind=None if kind is Kind.all else kind.value,
            limit=limit,
        )
    form = chosen(rows, json)
    if form is not Format.table:
        print_rows([as_row(kept) for kept in found], form, columns=COLUMNS)
    elif not found:
        say("Nothing of the kind is known. Proposals come from what our own accounts say.")
    else:
        print_table(("no.", "state", "by", "what", "to"), [_line(kept) for kept in found], numbers=("no.",))
        say(f"{counted(len(found), 'proposal')}.")


@app.command()
def accept(
    number: Annotated[int, typer.Argument(help="The proposal's number.")],
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="DATE", help="Its day, where you know it better: 2026-12-01."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say that this was promised.

    Example: earshot promise accept 7 --by 2026-12-01

    Exit code: 0 done · 1 there is no such proposal · 2 wrong use.
    """
    from storage.proposals import accept as keep

    day = None if by is None else _day(by)
    with opened_store(load_settings(config)) as store, store.writing() as connection:
        keep(connection, number, due_on=day, now=clock())
    say(f"Proposal {number} is accepted.")


@app.command()
def decline(
    number: Annotated[int, typer.Argument(help="The proposal's number.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say that nothing was promised here; it is not proposed again.

    Example: earshot promise decline 7

    Exit code: 0 done · 1 there is no such proposal · 2 wrong use.
    """
    from storage.proposals import decline as refuse

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        refuse(connection, number, now=clock())
    say(f"Proposal {number} is declined.")


def as_row(kept: Kept) -> dict[str, object]:
    """Return a proposal in the fields of docs/reference/promise.schema.json."""
    one = kept.proposal
    return {
        "id": kept.id,
        "kind": one.kind,
        "state": kept.state,
        "what": one.what,
        "due_on": None if one.due_on is None else one.due_on.isoformat(),
        "due_words": one.due_words,
        "to_whom": one.to_whom,
        "confidence": one.confidence,
        "mention": str(kept.mention_id),
        "channel": kept.channel,
        "url": kept.url,
        "said_at": iso(kept.said_at),
        "in": one.place,
        "start": one.start,
        "end": one.end,
        "decided_at": iso(kept.decided_at),
    }


def _line(kept: Kept) -> tuple[object, ...]:
    one = kept.proposal
    return kept.id, kept.state, one.due_on or one.due_words, one.what, one.to_whom


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"{written!r} is no day; write 2026-12-01", param_hint="--by") from None
