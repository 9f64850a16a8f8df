"""The grammar of queries for Lark, LALR(1): linear, and exact in places. Only storage/query/parse.py needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from storage.query.fields import Fault, Written, read_field, read_words
from storage.query.tree import AllOf, Not, OneOf, Place, Tree, all_of, one_of

GRAMMAR: Final = r"""
    ?start: either
    either: every (_OR every)*
    every: single (_AND? single)*
    ?single: (_NOT | _MINUS) single -> without
        | _OPEN either _CLOSE
        | FIELD value -> field
        | PHRASE DISTANCE? -> words
        | WORD -> words
    ?value: PHRASE DISTANCE? -> written
        | WORD -> written
        | _OPEN values _CLOSE
    values: every_value (_OR every_value)* -> either
    every_value: single_value (_AND? single_value)* -> every
    ?single_value: (_NOT | _MINUS) single_value -> without
        | value

    _OR.3: /OR(?![^\s()"])/
    _AND.3: /AND(?![^\s()"])/
    _NOT.3: /NOT(?![^\s()"])/
    _MINUS.3: /-(?=[^\s\-])/
    _OPEN: "("
    _CLOSE: ")"
    FIELD.2: /[A-Za-z_]+:(?!\/\/)/
    DISTANCE.2: /~[^\s()"]*/
    PHRASE: /"[^"]*"/
    WORD: /(?!(?:AND|OR|NOT)(?![^\s()"]))[^\s()"]+/
    %ignore /\s+/
"""


@dataclass(frozen=True, slots=True)
class Wordless:
    """What holds no word to look for: a lone ``&``."""

    place: Place


Item: TypeAlias = Tree | Written | Wordless
"""What a rule makes; a field's value is ``Written`` until its field is known."""


class _Reader(Transformer[Token, Item]):
    """What each rule of the grammar makes of its parts."""

    def either(self, parts: list[Item]) -> Item:
        wordless = [part for part in parts if isinstance(part, Wordless)]
        if wordless and len(parts) > 1:
            raise Fault("this side of the OR holds no word to look for", wordless[0].place)
        return parts[0] if wordless else one_of(parts)  # type: ignore[arg-type]

    def every(self, parts: list[Item]) -> Item:
        said = [part for part in parts if not isinstance(part, Wordless)]  # "coffee & cake": & says nothing
        return all_of(said) if said else parts[0]  # type: ignore[arg-type]

    def without(self, parts: list[Item]) -> Item:
        (part,) = parts
        if isinstance(part, Wordless):
            raise Fault("there is no word here that could be left out", part.place)
        return part.part if isinstance(part, Not) else Not(part)  # type: ignore[arg-type]

    def words(self, parts: list[Token]) -> Item:
        said = _written(parts)
        return read_words(said) or Wordless(said.place)

    def written(self, parts: list[Token]) -> Item:
        return _written(parts)

    def field(self, parts: list[Token | Item]) -> Item:
        name, value = parts
        assert isinstance(name, Token)
        place = (name.start_pos or 0, name.end_pos or 0)
        return _of_field(str(name)[:-1], value, place)  # type: ignore[arg-type]


_PARSER = Lark(GRAMMAR, parser="lalr", transformer=_Reader())


def read(written: str) -> Tree:
    """Return what is written as a tree; raise Fault for what says nothing, UnreadableError where it breaks off."""
    try:
        item: Item = _PARSER.parse(written)  # type: ignore[assignment]  # the reader makes it one
    except UnexpectedToken as error:
        at = len(written) if error.token.type == "$END" else error.token.start_pos
        raise UnreadableError(at or 0) from error
    except UnexpectedCharacters as error:
        raise UnreadableError(error.pos_in_stream) from error  # type: ignore[arg-type]  # Lark's base says None
    if isinstance(item, Wordless):
        raise Fault("this holds no word to look for; write one, or nothing", item.place)
    assert not isinstance(item, Written)
    return item


class UnreadableError(Exception):
    """Something stands where nothing like it can stand; ``at`` is where."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def _of_field(name: str, value: Item, place: tuple[int, int]) -> Tree:
    if isinstance(value, Written):
        return read_field(name, value, place)
    if isinstance(value, Not):
        return Not(_of_field(name, value.part, place))
    assert isinstance(value, AllOf | OneOf)
    return type(value)(tuple(_of_field(name, part, place) for part in value.parts))


def _written(parts: list[Token]) -> Written:
    said, *distance = parts
    place = (said.start_pos or 0, parts[-1].end_pos or 0)
    quoted = said.type == "PHRASE"
    text = str(said)[1:-1] if quoted else str(said)
    return Written(text, place, quoted, str(distance[0])[1:] if distance else None)
