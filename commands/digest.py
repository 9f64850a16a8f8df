"""`earshot digest`: what the community said in a period; shown, written to a file, or sent."""

from __future__ import annotations

from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.opening import opened_line
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import iso, print_json, say, warn

if TYPE_CHECKING:
    from model import Digest, Settings
    from pipeline import Line


def digest(
    name: Annotated[str | None, typer.Option("--name", help="Which digest; default: the first.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], help="The letter of this local day; default: the last one."
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Another recipient than the configuration's.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write the HTML to a file.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it, once to each recipient.")] = False,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Build the digest of the last complete period, or of a day. Nothing is sent unless told to.

    Example: earshot digest --date 2026-11-20 --output digest.html

    Exit code: 0 done · 1 a letter could not be sent · 2 wrong use.
    """
    import pipeline
    from delivery.digest import digest_letter
    from delivery.periods import last_period, period_of
    from net.gate import NOWHERE

    with opened_line(config, reach=None if send else NOWHERE) as line:
        chosen = _chosen(line.settings, name)
        if send and to is None and not chosen.to:
            raise typer.BadParameter(
                f"nobody receives the digest {chosen.name!r}; name somebody by --to, or in [[digests]]",
                param_hint="--send",
            )
        period = last_period(chosen, line.now()) if day is None else period_of(chosen, _day(day))
        if period.end > line.now():
            warn(f"This period ends at {iso(period.end)}: the digest may still grow.")
        recipients = (to,) if to is not None else chosen.to or ("nobody@localhost",)
        facts = pipeline.digest_facts(line, chosen, recipients[0], period)
        letter = digest_letter(facts)
        if output is not None:
            output.write_text(letter.html, encoding="utf-8")
        answer: dict[str, Any] = {
            "name": chosen.name,
            "period": {"start": iso(period.start), "end": iso(period.end)},
            "recipients": list(recipients),
            "subject": letter.subject,
            "text": letter.text,
            "output": None if output is None else str(output),
            "sent": [],
            "unsent": [],
        }
        if send:
            if line.transport is None:
                raise typer.BadParameter(
                    "there is neither [smtp] nor [[transports]] in the configuration to send by",
                    param_hint="--send",
                )
            keys = [pipeline.send_digest(line, chosen, each, period) for each in recipients]
            pipeline.send(line)
            answer |= _what_became_of_them(line, [key for key in keys if key is not None])
    if json:
        print_json(answer)
    else:
        _print(answer, letter.text, output, send=send)
    if answer["unsent"]:
        raise typer.Exit(1)


def _chosen(settings: Settings, name: str | None) -> Digest:
    there = [each.name for each in settings.digests]
    if not there and name is None:
        from model import Digest

        us = settings.organisation  # to see what it would be like, nobody needs to have a digest yet
        return Digest(name="daily", timezone=us.timezone, language=(*us.languages, "en")[0])
    if name is None:
        return settings.digests[0]
    for each in settings.digests:
        if each.name == name:
            return each
    near = get_close_matches(name, there, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(there) or 'none'}"
    raise typer.BadParameter(f"there is no digest {name!r}; {hint}", param_hint="--name")


def _day(written: datetime) -> date:
    return written.date()


def _what_became_of_them(line: Line, keys: list[str]) -> dict[str, object]:
    from storage.outbox import load_messages

    with line.store.reading() as connection:
        letters = [kept for kept in load_messages(connection) if kept.message.key in keys]
    return {
        "sent": [kept.message.recipient for kept in letters if kept.state == "sent"],
        "unsent": [
            f"{kept.message.recipient}: {kept.last_error}" for kept in letters if kept.state != "sent"
        ],
    }


def _print(answer: dict[str, Any], text: str, output: Path | None, *, send: bool) -> None:
    say(f"Subject: {answer['subject']}")
    say()
    say(text)
    if output is not None:
        say(f"The letter as it looks in a mail program: {output}")
    if not send:
        say("Nothing was sent; --send sends it.")
        return
    for recipient in answer["sent"]:
        say(f"Sent to {recipient}.")
    for trouble in answer["unsent"]:
        warn(f"Not sent to {trouble}")
    if not answer["sent"] and not answer["unsent"]:
        say("Nothing was sent: everybody has this period's letter already.")
