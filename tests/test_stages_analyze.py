"""The second stage: everything is tagged once, and no text takes its neighbours with it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select

from analysis.contract import Analysis
from model import Mention
from stages import analyze as stage
from stages.analyze import analyze
from stages.line import Line
from storage import reading, schema, tombstones
from tests.lines import FORUM_ID, WordsAnalyzer, a_line, by_id, hear, stored
from tests.stores import NOW, said


def concerns(line: Line) -> set[str]:
    return {
        mention.external_id
        for mention in stored(line)
        if any(tag.kind == "concern" and tag.label == "yes" for tag in mention.annotations)
    }


def analyzed_as(line: Line) -> dict[str, str | None]:
    columns = schema.mentions.c.external_id, schema.mentions.c.analyzed_as
    with line.store.reading() as connection:
        return {name: version for name, version in connection.execute(select(*columns))}


def test_what_no_analysis_has_seen_is_tagged_once(store_url: str) -> None:
    words = WordsAnalyzer()
    with a_line(store_url, analyzer=words) as line:
        hear(line, said("t3_a", "late again"), said("t3_b", "all well"))

        assert (analyze(line), analyze(line)) == (2, 0)
        assert concerns(line) == {"t3_a"}
        assert by_id(line)["t3_a"].lang == "en"
    assert sorted(words.seen) == ["all well", "late again"]


def test_more_than_a_batch_is_tagged_to_the_last_newest_first(store_url: str) -> None:
    words = WordsAnalyzer()
    many = 2 * stage.ANALYZED_AT_ONCE + 7
    with a_line(store_url, analyzer=words) as line:
        hear(line, *[said(f"t3_{n}", f"number {n}") for n in range(many)])

        assert analyze(line) == many
    assert words.seen == [f"number {n}" for n in reversed(range(many))]


def test_nothing_to_do_opens_no_analyzer(store_url: str) -> None:
    opened: list[str] = []

    def open_it() -> WordsAnalyzer:
        opened.append("spaCy takes seconds")
        return WordsAnalyzer()

    with a_line(store_url) as line:
        idle = Line(settings=line.settings, store=line.store, http=line.http, now=line.now, analyzer=open_it)

        assert analyze(idle) == 0
    assert opened == []


def test_a_text_that_breaks_the_analyzer_takes_no_neighbour_with_it(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 36."""
    with a_line(store_url) as line:
        hear(line, said("t3_a", "late one"), said("t3_b", "unreadable"), said("t3_c", "late two"))

        assert analyze(line) == 3
        assert concerns(line) == {"t3_a", "t3_c"}
        assert analyzed_as(line)["t3_b"] == "failed words 1"
        assert by_id(line)["t3_b"].annotations == ()
    assert "a text that nobody can read" in caplog.text


def test_a_text_that_breaks_the_analyzer_is_not_tried_for_ever(store_url: str) -> None:
    """faults.md 36."""
    words = WordsAnalyzer()
    with a_line(store_url, analyzer=words) as line:
        hear(line, said("t3_b", "unreadable"))
        analyze(line)
        asked = len(words.seen)

        assert analyze(line) == 0
        assert len(words.seen) == asked == 1

        hear(line, said("t3_b", "mended, but late"))
        analyze(line)
        assert concerns(line) == {"t3_b"}


@dataclass(slots=True)
class Miscounting:
    """Breaks the contract: it has an answer too few."""

    name: str = "miscounting"
    version: str = "1"

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        return [Analysis("en", ()) for _ in mentions[1:]]


def test_an_analyzer_that_loses_an_answer_gives_no_mention_another_s_tags(store_url: str) -> None:
    with a_line(store_url, analyzer=Miscounting()) as line:
        hear(line, said("t3_a"), said("t3_b"))

        assert analyze(line) == 2
        assert set(analyzed_as(line).values()) == {"failed 1"}


@dataclass(slots=True)
class Meanwhile(WordsAnalyzer):
    """While it works for the first time, something happens to what it works on."""

    line: Line | None = None
    happens: str = ""
    done: list[str] = field(default_factory=list)

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        tags = WordsAnalyzer.analyze(self, mentions)
        assert self.line is not None
        if not self.done and self.happens == "edit":
            hear(self.line, said("t3_a", "they were late"))
        if not self.done and self.happens == "deletion":
            with self.line.store.writing() as connection:
                tombstones.bury(connection, FORUM_ID, ["t3_a"], now=NOW)
        self.done.append(self.happens)
        return tags


def test_what_is_edited_while_it_is_analysed_is_analysed_again_at_once(store_url: str) -> None:
    meanwhile = Meanwhile(happens="edit")
    with a_line(store_url, analyzer=meanwhile) as line:
        meanwhile.line = line
        hear(line, said("t3_a", "all well"))

        analyze(line)

        assert concerns(line) == {"t3_a"}
        assert meanwhile.seen == ["all well", "they were late"]


def test_what_is_taken_back_while_it_is_analysed_gets_no_tags(store_url: str) -> None:
    """faults.md 26."""
    meanwhile = Meanwhile(happens="deletion")
    with a_line(store_url, analyzer=meanwhile) as line:
        meanwhile.line = line
        hear(line, said("t3_a", "late again"))

        analyze(line)

        (mention,) = stored(line)
        assert (mention.text, mention.annotations) == ("", ())


def test_two_processes_tag_each_mention_once(store_url: str) -> None:
    words = WordsAnalyzer(), WordsAnalyzer()
    many = 3 * stage.ANALYZED_AT_ONCE
    with a_line(store_url, analyzer=words[0]) as one, a_line(store_url, analyzer=words[1]) as two:
        hear(one, *[said(f"t3_{n}", f"number {n}") for n in range(many)])
        both = [threading.Thread(target=analyze, args=(line,)) for line in (one, two)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

        assert None not in analyzed_as(one).values()
    assert sorted(words[0].seen + words[1].seen) == sorted(f"number {n}" for n in range(many))


def test_a_concern_waits_from_its_analysis_on(store_url: str) -> None:
    with a_line(store_url) as line:
        hear(line, said("t3_a", "late again"), said("t3_b", "Is Riverside open?"), said("t3_c", "Open?"))

        analyze(line)

        with line.store.reading() as connection:
            ids = reading.waiting(connection, limit=9, until=NOW + timedelta(days=1))
            waits = reading.load_mentions(connection, ids)
        assert {mention.external_id for mention in waits} == {"t3_a", "t3_b"}
