"""A query as branches: a list of what must all hold, for each of several ways to match. Words alone stay together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from storage.query.conditions import Asking, since_id
from storage.query.tree import AllOf, Field, Not, OneOf, Said, Titled, Tree
from storage.search_index import All, Either, Node, Without

MOST_BRANCHES = 16


@dataclass(frozen=True, slots=True)
class Branch:
    """What must all hold."""

    words: Node | None
    """What full text is asked for; with ``titled`` it may find too much."""
    titled: tuple[Titled, ...]
    fields: tuple[Field, ...]
    others: tuple[Tree, ...]
    since: int = 0
    until: int | None = None


def branches(tree: Tree) -> list[list[Tree]]:
    """Return what must all hold, for each of several ways to match; few words of a tree stay together.

    >>> from storage.query.parse import parse
    >>> [len(parts) for parts in branches(parse("(late OR is:concern) channel:rss"))]
    [2, 2]
    """
    found = _branches(tree)
    return found if len(found) <= MOST_BRANCHES else [[tree]]


def words_of(tree: Tree) -> Node | None:
    """Return what full text is asked for a tree that has words only; None where it has not, or excludes only."""
    if isinstance(tree, Said):
        return tree.leaf
    if isinstance(tree, OneOf):
        either = [words_of(part) for part in tree.parts]
        return None if None in either else Either(tuple(node for node in either if node is not None))
    if not isinstance(tree, AllOf):
        return None
    wanted = [words_of(part) for part in tree.parts if not isinstance(part, Not)]
    unwanted = [words_of(part.part) for part in tree.parts if isinstance(part, Not)]
    if not wanted or None in wanted or None in unwanted:
        return None
    return _without([node for node in wanted if node], [node for node in unwanted if node])


def _without(wanted: list[Node], unwanted: list[Node]) -> Node:
    both = wanted[0] if len(wanted) == 1 else All(tuple(wanted))
    if not unwanted:
        return both
    return Without(both, unwanted[0] if len(unwanted) == 1 else Either(tuple(unwanted)))


def _branches(tree: Tree) -> list[list[Tree]]:
    if words_of(tree) is not None or not isinstance(tree, AllOf | OneOf):
        return [[tree]]
    below = [_branches(part) for part in tree.parts]
    if isinstance(tree, OneOf):
        found = [branch for part in below for branch in part]
        return found if len(found) <= MOST_BRANCHES else [[tree]]
    n_found = 1
    for part in below:
        n_found *= len(part)
    if n_found > MOST_BRANCHES:
        return [list(tree.parts)]
    return [[leaf for part in chosen for leaf in part] for chosen in product(*below)]


def branch_of(asking: Asking, parts: Sequence[Tree]) -> Branch:
    """Return what must all hold, sorted by how it is looked for."""
    wanted: list[Node] = []
    unwanted: list[Node] = []
    titled: list[Titled] = []
    fields: list[Field] = []
    others: list[Tree] = []
    since, until = 0, None
    for part in parts:
        words = words_of(part.part if isinstance(part, Not) else part)
        if words is not None:
            (unwanted if isinstance(part, Not) else wanted).append(words)
        elif isinstance(part, Titled):
            titled.append(part)
        elif isinstance(part, Field) and part.name == "since":
            since = max(since, since_id(asking, part))
        elif isinstance(part, Field) and part.name == "until":
            until = min(since_id(asking, part), until if until is not None else since_id(asking, part))
        else:
            (fields if isinstance(part, Field) else others).append(part)  # type: ignore[arg-type]
    wanted += [title.leaf for title in titled]
    if not wanted:
        others += [part for part in parts if isinstance(part, Not) and words_of(part.part) is not None]
    words = _without(wanted, unwanted) if wanted else None
    return Branch(words, tuple(titled), tuple(fields), tuple(others), since, until)
