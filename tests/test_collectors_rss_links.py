"""A link that is settled needs no resolving: urljoin gives it back as it is, wherever it stands."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.rss.links import is_settled
from text import clean

BASES = ("https://northside.example/feed", "http://northside.example", "https://a.example/b/c?d#e", "")


@given(st.from_regex(r"https?://[A-Za-z0-9.:@-]{0,12}/?[A-Za-z0-9._~/%?#;= -]{0,20}", fullmatch=True))
def test_what_is_settled_is_what_resolving_gives(link: str) -> None:
    if not is_settled(link):
        return

    assert [urljoin(base, link) for base in BASES] == [link] * len(BASES)
    assert clean(link) == link
    assert urlsplit(link).netloc


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/",
        "http://a.example/b/c.html",
        "https://a.example:8443/%C3%A9/~b",
        "https://a.example//b",
    ],
)
def test_usual_links_are_settled(link: str) -> None:
    assert is_settled(link)


@pytest.mark.parametrize(
    "link",
    [
        "/b",
        "b",
        "//a.example/b",
        "https:///b",
        "https://a.example/b?",
        "https://a.example/b#",
        "https://a.example/é",
        "HTTPS://a.example/b",
        "https://u@a.example/b",
        " https://a.example/b",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_resolving_may_change_is_not(link: str) -> None:
    assert not is_settled(link)
