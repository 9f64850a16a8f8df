"""The card of the accurate tier's model, ``docs/models/accurate.md``: written by the run that made the file."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from analysis.heads import CONCERN
from analysis.judge import FACTS, MODEL, open_judge
from analysis.judgement import alert_pays
from analysis.training import figures
from analysis.training.figures import Measured
from analysis.training.own import learned_examples

CARD = Path(__file__).parents[2] / "docs" / "models" / "accurate.md"
FRAME = Path(__file__).with_name("accurate_card.md")

Row = Sequence[str | int | float]


def write_card(measured: Measured) -> None:
    """Write the card; the words around the figures are those of ``accurate_card.md``."""
    own = [at for at, example in enumerate(measured.examples) if example.named.slug]
    tweets = [at for at, example in enumerate(measured.examples) if not example.named.slug]
    ours = figures.part(measured, own)
    facts = json.loads((MODEL / FACTS).read_text(encoding="utf-8"))
    text = FRAME.read_text(encoding="utf-8")
    for name, value in {
        "version": facts["version"],
        "size": f"{sum(file.stat().st_size for file in MODEL.iterdir()) / 1e6:.1f}",
        "training texts": _training_texts(),
        "whole": _whole(ours, figures.part(measured, tweets)),
        "heads": _heads(ours),
        "languages": _concerns(figures.concern_by(ours, lambda one: one.lang), "language"),
        "channels": _concerns(figures.concern_by(ours, lambda one: one.channel), "channel"),
        "hard": _concerns(figures.concern_by(ours, lambda one: one.hard or "(none)"), "hard case"),
        "organisations": _concerns(figures.concern_by(ours, lambda one: one.named.field), "organisation"),
        "speed": _speed(),
    }.items():
        text = text.replace(f"{{{name}}}", value)
    CARD.parent.mkdir(parents=True, exist_ok=True)
    CARD.write_text(text, encoding="utf-8")


def _whole(ours: Measured, tweets: Measured) -> str:
    found, trivial = figures.concern(ours), figures.negative_is_concern(ours)
    rows: list[Row] = [
        (
            "sentiment of tweets: mean recall (R)",
            len(tweets.examples),
            f"{figures.sentiment_recall(tweets):.1f}",
        ),
        ("sentiment of tweets: calibration error", "", f"{figures.sentiment_error(tweets):.3f}"),
        (
            "sentiment of our own texts: mean recall",
            len(ours.examples),
            f"{figures.sentiment_recall(ours):.1f}",
        ),
        ("sentiment of our own texts: calibration error", "", f"{figures.sentiment_error(ours):.3f}"),
        ("concern: F1", found.texts, f"{found.f1:.1f}"),
        ("concern: precision, recall", "", f"{found.precision:.1f}, {found.recall:.1f}"),
        ("concern: F1 of the rule that negative means concern", "", f"{trivial.f1:.1f}"),
        ("concern: calibration error", "", f"{figures.concern_error(ours):.3f}"),
        _of_partners(ours),
        *_slices(ours),
    ]
    return _table(("what", "texts", "figure"), rows)


def _of_partners(ours: Measured) -> Row:
    """Return what the default of missed_concern_costs makes of partners' words."""
    chosen = [at for at, example in enumerate(ours.examples) if example.who == "partner"]
    partners = figures.part(ours, chosen)
    hit = figures.hits(partners.found[:, CONCERN] >= alert_pays(10.0), partners.wanted[:, CONCERN] == 1)
    return (
        "concern, said by a partner, at the default costs: precision, recall",
        len(chosen),
        (f"{hit.precision:.1f}, {hit.recall:.1f}"),
    )


def _slices(ours: Measured) -> Iterable[Row]:
    wanted = ours.wanted
    negative = [at for at in range(len(wanted)) if wanted[at, 0] == 1 and wanted[at, -1] == 0]
    calm = [at for at in range(len(wanted)) if wanted[at, 0] == 0 and wanted[at, -1] == 1]
    for name, chosen, concerns in (
        ("negative, but no concern of ours: rightly left alone, %", negative, False),
        ("a concern, but not negative (friendly, dry): found, %", calm, True),
    ):
        right = (ours.given[chosen, -1] == concerns).mean() if chosen else np.nan
        yield name, len(chosen), f"{100 * right:.1f}"


def _heads(ours: Measured) -> str:
    found = figures.by_head(ours)
    rows = [
        (head, hit.texts, f"{hit.precision:.0f}", f"{hit.recall:.0f}", f"{hit.f1:.0f}")
        for head, hit in found.items()
    ]
    return _table(("label", "texts", "precision", "recall", "F1"), rows)


def _concerns(groups: Mapping[str, tuple[int, int, int, int, int]], name: str) -> str:
    rows = [
        (group, texts, concerns, found, false, f"{100 * right / texts:.0f}")
        for group, (texts, concerns, found, false, right) in groups.items()
    ]
    return _table((name, "texts", "concerns", "found", "false alarms", "right, %"), rows)


def _table(head: Sequence[str], rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _training_texts() -> str:
    own = learned_examples()
    return f"{len(own)} texts about {len({one.named.slug for one in own})} invented organisations"


def _speed() -> str:
    """Return texts of 25 pieces a second of one core's time."""
    judge = open_judge()
    pieces = [101, *range(2003, 2026), 102]
    best = 0.0
    for _ in range(10):
        began = time.process_time()
        for _ in range(50):
            judge.shares(pieces)
        best = max(best, 50 / (time.process_time() - began))
    machine = platform.machine()
    return (
        f"{best:.0f} texts of 25 word pieces a second of one core's time ({machine}, the best of ten rounds)"
    )
