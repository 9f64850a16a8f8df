"""The lists behind the names (``names.toml``): what tells a name from its namesakes, and spellings of one word."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from analysis.fold import fold_phrase

_FILE = Path(__file__).parent / "names.toml"
_CODE = 2
"""Raised by hand when the code around the lists changes what they mean; a part of every version."""


@cache
def name_words() -> Mapping[str, frozenset[str]]:
    """Return the lists that are plain lists of words, folded and in lower case."""
    return {
        key: frozenset(fold_phrase(word).lower() for word in words)
        for key, words in tomllib.loads(_FILE.read_text(encoding="utf-8")).items()
        if key != "spellings"
    }


@cache
def spellings() -> tuple[tuple[str, ...], ...]:
    """Return the groups of spellings that are one word."""
    return tuple(tuple(group) for group in tomllib.loads(_FILE.read_text(encoding="utf-8"))["spellings"])


@cache
def namewords_version() -> str:
    """Return a hash of the lists and of the code's number."""
    return hashlib.sha256(f"{_CODE}:".encode() + _FILE.read_bytes()).hexdigest()[:12]
