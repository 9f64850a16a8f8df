"""Every goal of understanding, measured on texts that training never saw, beside others in the same run.

``python -m bench.evaluate DATA``; `make eval` does it for ../shared/data/train. Which texts are held back is said in
the page that this writes, docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from analysis.training.corpus import is_learned
from analysis.training.examples import Example
from analysis.training.measures import Figure, Judged, figures
from analysis.training.own import HARD, own_examples
from analysis.training.public import public_examples, validation_examples
from bench.evaluation_page import Column, page
from bench.judges import LANGUAGES, Judge, TextCat, accurate, fast, textblob, vader
from errors import NeedsAttention

PAGE = Path(__file__).parent.parent / "docs" / "evaluation.md"


def texts(data: Path) -> tuple[list[Example], list[Example]]:
    """Return what the fast tier learned from, and what was held back from it, in the languages that it knows."""
    hard = [replace(one, source=kind) for kind, folder in HARD.items() for one in own_examples(folder)]
    everything = [*public_examples(data), *validation_examples(data), *own_examples(), *hard]
    known = [example for example in everything if example.lang in LANGUAGES]
    learned = [example for example in known if is_learned(example) and example.source not in HARD]
    return learned, [example for example in known if not is_learned(example)]


def measured(judge: Judge, held_back: Sequence[Example]) -> Mapping[tuple[str, str], Figure]:
    """Return every figure of a judge, by what and on what."""
    found = [Judged(example, one) for example, one in zip(held_back, judge(held_back), strict=True)]
    return {(figure.what, figure.on): figure for figure in figures(found)}


def columns(learned: Sequence[Example], held_back: Sequence[Example]) -> list[Column]:
    """Return every judge with its figures; one that is not installed has none."""
    judges: dict[str, Judge] = {
        "fast": fast,
        "accurate": accurate,
        "VADER": vader,
        "TextBlob": textblob,
        "spaCy textcat": TextCat(learned),
    }
    found = []
    for name, judge in judges.items():
        started = time.process_time()
        try:
            found.append(Column(name, measured(judge, held_back), time.process_time() - started))
        except NeedsAttention as error:
            print(f"{name}: {error}")
            found.append(Column(name, {}, 0.0))
    return found


def main() -> None:
    """Measure, print the page, and write it."""
    parser = argparse.ArgumentParser(prog="python -m bench.evaluate", description=__doc__)
    parser.add_argument(
        "data", type=Path, help="the folder of the public sets (docs/models/fast.md names them)"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help="where the result is written")
    given = parser.parse_args()
    learned, held_back = texts(given.data)
    found = page(columns(learned, held_back), held_back, len(learned), now=datetime.now(UTC))
    print(found)
    given.page.write_text(found, encoding="utf-8")


if __name__ == "__main__":
    main()
