"""The accurate tier, from texts to the file: ``python -m analysis.training.accurate DATA``.

Steps, each of which goes on from what the one before left in ``build/training``: the public English texts, our own
texts of three languages beside some public ones, these once more with as many of ours, and the file with its
calibration. Some alone: ``… DATA own balance file``.
"""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.linear import SOUTHERN
from analysis.training.card import write_card
from analysis.training.corpus import is_learned
from analysis.training.encoder import Course, Heads, Rows, base, logits, train
from analysis.training.examples import Example, targets
from analysis.training.file import write_file
from analysis.training.own import learned_examples, own_examples
from analysis.training.public import public_examples, validation_examples
from analysis.training.rows import numbers, of_language, rows, with_emotions

log = logging.getLogger(__name__)

BUILD = Path(__file__).parents[2] / "build" / "training"
SEED = 1
PUBLIC = Course(rate=1.2e-4, seed=SEED)
OWN = Course(rate=1.2e-4, passes=1, size=24, seed=SEED, concern=1.5, frozen=0, dropped=0.1, hidden=0.1)
BALANCE = replace(OWN, rate=5e-5)
OWN_TIMES, ENGLISH_BESIDE, OTHERS_BESIDE = 3, 14_000, 3_500
"""Of our own texts, how often each is read; of the public ones, how many are read beside them at most."""

_KEPT = {"sentiment:negative": 1.0, "sentiment:neutral": 0.31, "sentiment:positive": 0.32}
_WEIGHTS = {"sentiment:negative": 1.1, "sentiment:neutral": 0.95, "sentiment:positive": 1.0}
"""The world complains more often than the tweets of 2013 did: all negative ones are read, a third of the others."""


def main(arguments: Sequence[str]) -> None:
    """Run all steps, or the ones that are named."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    torch.set_num_threads(2)
    BUILD.mkdir(parents=True, exist_ok=True)
    data, *named = arguments
    for step in named or ("public", "own", "balance", "file"):
        _STEPS[step](Path(data))


def learn_public(data: Path) -> None:
    """Fine-tune the base weights on the public texts."""
    model = base()
    train(model, _public_rows(data), PUBLIC, save=BUILD / "public.pt")
    log.info("recall on the validation texts: %.2f", recall(model, validation_examples(data)))


def _public_rows(data: Path) -> Rows:
    chance = random.Random(SEED)  # noqa: S311  to be repeatable, not secret
    learned = [one for one in public_examples(data) if is_learned(one)]
    chosen = [one for one in of_language(learned, "en") if chance.random() < _kept(one)]
    log.info("%d public texts", len(chosen))
    given = rows(chosen, [_weight(one) for one in chosen])
    return with_emotions(given, chosen, data / "goemotions.jsonl")


def _kept(example: Example) -> float:
    """Return which part of texts like this is read."""
    present = {head for head, value in example.labels.items() if value == 1}
    if example.source == "semeval":
        return _KEPT[next(iter(present))]
    if example.source == "goemotions":
        return 0.3 if "intent:thanks" in present else 0.05
    if example.source == "tac":
        return 1.0 if present else 0.3
    return 0.5


def _weight(example: Example) -> float:
    return next((_WEIGHTS[head] for head, value in example.labels.items() if value and head in _WEIGHTS), 1.0)


def learn_own(data: Path) -> None:
    """Go on with our own texts, those of held-back organisations left out, and some of the public ones.

    All layers learn, and the table of words too: MiniLM knows English, and reads the pieces of Spanish and Portuguese
    words only once it has learned them here.
    """
    model = opened("public.pt")
    chance = random.Random(OWN.seed)  # noqa: S311  to be repeatable, not secret
    chosen = [*learned_examples() * OWN_TIMES, *map(_of_nobody, _beside(data, chance))]
    given = rows(chosen, [_weight(one) for one in chosen])
    train(model, with_emotions(given, chosen, data / "goemotions.jsonl"), OWN, save=BUILD / "own.pt")
    log.info("recall on the validation texts: %.2f", recall(model, validation_examples(data)))


def learn_balance(data: Path) -> None:
    """Go on, slower, with as many public texts as our own: seven of ours to one of theirs made it worse at tweets."""
    model = opened("own.pt")
    chance = random.Random(BALANCE.seed)  # noqa: S311  to be repeatable, not secret
    beside = _beside(data, chance)
    chosen = [*chance.sample(learned_examples(), len(beside)), *map(_of_nobody, beside)]
    given = rows(chosen, [_weight(one) for one in chosen])
    train(model, with_emotions(given, chosen, data / "goemotions.jsonl"), BALANCE, save=BUILD / "balanced.pt")
    log.info("recall on the validation texts: %.2f", recall(model, validation_examples(data)))


def _beside(data: Path, chance: random.Random) -> list[Example]:
    """Return some public texts of our languages, none of which the fast tier is measured on."""
    public = [one for one in public_examples(data) if is_learned(one)]
    english = [one for one in of_language(public, "en") if chance.random() < _kept(one)]
    others = [one for one in public if one.lang in SOUTHERN]
    return [
        *chance.sample(english, min(ENGLISH_BESIDE, len(english))),
        *chance.sample(others, min(OTHERS_BESIDE, len(others))),
    ]


def _of_nobody(example: Example) -> Example:
    """Return a public text as what it is to any organisation: no concern about it. The world has far more of these
    than our texts have."""
    return replace(example, labels={**example.labels, HEADS[CONCERN]: 0.0})


def opened(name: str) -> Heads:
    """Return the model that a step left."""
    model = Heads()
    model.load_state_dict(torch.load(BUILD / name))
    model.eval()
    return model


def recall(model: Heads, examples: Sequence[Example]) -> float:
    """Return the sentiment's recall in percent, the mean over its three labels."""
    told = logits(model, numbers(examples))[:, SENTIMENT].argmax(1)
    right = targets(examples)[:, SENTIMENT].argmax(1)
    return float(np.mean([(told[right == label] == label).mean() for label in range(3)]) * 100)


def make_file(data: Path) -> None:
    """Write the calibrated file and its card, measured on what training never saw."""
    held_back = [one for one in own_examples() if one.held_back]
    write_card(write_file(opened("balanced.pt"), validation_examples(data), held_back))


_STEPS = {"public": learn_public, "own": learn_own, "balance": learn_balance, "file": make_file}


if __name__ == "__main__":
    main(sys.argv[1:])
