"""The files of the fast model: what was learned, how it is judged, and a hash that tells a cut file."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np

from analysis.concern import INPUTS
from analysis.convolution import BEGINNINGS, ENDINGS, SIZE, Convolution
from analysis.heads import HEADS
from analysis.judgement import FAMILIES, Judgement
from analysis.linear import COLUMNS, FACT_COLUMNS, Weights
from analysis.sheet import FACTS, ZONES
from analysis.trees import DEPTH, Trees
from analysis.words import PAIR_ROWS, WORD_ROWS
from errors import NeedsAttention

FORMAT = 3
"""Raised by hand when the code reads words, zones or facts in another way: a model learned before is no use then."""

LEARNED, JUDGED = "learned.npz", "judged.json"
_TABLES = ("words", "pairs", "facts", "steps")
_OF_JUDGEMENT = ("shares", "slopes", "shifts", "least")
_OF_TREES = ("asked", "thresholds", "leaves", "start")
_OF_CONVOLUTION = tuple(field.name for field in fields(Convolution))
_MEND = "install Earshot again, or make the model anew (make train DATA=…)"


def write(folder: Path, weights: Weights, judgement: Judgement) -> None:
    """Write a model's files into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        folder / LEARNED,
        **{name: getattr(weights, name) for name in _TABLES},
        **{name: getattr(weights.trees, name) for name in _OF_TREES},
        **{f"convolution {name}": getattr(weights.convolution, name) for name in _OF_CONVOLUTION},
    )
    described = {
        "format": FORMAT,
        "learned": _hash(folder / LEARNED),
        "heads": HEADS,
        "inputs": INPUTS,
        **{name: getattr(judgement, name) for name in _OF_JUDGEMENT},
    }
    (folder / JUDGED).write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[Weights, Judgement, str]:
    """Return what was learned, how it is judged, and the version; NeedsAttention says what is wrong."""
    try:
        described = json.loads((folder / JUDGED).read_text(encoding="utf-8"))
        if described["format"] != FORMAT:
            raise NeedsAttention(
                f"the fast model in {folder} is of format {described['format']}, not {FORMAT}; {_MEND}"
            )
        if _hash(folder / LEARNED) != described["learned"]:
            raise NeedsAttention(
                f"the fast model in {folder} is cut or changed: {LEARNED} is not as it was made; {_MEND}"
            )
        with np.load(folder / LEARNED) as arrays:
            trees = Trees(
                arrays["asked"], arrays["thresholds"], arrays["leaves"], start=float(arrays["start"])
            )
            convolution = Convolution(**{name: arrays[f"convolution {name}"] for name in _OF_CONVOLUTION})
            weights = Weights(
                **{name: arrays[name] for name in _TABLES}, trees=trees, convolution=convolution
            )
        judgement = Judgement(**{name: described[name] for name in _OF_JUDGEMENT})
    except FileNotFoundError as error:
        raise NeedsAttention(f"the fast model's {error.filename} is missing; {_MEND}") from error
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise NeedsAttention(f"the fast model in {folder} cannot be read ({error}); {_MEND}") from error
    if not _fits(weights, judgement):
        raise NeedsAttention(f"the fast model in {folder} is of another version of Earshot; {_MEND}")
    return weights, judgement, f"fast-{_hash(folder / JUDGED)[:12]}"


def _fits(weights: Weights, judgement: Judgement) -> bool:
    return (
        weights.words.shape == (WORD_ROWS, len(COLUMNS))
        and weights.pairs.shape == (PAIR_ROWS + 1, len(COLUMNS))
        and weights.facts.shape == (len(FACTS) + 1, len(FACT_COLUMNS))
        and weights.steps.shape == (3, len(HEADS))
        and weights.trees.asked.shape == weights.trees.thresholds.shape
        and weights.trees.asked.shape[1] == 2**DEPTH - 1 == weights.trees.leaves.shape[1] - 1
        and 0 <= weights.trees.asked.min() <= weights.trees.asked.max() < len(INPUTS)
        and _fits_too(weights.convolution)
        and all(len(judgement.slopes[family]) == len(HEADS) for family in FAMILIES)
    )


def _fits_too(convolution: Convolution) -> bool:
    filters = len(convolution.constants)
    inputs, inside = filters + SIZE + len(FACTS), convolution.hidden.shape[1]
    return (
        convolution.words.shape == (len(convolution.known) + 1, SIZE)
        and convolution.beginnings.shape == (BEGINNINGS, SIZE)
        and convolution.endings.shape == (ENDINGS, SIZE)
        and convolution.zones.shape == (len(ZONES), SIZE)
        and convolution.filters.shape == (3 * SIZE, filters)
        and convolution.hidden.shape == (inputs + 1, inside)
        and convolution.told.shape == (inside + inputs + 1, len(HEADS))
    )


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
