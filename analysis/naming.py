"""We and the partners who are named, as annotations: one each time that a name stands there."""

from __future__ import annotations

from analysis.reading import Reading, reason
from model import Annotation

_SURE = 0.95
"""How many of a hundred names that were found are the partner's (docs/models/fast.md)."""


def named(reading: Reading, version: str) -> list[Annotation]:
    """Return an annotation for each name in a mention, ours and the partners'; ``version`` is that of the names."""
    return [
        Annotation(
            kind=name.who,
            label=name.name,
            confidence=_SURE,
            because=(reason(reading, name.first, name.last, 1.0),),
            version=version,
        )
        for name in reading.names
    ]
