"""Tags as rows of the table of annotations: what is whole is stored, and what is not is left out with a warning."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from math import isfinite
from typing import Any

from model import Annotation, Mention

log = logging.getLogger(__name__)

LONGEST_LABEL = 250
"""Code points of a label: it stands in an index."""


def tag_rows(mention: Mention, tags: Sequence[Annotation]) -> list[dict[str, Any]]:
    """Return a mention's tags as rows; a label that is given twice is numbered."""
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for tag in tags:
        if not _is_whole(tag):
            log.warning(
                "a tag without a kind, a label or a confidence is left out", extra={"mention": mention.id}
            )
            continue
        key = (tag.kind, tag.label[:LONGEST_LABEL])
        n = seen.get(key, 0)
        seen[key] = n + 1
        rows.append(
            {
                "mention_id": mention.id,
                "kind": tag.kind,
                "label": tag.label[:LONGEST_LABEL],
                "n": n,
                "score": tag.score,
                "confidence": tag.confidence,
                "because": [
                    {
                        "in": why.place,
                        "start": why.start,
                        "end": why.end,
                        "text": why.text,
                        "weight": why.weight,
                    }
                    for why in tag.because
                ],
                "origin": tag.origin,
                "version": tag.version,
            }
        )
    return rows


def _is_whole(tag: Annotation) -> bool:
    """Tell whether a tag can be stored: a plug-in may say anything, and must not take its neighbours with it."""
    words: tuple[object, ...] = (tag.kind, tag.label)
    numbers: tuple[object, ...] = (tag.confidence, 0.0 if tag.score is None else tag.score)
    named = all(isinstance(word, str) and word != "" for word in words)
    return named and all(isinstance(number, int | float) and isfinite(number) for number in numbers)
