"""`earshot forget`: erasure for good, shown before it is done and proved afterwards."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted
from commands.opening import clock, load_settings, opened_store, progress_bar
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import iso, print_json, say, warn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.asked_to_forget import Reach, Request
    from storage.copies import Copy
    from storage.proof import Proof
    from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was asked, what it reaches, and what is left of it; ``proof`` is None where nothing was done."""

    request: Request
    reach: Reach
    copies: tuple[Copy, ...]
    purged: bool = False
    proof: Proof | None = None


def forget(
    author: Annotated[
        str | None, typer.Option("--author", metavar="A", help="An account, or a name.")
    ] = None,
    mention: Annotated[int | None, typer.Option("--mention", metavar="ID", help="One mention.")] = None,
    partner: Annotated[str | None, typer.Option("--partner", metavar="P", help="A partner's name.")] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="With --author: on this channel only.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    why: Annotated[str, typer.Option("--why", help="The reason, for the audit; no names.")] = "asked for",
    by: Annotated[str, typer.Option("--by", help="Who does it; default: your login.")] = "",
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Forget an author, a mention or a partner for good: what goes does not come back, whoever brings it.

    Every word leaves the store: texts, tags, revisions, corrections, alerts, letters, indices. Then the store is
    searched for what went. Backups and exports that may still hold it are named; they are yours to delete.

    Example: earshot forget --author @somebody@social.example --dry-run

    Exit code: 0 done, and no trace found · 1 something is left, or refused · 2 wrong use.
    """
    if sum(given is not None for given in (author, mention, partner)) != 1:
        raise typer.BadParameter("say one of --author, --mention and --partner", param_hint="forget")
    if channel is not None and author is None:
        raise typer.BadParameter("it goes with --author", param_hint="--channel")
    settings = load_settings(config)
    with opened_store(settings) as store:
        with store.reading() as connection:
            request = _request(connection, author, channel, mention, partner)
            answer = _found(connection, request)
        if not json:
            _show(answer)
        if not dry_run:
            _make_sure(yes=yes)
            answer = _do(store, request, answer, zone=settings.organisation.timezone, who=by, why=why)
    if json:
        print_json(as_json(answer))
    elif answer.proof is not None:
        _tell(answer, answer.proof)
    if answer.proof is not None and (answer.proof.traces or not answer.purged):
        raise typer.Exit(1)


def _request(
    connection: Connection, author: str | None, channel: str | None, mention: int | None, partner: str | None
) -> Request:
    from storage import asked_to_forget as asked

    if author is not None:
        return asked.about_author(connection, author, channel)
    if partner is not None:
        return asked.about_partner(connection, partner)
    return asked.about_mention(connection, mention or 0)


def _found(connection: Connection, request: Request) -> Answer:
    from storage.asked_to_forget import reach
    from storage.copies import copies_with

    copies = copies_with(connection, request.mentions)
    return Answer(request=request, reach=reach(connection, request), copies=tuple(copies))


def _make_sure(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is nobody to ask; say --yes, or --dry-run", param_hint="forget")
    typer.confirm("Forget it for good?", abort=True)


def _do(store: Store, request: Request, answer: Answer, *, zone: str, who: str, why: str) -> Answer:
    from getpass import getuser

    from pipeline import Progress
    from storage import daily, forgetting, proof, traces

    with store.reading() as connection:
        words = proof.words_of(connection, request)
    reason = forgetting.Why(who=who or getuser(), reason=why)
    with progress_bar() as bar:

        def tell(done: int, total: int) -> None:
            bar(Progress(stage="forget", done=done, total=total))

        forgetting.forget(store, request, reason, now=clock(), tell=tell)
    daily.keep_current(store, zone)
    purged = traces.purge_now(store, now=clock())
    found = proof.prove(store, request, words)
    return Answer(request=request, reach=answer.reach, copies=answer.copies, purged=purged, proof=found)


def _show(answer: Answer) -> None:
    reach = answer.reach
    what = (
        counted(reach.mentions, "mention"),
        counted(reach.alerts, "alert"),
        counted(reach.letters, "letter"),
    )
    say(f"To forget this {answer.request.kind}: {', '.join(what)}.")
    for name in reach.saved_searches:
        say(f"  The saved search {name!r} asks for it, and goes too.")


def _tell(answer: Answer, proof: Proof) -> None:
    files = f" and {counted(len(proof.files), 'file')}" if proof.files else ""
    what = f"{counted(proof.looked_for, 'word')} of it in {counted(proof.tables, 'table')}{files}"
    say(f"Forgotten. Looked for {what}: " + ("found no trace." if not proof.traces else "found traces."))
    for trace in proof.traces:
        warn(f"  left in {trace}")
    if not answer.purged:
        warn(
            "Others are reading the store, so its files are not purged yet: run it again, or let Earshot do it."
        )
    if proof.by_others:
        shown = ", ".join(map(str, proof.by_others[:10]))
        say(f"Others use the same words; theirs stay unless you say so (--mention): {shown}.")
    for words in proof.not_promised:
        say(f"What cannot be promised: {words}.")
    for copy in answer.copies:
        then = (
            "run `earshot export` into it again" if copy.kind == "export" else "delete it, or make a new one"
        )
        say(f"The {copy.kind} {copy.place} of {copy.made_at:%Y-%m-%d} may hold it: {then}.")


def as_json(answer: Answer) -> dict[str, object]:
    """Return what was done in the fields of docs/reference/forget.schema.json."""
    proof, reach = answer.proof, answer.reach
    return {
        "kind": answer.request.kind,
        "mentions": reach.mentions,
        "alerts": reach.alerts,
        "letters": reach.letters,
        "saved_searches": list(reach.saved_searches),
        "done": proof is not None,
        "purged": answer.purged,
        "proof": None
        if proof is None
        else {
            "looked_for": proof.looked_for,
            "tables": proof.tables,
            "files": list(proof.files),
            "traces": list(proof.traces),
            "by_others": [str(each) for each in proof.by_others],
            "not_promised": list(proof.not_promised),
        },
        "copies": [
            {"kind": copy.kind, "place": copy.place, "made_at": iso(copy.made_at)} for copy in answer.copies
        ],
    }
