"""Folding corrections into a copy of the fast model: learned in folds, told before and after, kept where better.

A kind of tag (sentiment, intents, needs, concern) is kept by itself: where corrections that were held back are judged
better than before, and our own texts, which have nothing to do with them, no worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.few_shot import lean_alone, lean_together, likeness, spread
from analysis.heads import CONCERN, HEADS, INTENT, NEED, SENTIMENT
from analysis.linear import TAUGHT, Weights
from analysis.textbook import Textbook

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KINDS = {"sentiment": SENTIMENT, "intent": INTENT, "need": NEED, "concern": slice(CONCERN, CONCERN + 1)}
STRENGTHS = (12.0, 40.0, 120.0)
"""How freely the heads may lean; what tells held-back corrections best is taken, of equal ones the least free."""
FOLDS = 5
HELD_BACK_FROM = 2
"""With one correction, there is none to hold back."""
TOLERANCE = 1.0
"""Points that a kind may lose on our own texts."""
FINER = 16
"""Parts of one of the base's whole numbers: what is learned is smaller than its steps."""
_MOST = 8_191


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What learning did for a kind of tag: how many held-back corrections were right, and points on our own texts."""

    kind: str
    corrections: int
    held_back: int
    right_before: int
    right_after: int
    elsewhere_before: float
    elsewhere_after: float
    strength: float

    @property
    def kept(self) -> bool:
        """Whether it is better than before."""
        better = self.right_after > self.right_before or not self.held_back
        return better and self.elsewhere_after >= self.elsewhere_before - TOLERANCE


@dataclass(frozen=True, slots=True)
class Taught:
    """The outcomes, and the weights with what is kept; None where nothing is."""

    outcomes: Sequence[Outcome]
    weights: Weights | None


def teach(book: Textbook) -> Taught:
    """Return what the lessons of a textbook teach."""
    alike = likeness(book.features, book.n_lessons + book.n_anchors)
    outcomes, given = [], np.zeros((len(book.said), len(HEADS)))
    for kind, heads in KINDS.items():
        known = np.flatnonzero(~np.isnan(book.wanted[: book.n_lessons, heads]).all(axis=1))
        if len(known):
            outcome, gives = _taught(book, alike, kind, known)
            outcomes.append(outcome)
            if outcome.kept:
                given[:, heads] = gives
    if not any(outcome.kept for outcome in outcomes):
        return Taught(outcomes, None)
    return Taught(outcomes, _leaned(book, given))


def _taught(book: Textbook, alike: Floats, kind: str, known: Ints) -> tuple[Outcome, Floats]:
    heads = KINDS[kind]
    trials = [(_folded(book, alike, kind, known, strength), strength) for strength in STRENGTHS]
    after, strength = max(trials, key=lambda trial: (_right(book, kind, known, trial[0]), -trial[1]))
    gives = _lean(book, alike, kind, known, strength)
    tests = np.arange(book.n_lessons + book.n_anchors, len(book.said))
    learned = book.said[:, heads] + _told(book, alike, kind, gives)
    enough = len(known) >= HELD_BACK_FROM
    outcome = Outcome(
        kind=kind,
        corrections=int((~np.isnan(book.wanted[known, heads])).any(axis=1).sum()),
        held_back=len(known) if enough else 0,
        right_before=_right(book, kind, known, book.said[:, heads]) if enough else 0,
        right_after=_right(book, kind, known, after) if enough else 0,
        elsewhere_before=_worth(book, kind, tests, book.said[:, heads]),
        elsewhere_after=_worth(book, kind, tests, learned),
        strength=strength,
    )
    return outcome, gives


def _folded(book: Textbook, alike: Floats, kind: str, known: Ints, strength: float) -> Floats:
    """Return the logits of each lesson by a model that did not see it; the base's elsewhere."""
    heads = KINDS[kind]
    found = book.said[:, heads].copy()
    if len(known) < HELD_BACK_FROM:
        return found
    folds = np.arange(len(known)) % min(FOLDS, len(known))
    for fold in range(int(folds.max()) + 1):
        apart = known[folds == fold]
        gives = _lean(book, alike, kind, known[folds != fold], strength)
        found[apart] += _told(book, alike, kind, gives)[apart]
    return found


def _lean(book: Textbook, alike: Floats, kind: str, lessons: Ints, strength: float) -> Floats:
    """Return what each text gives to each head of a kind, learned from some lessons and all anchors."""
    heads = KINDS[kind]
    gives = np.zeros((len(book.said), heads.stop - heads.start))
    anchors = np.arange(book.n_lessons, book.n_lessons + book.n_anchors)
    if kind == "sentiment":
        for family in (False, True):
            rows = np.concatenate((lessons, anchors))
            rows = rows[book.southern[rows] == family]
            if len(rows) and (rows < book.n_lessons).any():
                slope = float(book.slopes[rows[0], heads].mean())
                near = slope**2 * alike[np.ix_(rows, rows)]
                gives[rows] = slope * lean_together(
                    near, book.said[rows, heads], book.wanted[rows, heads], strength=strength
                )
        return gives
    for at, head in enumerate(range(heads.start, heads.stop)):
        told = lessons[~np.isnan(book.wanted[lessons, head])]
        if len(told):
            rows = np.concatenate((told, anchors))
            slope = book.slopes[rows, head]
            near = slope[:, None] * alike[np.ix_(rows, rows)] * slope
            gives[rows, at] = slope * lean_alone(
                near, book.said[rows, head], book.wanted[rows, head], strength=strength
            )
    return gives


def _told(book: Textbook, alike: Floats, kind: str, gives: Floats) -> Floats:
    """Return what is added to the logits of each text by what the texts give."""
    near = alike
    if kind == "sentiment":  # its columns are apart for English and for Spanish and Portuguese
        near = alike * (book.southern[:, None] == book.southern[: alike.shape[1]])
    added: Floats = book.slopes[:, KINDS[kind]] * (near @ gives[: alike.shape[1]])
    return added


def _right(book: Textbook, kind: str, rows: Ints, logits: Floats) -> int:
    """Return for how many of these texts every known label of the kind is right."""
    wanted = book.wanted[rows, KINDS[kind]]
    if kind == "sentiment":
        return int((logits[rows].argmax(axis=1) == wanted.argmax(axis=1)).sum())
    given = logits[rows] >= book.least[rows, KINDS[kind]]
    return int((np.isnan(wanted) | (given == (wanted > 0.5))).all(axis=1).sum())


def _worth(book: Textbook, kind: str, rows: Ints, logits: Floats) -> float:
    """Return points on texts with all labels: right ones of a hundred for the sentiment, F1 of all labels else."""
    if kind == "sentiment":
        return 100.0 * _right(book, kind, rows, logits) / max(1, len(rows))
    wanted = book.wanted[rows, KINDS[kind]] > 0.5
    given = logits[rows] >= book.least[rows, KINDS[kind]]
    return 200.0 * float((given & wanted).sum()) / max(1.0, float(given.sum() + wanted.sum()))


def _leaned(book: Textbook, given: Floats) -> Weights:
    """Return the base's weights, in finer whole numbers, with what the texts give added to their rows."""
    base = book.weights
    steps = base.steps.copy()
    steps[:2] /= FINER
    words, pairs = base.words.astype(np.int32) * FINER, base.pairs.astype(np.int32) * FINER
    for head in np.flatnonzero(given.any(axis=0)):
        for columns, mine in _columns(int(head), book):
            of_words, of_pairs = spread(book.features, np.where(mine, given[:, head], 0.0))
            words[:, columns] += np.round(of_words / steps[0, head]).astype(np.int32)[:, None]
            pairs[:-1, columns] += np.round(of_pairs / steps[1, head]).astype(np.int32)[:, None]
    return Weights(
        words=np.clip(words, -_MOST, _MOST).astype(np.int16),
        pairs=np.clip(pairs, -_MOST, _MOST).astype(np.int16),
        facts=base.facts,
        steps=steps,
        trees=base.trees,
        convolution=base.convolution,
    )


def _columns(head: int, book: Textbook) -> list[tuple[list[int], npt.NDArray[np.bool_]]]:
    """Return the columns of a head, and which texts teach them."""
    everybody = np.ones(len(book.southern), dtype=np.bool_)
    if head < SENTIMENT.stop:
        return [([head], ~book.southern), ([head + 3], book.southern)]
    if head == CONCERN:
        return [([TAUGHT], everybody)]
    return [([head + 3], everybody)]
