"""The search language once more, as plainly as can be: random queries, and what a person would say they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import TypeAlias

from hypothesis import strategies as st

from model import Annotation, Author, Mention
from storage.words import forms, search_text
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import NOW, said
from text import token_list, tokens

WORDS = (
    "late",
    "Later",
    "box",
    "boxes",
    "boxing",
    "volunteers",
    "food-bank",
    "café",
    "CAFE",
    "ações",
    "acoes",
)
MORE_WORDS = ("los", "voluntarios", "it's", "東京", "straße", "i̇x", "10:30", "the", "nº1", "🙂box")
PREFIXES = ("vol", "bo", "caf", "aç", "la", "food-ba")
DAY = timedelta(days=1)
NAMES = {"NorthsideShelter": "Northside Shelter", "riversidefood": "", "somebody": "", "Bo": ""}
"""Accounts, and the partner that each speaks for."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A mention, what is said of it, and the source that brought it."""

    mention: Mention
    tags: tuple[Annotation, ...]
    source: int
    lang: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of a query: a kind, what it is about, and its parts."""

    kind: str
    said: str = ""
    name: str = ""
    n: int = 0
    parts: tuple[Asked, ...] = ()


Texts: TypeAlias = Sequence[str]


@st.composite
def heard(draw: st.DrawFn, number: int) -> Heard:
    """Draw something that somebody said."""
    words = st.lists(st.sampled_from(WORDS + MORE_WORDS), max_size=9).map(" ".join)
    author = draw(st.sampled_from(sorted(NAMES)))
    mention = said(
        f"m{number}",
        draw(words),
        title=draw(words | st.just("")),
        lang=draw(st.sampled_from([None, "en", "es", "pt-BR"])),
        author=draw(st.sampled_from([Author(author), Author(author, "Bo")])),
        channel=((source := draw(st.sampled_from([FORUM_ID, BLOG_ID]))) == FORUM_ID and "reddit") or "rss",
        published_at=NOW - draw(st.integers(0, 6)) * DAY / 2,
        url=draw(st.sampled_from(["", "https://A.example/100%_Box", "https://b.example/a?x=ä"])),
        thread_id=draw(st.sampled_from([None, "m0"])),
        scope="",
    )
    kinds = {
        "need": ("access", "safety"),
        "intent": ("question", "praise"),
        "sentiment": ("negative",),
        "concern": ("yes", "no"),
        "partner": ("Northside Shelter",),
        "us": ("Riverside",),
    }
    tags = [
        Annotation(kind=kind, label=label, confidence=1.0)  # type: ignore[arg-type]
        for kind, labels in kinds.items()
        for label in draw(st.lists(st.sampled_from(labels), max_size=2))
    ]
    return Heard(mention, tuple(tags), source, draw(st.sampled_from(["", "en", "es"])))


FIELDS = {
    "from": ("us", "partners", "others", "Northside Shelter", "northside", "Nobody"),
    "partner": ("Northside Shelter", "NORTHSIDE", "Nobody"),
    "author": ("@somebody", "Bo", "u/riversidefood"),
    "channel": ("reddit", "RSS", "x"),
    "source": ("northside-blog", "R-Foodbanks", "nowhere"),
    "need": ("access", "safety", "fairness"),
    "intent": ("question", "praise"),
    "sentiment": ("negative",),
    "lang": ("en", "es", "pt"),
    "is": ("concern", "question", "reply", "unanswered", "ours", "edited"),
    "since": ("2d", "2026-11-19", "2026-11-18T12:30", "yesterday"),
    "until": ("1d", "2026-11-19", "today"),
    "url": ("a.EXAMPLE", "100%_", "%", "ä", "Ä"),
}
AND, OR, NOT = "and", "or", "not"


def queries() -> st.SearchStrategy[Asked]:
    """Draw queries of any shape."""
    word = st.sampled_from(WORDS + MORE_WORDS)
    several = st.lists(word, min_size=2, max_size=3).map(" ".join)
    words = st.one_of(
        word.map(lambda said: Asked("word", said)),
        several.map(lambda said: Asked("phrase", said)),
        st.sampled_from(PREFIXES).map(lambda said: Asked("prefix", said)),
    )
    near = st.builds(lambda said, n: Asked("near", said, n=n), several, st.integers(0, 4))
    field = st.sampled_from([(name, value) for name, values in FIELDS.items() for value in values])
    leaf = st.one_of(
        words,
        near,
        words.map(lambda part: Asked("title", parts=(part,))),
        field.map(lambda pair: Asked("field", pair[1], pair[0])),
    )
    return st.recursive(leaf, _joined, max_leaves=7)


def _joined(parts: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda some: Asked(AND, parts=some)),
        several.map(lambda some: Asked(OR, parts=some)),
        parts.map(lambda one: Asked(NOT, parts=(one,))),
    )


def written(asked: Asked) -> str:
    """Return a query as somebody writes it."""
    if asked.kind in (AND, OR):
        return f" {asked.kind.upper() if asked.kind == OR or len(asked.parts) > 2 else ''} ".join(
            f"({written(part)})" if part.kind in (AND, OR) else written(part) for part in asked.parts
        )
    if asked.kind == NOT:
        return f"NOT ({written(asked.parts[0])})"
    if asked.kind == "title":
        return f"title:{written(asked.parts[0])}"
    plain = {"word": asked.said, "phrase": f'"{asked.said}"', "prefix": f"{asked.said}*"}
    plain["near"] = f'"{asked.said}"~{asked.n}'
    return plain.get(asked.kind) or f'{asked.name}:"{asked.said}"'


def holds(asked: Asked, one: Heard, everything: Sequence[Heard]) -> bool:
    """Tell whether what was heard matches."""
    if asked.kind == AND:
        return all(holds(part, one, everything) for part in asked.parts)
    if asked.kind == OR:
        return any(holds(part, one, everything) for part in asked.parts)
    if asked.kind == NOT:
        return not holds(asked.parts[0], one, everything)
    if asked.kind == "field":
        return _known(asked.name, asked.said, one, everything)
    mention = one.mention
    title, text = token_list(mention.title), token_list(mention.text)
    stems = search_text(title, text, mention.lang).split()
    if asked.kind == "title":
        return _stands(asked.parts[0], stems[: len(title)])
    return _stands(asked, stems)


def _stands(asked: Asked, stems: Texts) -> bool:
    if asked.kind == "prefix":
        *before, start = tokens(asked.said).split()
        whole = {form[0] for form in forms(start)}
        begins = any(word.startswith(start) or word in whole for word in stems)
        return begins and (not before or _in_a_row(forms(" ".join(before)), stems))
    if asked.kind == "near":
        return any(_near(form, asked.n, stems) for form in forms(asked.said))
    return _in_a_row(forms(asked.said), stems)


def _in_a_row(wanted: Sequence[Texts], stems: Texts) -> bool:
    return any(list(stems[at : at + len(form)]) == list(form) for form in wanted for at in range(len(stems)))


def _near(form: Texts, between: int, stems: Texts) -> bool:
    places = [[at for at, stem in enumerate(stems) if stem == word] for word in form]
    if len(form) == 1:
        return bool(places[0])
    return any(max(chosen) - min(chosen) - 1 <= between for chosen in product(*places))


def _known(name: str, value: str, one: Heard, everything: Sequence[Heard]) -> bool:
    mention = one.mention
    assert mention.author is not None
    assert mention.published_at is not None
    handle = mention.author.handle
    labels: set[tuple[str, str]] = {(tag.kind, tag.label) for tag in one.tags}
    partner = NAMES[handle] if mention.channel == "reddit" else ""
    ours = handle == "riversidefood" and mention.channel == "reddit"
    is_northside = value.lower() in ("northside shelter", "northside")
    if name == "from":
        plain = {"us": ours, "partners": bool(partner), "others": not ours and not partner}
        return plain.get(value, bool(partner) and is_northside)
    if name == "partner":
        return is_northside and (bool(partner) or ("partner", "Northside Shelter") in labels)
    if name == "author":
        bare = value.removeprefix("@").removeprefix("u/")
        return handle.lower() == bare.lower() or mention.author.name == value
    if name in ("channel", "source"):
        place = (
            mention.channel
            if name == "channel"
            else {FORUM_ID: "r-foodbanks"}.get(one.source, "northside-blog")
        )
        return place == value.lower()
    if name in ("need", "intent", "sentiment"):
        return (name, value) in labels
    if name == "lang":
        return (one.lang or mention.lang or "").lower().split("-")[0] == value
    if name == "url":
        return value.lower().replace("ä", "ä" if "ä" in value else "Ä") in mention.url.lower()
    if name in ("since", "until"):
        return (mention.published_at >= MOMENTS[value]) == (name == "since")
    return _is(value, one, labels, everything)


def _is(flag: str, one: Heard, labels: set[tuple[str, str]], everything: Sequence[Heard]) -> bool:
    ours = _known("from", "us", one, everything)
    mention = one.mention
    concern, question = ("concern", "yes") in labels, ("intent", "question") in labels
    if flag in ("concern", "question"):
        return concern if flag == "concern" else question
    if flag in ("ours", "reply"):
        return ours and (flag == "ours" or mention.thread_id not in (None, mention.external_id))
    if flag == "edited":
        return mention.edited_at is not None
    asks = concern or (question and ("us", "Riverside") in labels)
    return asks and not ours and not any(_answers(other, one, everything) for other in everything)


def _answers(other: Heard, one: Heard, everything: Sequence[Heard]) -> bool:
    def thread(heard: Heard) -> tuple[str, str]:
        return heard.mention.channel, heard.mention.thread_id or heard.mention.external_id

    def order(heard: Heard) -> tuple[datetime, int]:
        assert heard.mention.published_at is not None
        return heard.mention.published_at, everything.index(heard)

    ours = _known("from", "us", other, everything)
    return ours and thread(other) == thread(one) and order(other) > order(one)


MOMENTS = {  # at NOW, 2026-11-20 06:30 in UTC, by a clock in Berlin
    "1d": NOW - DAY,
    "2d": NOW - 2 * DAY,
    "2026-11-19": datetime.fromisoformat("2026-11-18T23:00+00:00"),
    "yesterday": datetime.fromisoformat("2026-11-18T23:00+00:00"),
    "today": datetime.fromisoformat("2026-11-19T23:00+00:00"),
    "2026-11-18T12:30": datetime.fromisoformat("2026-11-18T11:30+00:00"),
}
