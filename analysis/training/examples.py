"""One form for every labelled text, our own and the public ones, whichever heads its set knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.heads import HEADS
from model import INTENTS, NEEDS, SENTIMENTS, Mention, Organisation, Partner

Who = Literal["other", "partner", "us"]
Lang = str
Targets = npt.NDArray[np.float64]

_BRACED = re.compile(r"\{([^{}]*)\}")
_SAME = re.compile(r"https?://\S+|\bhttps?\b|@\w*|[^\w@]+|_+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An invented organisation: whom its texts are about, and who its partners are."""

    slug: str
    organisation: Organisation
    partners: tuple[Partner, ...]
    field: str = ""
    held_back: bool = False


NOBODY = Named(slug="", organisation=Organisation(name=""), partners=())
"""Whom the public texts are about: no organisation of ours, so nothing in them is masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled text. ``labels`` holds 0…1 for each head that its set knows; a head that is not there is unknown.

    ``partner_spans`` are the true mentions of partners, as code points of (place, start, end).
    """

    text: str
    labels: Mapping[str, float]
    lang: Lang
    source: str  # the set that it comes from: ``own``, ``semeval`` …
    title: str = ""
    channel: str = ""
    parent_text: str = ""
    in_our_thread: bool = False
    who: Who = "other"
    named: Named = NOBODY
    hard: str = ""
    counts: float = 1.0  # beside the other texts of its set
    partner_spans: tuple[tuple[str, int, int], ...] = field(default=())

    @property
    def held_back(self) -> bool:
        """Whether its organisation is one that training never sees."""
        return self.named.held_back

    def mention(self) -> Mention:
        """Return the text as the runtime meets it."""
        partners = self.named.partners
        return Mention(
            channel=self.channel,
            external_id="1",
            text=self.text,
            title=self.title,
            lang=self.lang,
            parent_text=self.parent_text,
            in_our_thread=self.in_our_thread,
            by_us=self.who == "us",
            author_partner=partners[0].name if self.who == "partner" and partners else None,
        )

    def key(self) -> str:
        """Return what two copies of one text share: no addresses, accounts, signs or case."""
        return same_text(f"{self.title} {self.text}")


def same_text(text: str) -> str:
    """Return a text without addresses, accounts, signs and case; validation and training leak without it."""
    return " ".join(_SAME.sub(" ", text.casefold()).split())


def targets(examples: Sequence[Example]) -> Targets:
    """Return one row an example and one column a head, NaN where the head is unknown."""
    found = np.full((len(examples), len(HEADS)), np.nan)
    column = {head: at for at, head in enumerate(HEADS)}
    for row, example in enumerate(examples):
        for head, value in example.labels.items():
            found[row, column[head]] = value
    return found


def unbraced(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without the braces around its partners, and the spans that they stood around."""
    plain: list[str] = []
    spans: list[tuple[int, int]] = []
    length = end = 0
    for braced in _BRACED.finditer(text):
        plain += [text[end : braced.start()], braced[1]]
        length += braced.start() - end
        spans.append((length, length + len(braced[1])))
        length, end = length + len(braced[1]), braced.end()
    return "".join((*plain, text[end:])), spans


def sentiment_labels(label: str) -> dict[str, float]:
    """Return the three heads of a sentiment by its first letters: ``neg``, ``neu`` or ``pos``."""
    return {f"sentiment:{one}": float(one.startswith(label)) for one in SENTIMENTS}


def flag_labels(kind: Literal["intent", "need"], present: Sequence[str]) -> dict[str, float]:
    """Return every head of a kind, 1 where its label is present; ValueError for a label that is none."""
    known = INTENTS if kind == "intent" else NEEDS
    if unknown := set(present) - set(known):
        raise ValueError(f"{kind}s {sorted(unknown)} are none of {known}")
    return {f"{kind}:{label}": float(label in present) for label in known}
