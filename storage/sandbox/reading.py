"""Reading a stranger's statement for PostgreSQL before it is sent: one SELECT, known functions, no catalogue.

The server decides what the role may read; this is the wall before that one. It splits a statement as the server does
(with ``standard_conforming_strings``), and refuses what it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.sandbox.functions import BEFORE_A_BRACKET, POSTGRESQL

BEGINS = ("select", "with", "values", "(")
LONGEST = 100_000
"""Characters of a statement."""

_BEGINNING = re.compile(r"(?:\s|--[^\n\r]*(?:[\n\r]|$)|/\*.*?\*/)*(\w+|\S|)", re.DOTALL)
_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|--[^\n\r]*)
    | (?P<comment>/\*)
    | (?P<unicode>[uU]&["'])
    | (?P<text>[eE]'(?:[^'\\]|''|\\.)*'|[bBxXnN]?'(?:[^']|'')*')
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a sign or a text, and where it begins."""

    kind: str
    said: str
    at: int


class Unfit(Exception):
    """A statement that is not sent; ``at`` is the place in it, or None."""

    def __init__(self, words: str, at: int | None = None) -> None:
        super().__init__(words)
        self.words, self.at = words, at


def begins_well(statement: str) -> None:
    """Raise Unfit unless a statement begins as one that reads, and is of a length that is read; on both engines."""
    if len(statement) > LONGEST:
        raise Unfit(f"the statement has {len(statement)} characters; at most {LONGEST} are read")
    begun = _BEGINNING.match(statement)
    if begun is None or not begun[1]:
        raise Unfit("there is no statement; write SELECT … FROM v_mentions …")
    if begun[1].lower() not in BEGINS:
        raise Unfit(f"{begun[1][:40]} is refused: only SELECT, WITH … SELECT and VALUES read", begun.start(1))


def harmless(statement: str) -> None:
    """Raise Unfit where a statement for PostgreSQL is two, calls what it may not, or names a catalogue."""
    tokens = list(split(statement))
    named = _names_of_with(tokens)
    for before, token in pairwise(tokens):
        if before.said == ";":
            raise Unfit("one statement at a time: something stands after the semicolon", token.at)
        # The server reads the second by the rules of the first, where a line's end stands between them.
        if before.kind == token.kind == "text":
            raise Unfit("two texts side by side are refused: write || between them", token.at)
    for place, token in enumerate(tokens):
        if token.kind not in ("word", "quoted"):
            continue
        name = _name(token)
        if name.startswith("pg_") or name == "information_schema":
            raise Unfit(f"{name} is refused: only the views are read", token.at)
        called = place + 1 < len(tokens) and tokens[place + 1].said == "("
        if not called or place in named or (place and _is_word(tokens[place - 1], "as")):
            continue
        if name not in POSTGRESQL and not (token.kind == "word" and name in BEFORE_A_BRACKET):
            raise Unfit(
                f"the function {name} is refused: it is not among those that analysts may call", token.at
            )


def split(statement: str) -> Iterator[Token]:
    """Yield the words and signs of a statement, without blanks and comments; Unfit for what cannot be read."""
    at = 0
    while at < len(statement):
        found = _TOKEN.match(statement, at)
        assert found is not None  # the last branch takes any character
        kind = str(found.lastgroup)
        end = found.end()
        if kind == "comment":
            end = _end_of_comment(statement, at)
        elif kind == "unicode":
            raise Unfit("U& is refused: write the characters themselves", at)
        elif kind == "dollar":
            end = statement.find(found[0], end) + len(found[0])
            if end < found.end() + len(found[0]):
                raise Unfit(f"{found[0]} begins a text that does not end", at)
            yield Token("text", statement[at:end], at)
        elif kind == "sign" and found[0] in "'\"\0":
            raise Unfit("a quotation mark has no other that ends it", at)
        elif kind != "blank":
            yield Token(kind, found[0], at)
        at = end


def _end_of_comment(statement: str, at: int) -> int:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", statement[at:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return at + mark.end()
    raise Unfit("a comment does not end", at)


def _name(token: Token) -> str:
    return token.said[1:-1].replace('""', '"') if token.kind == "quoted" else token.said.lower()


def _is_word(token: Token, word: str) -> bool:
    return token.kind == "word" and token.said.lower() == word


def _names_of_with(tokens: Sequence[Token]) -> set[int]:
    """Return the places of names that WITH gives to its parts: a list of columns in brackets may follow one."""
    named: set[int] = set()
    for place, token in enumerate(tokens):
        if not _is_word(token, "with"):
            continue
        at = place + 1 + (place + 1 < len(tokens) and _is_word(tokens[place + 1], "recursive"))
        while at < len(tokens) and tokens[at].kind in ("word", "quoted"):
            body = _body(tokens, at)
            if body is None:
                break
            named.add(at)
            end = _closing(tokens, body)
            if end + 1 >= len(tokens) or tokens[end + 1].said != ",":
                break
            at = end + 2
    return named


def _body(tokens: Sequence[Token], at: int) -> int | None:
    """Return where the bracket of a part of WITH opens: ``name (columns) AS NOT MATERIALIZED (``, or None."""
    at += 1
    if at < len(tokens) and tokens[at].said == "(":
        at = _closing(tokens, at) + 1
    if at >= len(tokens) or not _is_word(tokens[at], "as"):
        return None
    at += 1
    while at < len(tokens) and (_is_word(tokens[at], "not") or _is_word(tokens[at], "materialized")):
        at += 1
    return at if at < len(tokens) and tokens[at].said == "(" else None


def _closing(tokens: Sequence[Token], at: int) -> int:
    depth = 0
    for place in range(at, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].said, 0) if tokens[place].kind == "sign" else 0
        if depth == 0:
            return place
    return len(tokens)
