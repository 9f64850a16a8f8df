"""What is learned from, laid out: corrected mentions, and our own texts that hold everything else where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
from spacy.tokens import Doc

from analysis import component, files, readers
from analysis.concern import told_together
from analysis.fast import FOLDER, load
from analysis.few_shot import Features, features_of
from analysis.heads import CONCERN, HEADS
from analysis.judgement import Judgement, alert_pays, chances, least_concerns, logit
from analysis.linear import SOUTHERN, Weights, score
from analysis.reading import reading_of
from analysis.sheet import lay_out
from analysis.training.examples import Example, targets
from analysis.training.own import own_examples
from analysis.vocabulary import Vocabulary
from model import Mention, Organisation, Partner

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

ANCHORS = 400
"""Texts of ours, spread over all organisations, at which the heads shall say what they said."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A corrected mention: 1 for each head whose label is there, 0 for each whose label is not; no word of others."""

    mention: Mention
    labels: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Textbook:
    """Lessons, then anchors, then texts to test by; texts × heads where it is about heads.

    ``said`` are the base model's logits, ``wanted`` what is right (NaN: unknown; of anchors, what was said before),
    ``least`` the logit from which a label is given, ``slopes`` how much a head's score counts in its logit.
    """

    features: Features
    said: Floats
    wanted: Floats
    least: Floats
    slopes: Floats
    southern: Mask
    n_lessons: int
    n_anchors: int
    weights: Weights
    judgement: Judgement


def lay_out_lessons(
    lessons: Sequence[Lesson],
    organisation: Organisation,
    partners: Sequence[Partner],
    *,
    missed_concern_costs: float,
    folder: Path = FOLDER,
) -> Textbook:
    """Return the textbook, read by the very pipeline that runs later; NeedsAttention where there is no model."""
    nlp = load(folder)
    weights, judgement, _ = files.read(folder / component.MODEL)
    language, names = nlp.get_pipe(readers.LANGUAGE), nlp.get_pipe(readers.NAMES)
    readers.configure(nlp, organisation, partners)
    assert isinstance(names, readers.NamesComponent)
    docs = [names(language(readers.doc_of(nlp, lesson.mention))) for lesson in lessons]
    anchors, tests = _ours()
    for named, group in groupby([*anchors, *tests], key=lambda example: example.named):
        names.know(named.organisation, named.partners)
        for example in group:
            doc: Doc = names(readers.doc_of(nlp, example.mention()))
            reading_of(doc).lang = example.lang
            docs.append(doc)
    made_of, summed = (
        Vocabulary(most=10_000_000),
        Vocabulary(weights.words, weights.convolution, most=10_000_000),
    )
    sheet = lay_out(docs, made_of)
    southern = np.array([reading_of(doc).lang in SOUTHERN for doc in docs])
    shares, slopes, shifts, least = (part[southern.astype(int)] for part in judgement.arrays())
    laid_out = lay_out(docs, summed)
    scored = score(laid_out, summed, weights, southern)
    said = slopes * told_together(scored, laid_out, summed, weights, shares) + shifts
    of_lessons = least[: len(lessons)]
    by_partner = np.array([lesson.mention.author_partner is not None for lesson in lessons], np.bool_)
    pays = float(logit(alert_pays(missed_concern_costs)))
    of_lessons[:, CONCERN] = least_concerns(of_lessons[:, CONCERN], by_partner, pays)
    return Textbook(
        features=features_of(sheet, made_of),
        said=said,
        wanted=np.vstack((_labels(lessons), chances(said[len(lessons) :][: len(anchors)]), targets(tests))),
        least=least,
        slopes=slopes,
        southern=southern,
        n_lessons=len(lessons),
        n_anchors=len(anchors),
        weights=weights,
        judgement=judgement,
    )


def _ours() -> tuple[list[Example], list[Example]]:
    """Return anchors, and the texts that the base never saw."""
    ours = own_examples()
    learned = [example for example in ours if not example.held_back]
    return learned[:: max(1, len(learned) // ANCHORS)], [example for example in ours if example.held_back]


def _labels(lessons: Sequence[Lesson]) -> Floats:
    return np.array(
        [[lesson.labels.get(head, np.nan) for head in HEADS] for lesson in lessons], dtype=np.float64
    ).reshape(len(lessons), len(HEADS))
