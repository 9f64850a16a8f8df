"""The component that turns the partners who are named into annotations, one a mention of a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from analysis.reading import reading_of, reason
from model import Annotation

if TYPE_CHECKING:
    from spacy.tokens import Doc


def partner_annotations(version: str) -> Callable[[Doc], Doc]:
    """Return the component; ``version`` is that of the names."""

    def annotate(doc: Doc) -> Doc:
        reading = reading_of(doc)
        for name in reading.names:
            if name.who == "partner":
                because = (reason(doc, name.start, name.end, 1.0),)
                reading.annotations.append(
                    Annotation(
                        kind="partner", label=name.name, confidence=0.95, because=because, version=version
                    )
                )
        return doc

    return annotate
