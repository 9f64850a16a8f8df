"""The rules as they lie in ``analysis/rules``: read once, checked, and named by a hash that is their version."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.fold import fold_phrase

_FOLDER = Path(__file__).parent / "rules"
_CODE = 1
"""Raised by hand when the code around the rules changes what they mean; a part of every version."""

SUBJECTS = ("sentiment", "intents", "needs", "concern")
"""The files of a language, each owned by the component of its name."""

Groups = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of one language: group → label → patterns, as written (analysis/patterns.py reads them)."""

    language: str
    groups: Groups

    def words(self, group: str, label: str) -> frozenset[str]:
        """Return the entries of a list of single words, folded and in lower case."""
        return frozenset(fold_phrase(word).lower() for word in self.groups.get(group, {}).get(label, ()))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have rules, ISO 639-1."""
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if folder.is_dir()))


@cache
def rulebook(language: str) -> Rulebook:
    """Return the rules of a language; KeyError if there are none."""
    if language not in languages():
        raise KeyError(language)
    groups: dict[str, dict[str, tuple[str, ...]]] = {}
    for subject in SUBJECTS:
        for group, labels in _read(_FOLDER / language / f"{subject}.toml").items():
            known = groups.setdefault(group, {})
            if twice := known.keys() & labels.keys():
                raise ValueError(f"{language}/{subject}.toml: {group}.{min(twice)} is in another file too")
            known.update(labels)
    return Rulebook(language, groups)


@cache
def name_words() -> Mapping[str, tuple[str, ...]]:
    """Return the lists of ``names.toml`` that are plain lists of words."""
    with (_FOLDER / "names.toml").open("rb") as file:
        data = tomllib.load(file)
    return {
        key: tuple(fold_phrase(word).lower() for word in words)
        for key, words in data.items()
        if key != "spellings"
    }


@cache
def spellings() -> tuple[tuple[str, ...], ...]:
    """Return the groups of spellings that are one word."""
    with (_FOLDER / "names.toml").open("rb") as file:
        return tuple(tuple(group) for group in tomllib.load(file)["spellings"])


@cache
def version(subject: str) -> str:
    """Return the version of a component: a hash of its rules in every language, and of the code's number."""
    digest = hashlib.sha256(f"{subject}:{_CODE}".encode())
    for path in sorted(_FOLDER.rglob(f"{subject}.toml")):
        digest.update(path.parent.name.encode())
        digest.update(path.read_bytes())
    return f"rules-{digest.hexdigest()[:12]}"


def _read(path: Path) -> Groups:
    with path.open("rb") as file:
        data = tomllib.load(file)
    return {
        group: {label: tuple(entries) for label, entries in labels.items()} for group, labels in data.items()
    }
