"""Stories through the stages: heard, analysed, told once with their channels, and right after what changes."""

from __future__ import annotations

from collections import defaultdict

from delivery.cases import by_case
from delivery.voices import stories, voices
from model import Author, Mention, Period
from stages.analyze import analyze
from stages.line import Line
from storage import reading, tombstones
from tests.lines import FORUM_ID, a_line, hear
from tests.stores import NOW, said

WORDS = "Nobody told our volunteers that the Saturday delivery was cancelled, and forty families waited in the rain."
EDITED = WORDS.replace("cancelled", "called off") + " Please share."


def elsewhere(name: str, text: str, **more: object) -> Mention:
    given: dict[str, object] = {"channel": "x", "author": Author(f"@{name}"), "published_at": NOW}
    return said(name, text, **{**given, **more})


def heard(line: Line) -> list[Mention]:
    with line.store.reading() as connection:
        ids = reading.collected_in(connection, Period(NOW.replace(hour=0), NOW.replace(hour=23)))
        return reading.load_mentions(connection, ids)


def told(line: Line) -> set[frozenset[str]]:
    groups: dict[int | None, set[str]] = defaultdict(set)
    for mention in heard(line):
        groups[mention.story_id].add(mention.external_id)
    return {frozenset(group) for group in groups.values()}


def test_a_near_copy_is_told_once_with_its_channels(store_url: str) -> None:
    with a_line(store_url) as line:
        hear(
            line,
            said("a", WORDS),
            elsewhere("b", EDITED),
            elsewhere("c", "Something else, by nobody said yet."),
        )
        analyze(line)

        shown = stories(voices(heard(line)))

        assert [story.channels for story in shown] == [["reddit", "x"], ["x"]]
        assert [len(case) for case in by_case(heard(line))] == [2, 1]


def test_a_near_copy_that_comes_later_joins(store_url: str) -> None:
    with a_line(store_url) as line:
        hear(line, elsewhere("b", EDITED))
        analyze(line)
        hear(line, said("a", WORDS))
        analyze(line)

        assert told(line) == {frozenset("ab")}


def test_an_edit_and_a_deletion_leave_the_story_right(store_url: str) -> None:
    """faults.md 26."""
    with a_line(store_url) as line:
        hear(line, said("a", WORDS), elsewhere("b", EDITED), elsewhere("c", f"RT @b: {WORDS}"))
        analyze(line)
        assert told(line) == {frozenset("abc")}

        hear(
            line, elsewhere("b", "I was wrong about all of that, and I am sorry for the noise that it made.")
        )
        analyze(line)
        assert told(line) == {frozenset("ac"), frozenset("b")}

        hear(line, elsewhere("d", EDITED))
        analyze(line)
        with line.store.writing() as connection:
            tombstones.bury(connection, FORUM_ID, ["a"], now=NOW)
        analyze(line)
        assert told(line) == {frozenset("cd"), frozenset("b")}
