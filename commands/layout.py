"""Rows laid out for a person: beside each other where they fit the terminal, below each other where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

GAP = "  "
PROSE = 20  # a last column with more than that in a cell is prose, and may be wrapped
ROOM = 40  # the narrowest column that prose is still read well in
INDENT = "    "
MARKS = ("> ", "* ", "- ")

Cells = Sequence[str]


def laid_out(columns: Cells, rows: Sequence[Cells], *, numbers: Sequence[str], width: int) -> list[str]:
    """Return the lines of a table in a terminal of ``width`` cells; ``numbers`` names the columns set to the right.

    Where it does not fit, prose in the last column goes below its row; where the rest is still too wide, each row
    becomes a line of words, without the counts that are 0.
    """
    widths = [max(_cells(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    prose = widths[-1] > PROSE
    beside = sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
    if beside + min(widths[-1], ROOM) <= width:
        return [
            line
            for row in (columns, *rows)
            for line in _wrapped(_padded(row, columns, widths, numbers), width, " " * beside)
        ]
    if prose and beside - len(GAP) <= width:
        heads = [_padded(row[:-1], columns, widths, numbers).rstrip() for row in (columns, *rows)]
        return _with_prose(heads, ["", *(row[-1] for row in rows)], width)
    told = [_told(row[:-1] if prose else row, columns, numbers) for row in rows]
    return _with_prose(told, [row[-1] if prose else "" for row in rows], width)


def wrapped(line: str, width: int) -> list[str]:
    """Return one line as lines that fit the width; long words stay whole.

    Each goes as far in as the first, below the words of a list's item (``- ``, ``* ``), and behind the mark of a
    quotation (``> ``).
    """
    rest = line.lstrip(" ")
    blanks, mark = " " * (len(line) - len(rest)), rest[:2] if rest[:2] in MARKS else ""
    if _cells(line) <= width:
        return [line]
    then = blanks + (mark if mark == "> " else " " * len(mark))
    return _cut_at_words(rest[len(mark) :], width, first=blanks + mark, then=then)


def cut(words: str, width: int) -> str:
    """Return the words cut to the width, with an ellipsis where something is missing."""
    from rich.cells import set_cell_size

    return words if _cells(words) <= width else set_cell_size(words, max(width - 1, 0)).rstrip() + "…"


def counted(n: int, one: str) -> str:
    """Return ``1 alert``, ``2 alerts``."""
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


def padded(words: str, width: int) -> str:
    """Return the words with blanks behind them up to the width."""
    return words + " " * (width - _cells(words))


def _padded(row: Cells, columns: Cells, widths: Sequence[int], numbers: Sequence[str]) -> str:
    cells = []
    for column, width, cell in zip(columns, widths, row, strict=False):
        blanks = " " * (width - _cells(cell))
        cells.append(blanks + cell if column in numbers else cell + blanks)
    return GAP.join(cells).rstrip()


def _told(row: Cells, columns: Cells, numbers: Sequence[str]) -> str:
    """A row as words: ``northside-blog  3 new  ok``."""
    cells = [row[0]]
    for column, cell in zip(columns[1:], row[1:], strict=False):
        if column not in numbers:
            cells.append(cell)
        elif cell != "0":
            cells.append(f"{cell} {column}")
    return GAP.join(cell for cell in cells if cell)


def _with_prose(heads: Sequence[str], prose: Cells, width: int) -> list[str]:
    lines = []
    for head, words in zip(heads, prose, strict=True):
        lines += _wrapped(head, width, INDENT)
        lines += wrapped(INDENT + words, width) if words else []
    return lines


def _wrapped(line: str, width: int, indent: str) -> list[str]:
    return [line] if _cells(line) <= width else _cut_at_words(line, width, first="", then=indent)


def _cut_at_words(words: str, width: int, *, first: str, then: str) -> list[str]:
    return wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cells(words: str) -> int:
    from rich.cells import cell_len

    return cell_len(words)
