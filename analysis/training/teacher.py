"""What the accurate tier thinks of many texts, for the fast tier to learn from: ``build/training/teacher.npz``.

Two arrays: ``keys`` (n texts, from ``key``) and ``logits`` (n rows of HEADS, float16, calibrated: softmax the first
three, logistic for the others). ``python -m analysis.training.teacher DATA`` writes it from the shipped file.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.judge import MODEL, Judge, open_judge
from analysis.training.examples import Example
from analysis.training.own import own_examples
from analysis.training.public import public_examples

Floats = npt.NDArray[np.float64]

FILE = Path(__file__).parents[2] / "build" / "training" / "teacher.npz"
MOST_PUBLIC = 30_000


def key(example: Example) -> str:
    """Return what tells an example apart, with all that a reader of it knows."""
    known = (
        example.text,
        example.title,
        example.parent_text,
        example.in_our_thread,
        example.who,
        example.named.slug,
    )
    return hashlib.sha256(repr(known).encode("utf-8", "replace")).hexdigest()[:16]


def soft_labels(file: Path = FILE) -> Mapping[str, Floats]:
    """Return the probabilities of HEADS by key; {} where no teacher has written."""
    if not file.exists():
        return {}
    with np.load(file) as told:
        logits = told["logits"].astype(np.float64)
        keys = [str(one) for one in told["keys"]]
    found = 1 / (1 + np.exp(-logits))
    feeling = np.exp(logits[:, :3] - logits[:, :3].max(1, keepdims=True))
    found[:, :3] = feeling / feeling.sum(1, keepdims=True)
    return dict(zip(keys, found, strict=True))


def write(examples: Sequence[Example], judge: Judge, file: Path = FILE) -> None:
    """Write the judge's logits on the examples."""
    from analysis.training.rows import numbers

    logits = np.stack([judge.shares(row).mean(0) for row in numbers(examples)]).astype(np.float16)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, keys=np.array([key(one) for one in examples]), logits=logits)


def main(arguments: Sequence[str]) -> None:
    """Write what the shipped model, or the one in a second folder, thinks of our texts and the public ones."""
    data, *folder = map(Path, arguments)
    english = [one for one in public_examples(data) if one.lang == "en"]
    random.Random(1).shuffle(english)  # noqa: S311  to be repeatable, not secret
    own = [one for one in own_examples() if one.lang == "en" and not one.held_back]
    write([*own, *english[:MOST_PUBLIC]], open_judge(*folder or (MODEL,)))


if __name__ == "__main__":
    main(sys.argv[1:])
