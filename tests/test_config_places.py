"""Where in the file a key stands."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from config.faults import KeyPath
from config.places import place_of, places
from config.writing import quoted

TEXT = """\
a.b = { x = 1, "y z".w = ["q", { n = 1 }] }   # dotted and inline
m = \"\"\"
text = 1
\"\"\"
[table]
'lit.eral' = [
  1,   # one
  # none
  [2, 3],
]
"ü\\u0041" = 1
[[many]]
name = "1"
[many.below]
deep = true
[[many.more]]
n = 1
[[many.more]]
n = 2
[[many]]
name = "2"
[[many.more]]
n = 3
"""


def paths_of(value: object, path: KeyPath = ()) -> set[KeyPath]:
    """Every path of the tree that tomllib makes: the truth that places are held against."""
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, part in value.items():
            found |= paths_of(part, (*path, key))
    if isinstance(value, list):
        for n, part in enumerate(value):
            found |= paths_of(part, (*path, n))
    return found


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("a",), (1, 1)),
        (("a", "b"), (1, 1)),
        (("a", "b", "x"), (1, 9)),
        (("a", "b", "y z", "w"), (1, 16)),
        (("a", "b", "y z", "w", 0), (1, 27)),
        (("a", "b", "y z", "w", 1, "n"), (1, 34)),
        (("m",), (2, 1)),
        (("table",), (5, 1)),
        (("table", "lit.eral"), (6, 1)),
        (("table", "lit.eral", 1), (9, 3)),
        (("table", "lit.eral", 1, 1), (9, 7)),
        (("table", "üA"), (11, 1)),
        (("many",), (12, 1)),
        (("many", 0), (12, 1)),
        (("many", 0, "below", "deep"), (15, 1)),
        (("many", 0, "more", 1, "n"), (19, 1)),
        (("many", 1, "name"), (21, 1)),
        (("many", 1, "more", 0, "n"), (23, 1)),
    ],
)
def test_each_key_has_its_line_and_column(path: KeyPath, place: tuple[int, int]) -> None:
    assert places(TEXT)[path] == place


@pytest.mark.parametrize("text", [TEXT, config.example()], ids=["odd", "example"])
def test_the_two_parsers_see_the_same_keys(text: str) -> None:
    assert set(places(text)) == paths_of(tomllib.loads(text))


@given(keys=st.lists(st.text(st.characters(codec="utf-8"), min_size=0, max_size=8), min_size=1, unique=True))
def test_any_quoted_key_is_found_on_its_line(keys: list[str]) -> None:
    text = "".join(f"{quoted(key)} = 1\n" for key in keys)

    known = places(text)

    assert {path: place[0] for path, place in known.items()} == {(key,): n + 1 for n, key in enumerate(keys)}


def test_columns_count_characters_and_not_bytes() -> None:
    assert places('a = ["ü家🍞", 2]\n')[("a", 1)] == (1, 13)


def test_what_is_missing_is_placed_at_what_would_hold_it() -> None:
    known = places("[a]\nb = 1\n")

    assert place_of(("a", "c", "d"), known) == (1, 1)
    assert place_of(("z",), known) is None


def test_a_tree_of_any_depth_is_survived() -> None:
    assert places("a = " + "[" * 400 + "]" * 400)[("a",)] == (1, 1)
