"""The page of the evaluation: goals beside what was reached, and nothing of a judge that tells nothing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from analysis.training.examples import Example, Named
from analysis.training.measures import Figure
from bench.evaluation_page import GOALS, Column, page
from model import Organisation

RULE = "concern by the rule that negative means concern, F1"
US = Named(slug="larkspur", organisation=Organisation(name="Larkspur"), partners=(), held_back=True)
TEXT = Example(text="late", labels={}, lang="en", source="own", named=US)


def column(name: str, value: float, error: float) -> Column:
    keys = [key for goal in GOALS for key in goal.keys] + [
        (RULE, f"own {lang}") for lang in ("en", "es", "pt")
    ]
    figures = {key: Figure(*key, error if "calibration" in key[0] else value, 7) for key in keys}
    return Column(name, figures, 1.0)


def line(told: str, begins: str) -> list[str]:
    (found,) = [row for row in told.splitlines() if row.startswith(f"| {begins} |")]
    return [cell.strip() for cell in found.strip("|").split("|")][1:]


def test_what_is_reached_is_bold_and_what_nobody_tells_is_a_dash() -> None:
    judges = [column("fast", 85.0, 0.06), column("accurate", 85.0, 0.01), column("VADER", 50.0, 0.5)]

    told = page(judges, [TEXT], 10, now=datetime(2026, 11, 21, tzinfo=UTC))

    assert line(told, "concern about us, English, F1") == ["≥ 80", "≥ 88", "**85.0**", "85.0", "50.0"]
    assert line(told, "calibration error, concern") == ["≤ 0.05", "≤ 0.05", "0.060", "**0.010**", "–"]
    assert line(told, "question, F1")[-1] == "–"
    assert line(told, "partners named, same-name traps among them, F1")[-1] == "–"
    assert "larkspur" in told
    assert "2026-11-21" in told


def test_a_judge_that_is_not_installed_has_no_figures() -> None:
    told = page([column("fast", 85.0, 0.01), Column("accurate", {}, 0.0)], [TEXT], 10, now=datetime.now(UTC))

    assert line(told, "question, F1") == ["≥ 78", "", "**85.0**", "–"]


def test_the_hard_pairs_stand_beside_what_a_yes_to_each_would_reach() -> None:
    pairs = [replace(TEXT, source="pairs", labels={"concern:yes": label}) for label in (1.0, 0.0, 0.0)]

    told = page([column("fast", 85.0, 0.01)], [TEXT, *pairs], 10, now=datetime.now(UTC))

    assert "Of *pairs* 1 raise a concern: who says so of each has an F1 of 50.0." in told
