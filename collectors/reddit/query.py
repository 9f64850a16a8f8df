"""The words of a Reddit search, asked of a comment here.

Reddit's search finds posts only (channels.md 1.1), so a subreddit's newest comments are read whole and kept
where they match. Understood: words, "phrases", AND (also implied), OR, NOT, a leading minus, parentheses,
``author:name``. ``title:``, ``selftext:`` and ``body:`` ask the text; other fields (``flair:``, ``nsfw:`` …)
say nothing of a comment and let it pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

TOKEN = re.compile(r'[()]|(?:[-+]?(?:\w+:)?)"[^"]*"?|[^\s()"]+')
TEXT_FIELDS = ("title", "selftext", "body")
OTHER_FIELDS = (
    "flair",
    "flair_css_class",
    "flair_text",
    "nsfw",
    "over18",
    "self",
    "site",
    "sr",
    "subreddit",
    "timestamp",
    "type",
    "url",
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a query is asked of: words that went through ``fold``, and who wrote them."""

    text: str
    author: str


Test: TypeAlias = Callable[[Told], bool]


def read_query(query: str) -> Test:
    """Return a test of a comment; an empty query is true of all. It never fails: what is odd is read as words."""
    tokens = TOKEN.findall(query)
    test, rest = _either(tokens)
    while rest:  # a parenthesis too many: go on behind it
        more, rest = _either(rest[1:])
        test = _both(test, more)
    return test


def fold(text: str) -> str:
    """Return the text without case, accents and width, so that ``Café`` finds ``CAFE``."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if not unicodedata.combining(character))


def _either(tokens: list[str]) -> tuple[Test, list[str]]:
    test, rest = _all_of(tokens)
    while rest and rest[0] in ("OR", "||"):
        other, rest = _all_of(rest[1:])
        test = _any(test, other)
    return test, rest


def _all_of(tokens: list[str]) -> tuple[Test, list[str]]:
    test: Test = says_nothing
    while tokens and tokens[0] not in ("OR", "||", ")"):
        if tokens[0] in ("AND", "&&"):
            tokens = tokens[1:]
            continue
        part, tokens = _part(tokens)
        test = _both(test, part)
    return test, tokens


def _part(tokens: list[str]) -> tuple[Test, list[str]]:
    head, rest = tokens[0], tokens[1:]
    if head in ("NOT", "-", "!"):
        part, rest = _part(rest) if rest and rest[0] != ")" else (says_nothing, rest)
        return _not(part), rest
    if head == "(":
        part, rest = _either(rest)
        return part, rest[1:]
    if head.startswith("-") and len(head) > 1:
        return _not(_term(head[1:])), rest
    return _term(head.lstrip("+")), rest


def _term(term: str) -> Test:
    field, colon, value = term.partition(":")
    if colon and field.lower() == "author":
        name = fold(value.strip('"'))
        return lambda told: fold(told.author) == name
    if colon and field.lower() in OTHER_FIELDS:
        return says_nothing
    words = re.findall(r"\w+", fold(value if field.lower() in TEXT_FIELDS else term))
    if not words:
        return says_nothing
    found = re.compile(r"\b" + r"\W+".join(re.escape(word) for word in words) + r"\b")
    return lambda told: found.search(told.text) is not None


def says_nothing(_told: Told) -> bool:
    """The test of what cannot be asked of a comment: true alone, and without weight beside others."""
    return True


def _both(one: Test, other: Test) -> Test:
    if says_nothing in (one, other):
        return other if one is says_nothing else one
    return lambda told: one(told) and other(told)


def _any(one: Test, other: Test) -> Test:
    if says_nothing in (one, other):
        return other if one is says_nothing else one
    return lambda told: one(told) or other(told)


def _not(test: Test) -> Test:
    return test if test is says_nothing else lambda told: not test(told)
