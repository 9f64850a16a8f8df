"""Keeps docs/faults.md in step with the tests: `python -m tests.fault_table` writes its third column."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TABLE = TESTS.parent / "docs" / "faults.md"
NUMBERS = range(1, 99)

_NAMED = re.compile(r"faults\.md ((?:\d+(?:[–-]\d+)?(?:, and |, | and )?)+)")
_ROW = re.compile(r"^\| (\d+) \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: what must happen, the test files that show it, and what is still open in words."""

    number: int
    must: str
    shown_by: str
    open: str


def rows(table: str) -> list[Row]:
    """Return the table's rows as they stand."""
    return [
        Row(int(number), must, shown.strip(), open_.strip())
        for number, must, shown, open_ in _ROW.findall(table)
    ]


def numbers(docstring: str) -> set[int]:
    """Return the faults that a docstring names: ``faults.md 1, 2 and 27–29.`` names five."""
    found: set[int] = set()
    for listed in _NAMED.findall(docstring):
        for first, last in re.findall(r"(\d+)(?:[–-](\d+))?", listed):
            found.update(range(int(first), int(last or first) + 1))
    return found


def covered(tests: Path) -> Mapping[int, list[str]]:
    """Return each fault's test files, by the docstrings of the test functions in them."""
    found: dict[int, list[str]] = {}
    for path in sorted(tests.glob("test_*.py")):
        named = set().union(*(numbers(docstring) for docstring in _docstrings(path)))
        for number in named:
            found.setdefault(number, []).append(path.name)
    return found


def shown_by(files: list[str]) -> str:
    """Return the third column of a fault."""
    return ", ".join(f"[{name.removesuffix('.py')}](../tests/{name})" for name in files)


def written(table: str, found: Mapping[int, list[str]]) -> str:
    """Return the table with its third column as the tests say."""

    def row(match: re.Match[str]) -> str:
        number, must, _, open_ = match.groups()
        return f"| {number} | {must} | {shown_by(found.get(int(number), []))} | {open_} |"

    return _ROW.sub(row, table)


def _docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield ast.get_docstring(node) or ""


if __name__ == "__main__":
    TABLE.write_text(written(TABLE.read_text(encoding="utf-8"), covered(TESTS)), encoding="utf-8")
