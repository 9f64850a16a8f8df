"""The encoder of the accurate tier at work: one mention in, the probability of each head and what spoke for it out.

One text at a time, on one thread: each input of a product is scaled over its own text, so no neighbour can change it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from analysis.encoding import Encoder, Framed, Row
from analysis.heads import HEADS, SENTIMENT
from errors import NeedsAttention

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = npt.NDArray[np.float32]

MODEL = Path(__file__).parent / "models" / "accurate"
WEIGHTS, VOCABULARY, FACTS = "model.onnx", "tokenizer.json", "facts.json"
FORMAT = 1
"""What this code reads; a file of another format is refused."""

_OTHER = HEADS.index("intent:other")
_MEND = "install Earshot again (pip install --force-reinstall 'earshot[accurate]'), or set [analysis] tier = \"fast\""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``probabilities`` has one number a head; ``shares`` one row a word of the body: what it added to each logit."""

    probabilities: Floats
    shares: Floats


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file says of itself. ``least`` is the probability from which a head's label is given."""

    version: str
    lean: tuple[float, float, float]  # added to the sentiment's logits before a label is chosen
    least: Mapping[str, float]


class Judge:
    """The model of the accurate tier, opened."""

    def __init__(self, session: InferenceSession, encoder: Encoder, facts: Facts) -> None:
        self._session = session
        self._encoder = encoder
        self.facts = facts

    def judge(self, framed: Framed) -> Verdict:
        """Return the verdict on a mention; a long one is read in rows."""
        shares = np.zeros((len(framed.body), len(HEADS)), np.float32)
        logits: list[Floats] = []
        for row in self._encoder.rows(framed):
            told = self.shares(row.numbers)
            logits.append(told.mean(0))
            _add_by_word(shares, row, told)
        return Verdict(_probabilities(np.stack(logits)), shares)

    def shares(self, numbers: Sequence[int]) -> Floats:
        """Return what each piece says of each head; their mean is the head's logit."""
        ids = np.array([numbers], np.int64)
        told = cast("list[Floats]", self._session.run(["shares"], {"ids": ids}))
        shares: Floats = told[0][0]
        return shares


def _add_by_word(shares: Floats, row: Row, told: Floats) -> None:
    words = np.array(row.words)
    inside = words >= 0
    np.add.at(shares, words[inside], told[inside] / len(words))


def _probabilities(logits: Floats) -> Floats:
    """Return the probabilities of a mention that was read in rows.

    Its feeling is that of all rows; a label is there if one row has it; "other" only where all have it.
    """
    found = 1 / (1 + np.exp(-logits.clip(-30, 30)))
    other = found[:, _OTHER].min()
    found = found.max(0)
    found[_OTHER] = other
    feeling = logits[:, SENTIMENT].mean(0)
    feeling = np.exp(feeling - feeling.max())
    found[SENTIMENT] = feeling / feeling.sum()
    told: Floats = found
    return told


def open_judge(folder: Path = MODEL) -> Judge:
    """Return the model that lies in a folder.

    Raises NeedsAttention where the extra is not installed, or a file is missing, cut, or of another format.
    """
    try:
        import onnxruntime
        import tokenizers  # noqa: F401  the encoder opens it; what is missing is told here
    except ImportError as error:
        raise NeedsAttention(
            f"the accurate tier needs {error.name}, which is not installed: "
            'pip install "earshot[accurate]", or set [analysis] tier = "fast"'
        ) from error
    facts = checked_facts(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / WEIGHTS), options, providers=["CPUExecutionProvider"])
    return Judge(session, Encoder.open(folder / VOCABULARY), facts)


def checked_facts(folder: Path) -> Facts:
    """Return what the model in a folder says of itself, once every byte of its files is as it was written."""
    try:
        told = json.loads((folder / FACTS).read_bytes())
        if told["format"] != FORMAT or told["heads"] != list(HEADS):
            raise NeedsAttention(
                f"{folder}: the accurate tier's model is of format {told['format']}, "
                f"and this Earshot reads format {FORMAT}; {_MEND}"
            )
        for name in (WEIGHTS, VOCABULARY):
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != told["sha256"][name]:
                raise NeedsAttention(f"{folder / name}: this file is cut or damaged; {_MEND}")
        negative, neutral, positive = told["lean"]
        return Facts(told["version"], (negative, neutral, positive), told["least"])
    except OSError as error:
        raise NeedsAttention(
            f"{error.filename}: the accurate tier's model cannot be read ({error.strerror}); {_MEND}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NeedsAttention(f"{folder / FACTS}: this file is cut or damaged; {_MEND}") from error
