"""``python -m analysis.training DATA``: make the fast model from the public sets in a folder and our own texts."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from analysis.fast import FOLDER


def main() -> None:
    """Train, measure on what was held back, and write the model with its card."""
    parser = argparse.ArgumentParser(prog="python -m analysis.training", description=__doc__)
    parser.add_argument(
        "data", type=Path, help="the folder of the public sets (docs/models/fast.md names them)"
    )
    parser.add_argument("--to", type=Path, default=FOLDER, help="where the model is written")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    from analysis.training.fast_card import write_card
    from analysis.training.run import measure, train

    corpus = train(given.data, given.to)
    figures, version = measure(corpus, given.to)
    size = sum(file.stat().st_size for file in given.to.rglob("*") if file.is_file())
    write_card(corpus, figures, version, size)


if __name__ == "__main__":
    main()
