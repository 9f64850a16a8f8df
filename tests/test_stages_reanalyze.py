"""Asking old mentions again: newest first, behind what is new, once under one version, and on after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

import pipeline
from analysis.contract import Analysis
from model import Correction, Mention, Partner
from stages import reanalyze as stage
from stages.analyze import analyze
from stages.line import Line, Progress
from stages.reanalyze import follow_names, reanalyze
from storage import claims, schema
from tests.lines import Clock, WordsAnalyzer, a_line, by_id, hear, stored
from tests.stores import NORTHSIDE, NOW, said, settings

ROOT = Path(__file__).resolve().parent.parent


def versions(line: Line) -> set[str | None]:
    with line.store.reading() as connection:
        return set(connection.execute(select(schema.mentions.c.analyzed_as)).scalars())


def other(line: Line, analyzer: WordsAnalyzer) -> Line:
    return replace(line, analyzer=lambda: analyzer)


def heard_and_analyzed(line: Line, n: int) -> None:
    hear(line, *[said(f"t3_{row}", f"number {row}") for row in range(n)])
    analyze(line)


def test_a_new_version_asks_everything_again_once_newest_first(store_url: str) -> None:
    second = WordsAnalyzer(version="words 2")
    with a_line(store_url) as line:
        heard_and_analyzed(line, stage.ASKED_AT_ONCE + 3)
        later = other(line, second)

        assert reanalyze(later) == stage.ASKED_AT_ONCE + 3
        assert reanalyze(later) == 0
        assert versions(line) == {"words 2"}
    assert second.seen == [f"number {row}" for row in reversed(range(stage.ASKED_AT_ONCE + 3))]


def test_the_same_version_asks_nothing_again(store_url: str) -> None:
    words = WordsAnalyzer()
    with a_line(store_url, analyzer=words) as line:
        heard_and_analyzed(line, 3)
        words.seen.clear()

        assert reanalyze(line) == 0
    assert words.seen == []


def test_nothing_that_was_analysed_opens_no_analyzer(tmp_path: Path) -> None:
    def open_it() -> WordsAnalyzer:
        raise AssertionError("spaCy takes seconds")

    with a_line(tmp_path) as line:
        hear(line, said("t3_a"))

        assert reanalyze(replace(line, analyzer=open_it)) == 0


@dataclass(slots=True)
class Interrupting(WordsAnalyzer):
    """While it works for the first time, something new is heard."""

    line: Line | None = None

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        if self.line is not None:
            hear(self.line, said("t3_new", "heard meanwhile"))
            self.line = None
        return WordsAnalyzer.analyze(self, mentions)


def test_what_is_heard_meanwhile_goes_before_what_is_old(store_url: str) -> None:
    with a_line(store_url) as line:
        heard_and_analyzed(line, 2 * stage.ASKED_AT_ONCE)
        second = Interrupting(version="words 2", line=line)
        later = other(line, second)

        assert reanalyze(later) == stage.ASKED_AT_ONCE
        assert reanalyze(later) == 0
        analyze(later)
        assert reanalyze(later) == stage.ASKED_AT_ONCE
    assert second.seen[stage.ASKED_AT_ONCE] == "heard meanwhile"
    assert len(second.seen) == len(set(second.seen)) == 2 * stage.ASKED_AT_ONCE + 1


def test_no_more_is_asked_at_a_time_than_is_wanted(store_url: str) -> None:
    with a_line(store_url) as line:
        heard_and_analyzed(line, 9)
        told: list[Progress] = []
        later = replace(other(line, WordsAnalyzer(version="words 2")), tell=told.append)

        assert [reanalyze(later, most=4) for _ in range(4)] == [4, 4, 1, 0]
    assert [(one.stage, one.done, one.total) for one in told] == [
        ("again", 4, 9),
        ("again", 4, 5),
        ("again", 1, 1),
    ]


def test_two_processes_ask_each_mention_once(store_url: str) -> None:
    first, second = WordsAnalyzer(version="words 2"), WordsAnalyzer(version="words 2")
    with a_line(store_url) as one, a_line(store_url) as two:
        heard_and_analyzed(one, 4 * stage.ASKED_AT_ONCE)

        while reanalyze(other(one, first), most=stage.ASKED_AT_ONCE):
            reanalyze(other(two, second), most=stage.ASKED_AT_ONCE)

    assert len(first.seen) == len(second.seen) == 2 * stage.ASKED_AT_ONCE
    assert not set(first.seen) & set(second.seen)


def test_a_text_at_which_a_version_fails_is_tried_by_the_next_one_only(store_url: str) -> None:
    """faults.md 36."""
    with a_line(store_url) as line:
        hear(line, said("t3_a", "unreadable"))
        analyze(line)
        assert reanalyze(line) == 0

        assert reanalyze(other(line, WordsAnalyzer(version="words 2"))) == 1
        assert versions(line) == {claims.failed("words 2")}


def test_what_a_person_said_outlives_a_new_version(store_url: str) -> None:
    with a_line(store_url) as line:
        hear(line, said("t3_a", "late again"))
        analyze(line)
        (mention,) = stored(line)
        word = Correction(kind="concern", label="no", by="ana", at=NOW)
        pipeline.annotate(line, mention.id or 0, [word])

        reanalyze(other(line, WordsAnalyzer(version="words 2")))

        (tag,) = by_id(line)["t3_a"].annotations
        assert (tag.kind, tag.label, tag.origin) == ("concern", "no", "person")


def test_only_what_is_young_is_alerted_for_a_concern_that_a_new_version_sees(store_url: str) -> None:
    clock = Clock()
    with a_line(store_url, clock=clock) as line:
        hear(line, said("t3_old", "late last year"))
        clock.forward(stage.RULES_ASKED_WITHIN + timedelta(hours=1))
        hear(line, said("t3_young", "late today"))
        analyze(line)
        with line.store.writing() as connection:
            connection.execute(update(schema.mentions).values(unmatched=False))

        reanalyze(other(line, WordsAnalyzer(version="words 2")))

        columns = schema.mentions.c.external_id, schema.mentions.c.unmatched
        with line.store.reading() as connection:
            asked = {name: unmatched for name, unmatched in connection.execute(select(*columns))}
    assert asked == {"t3_old": False, "t3_young": True}


KILLED = """
import os, signal
from tests.lines import *
from stages.reanalyze import reanalyze
from dataclasses import replace, dataclass

@dataclass(slots=True)
class Dies(WordsAnalyzer):
    def analyze(self, mentions):
        if len(self.seen) >= {after}:
            os.kill(os.getpid(), signal.SIGKILL)
        return WordsAnalyzer.analyze(self, mentions)

with a_line({url!r}, analyzer=Dies(version="words 2")) as line:
    reanalyze(line)
"""


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_a_process_that_is_killed_is_followed_by_one_that_goes_on(store_url: str, batches: int) -> None:
    """faults.md 63."""
    before = batches * stage.ASKED_AT_ONCE
    second = WordsAnalyzer(version="words 2")
    with a_line(store_url) as line:
        heard_and_analyzed(line, 2 * stage.ASKED_AT_ONCE + 5)
        script = KILLED.format(url=store_url, after=before)
        killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()

        line.store.write(claims.release_the_dead)
        reanalyze(other(line, second))

        assert versions(line) == {"words 2"}
    assert len(second.seen) == 2 * stage.ASKED_AT_ONCE + 5 - before


MARKET = Partner(name="Harbour Market", aliases=("Harbour",))


def test_another_partner_asks_only_what_says_its_name(store_url: str) -> None:
    words = WordsAnalyzer()
    with a_line(store_url, analyzer=words) as line:
        follow_names(line)
        hear(
            line, said("t3_a", "At the harbour, all well"), said("t3_b", "All well"), said("t3_c", "Harbours")
        )
        analyze(line)
        words.seen.clear()

        joined = replace(line, settings=settings(partners=(NORTHSIDE, MARKET)))
        assert follow_names(joined) == 2
        reanalyze(joined)
        assert sorted(words.seen) == ["At the harbour, all well", "Harbours"]

        assert (follow_names(joined), reanalyze(joined)) == (0, 0)
        assert follow_names(line) == 2


def test_names_are_found_in_the_ways_in_which_they_are_written(store_url: str) -> None:
    saint = Partner(name="St Mary's Kitchen", handles={"x": ("@stmarys",)})
    with a_line(store_url) as line:
        follow_names(line)
        hear(
            line,
            said("t3_a", "Saint Marys kitchen is closed"),
            said("t3_b", "asked @stmarys twice"),
            said("t3_c", "St Mary was a saint"),
        )
        analyze(line)

        assert follow_names(replace(line, settings=settings(partners=(NORTHSIDE, saint)))) == 2


def test_the_first_names_ask_nothing_again(store_url: str) -> None:
    with a_line(store_url) as line:
        hear(line, said("t3_a", "Northside is open"))
        analyze(line)

        assert follow_names(line) == 0
