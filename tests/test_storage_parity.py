"""SQLite and PostgreSQL keep the same of whatever is said, and find the same by whatever is asked."""

from __future__ import annotations

import doctest
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import select

from errors import NeedsAttention
from model import Author, Mention
from storage import daily, mounts, search_index, words
from storage.batch import matching
from storage.mentions import add_mentions
from storage.query import branches, moments
from storage.query.words import matched_words
from storage.reading import load_mentions
from storage.schema import mentions
from storage.search import Query, search, tree_of
from storage.search_index import All, Either, Node, Phrase, Prefix, Without, hits, matches
from storage.store import Store
from storage.words import forms
from tests.lines import FORUM_ID
from tests.postgres import PostgresServer
from tests.stores import NOW, a_store, said

VOCABULARY = tuple(
    """
    box boxes late lately delivery deliveries volunteer volunteers the and was not is caja cajas las el
    llegó tarde entregas caixas atrasadas uma não café CAFÉ Ångström İstanbul straße STRASSE ﬁne 家 ١٢
    über naïve e-mail rock'n'roll 3.14 a_b a1b2 हिन्दी ไทย עִבְרִית 🙂 ſ Σίσυφος ΣΊΣΥΦΟΣ ǅ
    """.split()  # noqa: SIM905
)
SEPARATORS = (" ", "  ", "\n", ", ", "-", "_", "…", "\u2028", "\t", "/", "\u00a0", "'", '"')
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=30)
"""All code points, half characters and NUL among them."""


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.sampled_from(VOCABULARY) | ANYTHING, max_size=8))
    return "".join(part + draw(st.sampled_from(SEPARATORS)) for part in parts)


TERMS = st.sampled_from(VOCABULARY) | ANYTHING.map(lambda text: text.replace('"', ""))
QUERIES = st.one_of(
    TERMS,
    st.lists(TERMS, min_size=1, max_size=3).map(" ".join),
    st.lists(TERMS, min_size=2, max_size=4).map(lambda words: f'"{" ".join(words)}"'),
    TERMS.map(lambda word: f"{word[:3]}*"),
)
PHRASES = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(
    lambda some: Phrase(forms(" ".join(some)))
)
LEAVES = PHRASES.filter(lambda phrase: bool(phrase.forms)) | st.sampled_from(["bo", "vol", "e", "家"]).map(
    Prefix
)
TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Either(tuple(parts))),
        st.builds(Without, inner, inner),
    ),
    max_leaves=5,
)


class Undone(Exception):
    """Takes back what an example has written."""


@pytest.fixture(scope="module")
def both(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """A store on each engine."""
    folder: Path = tmp_path_factory.mktemp("parity")
    with postgres.database() as url, a_store(folder) as one, a_store(url) as other:
        yield one, other


def heard_and_asked(store: Store, heard: Sequence[Mention], queries: Sequence[str]) -> tuple[object, ...]:
    """Store mentions, ask, and take all back; return what is kept of them and what each query finds."""
    told: tuple[object, ...] = ()
    try:
        with store.writing() as connection:
            ids = add_mentions(connection, FORUM_ID, heard, now=NOW).new
            kept = [replace(mention, sources=()) for mention in load_mentions(connection, ids)]
            answers: list[object] = []
            for query in queries:
                try:
                    found = list(search(connection, Query(words=query), limit=50))
                    among = matching(connection, query, ids)
                    answers.append(([mention.id for mention in found], sorted(among)))
                except NeedsAttention as error:
                    answers.append(str(error))
            told = (kept, answers)
            raise Undone
    except Undone:
        return told


def mentions_of(said_texts: Sequence[str]) -> list[Mention]:
    return [
        said(
            f"t3_{n}",
            text,
            title=text[:20] if n % 2 else "",
            author=Author(f"someone{n}", name=text[:10]),
            raw={"said": text, text[:5]: [1, 2.5, None, float("inf")]},
            published_at=NOW - timedelta(seconds=n % 3),
        )
        for n, text in enumerate(said_texts)
    ]


@given(st.lists(texts(), min_size=1, max_size=5), st.lists(QUERIES, min_size=1, max_size=5))
@example(
    ["late\0box", "\ud83d\ude42 late \ud83d", "a" * 70, "'; DROP --"], ["late", '"late box"', "a*", "'; drop"]
)
@how(max_examples=40)
def test_random_mentions_and_random_queries_give_the_same_on_both(
    both: tuple[Store, Store], heard: list[str], queries: list[str]
) -> None:
    """faults.md 30 and 72."""
    one, other = (heard_and_asked(store, mentions_of(heard), queries) for store in both)

    assert one == other


@given(st.lists(texts(), min_size=1, max_size=6), TREES)
@how(max_examples=40)
def test_random_trees_match_the_same_on_both(both: tuple[Store, Store], heard: list[str], tree: Node) -> None:
    """faults.md 72."""
    found = []
    for store in both:
        try:
            with store.writing() as connection:
                add_mentions(connection, FORUM_ID, mentions_of(heard), now=NOW)
                index, hit = hits(connection)
                asked = select(hit).select_from(index).where(matches(connection, tree))
                found.append(sorted(connection.execute(asked).scalars()))
                raise Undone
        except Undone:
            continue

    assert found[0] == found[1]


HOSTILE = {
    "NUL": "late\0box",
    "half a character": "late \ud83d box",
    "controls": "late\x07\x1b[31m box",
    "right to left": "late \u202ebox\u202c עברית العربية",
    "zalgo": "late b" + "\u0301" * 500 + "ox",
    "emoji": "👩‍🌾🇺🇳 late box 🙂",
    "1 MB of zalgo": "late box " + "o\u0301\u0335\u0489" * 250_000,
    "1 MB": "late box " + "x" * 1_000_000,
    "1 MB of words": "late box " * 120_000,
    "many words": " ".join(f"w{n}" for n in range(12_000)) + " late box",
    "one long word": "late " + "é" * 5_000 + " box",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_stored_and_found(store: Store, name: str) -> None:
    """faults.md 30."""
    odd = HOSTILE[name]
    mention = said(
        odd[:3_000],
        odd,
        title=odd[:500],
        author=Author(odd[:3_000], name=odd[:3_000]),
        raw={odd[:99]: odd},
    )

    first, again = (
        store.write(lambda connection: add_mentions(connection, FORUM_ID, [mention], now=NOW))
        for _ in range(2)
    )

    assert (len(first.new), again.unchanged) == (1, 1)
    with store.reading() as connection:
        (kept,) = search(connection, Query(words="late"), limit=9)
        assert kept.text.replace("\ufffd", "?") == odd.replace("\0", "?").replace("\ud83d", "?")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_kept_alike_by_both(both: tuple[Store, Store], name: str) -> None:
    """faults.md 30, 72."""
    heard = mentions_of([HOSTILE[name]])

    one, other = (heard_and_asked(store, heard, ["late", '"late box"', "bo*"]) for store in both)

    assert one == other


def test_a_phrase_is_found_where_a_word_stands_for_the_three_hundredth_time_and_far_behind(
    store: Store,
) -> None:
    far = f"late {'delivery late ' * 6_500} box"
    store.write(lambda connection: add_mentions(connection, FORUM_ID, [said("a", far)], now=NOW))

    with store.reading() as connection:
        assert len(list(search(connection, Query(words='"late boxes"'), limit=9))) == 1
        assert list(search(connection, Query(words='"box late"'), limit=9)) == []


@pytest.mark.parametrize(
    ("text", "query", "is_found"),
    [
        ("The boxes were late.", "box", True),
        ("The box was late.", "boxes", True),
        ("Las entregas llegaron tarde.", "entrega", True),
        ("As caixas não chegaram.", "caixa", True),
        ("Ações de rua", "acoes", True),
        ("CAFÉ José", "cafe jose", True),
        ("Volunteers wanted", "volunteer*", True),
        ("Volunteers wanted", "volunt*", True),
        ("Volunteers wanted", "olunt*", False),
        ("late, but no b0xes", "late box", False),
        ("rock'n'roll", '"rock n roll"', True),
        ("The boxes", '"box the"', False),
    ],
)
def test_words_are_found_in_their_forms(store: Store, text: str, query: str, is_found: bool) -> None:
    store.write(lambda connection: add_mentions(connection, FORUM_ID, [said("a", text)], now=NOW))

    with store.reading() as connection:
        found = list(search(connection, Query(words=query), limit=9))

    assert bool(found) is is_found
    if is_found:
        assert matched_words(tree_of(Query(words=query)), found[0]) != []


def test_names_are_ordered_alike_on_both(both: tuple[Store, Store]) -> None:
    """faults.md 72."""
    names = ["b", "B", "a", "Z", "ä", "_", "1", "é", "e", "𝒜", "ﬀ"]

    ordered = []
    for store in both:
        try:
            with store.writing() as connection:
                add_mentions(connection, FORUM_ID, [said(name, name) for name in names], now=NOW)
                told = select(mentions.c.external_id)
                ordered.append(list(connection.execute(told.order_by(mentions.c.external_id)).scalars()))
                raise Undone
        except Undone:
            continue

    assert ordered[0] == ordered[1] == sorted(names)


@pytest.mark.parametrize("module", [words, search_index, branches, moments, daily, mounts])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]

    assert done.attempted > 0
    assert done.failed == 0
