"""The component that tells of each name that stands there, a partner's or ours, in an annotation of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from analysis.reading import reading_of, reason
from model import Annotation

if TYPE_CHECKING:
    from spacy.tokens import Doc


def naming(version: str) -> Callable[[Doc], Doc]:
    """Return the component; ``version`` is that of the names."""

    def annotate(doc: Doc) -> Doc:
        reading = reading_of(doc)
        for name in reading.names:
            if name.who == "other":
                continue
            because = (reason(doc, name.start, name.end, 1.0),)
            reading.annotations.append(
                Annotation(kind=name.who, label=name.name, confidence=0.95, because=because, version=version)
            )
        return doc

    return annotate
