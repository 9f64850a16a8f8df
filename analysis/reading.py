"""What is known of one mention while it walks through the pipeline; each component adds its part.

It lies in ``doc.user_data``, so that a component of another make (a user's own spaCy pipeline, another model) can
take the place of one of ours by writing the same part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from analysis.fold import Folded
from model import Annotation, Mention, Reason

if TYPE_CHECKING:
    from spacy.tokens import Doc

KEY = "earshot"
UNKNOWN = "und"

Who = Literal["us", "partner"]


@dataclass(frozen=True, slots=True)
class Name:
    """Us or a partner, at tokens ``start`` to ``end``, which are the folded characters ``first`` to ``last``."""

    who: Who
    name: str
    start: int
    end: int
    first: int
    last: int


@dataclass(slots=True)
class Reading:
    """The work on one mention: facts in, annotations out."""

    mention: Mention
    folded: Folded
    lang: str = UNKNOWN
    lang_confidence: float = 0.0
    readable: bool = False  # it has words of a language that the models were trained on
    names: list[Name] = field(default_factory=list)
    parent: Doc | None = None  # what it answers, read as far as its names
    annotations: list[Annotation] = field(default_factory=list)


def reading_of(doc: Doc) -> Reading:
    """Return the reading that a component works on."""
    reading = doc.user_data[KEY]
    assert isinstance(reading, Reading)
    return reading


def reason(reading: Reading, first: int, last: int, weight: float) -> Reason:
    """Return folded characters ``first`` to ``last`` as the words that were written, with their weight."""
    place, start, end, text = reading.folded.place(first, last)
    return Reason(place, start, end, text, round(weight, 3))
