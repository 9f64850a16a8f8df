"""``python -m bench.aspects``: the feeling towards each who is named, beside the mention's own for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import open_analyzer
from analysis.contract import Analysis
from model import Mention, Organisation, Partner

US = Organisation(
    name="Riverside Food Network",
    languages=("en", "es", "pt"),
    aliases=("Riverside", "RFN"),
    programmes=("Weekend Box",),
)
PARTNERS = (Partner(name="Northside Shelter"), Partner(name="St Mary's Kitchen"))
CALLED = {"us": US.name, "north": "Northside Shelter", "mary": "St Mary's Kitchen"}
FEELING = {"-": "negative", "0": "neutral", "+": "positive"}


@dataclass(slots=True)
class Count:
    """Of the feelings that a person read: how many are told at all, how many right; and how many by the whole."""

    true: int = 0
    told: int = 0
    right: int = 0
    by_the_whole: int = 0


def main() -> None:
    """Print a line for each language, for mentions that name one and those that name several."""
    written = (Path(__file__).parent / "written.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in written]
    analyzer = open_analyzer(US, PARTNERS)
    mentions = [
        Mention(channel="x", external_id=str(n), text=text, lang=lang)
        for n, (lang, _, text) in enumerate(rows)
    ]
    counts: dict[tuple[str, str], Count] = {}
    for (lang, true, _), found in zip(rows, analyzer.analyze(mentions), strict=True):
        named = "several" if " " in true else "one"
        _count(counts.setdefault((lang, named), Count()), true.split(), found)
    print("language, named: feelings, told, right of all, right if each had the mention's own")
    for (lang, named), count in sorted(counts.items()):
        print(f"{lang}, {named}: {count.true}, {count.told}, {count.right}, {count.by_the_whole}")


def _count(count: Count, true: Sequence[str], found: Analysis) -> None:
    told: dict[str, str] = {}
    for one in found.annotations:
        if one.kind == "aspect":
            label, _, target = one.label.partition(": ")
            told.setdefault(target, label)
    whole = next((one.label for one in found.annotations if one.kind == "sentiment"), "neutral")
    for one_true in true:
        target, label = CALLED[one_true[:-1]], FEELING[one_true[-1]]
        count.true += 1
        count.told += target in told
        count.right += told.get(target) == label
        count.by_the_whole += whole == label


if __name__ == "__main__":
    main()
