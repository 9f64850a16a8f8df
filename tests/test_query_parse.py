"""Reading a query: what binds how, what is refused, and the place that is pointed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import WrongQuery
from storage.query.parse import DEEPEST, LONGEST, parse
from storage.query.tree import AllOf, Field, Not, OneOf, Said, Titled, Tree
from storage.search_index import Near, Phrase, Prefix


def shape(tree: Tree | None) -> object:
    """Return a tree as a person reads it: lists for AND, tuples for OR."""
    if isinstance(tree, AllOf):
        return [shape(part) for part in tree.parts]
    if isinstance(tree, OneOf):
        return tuple(shape(part) for part in tree.parts)
    if isinstance(tree, Not):
        return {"not": shape(tree.part)}
    if isinstance(tree, Field):
        return f"{tree.name}={tree.value}"
    if isinstance(tree, Titled):
        return f"title={tree.written}"
    return tree and tree.written


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("late box", ["late", "box"]),
        ("late AND box", ["late", "box"]),
        ("late box OR bread", (["late", "box"], "bread")),
        ("late (box OR bread)", ["late", ("box", "bread")]),
        ("late -box", ["late", {"not": "box"}]),
        ("late NOT (box OR bread)", ["late", {"not": ("box", "bread")}]),
        ("NOT NOT late", "late"),
        ('"late box" food-bank', ["late box", "food-bank"]),
        ("“late box”", "late box"),
        ("ANDROID and ORegon", ["ANDROID", "and", "ORegon"]),
        ('"OR" late', ["OR", "late"]),
        ("coffee & cake", ["coffee", "cake"]),
        ("at 10:30 https://x.example/a?b=c", ["at", "10:30", "https://x.example/a?b=c"]),
        ('partner:"Northside Shelter"', "partner=Northside Shelter"),
        ("channel:Reddit lang:EN", ["channel=reddit", "lang=en"]),
        ("need:(access OR safety)", ("need=access", "need=safety")),
        ("title:(late -box)", ["title=late", {"not": "title=box"}]),
        ("-is:concern", {"not": "is=concern"}),
        ("url:https://x.example/a", "url=https://x.example/a"),
        ("since:7d until:2026-11-01T14:30", ["since=7d", "until=2026-11-01T14:30"]),
        ("from:us", "from=us"),
        ("", None),
        ("  ", None),
    ],
)
def test_what_is_written_is_read_so(written: str, read: object) -> None:
    assert shape(parse(written)) == read


def test_words_phrases_beginnings_and_neighbours_are_leaves_of_their_own() -> None:
    tree = parse('boxes "late box" volunt* "late box"~3')

    assert isinstance(tree, AllOf)
    assert [part.leaf for part in tree.parts if isinstance(part, Said)] == [
        Phrase((("box",),)),
        Phrase((("late", "box"), ("lat", "box"))),
        Prefix("volunt", ("volunt",)),
        Near((("late", "box"), ("lat", "box")), 3),
    ]


@pytest.mark.parametrize(
    ("written", "told", "pointed_at"),
    [
        ("chanel:reddit", "no field 'chanel'; did you mean 'channel'?", "chanel:"),
        ("note: bring boxes", "there is no field 'note'; the fields are from, partner", "note:"),
        ("late is:concer", "did you mean 'concern'?", "concer"),
        ("need:acess", "did you mean 'access'?", "acess"),
        ("is:deleted", "never found", "deleted"),
        ("lang:english", "two letters, like lang:en", "english"),
        ("since:yesterdy", "'yesterdy' is no age and no date; write 7d", "yesterdy"),
        ("until:2026-02-30", "no date", "2026-02-30"),
        ("late AND", "nothing follows AND", "AND"),
        ("late AND OR box", "nothing follows AND", "AND"),
        ("OR late", "nothing stands before OR", "OR"),
        ("late NOT", "nothing follows NOT", "NOT"),
        ("from:", "from: has no value", "from:"),
        ('partner:""', "partner: has no value", "partner:"),
        ("late ()", "nothing between the parentheses", "()"),
        ("(late", "never closed", "("),
        ("late)", "never opened", ")"),
        ('late "boxes', "the quotation mark at 6 has no partner", '"'),
        ("late~2", "behind a phrase", "late~2"),
        ('"a b"~', "write a number behind ~", '"a b"~'),
        ('"a b"~11', "at most 10 words", '"a b"~11'),
        ("vol*teer", "at the end of a word", "vol*teer"),
        ("author:an*", "takes an account", "an*"),
        ('title:"late box"~3', "take title: away", '"late box"~3'),
        ("late OR &", "this side of the OR holds no word", "&"),
        ("late -🙂", "no word here that could be left out", "🙂"),
        ("?!", "holds no word", "?!"),
        ("🙂", "holds no word", "🙂"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(written: str, told: str, pointed_at: str) -> None:
    with pytest.raises(WrongQuery) as raised:
        parse(written)

    error = raised.value
    assert told in error.told
    assert written[error.start : error.end] == pointed_at
    said, shown, marks = str(error).split("\n")
    assert said == f"search: {error.told}"
    assert shown[2:] == written
    assert marks[2:] == " " * error.start + "^" * len(pointed_at)


def test_a_long_query_is_shown_around_the_place() -> None:
    with pytest.raises(WrongQuery) as raised:
        parse("late " * 100 + "chanel:reddit" + " late" * 100)

    _, shown, marks = str(raised.value).split("\n")
    assert shown[marks.index("^") : marks.rindex("^") + 1] == "chanel:"
    assert len(shown) < 80


def test_what_has_no_end_is_refused() -> None:
    with pytest.raises(WrongQuery, match=f"at most {LONGEST} characters"):
        parse("late " * LONGEST)
    with pytest.raises(WrongQuery, match="deep"):
        parse("(" * (DEEPEST + 1) + "late" + ")" * (DEEPEST + 1))


@given(st.text(max_size=60) | st.text("ab \"*-~()^:{}'\\\nANDOR", max_size=30))
def test_whatever_is_written_is_read_or_refused_at_a_place_in_it(written: str) -> None:
    refused: WrongQuery | None = None
    try:
        parse(written)
    except WrongQuery as error:
        refused = error
    assert refused is None or 0 <= refused.start <= len(written)
    assert refused is None or str(refused).startswith("search: ")
