"""A batch of mentions laid out flat: each word's number, its neighbours and its zone, and what is known beside them.

Training and runtime read the very same sheet. Nothing on it depends on a mention's neighbours in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.classes import Class
from analysis.reading import Reading, reading_of
from analysis.vocabulary import PARTNER_KEY, US_KEY, Vocabulary
from analysis.words import pair_rows

if TYPE_CHECKING:
    from spacy.tokens import Doc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ZONES = ("us", "you", "ours", "elsewhere", "away", "by us")
"""Where a sentence stands: it names us · speaks to us in our thread · is in our thread · is beside sentences that
name us · has nothing to do with us · is our own. A fault weighs for a concern by its zone."""

_ASKED: list[int | str] = ["LOWER", "IDX", "LENGTH"]
_GONE = 0
"""What stands in place of a name's other words."""

_NEXT, _OVER, _NOT = 11, 13, 17
_REACH = 4
"""Words that a negation reaches."""

LONG = 80
"""Words of a mention that is read in passages: the learned texts have 71 at most, and sums grow with their length."""
_PASSAGE = 45
"""Words after which a passage ends with its sentence."""
_LONGEST = 2 * _PASSAGE
"""Words after which it ends anyway: a list, or a text without a full stop."""

CHANNELS = (
    "rss", "reddit", "x", "mastodon", "bluesky", "hackernews", "discourse", "lemmy", "stackexchange", "github",
    "youtube", "matrix", "imap", "hyperkitty", "note",
)  # fmt: skip
LANGS = ("en", "es", "pt")

FACTS = (
    "by partner", "by us", "our thread", "answers", "answers us", "names us", "names us twice", "names partner",
    "speaks to you", "asks", "asks last", "exclaims", "has title", "link", "short", "long", "we", "negated",
    "partner and us", "you in our thread",
    *(f"lang {lang}" for lang in LANGS),
    *(f"on {channel}" for channel in CHANNELS),
)  # fmt: skip
"""What is known beside the words, each 0 or 1."""

_AT = {fact: at for at, fact in enumerate(FACTS)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """``starts`` has one entry a mention and one more; the flat arrays have one entry a word (a name is one).

    ``spans`` are words × 2, where each begins and ends in the folded text. ``after``, ``over`` and ``negated`` are
    rows of the table of pairs, -1 for none: with the next word, with the one after it, and under a negation. A long
    mention has several passages, any other one: ``passages`` are the words that they begin at, and one more;
    ``first_passages`` the first of each mention, and one more; ``norms`` scale a passage's sums.
    """

    starts: Ints
    passages: Ints
    first_passages: Ints
    words: Ints
    spans: Ints
    zones: Ints
    after: Ints
    over: Ints
    negated: Ints
    facts: npt.NDArray[np.bool_]
    norms: Floats


def lay_out(docs: Sequence[Doc], vocabulary: Vocabulary) -> Sheet:
    """Return the sheet of docs that carry a reading with its names found."""
    readings = [reading_of(doc) for doc in docs]
    keys, spans, of_doc = _words(docs, readings)
    starts = np.searchsorted(of_doc, np.arange(len(docs) + 1))
    words = vocabulary.numbers(keys, docs[0].vocab.strings) if docs else np.zeros(0, np.int64)
    classes = vocabulary.classes[words]
    follows = np.zeros(len(words), dtype=bool)
    follows[1:] = of_doc[1:] == of_doc[:-1]
    begins = _begins(classes, follows)
    sentences = np.cumsum(begins) - 1
    passages, first_passages = _passages(starts, begins)
    facts = _facts(readings, docs, classes, of_doc, starts)
    zones = _zones(facts, classes, sentences, of_doc)
    signatures = vocabulary.signatures[words]
    after, over = _pairs(signatures, follows)
    negated = np.where(_reached(classes, follows), pair_rows(signatures, np.zeros_like(signatures), _NOT), -1)
    of_passage = np.repeat(np.arange(len(passages) - 1), np.diff(passages))
    sizes = np.bincount(of_passage, weights=vocabulary.sizes[words], minlength=len(passages) - 1)
    return Sheet(
        starts=starts,
        passages=passages,
        first_passages=first_passages,
        words=words,
        spans=spans,
        zones=zones,
        after=after,
        over=over,
        negated=negated,
        facts=facts,
        norms=1.0 / np.sqrt(sizes + 1.0),
    )


def _words(docs: Sequence[Doc], readings: Sequence[Reading]) -> tuple[list[int], Ints, Ints]:
    """Return the key of each word, a name as one word, its span, and which doc it is in."""
    told = [doc.to_array(_ASKED) for doc in docs]
    flat = np.concatenate(told) if told else np.zeros((0, len(_ASKED)), np.uint64)
    keys, spans = flat[:, 0], flat[:, 1:].astype(np.int64)
    spans[:, 1] += spans[:, 0]
    first = 0
    for reading, tokens in zip(readings, told, strict=True):
        for name in reading.names:
            start = first + name.start
            keys[start] = US_KEY if name.who == "us" else PARTNER_KEY
            keys[start + 1 : first + name.end] = _GONE
            spans[start, 1] = name.last
        first += len(tokens)
    kept = np.flatnonzero(keys != _GONE)
    of_doc = np.repeat(np.arange(len(docs)), [len(tokens) for tokens in told])
    return keys[kept].tolist(), spans[kept], of_doc[kept]


def _begins(classes: Ints, follows: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which words begin a sentence: the first of all, and whatever follows an end and is none itself."""
    ends = (classes & Class.END) > 0
    begins = ~follows
    begins[1:] |= ends[:-1] & ~ends[1:]
    return begins


def _passages(starts: Ints, begins: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return where passages begin, and which is the first of each mention; both with the end of all."""
    lengths = np.diff(starts)
    if not (lengths > LONG).any():  # nearly always
        return starts, np.arange(len(starts))
    found: list[int] = []
    firsts: list[int] = []
    for start, length in zip(starts[:-1].tolist(), lengths.tolist(), strict=True):
        firsts.append(len(found))
        found.append(start)
        if length > LONG:
            found += _cuts(start, start + length, begins)
    return np.array([*found, int(starts[-1])]), np.array([*firsts, len(found)])


def _cuts(start: int, end: int, begins: npt.NDArray[np.bool_]) -> list[int]:
    """Return the words within a long mention at which a new passage begins; a short rest stays with the last."""
    cuts: list[int] = []
    for at in range(start, end - _PASSAGE // 2):
        last = cuts[-1] if cuts else start
        if (begins[at] and at - last >= _PASSAGE) or at - last >= _LONGEST:
            cuts.append(at)
    return cuts


def _pairs(signatures: npt.NDArray[np.uint64], follows: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    after = np.full(len(signatures), -1, dtype=np.int64)
    over = after.copy()
    if len(signatures) > 1:
        next_ = pair_rows(signatures[:-1], signatures[1:], _NEXT)
        after[:-1] = np.where(follows[1:], next_, -1)
    if len(signatures) > 2:
        next_ = pair_rows(signatures[:-2], signatures[2:], _OVER)
        over[:-2] = np.where(follows[1:-1] & follows[2:], next_, -1)
    return after, over


def _reached(classes: Ints, follows: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which words stand within reach of a negation, no stop between."""
    live = (classes & Class.NOT) > 0
    open_ = follows & ((classes & Class.STOP) == 0)
    reached = np.zeros(len(classes), dtype=bool)
    for _ in range(_REACH):
        moved = np.zeros_like(live)
        moved[1:] = live[:-1] & open_[1:]
        reached |= moved
        live = moved
    return reached


def _zones(facts: npt.NDArray[np.bool_], classes: Ints, sentences: Ints, of_doc: Ints) -> Ints:
    """Return the zone of each word: that of its sentence."""
    n = int(sentences[-1]) + 1 if len(sentences) else 0
    names_us = _any(classes & Class.US, sentences, n)[sentences]
    to_you = _any(classes & Class.YOU, sentences, n)[sentences]
    ours = (facts[:, _AT["our thread"]] | facts[:, _AT["answers us"]])[of_doc]
    beside = facts[:, _AT["names us"]][of_doc]
    by_us = facts[:, _AT["by us"]][of_doc]
    return np.select(
        [by_us, names_us, to_you & (ours | beside), ours, beside],
        [5, 0, 1, 2, 3],
        default=4,
    ).astype(np.int64)


def _any(marks: Ints, groups: Ints, n: int) -> npt.NDArray[np.bool_]:
    found = np.zeros(n, dtype=bool)
    found[groups[marks > 0]] = True
    return found


def _facts(
    readings: Sequence[Reading], docs: Sequence[Doc], classes: Ints, of_doc: Ints, starts: Ints
) -> npt.NDArray[np.bool_]:
    facts = np.zeros((len(docs), len(FACTS)), dtype=bool)
    n = len(docs)
    for fact, mark in (
        ("speaks to you", Class.YOU),
        ("asks", Class.ASKS),
        ("we", Class.WE),
        ("negated", Class.NOT),
    ):
        facts[:, _AT[fact]] = _any(classes & mark, of_doc, n)
    last = starts[1:] - 1
    some = np.diff(starts) > 0
    facts[some, _AT["asks last"]] = (classes[last[some]] & Class.ASKS) > 0
    lengths = np.diff(starts)
    facts[:, _AT["short"]] = lengths < 12
    facts[:, _AT["long"]] = lengths > 50
    for row, reading in enumerate(readings):
        facts[row, _told(reading)] = True
    facts[:, _AT["you in our thread"]] = facts[:, _AT["our thread"]] & facts[:, _AT["speaks to you"]]
    return facts


def _told(reading: Reading) -> list[int]:
    """Return the facts that the mention itself tells."""
    mention, names = reading.mention, reading.names
    ours = sum(1 for name in names if name.who == "us")
    partners = len(names) > ours
    told = (
        ("by partner", bool(mention.author_partner) and not mention.by_us),
        ("by us", mention.by_us),
        ("our thread", mention.in_our_thread),
        ("answers", reading.parent is not None),
        ("answers us", reading.parent is not None and _names_us(reading.parent)),
        ("names us", ours > 0),
        ("names us twice", ours > 1),
        ("names partner", partners),
        ("partner and us", partners and ours > 0),
        ("exclaims", "!" in reading.folded.text),
        ("has title", bool(mention.title)),
        ("link", "://" in reading.folded.source),
    )
    found = [_AT[fact] for fact, holds in told if holds]
    found += [
        at for at in (_AT.get(f"on {mention.channel}"), _AT.get(f"lang {reading.lang}")) if at is not None
    ]
    return found


def _names_us(parent: Doc) -> bool:
    return any(name.who == "us" for name in reading_of(parent).names)
