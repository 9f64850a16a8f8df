"""`earshot digest`: what the community said in a period; shown, written to a file, or sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.opening import opened_line
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import iso, print_json, say, warn
from errors import EarshotError

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
    unsubscribe: Annotated[
        str | None, typer.Option(help="Send it no more to this address, or by the token of a letter's link.")
    ] = None,
    subscribe: Annotated[str | None, typer.Option(help="Send it again to this address.")] = None,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Build the digest of the last complete period, or of a day. Nothing is sent unless told to.

    Example: earshot digest --date 2026-11-20 --output digest.html

    Exit code: 0 done · 1 a letter could not be sent · 2 wrong use.
    """
    import pipeline
    from commands.readers import change_readers
    from delivery.digest import digest_letter
    from net.gate import NOWHERE

    if unsubscribe is not None or subscribe is not None:
        change_readers(config, name, gone=unsubscribe, back=subscribe)
        return
    with opened_line(config, reach=None if send else NOWHERE) as line:
        chosen = chosen_digest(line.settings, name)
        if send and to is None and not chosen.to:
            raise typer.BadParameter(
                f"nobody receives the digest {chosen.name!r}; name somebody by --to, or in [[digests]]",
                param_hint="--send",
            )
        recipients = (to,) if to is not None else chosen.to or ("nobody@localhost",)
        local_day = None if day is None else day.date()
        period = pipeline.period_asked(line, chosen, recipients[0], day=local_day)
        if period.end > line.now():
            _is_not_over(period.end, send=send)
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
            "skipped": [],
        }
        if send:
            if line.transport is None:
                raise typer.BadParameter(
                    "there is neither [smtp] nor [[transports]] in the configuration to send by",
                    param_hint="--send",
                )
            answer |= _send(line, chosen, recipients, local_day)
    if json:
        print_json(answer)
    else:
        _print(answer, letter.text, output, send=send)
    if answer["unsent"]:
        raise typer.Exit(1)


def _is_not_over(end: datetime, *, send: bool) -> None:
    if send:
        raise typer.BadParameter(
            f"this period ends at {iso(end)}: send it then, or look at it without --send", param_hint="--send"
        )
    warn(f"This period ends at {iso(end)}: the digest may still grow.")


def chosen_digest(settings: Settings, name: str | None) -> Digest:
    """Return the digest of a name, or the first one; a BadParameter says which there are."""
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


def _send(line: Line, chosen: Digest, recipients: Sequence[str], day: date | None) -> dict[str, list[str]]:
    """Send to each recipient; say who got it, who did not and why, and who was not to get anything."""
    import pipeline

    answer: dict[str, list[str]] = {"sent": [], "unsent": [], "skipped": []}
    keys: dict[str, str] = {}
    for recipient in recipients:
        try:
            told = pipeline.send_digest(line, chosen, recipient, day=day)
        except EarshotError as error:  # the others' goes nevertheless
            answer["unsent"].append(f"{recipient}: {error}")
            continue
        if told.key is None:
            answer["skipped"].append(f"{recipient}: {told.outcome}")
        else:
            keys[told.key] = recipient
    went_before = {key for key, state, _ in _letters(line, keys) if state == "sent"}
    pipeline.send_now(line)
    for key, state, trouble in _letters(line, keys):
        if state == "sent" and key not in went_before:
            answer["sent"].append(keys[key])
        elif state in ("waiting", "failed"):
            answer["unsent"].append(f"{keys[key]}: {trouble}")
        else:
            answer["skipped"].append(f"{keys[key]}: told before")
    return answer


def _letters(line: Line, keys: Collection[str]) -> list[tuple[str, str, str]]:
    from storage.digests import letter_states

    with line.store.reading() as connection:
        return letter_states(connection, keys)


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
    for why in answer["skipped"]:
        say(f"Nothing was sent to {why}.")
