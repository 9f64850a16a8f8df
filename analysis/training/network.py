"""Learning the convolution: PyTorch fits it, the encoder's own table of words is where its words begin."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from torch import Tensor, nn

from analysis.convolution import (
    BEGINNINGS,
    ENDINGS,
    PARTS_OF_WEIGHTS,
    SIZE,
    Convolution,
    beginnings,
    checksums,
    endings,
    known_rows,
)
from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.judge import MODEL, VOCABULARY, WEIGHTS
from analysis.sheet import FACTS, ZONES
from analysis.training.corpus import Corpus
from analysis.training.lessons import Lessons, lessons_of

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FILTERS, HIDDEN = 128, 96
WORDS = 40_000
"""Words that have numbers of their own: the most frequent of the texts that are learned from."""

_PASSES, _SIZE, _RATE, _RISE = 5, 96, 2e-3, 300
_DROPPED, _HIDDEN_WORDS = 0.2, 0.15
_LONGEST = 160
"""Words of a text that are read in training."""
_OF_HEADS, _OF_CONCERN = 0.42, 1.5
"""What a head's loss counts beside the sentiment's, and the concern's."""


@dataclass(frozen=True)
class Words:
    """What each word of a corpus is to the network: rows of its three tables, and which words it knows."""

    known: npt.NDArray[np.uint32]
    rows: Tensor
    beginnings: Tensor
    endings: Tensor
    table: Tensor  # where the known words begin, and a last row of zeros


class Net(nn.Module):  # type: ignore[misc]  # torch is not there when types are checked
    """The convolution as it learns (analysis.convolution says what it does)."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(table.clone(), freeze=False)
        self.beginnings, self.endings = nn.Embedding(BEGINNINGS, SIZE), nn.Embedding(ENDINGS, SIZE)
        self.zones = nn.Embedding(len(ZONES), SIZE)
        nn.init.zeros_(self.beginnings.weight)
        nn.init.zeros_(self.endings.weight)
        nn.init.normal_(self.zones.weight, std=0.1)
        self.filters = nn.Linear(3 * SIZE, FILTERS)
        inputs = FILTERS + SIZE + len(FACTS)
        self.hidden, self.told = nn.Linear(inputs, HIDDEN), nn.Linear(HIDDEN + inputs, len(HEADS))
        self.drop = nn.Dropout(_DROPPED)

    def forward(self, words: Tensor, zones: Tensor, there: Tensor, facts: Tensor) -> Tensor:
        """Return texts × heads; ``words`` are texts × places × 3 rows, ``there`` is 1 where a word stands."""
        numbers = self.words(words[..., 0]) + self.beginnings(words[..., 1]) + self.endings(words[..., 2])
        if self.training:
            numbers = numbers * (torch.rand(there.shape) > _HIDDEN_WORDS)[..., None]
        numbers = self.drop(numbers + self.zones(zones)) * there[..., None]
        around = nn.functional.pad(numbers, (0, 0, 1, 1))
        threes = torch.cat((around[:, :-2], numbers, around[:, 2:]), 2)
        most = (torch.relu(self.filters(threes)) * there[..., None]).amax(1)
        means = numbers.sum(1) / there.sum(1).clamp(min=4)[:, None] ** 0.5
        pooled = self.drop(torch.cat((most, means, facts), 1))
        return self.told(torch.cat((torch.relu(self.hidden(pooled)), pooled), 1))


def learn_convolution(corpus: Corpus, chosen: Mask, *, seed: int = 1) -> Convolution:
    """Return the network that the chosen texts teach."""
    torch.manual_seed(seed)
    words = words_of(corpus, chosen)
    lessons = lessons_of(corpus, chosen)
    net = Net(words.table)
    _fit(net, corpus, words, lessons, np.random.default_rng(seed))
    log.info("convolution learned", extra={"texts": len(lessons.rows)})
    return rounded(net, words.known)


def words_of(corpus: Corpus, chosen: Mask) -> Words:
    """Return the words of a corpus; those that the chosen texts say most are known."""
    sheet, forms = corpus.sheet, corpus.vocabulary.plain
    said = np.repeat(chosen & (corpus.sources != "phrases"), np.diff(sheet.starts))
    often = np.bincount(sheet.words[said], minlength=len(forms))
    some = [int(at) for at in np.argsort(-often, kind="stable")[:WORDS] if often[at] and forms[at]]
    known, first = np.unique(checksums([forms[at] for at in some]), return_index=True)
    return Words(
        known,
        torch.from_numpy(known_rows(known, forms)),
        torch.from_numpy(beginnings(forms)),
        torch.from_numpy(endings(forms)),
        _table([forms[some[at]] for at in first]),
    )


def _table(forms: list[str]) -> Tensor:
    """Return the first numbers of words: those of the accurate tier, in the directions in which they differ most."""
    model = onnx.load(str(MODEL / WEIGHTS))
    rows, steps = (numpy_helper.to_array(one).astype(np.float32) for one in model.graph.initializer[:2])
    pieces = Tokenizer.from_file(str(MODEL / VOCABULARY))
    pieces.no_padding()
    pieces.no_truncation()
    ids = [one.ids for one in pieces.encode_batch(forms, add_special_tokens=False)]
    numbers = np.stack(
        [(rows[some] * steps[some]).mean(0) if some else np.zeros(rows.shape[1]) for some in ids]
    )
    numbers -= numbers.mean(0)
    _, directions = np.linalg.eigh(numbers.T @ numbers)
    found = numbers @ directions[:, -SIZE:]
    found *= 0.1 / found.std()
    return torch.tensor(np.vstack((found, np.zeros(SIZE))), dtype=torch.float32)


def _fit(net: Net, corpus: Corpus, words: Words, lessons: Lessons, chance: np.random.Generator) -> None:
    tables = [net.words.weight, net.beginnings.weight, net.endings.weight]
    others = [one for one in net.parameters() if all(one is not table for table in tables)]
    learner = torch.optim.AdamW(
        [{"params": tables, "weight_decay": 1e-3}, {"params": others, "weight_decay": 1e-2}], lr=_RATE
    )
    steps = _PASSES * len(lessons.rows) // _SIZE
    pace = torch.optim.lr_scheduler.LambdaLR(
        learner, lambda step: min(1.0, step / _RISE) * max(0.02, 1.0 - step / steps)
    )
    net.train()
    for number in range(_PASSES):
        total = 0.0
        for some in _batches(corpus, lessons.rows, chance):
            loss = _loss(net(*_read(corpus, words, lessons.rows[some])), lessons, some)
            learner.zero_grad()
            loss.backward()
            learner.step()
            pace.step()
            total += float(loss.detach())
        log.info("pass %d of %d, loss %.3f", number + 1, _PASSES, total * _SIZE / len(lessons.rows))
    net.eval()


def _batches(corpus: Corpus, rows: Ints, chance: np.random.Generator) -> Iterator[Ints]:
    """Yield places in ``rows``, in batches of texts of like length."""
    lengths = np.diff(corpus.sheet.starts)[rows]
    order = chance.permutation(len(rows))
    found: list[Ints] = []
    for start in range(0, len(order), _SIZE * 50):
        pool = order[start : start + _SIZE * 50]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        found += [pool[at : at + _SIZE] for at in range(0, len(pool), _SIZE)]
    for at in chance.permutation(len(found)):
        yield found[at]


def _read(corpus: Corpus, words: Words, rows: Ints) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    sheet = corpus.sheet
    lengths = np.minimum(np.diff(sheet.starts)[rows], _LONGEST)
    places = np.arange(max(1, int(lengths.max())))
    there = places < lengths[:, None]
    at = np.where(there, sheet.starts[rows][:, None] + places, 0)
    numbers = torch.from_numpy(sheet.words[at])
    of_words = torch.stack((words.rows[numbers], words.beginnings[numbers], words.endings[numbers]), 2)
    return (
        of_words,
        torch.from_numpy(np.where(there, sheet.zones[at], 0)),
        torch.from_numpy(there.astype(np.float32)),
        torch.from_numpy(sheet.facts[rows].astype(np.float32)),
    )


def _loss(logits: Tensor, lessons: Lessons, some: Ints) -> Tensor:
    wanted, weights = torch.from_numpy(lessons.targets[some]), torch.from_numpy(lessons.weights[some])
    feeling = -(torch.log_softmax(logits[:, SENTIMENT], 1) * wanted[:, SENTIMENT]).sum(1) * weights[:, 0]
    each = nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weights
    heads = each[:, SENTIMENT.stop : CONCERN].sum(1)
    return (feeling + _OF_HEADS * heads + _OF_CONCERN * each[:, CONCERN]).mean()


def rounded(net: Net, known: npt.NDArray[np.uint32]) -> Convolution:
    """Return what was learned in whole parts of powers of two, as the runtime counts them."""
    tables = [one.weight.detach().numpy() for one in (net.words, net.beginnings, net.endings, net.zones)]
    filters = net.filters.weight.detach().numpy().T
    word_parts = _parts(np.vstack(tables))
    filter_parts = _parts(filters)
    of_words, of_beginnings, of_endings, of_zones = (_bytes(table, word_parts) for table in tables)
    constants = net.filters.bias.detach().numpy() * word_parts * filter_parts
    return Convolution(
        known=known,
        words=of_words,
        beginnings=of_beginnings,
        endings=of_endings,
        zones=of_zones,
        filters=_bytes(filters, filter_parts),
        constants=np.rint(constants).astype(np.int32),
        hidden=_dense(net.hidden),
        told=_dense(net.told),
        word_parts=word_parts,
        filter_parts=filter_parts,
    )


def _parts(table: npt.NDArray[np.float32]) -> float:
    """Return the power of two by which nearly all of a table fits into bytes."""
    largest = float(np.quantile(np.abs(table), 0.9999))
    return float(2.0 ** np.floor(np.log2(127.0 / largest)))


def _bytes(table: npt.NDArray[np.float32], parts: float) -> npt.NDArray[np.int8]:
    return np.asarray(np.clip(np.rint(table * parts), -127, 127), np.int8)


def _dense(layer: nn.Linear) -> npt.NDArray[np.float32]:
    weights = np.vstack((layer.weight.detach().numpy().T, layer.bias.detach().numpy()))
    return np.asarray(np.rint(weights * PARTS_OF_WEIGHTS) / PARTS_OF_WEIGHTS, np.float32)
