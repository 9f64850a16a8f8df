"""`earshot train`: let the corrections teach a copy of the model, see whether it is better, and take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted
from commands.opening import load_settings, model_folder, opened_line
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, print_table, say

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.teaching import Outcome
    from stages.train import Trained

PLURAL = {"sentiment": "sentiment", "intent": "intents", "need": "needs", "concern": "concern"}


def train(
    undo: Annotated[
        bool, typer.Option("--undo", help="Use the model as it was before the last one.")
    ] = False,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Learn from your corrections: a copy of the model beside the store, kept where it is better.

    Texts of X and Reddit are left out, for their terms forbid it.

    Example: earshot train

    Exit code: 0 done, also when nothing is better · 1 something needs attention · 2 wrong use.
    """
    folder = model_folder(load_settings(config), config)
    if undo:
        _undo(folder)
        return
    from pipeline import train as learn

    with opened_line(config) as line:
        trained = learn(line, folder)
    if json:
        print_json(as_json(trained))
    else:
        _tell(trained)


def _undo(folder: Path) -> None:
    from analysis.own_model import undo_copy

    before = undo_copy(folder)
    if before is None:
        say("There is nothing to take back: the model is the installed one.")
    else:
        say(
            f"The model is {before or 'the installed one'} again. Old mentions are asked again in the background."
        )


def as_json(trained: Trained) -> dict[str, object]:
    """Return what a training did in the fields of docs/reference/train.schema.json."""
    return {
        "lessons": trained.lessons,
        "left_out": dict(trained.left_out),
        "model": trained.model,
        "kinds": [
            {
                "kind": one.kind,
                "corrections": one.corrections,
                "held_back": one.held_back,
                "right_before": one.right_before,
                "right_after": one.right_after,
                "elsewhere_before": round(one.elsewhere_before, 1),
                "elsewhere_after": round(one.elsewhere_after, 1),
                "kept": one.kept,
            }
            for one in trained.outcomes
        ],
    }


def _tell(trained: Trained) -> None:
    from stages.train import NOT_LEARNED_FROM

    for channel, n in trained.left_out.items():
        say(f"{counted(n, 'corrected mention')} left out: {NOT_LEARNED_FROM[channel]}.")
    if not trained.lessons:
        say("There is nothing to learn from; `earshot annotate` corrects a mention's tags.")
        return
    columns = ("", "corrections", "right before", "right after", "elsewhere before", "after", "")
    print_table(columns, list(_rows(trained.outcomes)), numbers=columns[1:6])
    say(
        "Right: of corrections that were held back. Elsewhere: points on texts that have nothing to do with them."
    )
    if trained.model is None:
        say("Nothing is better, so the model stays as it was.")
    else:
        say(f"The model is {trained.model} now. Old mentions are asked again in the background.")


def _rows(outcomes: Sequence[Outcome]) -> Iterator[tuple[object, ...]]:
    for outcome in outcomes:
        known = outcome.held_back > 0
        yield (
            PLURAL[outcome.kind],
            outcome.corrections,
            f"{outcome.right_before} of {outcome.held_back}" if known else "too few",
            f"{outcome.right_after} of {outcome.held_back}" if known else "to tell",
            f"{outcome.elsewhere_before:.1f}",
            f"{outcome.elsewhere_after:.1f}",
            "kept" if outcome.kept else "not kept",
        )
