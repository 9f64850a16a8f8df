"""Reading a query: what is written becomes a tree, and what cannot be read is told with its place. Needs no store."""

from __future__ import annotations

import re
from functools import lru_cache

from errors import WrongQuery
from storage.query.fields import Fault
from storage.query.tree import Tree

LONGEST = 4_000
DEEPEST = 40
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
"""Telephones write curly quotation marks; each is one code point, so that places stay."""
TOKEN = re.compile(r'"[^"]*"|[()]|[^\s()"]+')
OPERATORS = ("AND", "OR", "NOT")


@lru_cache(1_000)  # rules are asked about each batch
def parse(written: str) -> Tree | None:
    """Return what a query looks for, None for an empty one; raise WrongQuery where it cannot be read."""
    if not written.strip():
        return None
    plain = written.translate(QUOTES)
    try:
        _refuse_what_is_never_closed(plain)
        return _read(plain)
    except Fault as fault:
        raise WrongQuery(fault.told, written, fault.place) from None


def _read(written: str) -> Tree:
    from storage.query.grammar import UnreadableError, read  # Lark takes 0.1 CPU-seconds to import

    try:
        return read(written)
    except UnreadableError as error:
        raise _explained(written, error.at) from None


def _refuse_what_is_never_closed(written: str) -> None:
    if len(written) > LONGEST:
        raise Fault(
            f"a query has at most {LONGEST} characters; this has {len(written)}", (LONGEST, LONGEST + 1)
        )
    if written.count('"') % 2:
        at = written.rindex('"')
        raise Fault(f"the quotation mark at {at + 1} has no partner; add one", (at, at + 1))
    still_open: list[int] = []
    for token in TOKEN.finditer(written):
        if token[0] == "(":
            still_open.append(token.start())
        elif token[0] == ")" and still_open:
            still_open.pop()
        elif token[0] == ")":
            raise Fault("this parenthesis was never opened; take it away, or write ( before it", token.span())
        if len(still_open) > DEEPEST:
            raise Fault(f"parentheses stand in each other at most {DEEPEST} deep", token.span())
    if still_open:
        raise Fault(
            "this parenthesis is never closed; write ) behind it", (still_open[-1], still_open[-1] + 1)
        )


def _explained(written: str, at: int) -> Fault:
    """Return what is wrong where the grammar takes no more, from what stands there and before it."""
    before = list(TOKEN.finditer(written, 0, at))
    here = TOKEN.match(written, at)
    word, place = (here[0], here.span()) if here else ("", (at, at + 1))
    last = before[-1] if before else None
    if last is not None and last[0].endswith(":"):
        name = last[0].lstrip("-")[:-1]
        return Fault(f'{name}: has no value; write one behind it, or "{name}" for the word', last.span())
    if last is not None and last[0] in (*OPERATORS, "-"):
        return Fault(
            f'nothing follows {last[0]}; write what it is about, or "{last[0]}" for the word', last.span()
        )
    if word == ")":
        return Fault("there is nothing between the parentheses", (place[0] - 1, place[1]))
    if word in OPERATORS:
        return Fault(f'nothing stands before {word}; write it, or "{word}" for the word', place)
    return Fault(f"{word!r} cannot stand here" if word else "something is missing at the end", place)
