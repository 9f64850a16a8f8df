"""Which words of a mention matched a query, and where they stand: for the reader's eye, not for finding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model import Mention, Place
from storage.query.tree import AllOf, Not, OneOf, Said, Titled, Tree
from storage.search_index import Near, Node, Phrase, Prefix
from storage.words import search_text
from text import tokens

MOST_SPANS = 100
_CHUNK = re.compile(r"\S+")
_PIECE = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in a mention's title or text, in code points, half open."""

    place: Place
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """What one part of a query found: its first words as search compares them, and where all of them stand."""

    words: str
    spans: tuple[Span, ...]


def matches_in(tree: Tree | None, mention: Mention) -> list[Match]:
    """Return what each part of a query that looks for words found in a mention, in the order of the query."""
    looked_for = [] if tree is None else list(_wanted(tree))
    if not looked_for:
        return []
    said = _said(mention)
    found = (_match(leaf, said) for leaf in looked_for)
    return [match for match in found if match is not None]


def matched_words(tree: Tree | None, mention: Mention) -> list[str]:
    """Return the words and phrases of a query as they were found in a mention, each once."""
    return list(dict.fromkeys(match.words for match in matches_in(tree, mention)))


@dataclass(frozen=True, slots=True)
class _Text:
    words: list[str]
    stems: list[str]
    spans: list[Span]
    n_of_title: int


def _wanted(tree: Tree) -> Iterator[Said | Titled]:
    if isinstance(tree, AllOf | OneOf):
        for part in tree.parts:
            yield from _wanted(part)
    elif isinstance(tree, Said | Titled):
        yield tree
    elif isinstance(tree, Not) and isinstance(tree.part, AllOf | OneOf):
        # -(a -b) finds what has b
        yield from (leaf for part in tree.part.parts if isinstance(part, Not) for leaf in _wanted(part.part))


def _said(mention: Mention) -> _Text:
    title = list(_tokens_of(mention.title, "title"))
    both = [*title, *_tokens_of(mention.text, "text")]
    words = [word for word, _ in both]
    n_title = len(title)
    stems = search_text(words[:n_title], words[n_title:], mention.lang).split()
    return _Text(words, stems, [span for _, span in both], n_title)


def _tokens_of(text: str, place: Place) -> Iterator[tuple[str, Span]]:
    """Yield the words that search compares, each with where it stands; a word's parts may stand at one place."""
    for chunk in _CHUNK.finditer(text):
        words = tokens(chunk[0]).split()
        pieces = [piece.span() for piece in _PIECE.finditer(chunk[0])]
        if len(pieces) != len(words):
            pieces = [(0, len(chunk[0]))] * len(words)
        for word, (start, end) in zip(words, pieces, strict=True):
            yield word, Span(place, chunk.start() + start, chunk.start() + end)


def _match(said: Said | Titled, text: _Text) -> Match | None:
    stems = text.stems[: text.n_of_title] if isinstance(said, Titled) else text.stems
    stretches: list[Sequence[int]] = []
    for found in _stretches(said.leaf, stems):
        stretches.append(found)
        if len(stretches) == MOST_SPANS:
            break
    if not stretches:
        return None
    spans = dict.fromkeys(text.spans[at] for stretch in stretches for at in stretch)
    return Match(" ".join(text.words[at] for at in stretches[0]), tuple(spans))


def _stretches(leaf: Node, stems: Sequence[str]) -> Iterator[Sequence[int]]:
    """Yield the numbers of the words that a leaf finds, for each place where it does."""
    if isinstance(leaf, Prefix):
        for at, word in enumerate(stems):
            if word.startswith(leaf.start) or word in leaf.stems:
                yield [at]
    elif isinstance(leaf, Phrase):
        for at in range(len(stems)):
            if any(tuple(stems[at : at + len(form)]) == form for form in leaf.forms):
                yield range(at, at + len(leaf.forms[0]))
    elif isinstance(leaf, Near):
        for form in leaf.forms:
            yield from _windows(form, leaf.between, stems)


def _windows(form: Sequence[str], between: int, stems: Sequence[str]) -> Iterator[Sequence[int]]:
    for at, word in enumerate(stems):
        if word not in form:
            continue
        window = list(stems[at : at + between + 2])
        if all(wanted in window for wanted in form):
            yield sorted({at + window.index(wanted) for wanted in form})
