"""By what near-copies of a mention are found: a few whole numbers, of which a copy shares at least one.

Bands of a MinHash over the letters (rensa), the first words, and the pages that it leads to. Sharing a key says
only that comparing is worth while (analysis/likeness.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from zlib import crc32

from analysis.likeness import FEWEST, FEWEST_OF_A_LINK
from analysis.said import Said

BANDS, ROWS = 8, 3
"""A pair whose letters are alike by J shares a band with 1 − (1 − J³)⁸: 0.99 at 0.75, 0.66 at 0.5, 0.06 at 0.2."""
GRAM = 5
_FIRST = 6
_SHINGLE, _AMONG_FIRST = 4, 12
_SEED = 7


@dataclass(frozen=True, slots=True)
class StoryKeys:
    """``print`` is the same for the same words, however often they are analysed; ``keys`` fit 32 bits with a sign."""

    print: str
    keys: tuple[int, ...]


def story_keys(what: Said) -> StoryKeys | None:
    """Return by what copies of a mention are found; None for one that is too short to be told from others."""
    if len(what.whole) < (FEWEST_OF_A_LINK if what.links else FEWEST):
        return None
    keys = sorted(set(_keys(what)))
    seal = hashlib.blake2b(repr((_made_by(), keys, what.whole, what.is_cut)).encode(), digest_size=12)
    return StoryKeys(seal.hexdigest(), tuple(keys))


def _made_by() -> int:
    from rensa import RMinHash

    return int(RMinHash.ALGORITHM_VERSION)  # another version's numbers mean something else


def _keys(what: Said) -> Iterator[int]:
    body = what.body if len(what.body) >= FEWEST else what.whole
    if len(body) >= FEWEST:
        yield from _bands(" ".join(body))
    for words in {body, what.whole}:
        yield _key("first", " ".join(words[:_FIRST]))
        if len(words) >= FEWEST:
            yield _key("among the first", _least(words[:_AMONG_FIRST]))
    yield from (_key("page", page) for page in what.links)


def _bands(text: str) -> Iterator[int]:
    from rensa import RMinHash

    sketch = RMinHash(num_perm=BANDS * ROWS, seed=_SEED)
    sketch.update([text[at : at + GRAM] for at in range(len(text) - GRAM + 1)])
    digest: Sequence[int] = sketch.digest()
    for band in range(BANDS):
        yield _key(f"band {_made_by()} {band}", repr(digest[band * ROWS : (band + 1) * ROWS]))


def _least(words: Sequence[str]) -> str:
    """Return one shingle of the words, the same one where a few other words stand before them."""
    shingles = (" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))
    return min(chain(shingles), key=lambda shingle: crc32(shingle.encode()))


def _key(kind: str, what: str) -> int:
    return crc32(f"{kind}\0{what}".encode()) - (1 << 31)
