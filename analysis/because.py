"""The words that earned a tag: what each word gave, gathered into a few readable stretches of the text.

All tags of a batch at once: word by word, tag by tag, it took a third of the fast tier's time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


_MOST = 3
"""Stretches that are shown for a tag: the strongest."""

_WORTH_TELLING = 0.12
"""The least share of all that speaks for a tag that a stretch must have."""

_FULL = 8
"""Words with which a stretch is full; it may have nine, since a weak word comes with the strong one after it."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """The strongest stretches of some tags, tag after tag and as they stand: the tag, the first word, the word after
    the last, and the share of all that speaks for the tag."""

    tags: Ints
    firsts: Ints
    ends: Ints
    shares: Floats


def stretches(given: Floats, starts: Ints, is_word: Mask) -> Stretches:
    """Return the strongest stretches of each tag.

    ``given`` is what each word gave, the words of one tag after those of another; ``starts`` says where each tag's
    begin, and where all end; no tag is without words. ``is_word`` is false for signs, which never begin or end a
    stretch. A word that gave a little between two that gave much belongs to their stretch.
    """
    lengths = np.diff(starts)
    most = np.maximum.reduceat(given, starts[:-1])
    total = np.add.reduceat(np.maximum(given, 0.0), starts[:-1])
    floor = np.repeat(np.where(most > 0, np.maximum(most * 0.25, total * 0.02), np.inf), lengths)
    strong = (given >= floor) & is_word
    firsts = np.flatnonzero(strong)
    tags = np.repeat(np.arange(len(lengths)), lengths)[firsts]
    ends = _ends(strong, is_word & (given > -floor), firsts, starts[tags + 1])
    apart = _apart(firsts, ends)
    firsts, ends, tags = firsts[apart], ends[apart], tags[apart]
    # each first and its end, and each end and the first after it: what is between the latter is not asked for
    sums = np.add.reduceat(np.append(given, 0.0), np.stack((firsts, ends), axis=1).ravel())[::2]
    shares = sums / total[tags]
    kept = _strongest(tags, shares)
    return Stretches(tags[kept], firsts[kept], ends[kept], shares[kept])


def _ends(strong: Mask, weak: Mask, begins: Ints, stops: Ints) -> Ints:
    """Return where stretches end that begin so, before ``stops``: a weak word may stand within, a sign may not."""
    strong = np.append(strong, (False, False))
    weak = np.append(weak, False)
    ends = begins + 1
    furthest = np.minimum(begins + _FULL, stops)
    for _ in range(1, _FULL):
        inside = ends < furthest
        on = inside & strong[ends]
        over = inside & ~on & weak[ends] & strong[ends + 1] & (ends + 1 < stops)
        ends += on + 2 * over
    return ends


def _apart(firsts: Ints, ends: Ints) -> list[int]:
    """Return which stretches there are: each that begins when the one before it has ended."""
    found = []
    last = 0
    for at, (first, end) in enumerate(zip(firsts.tolist(), ends.tolist(), strict=True)):
        if first >= last:
            found.append(at)
            last = end
    return found


def _strongest(tags: Ints, shares: Floats) -> Ints:
    """Return the places of each tag's strongest that are worth telling, or of the strongest alone."""
    order = np.lexsort((-shares, tags))
    of_tag = tags[order]
    rank = np.arange(len(order)) - np.searchsorted(of_tag, of_tag)
    kept = (rank == 0) | ((rank < _MOST) & (shares[order] >= _WORTH_TELLING))
    return np.sort(order[kept])
