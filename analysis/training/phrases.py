"""Turns of speech with what they say, ``phrases/<lang>/*.toml``: they lend their words to heads that have few texts.

late again              these words, in this order
(no|any) reply          one of these; (very|) good: or none; deliver(y|ies): within a word too
was .. late             words between
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from itertools import islice, product
from pathlib import Path
from random import Random

from analysis.training.examples import Example, Named, flag_labels
from model import NEEDS, Organisation

FOLDER = Path(__file__).parent / "phrases"

_MOST = 24
"""Forms of one pattern that are learned from, drawn by a seed."""

_COUNTS = 1.5
"""What all forms of one pattern count for together, where a text of ours counts 3."""

_LARGEST = 4_000
_INTENTS = ("question", "request", "suggestion", "praise", "thanks", "offer")
_FEELINGS = {
    ("positive", "strong"): (0.0, 0.0, 1.0),
    ("positive", "plain"): (0.0, 0.1, 0.9),
    ("positive", "mild"): (0.0, 0.5, 0.5),
    ("negative", "strong"): (1.0, 0.0, 0.0),
    ("negative", "plain"): (0.9, 0.1, 0.0),
    ("negative", "mild"): (0.5, 0.5, 0.0),
    ("negative", "dry"): (0.3, 0.7, 0.0),
}
_US = Named(slug="phrases", organisation=Organisation(name="Ourname"), partners=())
_CONCERNS: Mapping[str | tuple[str, str], float] = {
    "fault": 0.9,
    ("negative", "strong"): 0.8,
    ("negative", "plain"): 0.7,
    "positive": 0.03,
    "want": 0.1,
    "intent": 0.05,
}
"""How likely a turn of speech is a concern where it is told of us."""

_MOST_ABOUT_US = 6

Labels = Mapping[str, float]


def phrase_examples(folder: Path = FOLDER) -> list[Example]:
    """Return the forms of every pattern as examples; ValueError for a pattern with a slip of the pen."""
    draw = Random(1)  # noqa: S311  to be repeatable, not secret
    return [
        example
        for file in sorted(folder.glob("*/*.toml"))
        for group, label, pattern in _entries(file)
        for example in _examples(group, label, forms(pattern), file.parent.name, draw)
    ]


def _entries(file: Path) -> Iterator[tuple[str, str, str]]:
    with file.open("rb") as opened:
        for group, labels in tomllib.load(opened).items():
            for label, patterns in labels.items():
                for pattern in patterns:
                    yield group, label, pattern


def _examples(group: str, label: str, every: list[str], lang: str, draw: Random) -> Iterator[Example]:
    labels = _labels(group, label)
    if not labels:
        return
    some = every if len(every) <= _MOST else draw.sample(every, _MOST)
    for form in some:
        yield Example(text=form, labels=labels, lang=lang, source="phrases", counts=_COUNTS / len(some))
    if (group, label) in _CONCERNS or group in _CONCERNS:
        yield from _about_us(some, _CONCERNS.get((group, label), _CONCERNS.get(group, 0.0)), lang)


def _about_us(some: list[str], likely: float, lang: str) -> Iterator[Example]:
    """Yield forms as they are told of us, in our thread, and of nobody: there they are hardly ever a concern."""
    for form in some[:_MOST_ABOUT_US]:
        for text, ours, concern in (
            (f"Ourname: {form}", False, likely),
            (form, True, likely),
            (form, False, 0.04),
        ):
            yield Example(
                text=text,
                labels={"concern:yes": concern},
                lang=lang,
                source="phrases",
                named=_US,
                in_our_thread=ours,
                counts=_COUNTS / min(len(some), _MOST_ABOUT_US),
            )


def _labels(group: str, label: str) -> Labels:
    if (group, label) in _FEELINGS:
        negative, neutral, positive = _FEELINGS[(group, label)]
        return {"sentiment:negative": negative, "sentiment:neutral": neutral, "sentiment:positive": positive}
    if group == "intent" and label in _INTENTS:
        return {f"intent:{label}": 1.0}
    if group in ("want", "fault") and label in NEEDS:
        return flag_labels("need", [label])
    return {}


def forms(pattern: str) -> list[str]:
    """Return the phrases that a pattern may be."""
    parts = [_expand(part) for part in pattern.split("..")]
    return [" ".join(" ".join(choice).split()) for choice in islice(product(*parts), _LARGEST)]


def _expand(part: str) -> list[str]:
    found, read = _alternatives(part, 0)
    if read < len(part):
        raise ValueError(f"the pattern part {part!r} has a bracket without its other half")
    return found


def _alternatives(part: str, at: int) -> tuple[list[str], int]:
    """Return what stands from ``at`` to the bracket that closes, with every choice made, and where that ends."""
    options: list[str] = []
    current = [""]
    while at < len(part) and part[at] != ")":
        if part[at] == "(":
            inner, at = _alternatives(part, at + 1)
            current = [before + word for before in current for word in inner][:_LARGEST]
        elif part[at] == "|":
            options, current = options + current, [""]
        else:
            current = [before + part[at] for before in current]
        at += 1
    return options + current, at
