"""Batches of docs: what a batch shares is a third of the work of one mention (bench/analyze.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc

AT_ONCE = 256
"""Docs of a batch at the most."""

_TOKENS = 50_000
"""Tokens with which a batch ends sooner: what is worked out for 256 of the longest texts took 860 MB."""


def batches(stream: Iterable[Doc], size: int) -> Iterator[list[Doc]]:
    """Yield docs in order, ``size`` at a time; fewer where they are long."""
    batch: list[Doc] = []
    tokens = 0
    for doc in stream:
        batch.append(doc)
        tokens += len(doc)
        if len(batch) >= size or tokens >= _TOKENS:
            yield batch
            batch, tokens = [], 0
    if batch:
        yield batch
