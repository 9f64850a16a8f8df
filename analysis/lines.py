"""The JSON-lines face of analysis: what ``earshot analyze FILE|-`` reads and writes. design.md, section 8."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.authors import Voices, author_partner, voices
from analysis.contract import Analysis, Analyzer
from model import Annotation, Author, Json, Mention, Partner, Reason

_TEXTS = ("text", "title", "lang", "author", "channel", "parent_text")


class _BadLineError(ValueError):
    """A line that cannot be analysed, with its id if it has one."""

    def __init__(self, message: str, external_id: str | int | None = None) -> None:
        super().__init__(message)
        self.external_id = external_id


Numbered = tuple[int, str]
"""A line with its number, from 1."""


def analyze_lines(lines: Iterable[str], analyzer: Analyzer, partners: Sequence[Partner]) -> Iterator[str]:
    """Return an iterator of one JSON text for each line that is not blank, in order, without line ends.

    Each answer is given before the next line is read, so a pipe answers at once and memory stays constant. A bad
    line becomes ``{"id": …, "error": "line 7: …"}``. The answer names the tier that judged its mention.
    """
    known = voices(partners)
    for numbered in enumerate(lines, 1):
        (answer,) = answers([numbered], analyzer, known)
        if answer is not None:
            yield answer


def answers(lines: Sequence[Numbered], analyzer: Analyzer, known: Voices) -> list[str | None]:
    """Return the answers to some lines, in order; None for a blank one."""
    read = [_read(line, number, known) for number, line in lines]
    found = iter(analyzer.analyze([one.mention for one in read if isinstance(one, _Asked)]))
    told = [_answer(one, next(found), analyzer) if isinstance(one, _Asked) else one for one in read]
    # ASCII: half characters pass any pipe
    return [None if one is None else json.dumps(one) for one in told]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line that can be analysed: its id as it was given, and what it says."""

    given_id: str | int
    mention: Mention


def _read(line: str, number: int, known: Voices) -> _Asked | dict[str, Json] | None:
    """Return what a line asks, or the answer to a bad one; None for a blank one."""
    line = line.removeprefix("\ufeff").strip()
    if not line:
        return None
    try:
        given_id, mention = _mention(line)
    except _BadLineError as bad:
        return {"id": bad.external_id, "error": f"line {number}: {bad}"}
    handle = mention.author.handle if mention.author else ""
    return _Asked(given_id, replace(mention, author_partner=author_partner(mention.channel, handle, known)))


def _answer(asked: _Asked, analysis: Analysis, analyzer: Analyzer) -> dict[str, Json]:
    return {
        "id": asked.given_id,
        **as_json(analysis),
        "author_partner": asked.mention.author_partner,
        "concern": _concern(analysis.annotations),
        "tier": analysis.tier,
        "version": analyzer.version,
    }


def _mention(line: str) -> tuple[str | int, Mention]:
    """Return the id as it was given, and the mention; _BadLineError says what is wrong with the line."""
    try:
        row: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _BadLineError(f"not JSON ({str(error)[:100]})") from error
    if not isinstance(row, dict):
        raise _BadLineError("not a JSON object")
    given_id = row.get("id")
    if not isinstance(given_id, str | int) or isinstance(given_id, bool):
        raise _BadLineError('no "id" (a text or a whole number)')
    texts = {name: _text(row, name, given_id) for name in _TEXTS}
    if row.get("text") is None:
        raise _BadLineError('no "text"', given_id)
    ours = row.get("in_our_thread") or False
    if not isinstance(ours, bool):
        raise _BadLineError('"in_our_thread" is neither true nor false', given_id)
    return given_id, Mention(
        channel=texts["channel"],
        external_id=str(given_id),
        text=texts["text"],
        title=texts["title"],
        lang=texts["lang"] or None,
        author=Author(texts["author"]) if texts["author"] else None,
        parent_text=texts["parent_text"],
        in_our_thread=ours,
    )


def _text(row: Mapping[object, object], name: str, given_id: str | int) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _BadLineError(f'"{name}" is not a text', given_id)
    return value


def as_json(analysis: Analysis) -> dict[str, Json]:
    """Return language, sentiment, needs, intents, partners and aspects in the fixed shape.

    A text that was not analysed (no language of ours, no words) is neutral with confidence 0.
    """
    feeling = next((one for one in analysis.annotations if one.kind == "sentiment"), None)
    return {
        "lang": analysis.lang,
        "sentiment": {
            "label": feeling.label if feeling else "neutral",
            "score": feeling.score if feeling else 0.0,
            "confidence": feeling.confidence if feeling else 0.0,
            "because": _because(feeling),
        },
        "needs": [_label(one) for one in analysis.annotations if one.kind == "need"],
        "intents": [_label(one) for one in analysis.annotations if one.kind == "intent"],
        "partners": [_partner(one) for one in analysis.annotations if one.kind == "partner"],
        "aspects": [_one_aspect(one) for one in analysis.annotations if one.kind == "aspect"],
    }


def _label(annotation: Annotation) -> Json:
    return {"label": annotation.label, "confidence": annotation.confidence, "because": _because(annotation)}


def _partner(annotation: Annotation) -> Json:
    span = annotation.because[0]
    return {"partner": annotation.label, "in": span.place, "start": span.start, "end": span.end}


def _one_aspect(annotation: Annotation) -> Json:
    words = annotation.because[0]
    label, _, target = annotation.label.partition(": ")
    return {
        "target": target,
        "in": words.place,
        "start": words.start,
        "end": words.end,
        "label": label,
        "score": annotation.score,
        "confidence": annotation.confidence,
    }


def _concern(annotations: Sequence[Annotation]) -> Json:
    verdict = next((one for one in annotations if one.kind == "concern"), None)
    return {
        "is_concern": verdict is not None and verdict.label == "yes",
        "confidence": verdict.confidence if verdict else 0.0,
        "because": _because(verdict),
    }


def _because(annotation: Annotation | None) -> Json:
    return [_reason(one) for one in annotation.because] if annotation else []


def _reason(reason: Reason) -> Json:
    return {
        "in": reason.place,
        "start": reason.start,
        "end": reason.end,
        "text": reason.text,
        "weight": reason.weight,
    }
