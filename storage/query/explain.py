"""A query told in words: how it was read, how it is looked for, and what the engine says of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Executable, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from storage.query.conditions import Asking
from storage.query.moments import moment
from storage.query.plan import Way
from storage.query.tree import AllOf, Field, Not, OneOf, Said, Titled, Tree
from storage.schema import partners, sources
from storage.search_index import Near, Node, Phrase, Prefix

SENTENCES = {
    "author": "the author is {}",
    "channel": "it is on channel {}",
    "lang": "its language is {}",
    "need": "it needs {}",
    "intent": "its intent is {}",
    "sentiment": "its sentiment is {}",
    "partner": "partner {} speaks or is named",
    "source": "source {} brought it",
    "url": "its address holds {}",
    "saved": "it matches what is saved as {}",
    "named": "partner {} is named",
    "speaker": "partner {} speaks",
    "source_id": "source {} brought it",
}
FLAGS = {
    ("is", "concern"): "it raises a concern",
    ("is", "question"): "it asks a question",
    ("is", "reply"): "it is a reply of ours",
    ("is", "unanswered"): "it waits for an answer of ours",
    ("is", "ours"): "we said it",
    ("is", "edited"): "it was edited",
    ("from", "us"): "we said it",
    ("from", "partners"): "a partner said it",
    ("from", "others"): "somebody else said it: neither we nor a partner",
    ("everything", ""): "anything",
    ("nothing", ""): "nothing: nobody and nothing is called so",
}


def told(asking: Asking, tree: Tree | None) -> list[str]:
    """Return how a query was read, one line for each part, further in for what is below it."""
    if tree is None:
        return ["every mention"]
    if isinstance(tree, AllOf | OneOf):
        head = "all of these:" if isinstance(tree, AllOf) else "at least one of these:"
        return [head, *(f"  {line}" for part in tree.parts for line in told(asking, part))]
    if isinstance(tree, Not):
        below = told(asking, tree.part)
        return [f"not: {below[0]}", *below[1:]]
    return [_leaf(asking, tree)]


def how(asking: Asking, found: Sequence[Way], statement: Select[int]) -> list[str]:
    """Return how a query is looked for: our own ways, and below them the engine's plan of the statement."""
    lines = [_way(asking, way) for way in found]
    if len(lines) > 1:
        lines = [*(f"{number}. {line}" for number, line in enumerate(lines, 1)), "merged, the newest first"]
    return [
        *lines,
        f"{asking.connection.dialect.name} says:",
        *(f"  {line}" for line in _plan(asking, statement)),
    ]


def _leaf(asking: Asking, leaf: Said | Titled | Field) -> str:
    if isinstance(leaf, Said):
        return _words(leaf.leaf)
    if isinstance(leaf, Titled):
        return f"{_words(leaf.leaf)}, in its title"
    if leaf.name in ("since", "until"):
        at = moment(leaf.value, asking.clock).astimezone(asking.clock.zone)
        return f"published {'from' if leaf.name == 'since' else 'before'} {at:%Y-%m-%d %H:%M} ({asking.clock.zone})"
    if (leaf.name, leaf.value) in FLAGS:
        return FLAGS[(leaf.name, leaf.value)]
    sentence = SENTENCES.get(leaf.name, "partner {} speaks")
    return sentence.format(f"“{_name(asking, leaf)}”")


def _name(asking: Asking, leaf: Field) -> str:
    table = {"speaker": partners, "source_id": sources}.get(leaf.name)
    if table is None:
        return leaf.value
    return str(asking.connection.execute(select(table.c.name).where(table.c.id == int(leaf.value))).scalar())


def _words(leaf: Node) -> str:
    if isinstance(leaf, Prefix):
        return f"a word that begins with “{leaf.start}”"
    assert isinstance(leaf, Phrase | Near)
    stems = " or ".join(f"“{' '.join(form)}”" for form in leaf.forms)
    if isinstance(leaf, Near):
        return f"the words {stems}, in any order, at most {leaf.between} words between them"
    return f"the words {stems}, one after the other" if len(leaf.forms[0]) > 1 else f"the word {stems}"


def _way(asking: Asking, way: Way) -> str:
    if way.few is not None and way.field is not None:
        return f"{len(way.few):,} mentions of which {_leaf(asking, way.field)}: each of them is looked at"
    if way.along_words:
        checked = [
            line for part in (*way.branch.fields, *way.branch.others) for line in told(asking, part)[:1]
        ]
        also = f"; of each hit it is asked whether {' and '.join(checked)}" if checked else ""
        return f"along the full text{also}"
    if way.field is not None:
        return f"along the mentions of which {_leaf(asking, way.field)}"
    return "along all mentions, for no rare field and no word narrows them"


def _plan(asking: Asking, statement: Select[int]) -> Iterator[str]:
    for row in asking.connection.execute(_Explain(statement)):
        yield str(row[-1])


class _Explain(Executable, ClauseElement):
    """A statement whose plan is asked for, with its own parameters."""

    inherit_cache = False

    def __init__(self, statement: Select[int]) -> None:
        self.statement = statement


@compiles(_Explain)
def _explained(element: _Explain, compiler: SQLCompiler, **options: Any) -> str:
    head = "EXPLAIN QUERY PLAN" if compiler.dialect.name == "sqlite" else "EXPLAIN"
    return f"{head} {compiler.process(element.statement, **options)}"
