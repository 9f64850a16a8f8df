"""Who judges texts in the evaluation: Earshot's tiers, and three others on the same texts in the same run.

Each is a function from examples to what it found, in the form of Earshot's own analysis, so that one set of figures
measures them all. VADER and TextBlob know nothing of a concern about us: it is what they find negative. The textcat
learns it from our texts.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from analysis.contract import Analysis, Analyzer
from analysis.heads import HEADS, parts
from analysis.training.examples import Example
from model import Annotation, Mention

if TYPE_CHECKING:
    from spacy.language import Language

Judge = Callable[[Sequence[Example]], list[Analysis]]

LANGUAGES = ("en", "es", "pt")
SEED = 1
AT_ONCE = 64
LEAST = 0.5
"""The confidence from which spaCy's textcat gives a label: its own default."""
EVEN = 0.05
"""Polarity up to which VADER's authors call a text neutral; the same is taken for TextBlob."""


def heard(example: Example) -> Mention:
    """Return an example without what no channel tells: its language, and what would name the set."""
    return replace(example.mention(), lang=None, channel=example.channel if example.named.slug else "")


def by_organisation(examples: Sequence[Example]) -> Iterator[list[Example]]:
    """Yield runs of examples about the same organisation."""
    for _, group in groupby(examples, key=lambda example: example.named.slug):
        yield list(group)


def fast(examples: Sequence[Example]) -> list[Analysis]:
    """Judge by the fast tier."""
    from analysis.fast import FastAnalyzer

    analyzer = FastAnalyzer(examples[0].named.organisation, ())
    found: list[Analysis] = []
    for group in by_organisation(examples):
        named = group[0].named
        analyzer.know(replace(named.organisation, languages=LANGUAGES), named.partners)
        found += analyzer.analyze([heard(example) for example in group])
    return found


def accurate(examples: Sequence[Example]) -> list[Analysis]:
    """Judge by the accurate tier, every English text; NeedsAttention where it is not installed."""
    from analysis.accurate import AccurateAnalyzer, every
    from analysis.fast import FastAnalyzer
    from analysis.judge import open_judge

    judge = open_judge()
    below = FastAnalyzer(examples[0].named.organisation, ())
    found: list[Analysis] = []
    for group in by_organisation(examples):
        named = group[0].named
        organisation = replace(named.organisation, languages=LANGUAGES)
        below.know(organisation, named.partners)
        analyzer: Analyzer = AccurateAnalyzer(below, judge, organisation, deserves=every)
        found += analyzer.analyze([heard(example) for example in group])
    return found


def vader(examples: Sequence[Example]) -> list[Analysis]:
    """Judge by VADER's compound score with its authors' thresholds."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    score = SentimentIntensityAnalyzer().polarity_scores
    return [_by_polarity(score(example.text)["compound"]) for example in examples]


def textblob(examples: Sequence[Example]) -> list[Analysis]:
    """Judge by TextBlob's polarity."""
    from textblob import TextBlob

    return [_by_polarity(TextBlob(example.text).sentiment.polarity) for example in examples]


def _by_polarity(polarity: float) -> Analysis:
    label = "negative" if polarity <= -EVEN else "positive" if polarity >= EVEN else "neutral"
    return _analysis([("sentiment", label, 0.0)], concern=label == "negative")


class TextCat:
    """spaCy's own categorizer (bag of words), learned in the run from the texts that the fast tier learned from."""

    def __init__(self, learned: Sequence[Example], *, rounds: int = 3) -> None:
        feelings = [one for one in learned if "sentiment:neutral" in one.labels]
        acts = [one for one in learned if not all(head in HEADS[:3] for head in one.labels)]
        self._feelings = _learn("textcat", feelings, HEADS[:3], rounds)
        self._acts = _learn("textcat_multilabel", acts, HEADS[3:], rounds)

    def __call__(self, examples: Sequence[Example]) -> list[Analysis]:
        """Judge; an empty text, at which a categorizer may stop, is a full stop."""
        texts = [f"{example.title} {example.text}".strip() or "." for example in examples]
        feelings, acts = self._feelings.pipe(texts), self._acts.pipe(texts)
        return [_of_cats(one.cats, other.cats) for one, other in zip(feelings, acts, strict=True)]


def _learn(kind: str, examples: Sequence[Example], heads: Sequence[str], rounds: int) -> Language:
    import spacy
    from spacy.training import Example as Lesson
    from thinc.api import fix_random_seed

    fix_random_seed(SEED)
    architecture = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": kind == "textcat",
        "ngram_size": 1,
        "no_output_layer": False,
        "length": 262144,
    }
    nlp = spacy.blank("xx")
    pipe: Any = nlp.add_pipe(kind, config={"model": architecture})
    for head in heads:
        pipe.add_label(head)
    lessons = [_lesson(Lesson, nlp, example, heads) for example in examples]
    optimizer = nlp.initialize(lambda: lessons[:50])
    order = random.Random(SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(rounds):
            order.shuffle(lessons)
            for start in range(0, len(lessons), AT_ONCE):
                nlp.update(lessons[start : start + AT_ONCE], sgd=optimizer)
    return nlp


def _lesson(lesson: Any, nlp: Language, example: Example, heads: Sequence[str]) -> Any:
    cats = {head: float(value > 0.5) for head, value in example.labels.items() if head in heads}
    return lesson.from_dict(nlp.make_doc(f"{example.title} {example.text}".strip()), {"cats": cats})


def _of_cats(feelings: dict[str, float], acts: dict[str, float]) -> Analysis:
    best = max(feelings, key=lambda head: feelings[head])
    given = [
        (*parts(head), chance) for head, chance in acts.items() if chance >= LEAST and head != "concern:yes"
    ]
    concern = acts["concern:yes"]
    tags = [(*parts(best), feelings[best]), *given]
    return _analysis(tags, concern=concern >= LEAST, chance=max(concern, 1 - concern))


def _analysis(tags: Iterable[tuple[str, str, float]], *, concern: bool, chance: float = 1.0) -> Analysis:
    told = [*tags, ("concern", "yes" if concern else "no", chance)]
    return Analysis("en", tuple(Annotation(kind=k, label=label, confidence=c) for k, label, c in told))  # type: ignore[arg-type]
