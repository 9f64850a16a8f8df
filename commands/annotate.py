"""`earshot annotate`: say what a mention's tags should be, see who said so, and take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.opening import clock, opened_line
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import iso, print_json, print_table, say

if TYPE_CHECKING:
    from model import Correction, Mention, Settings
    from pipeline import Line


class Sentiment(StrEnum):
    """What a mention feels."""

    negative = "negative"
    neutral = "neutral"
    positive = "positive"


class YesNo(StrEnum):
    """Whether it is a concern about us."""

    yes = "yes"
    no = "no"


Labels = list[str]


def annotate(
    mention: Annotated[int, typer.Argument(help="The mention's id, as search --json shows it.")],
    sentiment: Annotated[Sentiment | None, typer.Option("--sentiment", help="What it feels.")] = None,
    concern: Annotated[
        YesNo | None, typer.Option("--concern", help="Whether it is a concern about us.")
    ] = None,
    need: Annotated[Labels | None, typer.Option("--need", help="A need that it tells of.")] = None,
    no_need: Annotated[Labels | None, typer.Option("--no-need", help="One that it does not.")] = None,
    intent: Annotated[Labels | None, typer.Option("--intent", help="What the speaker does.")] = None,
    no_intent: Annotated[Labels | None, typer.Option("--no-intent", help="What they do not.")] = None,
    partner: Annotated[Labels | None, typer.Option("--partner", help="A partner that it names.")] = None,
    no_partner: Annotated[Labels | None, typer.Option("--no-partner", help="One that it does not.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who says so; default: your login.")] = "",
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back what was said last of this mention.")
    ] = False,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Correct a mention's tags. It holds at once, and no analysis writes over it.

    Labels may be given more than once. Without any, the tags are shown, with who said each.

    Example: earshot annotate 1756482930114560 --need access --no-need information --concern yes

    Exit code: 0 done · 1 there is no such mention · 2 wrong use.
    """
    with opened_line(config) as line:
        given = [*_alone("sentiment", sentiment), *_alone("concern", concern)]
        given += _many("need", need, no_need, _needs())
        given += _many("intent", intent, no_intent, _intents())
        given += _many("partner", partner, no_partner, _partners(line.settings))
        if undo and given:
            raise typer.BadParameter("it takes back, and cannot say something new too", param_hint="--undo")
        if undo:
            _undo(line, mention)
        elif given:
            _say(line, mention, given, by)
        _show(line, mention, json=json)


def _alone(kind: str, label: StrEnum | None) -> Iterator[tuple[str, str, bool]]:
    if label is not None:
        yield kind, label.value, True


def _many(
    kind: str, there: Sequence[str] | None, not_there: Sequence[str] | None, known: dict[str, str]
) -> Iterator[tuple[str, str, bool]]:
    for labels, holds, option in ((there, True, f"--{kind}"), (not_there, False, f"--no-{kind}")):
        for label in labels or ():
            yield kind, _known(label, known, option), holds


def _known(label: str, known: dict[str, str], option: str) -> str:
    if label.casefold() in known:
        return known[label.casefold()]
    near = get_close_matches(label.casefold(), known, n=1)
    names = ", ".join(dict.fromkeys(known.values()))
    meant = f"did you mean {known[near[0]]}?" if near else f"there are: {names}"
    raise typer.BadParameter(f"there is no {label!r}; {meant}", param_hint=option)


def _needs() -> dict[str, str]:
    from model import NEEDS

    return {need: need for need in NEEDS}


def _intents() -> dict[str, str]:
    from model import INTENTS

    return {intent: intent for intent in INTENTS}


def _partners(settings: Settings) -> dict[str, str]:
    return {
        called.casefold(): partner.name
        for partner in settings.partners
        for called in (*partner.aliases, partner.name)
    }


def _say(line: Line, mention: int, given: Sequence[tuple[Any, str, bool]], by: str) -> None:
    from getpass import getuser

    from model import Correction
    from pipeline import annotate as keep

    who, at = by or getuser(), clock()
    keep(
        line,
        mention,
        [Correction(kind=kind, label=label, holds=holds, by=who, at=at) for kind, label, holds in given],
    )


def _undo(line: Line, mention: int) -> None:
    from pipeline import undo_annotate

    undone = undo_annotate(line, mention)
    if not undone:
        say(f"Nobody has corrected mention {mention}.")


def _show(line: Line, mention_id: int, *, json: bool) -> None:
    from storage.corrections import correctable, corrections_of

    with line.store.reading() as connection:
        mention = correctable(connection, mention_id)
        said = corrections_of(connection, [mention_id]).get(mention_id, [])
    if json:
        print_json(as_json(mention, said))
        return
    print_table(("kind", "tag", "said by", "when (UTC)", "because"), list(_rows(mention, said)))


def as_json(mention: Mention, said: Sequence[Correction]) -> dict[str, object]:
    """Return a mention's tags and corrections in the fields of docs/reference/annotate.schema.json."""
    return {
        "id": str(mention.id),
        "tags": [
            {
                "kind": tag.kind,
                "label": tag.label,
                "confidence": tag.confidence,
                "origin": tag.origin,
                "version": tag.version,
            }
            for tag in mention.annotations
        ],
        "corrections": [
            {"kind": one.kind, "label": one.label, "holds": one.holds, "by": one.by, "at": iso(one.at)}
            for one in said
        ],
    }


def _rows(mention: Mention, said: Sequence[Correction]) -> Iterator[tuple[object, ...]]:
    """Yield a row for each tag, and for each that a person took away."""
    latest = {(one.kind, one.label): one for one in said}
    for tag in mention.annotations:
        person = latest.get((tag.kind, tag.label)) if tag.origin == "person" else None
        words = " · ".join(why.text for why in tag.because)
        yield (
            tag.kind,
            tag.label,
            person.by if person else f"{tag.origin} {tag.version}",
            _when(person),
            words,
        )
    for one in latest.values():
        if not one.holds:
            yield one.kind, f"not {one.label}", one.by, _when(one), ""


def _when(one: Correction | None) -> str:
    return f"{one.at:%Y-%m-%d %H:%M}" if one else ""
