"""docs/search.md: its examples find what it says, on both engines; its fields and options are all there are."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from typer.core import TyperGroup

import cli
from errors import WrongQuery
from model import Annotation, Author
from storage.mentions import add_mentions
from storage.query.fields import FIELDS, FLAGS
from storage.query.moments import Clock
from storage.query.parse import parse
from storage.reading import load_mentions, thread_of
from storage.search import Query, search
from storage.store import Store
from storage.waiting import refresh_waiting
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import BLOG, FORUM, NOW, record_analysis, said

ZONE = ZoneInfo("Europe/Berlin")
TEXT = (Path(__file__).resolve().parent.parent / "docs" / "search.md").read_text(encoding="utf-8")
HEARD = re.findall(
    r"^\| (\d) \| (.+?) \| (\w+), (\S+) \| (\S+) \| (.*?)\| (.+?) \| (.*?)\|$", TEXT, re.MULTILINE
)
EXAMPLES = re.findall(r"^\| `([^|]+)` \| ([\d, ]*?) ?\| .+ \|$", TEXT, re.MULTILINE)


def fill(store: Store) -> None:
    with store.writing() as connection:
        for number, at, channel, source, who, title, text, tags in reversed(HEARD):
            mention = said(
                number,
                text,
                title=title.strip(),
                channel=channel,
                author=Author(who),
                url=f"https://{'northside.example' if channel == 'rss' else 'forum.example'}/{number}",
                published_at=datetime.fromisoformat(at).replace(tzinfo=ZONE),
            )
            new = add_mentions(connection, {BLOG: BLOG_ID, FORUM: FORUM_ID}[source], [mention], now=NOW).new
            (kept,) = load_mentions(connection, new)
            given = [pair.split("=", 1) for pair in re.findall(r"\w+=[\w ]+?(?= \w+=| *$)", tags)]
            labels = [Annotation(kind=kind, label=label.strip(), confidence=1.0) for kind, label in given]
            record_analysis(connection, kept, "pt" if number == "5" else "en", labels, version="1")
            refresh_waiting(connection, [thread_of(kept)])


def test_every_example_finds_what_the_page_says(store: Store) -> None:
    fill(store)
    assert (len(HEARD), len(EXAMPLES)) == (6, 29)
    with store.reading() as connection:
        for query, numbers in EXAMPLES:
            asked = Query(words=query, clock=Clock(NOW, ZONE))

            found = {mention.external_id for mention in search(connection, asked, limit=None)}

            assert (query, found) == (query, set(numbers.replace(",", " ").split()))


def test_every_field_and_flag_is_explained() -> None:
    table = TEXT[TEXT.index("| field | value |") :]

    assert [name for name in FIELDS if f"`{name}:`" not in table] == []
    assert f"`{' '.join(FLAGS)}`" in table


def test_the_fault_that_is_shown_is_told_so() -> None:
    shown = re.search(r"^\$ earshot search '(.*)'\nearshot: (.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert shown is not None

    with pytest.raises(WrongQuery) as raised:
        parse(shown[1])

    assert f"{raised.value}\n" == shown[2]


def test_every_option_is_explained() -> None:
    command = cast(TyperGroup, cli.command()).commands["search"]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}

    named = set(re.findall(r"--[a-z]+", TEXT))

    assert options - named == {"--config"}
    assert named <= options
