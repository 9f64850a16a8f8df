"""The last step of the accurate tier: calibrate, write the file, measure what it says, and write its card.

Calibration needs texts that training never saw, and so do the figures: these texts are dealt into two halves (our own
by organisation), each half is measured with the calibration of the other, and the file has that of both.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.heads import HEADS, INTENT, SENTIMENT, parts
from analysis.judge import FACTS, FORMAT, MODEL, VOCABULARY, WEIGHTS, open_judge
from analysis.training.calibration import Calibration, best_lean, fit, fold_in
from analysis.training.encoder import BASE, Heads
from analysis.training.examples import Example, targets
from analysis.training.figures import Measured
from analysis.training.onnx_file import write_onnx
from analysis.training.rows import numbers

Floats = npt.NDArray[np.float64]
Lean = tuple[float, float, float]

_LEAST = {"sentiment": 0.0, "intent": 0.4, "need": 0.35, "concern": 0.4}
"""F1 is best at half of the F1 that is reached, where probabilities are right (Lipton et al. 2014)."""


def write_file(model: Heads, validation: Sequence[Example], held_back: Sequence[Example]) -> Measured:
    """Write the model to MODEL, calibrated; return what it says of the validation texts and the held-back ones."""
    seen = [*validation, *held_back]
    with tempfile.TemporaryDirectory() as folder:
        write_model(model, Path(folder), (0.0, 0.0, 0.0))
        judge = open_judge(Path(folder))
        logits = np.stack([judge.shares(row).mean(0) for row in numbers(seen)]).astype(np.float64)
    wanted = targets(seen)
    halves = _halves(seen)
    measured = Measured(seen, np.zeros_like(logits), np.zeros(logits.shape, np.bool_))
    for half in (False, True):
        calibration, lean = _calibrated(seen, logits, wanted, halves != half)
        found = _probabilities(calibration(logits[halves == half]))
        measured.found[halves == half] = found
        measured.given[halves == half] = _given(found, lean)
    calibration, lean = _calibrated(seen, logits, wanted, np.ones(len(seen), np.bool_))
    fold_in(model, calibration)
    write_model(model, MODEL, lean)
    return measured


def write_model(model: Heads, folder: Path, lean: Lean) -> None:
    """Write weights, vocabulary and facts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_onnx(model, folder / WEIGHTS)
    shutil.copyfile(BASE / "tokenizer.json", folder / VOCABULARY)
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (WEIGHTS, VOCABULARY)}
    judged = {"lean": lean, "least": {head: _LEAST[parts(head)[0]] for head in HEADS}}
    # Tags depend on the thresholds too: under another version, what was judged by others is judged anew.
    version = hashlib.sha256(json.dumps([sums, judged]).encode()).hexdigest()[:12]
    facts = {"format": FORMAT, "version": f"accurate-{version}", "heads": HEADS, **judged, "sha256": sums}
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _halves(examples: Sequence[Example]) -> npt.NDArray[np.bool_]:
    """Return which half each text is in: every other organisation, and every other public text."""
    slugs = sorted({example.named.slug for example in examples if example.named.slug})
    return np.array(
        [
            slugs.index(example.named.slug) % 2 == 1 if example.named.slug else at % 2 == 1
            for at, example in enumerate(examples)
        ]
    )


def _calibrated(
    examples: Sequence[Example], logits: Floats, wanted: Floats, chosen: npt.NDArray[np.bool_]
) -> tuple[Calibration, Lean]:
    """Return calibration and lean from some of the texts; tweets and our own texts weigh the same in all."""
    own = np.array([bool(example.named.slug) for example in examples])
    weights = np.where(own, 1 / max(1, (own & chosen).sum()), 1 / max(1, (~own & chosen).sum()))
    calibration = fit(logits[chosen], wanted[chosen], weights[chosen])
    public = chosen & ~own
    right = wanted[public][:, SENTIMENT].argmax(1)
    return calibration, best_lean(calibration(logits[public])[:, SENTIMENT], right)


def _probabilities(logits: Floats) -> Floats:
    found = 1 / (1 + np.exp(-logits))
    feeling = np.exp(logits[:, SENTIMENT] - logits[:, SENTIMENT].max(1, keepdims=True))
    found[:, SENTIMENT] = feeling / feeling.sum(1, keepdims=True)
    return found


def _given(found: Floats, lean: Lean) -> npt.NDArray[np.bool_]:
    """Return the labels that are given, as analysis.verdicts gives them."""
    least = np.array([_LEAST[parts(head)[0]] for head in HEADS])
    given = found >= least
    chosen = (np.log(found[:, SENTIMENT].clip(1e-9)) + np.array(lean)).argmax(1)
    given[:, SENTIMENT] = np.arange(SENTIMENT.stop) == chosen[:, None]
    other = INTENT.stop - 1
    given[:, other] = ~given[:, INTENT.start : other].any(1)
    return given
