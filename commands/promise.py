"""`earshot promise`: what our own replies seem to promise, and whom they thank; a person says what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted
from commands.opening import clock, load_settings, opened_store
from commands.options import DEFAULT_CONFIG, Config, Format, FormatOption, Json, chosen
from commands.printing import iso, print_rows, print_table, say

if TYPE_CHECKING:
    from storage.promises import Word
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
    "outcome",
    "outcome_at",
    "first_due_on",
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
    from storage.promises import outcomes_of
    from storage.proposals import list_proposals

    with opened_store(load_settings(config)) as store, store.reading() as connection:
        found = list_proposals(
            connection,
            state=None if state is State.all else state.value,
            kind=None if kind is Kind.all else kind.value,
            limit=limit,
        )
        words = outcomes_of(connection, [kept.id for kept in found])
    form = chosen(rows, json)
    if form is not Format.table:
        print_rows([as_row(kept, words.get(kept.id, ())) for kept in found], form, columns=COLUMNS)
    elif not found:
        say("Nothing of the kind is known. Proposals come from what our own accounts say.")
    else:
        rows_of = [_line(kept, words.get(kept.id, ())) for kept in found]
        print_table(("no.", "state", "by", "what", "to"), rows_of, numbers=("no.",))
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


@app.command()
def keep(
    number: Annotated[int, typer.Argument(help="The promise's number.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say that a promise was kept: the next digest says so, and no later one.

    Example: earshot promise keep 7

    Exit code: 0 done · 1 there is no such promise, or nobody accepted it · 2 wrong use.
    """
    from storage.promises import say_kept

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        say_kept(connection, number, now=clock())
    say(f"Promise {number} is kept.")


@app.command(name="break")
def break_(
    number: Annotated[int, typer.Argument(help="The promise's number.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say openly that a promise was broken, and will not be kept any more.

    Example: earshot promise break 7

    Exit code: 0 done · 1 there is no such promise, or nobody accepted it · 2 wrong use.
    """
    from storage.promises import say_broken

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        say_broken(connection, number, now=clock())
    say(f"Promise {number} is broken.")


@app.command(name="renegotiate")
def renegotiate_(
    number: Annotated[int, typer.Argument(help="The promise's number.")],
    by: Annotated[str, typer.Option("--by", metavar="DATE", help="The day that was agreed on: 2026-12-15.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say that another day was agreed on with those to whom it was promised.

    Example: earshot promise renegotiate 7 --by 2026-12-15

    Exit code: 0 done · 1 there is no such promise, or nobody accepted it · 2 wrong use.
    """
    from storage.promises import renegotiate

    day = _day(by)
    with opened_store(load_settings(config)) as store, store.writing() as connection:
        renegotiate(connection, number, due_on=day, now=clock())
    say(f"Promise {number} is to be kept by {day}.")


@app.command(name="reopen")
def reopen_(
    number: Annotated[int, typer.Argument(help="The promise's number.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Take back what was said of a promise: it is neither kept nor broken yet.

    Example: earshot promise reopen 7

    Exit code: 0 done · 1 there is no such promise, or nobody accepted it · 2 wrong use.
    """
    from storage.promises import reopen

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        reopen(connection, number, now=clock())
    say(f"Promise {number} is open again.")


def as_row(kept: Kept, words: Sequence[Word]) -> dict[str, object]:
    """Return a proposal, and what was said of it since, in the fields of docs/reference/promise.schema.json."""
    one, moved = kept.proposal, [word for word in words if word.said == "renegotiated"]
    first_due_on = moved[0].due_before if moved else one.due_on
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
        "outcome": _outcome(kept, words),
        "outcome_at": iso(words[-1].at) if words else None,
        "first_due_on": None if first_due_on is None else first_due_on.isoformat(),
    }


def _outcome(kept: Kept, words: Sequence[Word]) -> str | None:
    """How a promise stands; None for what is no promise of ours, or not yet."""
    from storage.promises import outcome_after

    accepted = kept.state == "accepted" and kept.proposal.kind == "promise"
    return outcome_after(words) if accepted else None


def _line(kept: Kept, words: Sequence[Word]) -> tuple[object, ...]:
    one, outcome = kept.proposal, _outcome(kept, words)
    state = outcome if outcome in ("kept", "broken") else kept.state
    return kept.id, state, one.due_on or one.due_words, one.what, one.to_whom


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"{written!r} is no day; write 2026-12-01", param_hint="--by") from None
