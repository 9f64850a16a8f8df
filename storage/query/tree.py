"""What a query says, as a small tree of frozen values; each leaf knows where in the query it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from storage.search_index import Node, Phrase, Prefix

Place: TypeAlias = tuple[int, int]
"""Where something stands in what was written: code points, start and end, half open."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words, a phrase, a beginning of a word or words near each other, in the title and the text."""

    leaf: Node
    written: str
    place: Place


@dataclass(frozen=True, slots=True)
class Titled:
    """Words, a phrase or a beginning of a word in the title alone."""

    leaf: Phrase | Prefix
    written: str
    place: Place


@dataclass(frozen=True, slots=True)
class Field:
    """What else is known of a mention: ``channel:reddit``. The value is as its field compares it."""

    name: str
    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class AllOf:
    """What matches each of these."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """What matches at least one of these."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What does not match this."""

    part: Tree


Tree: TypeAlias = Said | Titled | Field | AllOf | OneOf | Not


def all_of(parts: list[Tree]) -> Tree:
    """Return what matches each of them, without a tree of its own for one."""
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def one_of(parts: list[Tree]) -> Tree:
    """Return what matches one of them, without a tree of its own for one."""
    return parts[0] if len(parts) == 1 else OneOf(tuple(parts))


def leaves(tree: Tree) -> list[Said | Titled | Field]:
    """Return the leaves of a tree, in the order in which they were written."""
    if isinstance(tree, Not):
        return leaves(tree.part)
    if isinstance(tree, AllOf | OneOf):
        return [leaf for part in tree.parts for leaf in leaves(part)]
    return [tree]
