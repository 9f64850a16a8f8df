"""What an outsider may import: exactly what `earshot.__all__` says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import earshot

SOURCE = Path(earshot.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", earshot.__all__)
def test_each_promised_name_is_there(name: str) -> None:
    assert getattr(earshot, name) is not None


def test_everything_that_is_there_is_promised() -> None:
    offered = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom) and node.module not in {"__future__", "importlib", "typing"}
        for alias in node.names
    }

    assert offered == set(earshot.__all__)
    assert dir(earshot) == sorted(earshot.__all__)


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="'earshot' has no attribute 'Daemon'"):
        earshot.Daemon  # noqa: B018
