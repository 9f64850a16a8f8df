"""HTML of plain paragraphs is read without a parser: the words are those that the parser finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import text
from text import from_html

PIECES = st.sampled_from(
    [
        *(
            "word",
            "it's",
            " ",
            "  ",
            "\n",
            "\t",
            "\r\n",
            "\xa0",
            "\u2003",
            "\x85",
            "\u200b",
            "é",
            "e\u0301",
            "\x7f",
        ),
        *("<em>", "</em>", "<b>", "</b>", "<code>", "<span class='x'>", "</span>", "<br>", "<br />"),
        *('<a href="https://a.example/?x=1&y=2">', "</a>", "&amp;", "&lt;", "&amp;lt;", "&nbsp;", "&rsquo;"),
        *("&#8217;", "&#8203;", "&#8194;", "&hellip;", "\U000e0041"),
    ]
)
BLOCKS = st.builds(
    "<{0}{1}>{2}</{0}>{3}".format,
    st.sampled_from(["p", "h1", "h3"]),
    st.sampled_from(["", ' class="wide"']),
    st.lists(PIECES, max_size=12).map("".join),
    st.sampled_from(["", " ", "\n", "\n\n", "\xa0"]),
)
A_COMMENT = "<!-- -->"  # says nothing, and makes it the parser's


@given(st.lists(BLOCKS, min_size=1, max_size=4).map("".join))
def test_paragraphs_say_what_the_parser_hears(html: str) -> None:
    assert from_html(html) == from_html(html + A_COMMENT)


@pytest.mark.parametrize(
    "html",
    [
        "<p>one</p>two",
        "<p>one<p>two</p>",
        "<div><p>one</p></div>",
        "<p>one<script>two</script></p>",
        '<p>one<img alt="👍">two</p>',
        "<p>one &copy; two</p>",
        "<p>one & two</p>",
        "<P>one</P>",
        "<p>one</h1>",
        "<p title=one>two</p>",
        "<p>one\x0btwo</p>",
    ],
)
def test_whatever_is_not_quite_plain_is_left_to_the_parser(html: str) -> None:
    assert text._PARAGRAPHS.fullmatch(html) is None
    assert from_html(html) == from_html(html + A_COMMENT)


def test_a_text_that_only_begins_plainly_takes_no_time_to_tell() -> None:
    html = "<p>" + "a" * 100_000 + "&amp;" * 20_000 + "<b>" * 10_000

    assert text._PARAGRAPHS.fullmatch(html) is None  # tried twice, it would not end
