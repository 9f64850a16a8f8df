"""Trends as a picture for a report: a line of small charts for each dimension, by matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

from commands.layout import cut
from commands.printing import shown
from errors import NeedsAttention

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from storage.usual import Trend

INK, PALE, LINE, UNUSUAL = "#22303c", "#8a97a3", "#2f6f9f", "#b4432e"
"""Told apart without colour too: what is unusual is also told in words."""
WIDE = 9.0
TALL = {"title": 0.8, "all": 1.2, "head": 0.34, "line": 0.44, "gap": 0.3}
"""Inches."""
NAME, PLOT, TOLD = 0.02, (0.24, 0.47), 0.735
"""Where a line's name, its chart and what is told of it stand, in parts of the width."""
STYLE = {
    "svg.fonttype": "none",  # names stay text, in whatever script they are written
    "svg.hashsalt": "earshot",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 9,
}


def draw(found: Sequence[Trend], out: IO[bytes], ending: str, *, first: date, title: str) -> None:
    """Write trends as ``.svg`` or ``.png``; the same trends are the same bytes. NeedsAttention without matplotlib.

    Each chart has its own height: a small partner's doings are seen beside a large one's.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise NeedsAttention("a chart needs matplotlib: pip install 'earshot[charts]'") from None
    with rc_context(STYLE), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings(
            "ignore", message="Glyph"
        )  # a script that the font lacks is no fault of the chart
        sections = [(by, list(lines)) for by, lines in groupby(found, key=lambda one: one.by)]
        inches = TALL["title"] + sum(_inches(by, lines) for by, lines in sections)
        figure = Figure(figsize=(WIDE, inches))
        _say(figure, NAME, 1 - 0.3 / inches, title, size=13, weight="bold")
        told = (
            "Mentions in seven days, up to each day; dashed: a usual week, of the 28 days before the last 7. "
            "Each line has a height of its own."
        )
        _say(figure, NAME, 1 - 0.55 / inches, told, color=PALE, size=8)
        top = 1 - TALL["title"] / inches
        for by, lines in sections:
            top = _section(figure, by, lines, top, inches, first)
        metadata: dict[str, Any] = {"Date": None} if ending == ".svg" else {}
        figure.savefig(
            out, format=ending[1:], dpi=160, facecolor="white", metadata={"Title": title, **metadata}
        )


def sums_of_weeks(counts: Sequence[int]) -> list[int]:
    """Return for each day but the first six how much was said in the seven days up to it.

    >>> sums_of_weeks([1, 0, 0, 0, 0, 0, 1, 5])
    [2, 6]
    """
    return [sum(counts[end - 7 : end]) for end in range(7, len(counts) + 1)] or [sum(counts)]


def _inches(by: str, lines: Sequence[Trend]) -> float:
    if by == "all":
        return TALL["all"] + TALL["gap"]
    return TALL["head"] + TALL["line"] * len(lines) + TALL["gap"]


def _section(
    figure: Figure, by: str, lines: Sequence[Trend], top: float, inches: float, first: date
) -> float:
    if by != "all":
        _say(figure, NAME, top - 0.24 / inches, f"by {by}", weight="bold", color=INK)
        top -= TALL["head"] / inches
    height = (TALL["all"] if by == "all" else TALL["line"]) / inches
    for place, one in enumerate(lines):
        axes = figure.add_axes((PLOT[0], top - 0.86 * height, PLOT[1], 0.76 * height))
        _line(axes, one, first)
        _name_days(axes, named=by == "all" or place == len(lines) - 1)
        middle = top - 0.48 * height
        _say(figure, NAME, middle, cut(shown(one.label), 26), va="center")
        unusual = one.change in ("more", "less")
        _say(figure, TOLD, middle, _told(one), va="center", color=UNUSUAL if unusual else INK)
        top -= height
    return top - TALL["gap"] / inches


def _line(axes: Axes, one: Trend, first: date) -> None:
    from matplotlib.dates import date2num

    sums = sums_of_weeks(one.counts)
    last = date2num(first + timedelta(days=len(one.counts) - 1))  # type: ignore[no-untyped-call]
    days = [last - (len(sums) - 1 - each) for each in range(len(sums))]
    axes.fill_between(days, sums, color=LINE, alpha=0.18, linewidth=0)
    axes.plot(days, sums, color=LINE, linewidth=1.3)
    if one.usual_week is not None:
        axes.axhline(one.usual_week, color=PALE, linewidth=0.9, linestyle=(0, (4, 3)))
    end = UNUSUAL if one.change in ("more", "less") else LINE
    axes.plot(days[-1:], sums[-1:], "o", markersize=3, color=end)
    axes.set_ylim(0, 1.12 * max(*sums, one.usual_week or 0, 1))
    axes.set_yticks([])
    axes.margins(x=0.01)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#d5dbe0")


def _name_days(axes: Axes, *, named: bool) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if not named:
        axes.set_xticks([])
        return
    locator = AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]
    axes.tick_params(axis="x", colors=PALE, labelsize=7, length=2, pad=1)


def _told(one: Trend) -> str:
    usual = "" if one.usual_week is None else f", usual {one.usual_week:g}"
    percent = "" if one.percent is None or one.change == "as usual" else f" ({one.percent:+} %)"
    return f"{one.last_7}{usual}: {one.change}{percent}"


def _say(figure: Figure, x: float, y: float, words: str, **style: Any) -> None:
    # A name with two dollar signs is no formula.
    figure.text(x, y, words, parse_math=False, **{"color": INK, **style})
