"""What `earshot analyze -` reads and writes: design.md, section 8."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from analysis import Analysis
from analysis.lines import analyze_lines
from model import NEEDS, Mention
from tests.analysers import PARTNERS, analyser


def _answers(*lines: str) -> list[dict[str, object]]:
    return [json.loads(answer) for answer in analyze_lines(lines, analyser(), PARTNERS)]


def test_answers_in_the_fixed_shape() -> None:
    text = (
        "Northside is worried: the Riverside boxes came late again, nobody told us, "
        "and the children went hungry. Unacceptable."
    )
    line = json.dumps({"id": "1", "text": text})

    (answer,) = _answers(line)

    assert list(answer) == [
        "id", "lang", "sentiment", "needs", "intents", "partners", "aspects", "author_partner", "concern", "tier",
        "version",
    ]  # fmt: skip
    assert answer["id"] == "1"
    assert answer["lang"] == "en"
    assert answer["partners"] == [{"partner": "Northside Shelter", "in": "text", "start": 0, "end": 9}]
    assert answer["author_partner"] is None
    assert answer["tier"] == "fast"
    assert answer["version"]
    sentiment, concern = answer["sentiment"], answer["concern"]
    assert isinstance(sentiment, dict)
    assert isinstance(concern, dict)
    assert sentiment["label"] == "negative"
    assert concern["is_concern"] is True
    for reason in concern["because"]:
        assert list(reason) == ["in", "start", "end", "text", "weight"]
        assert json.loads(line)["text"][reason["start"] : reason["end"]] == reason["text"]
    assert "complaint" in _labels(answer["intents"])
    assert set(_labels(answer["needs"])) <= set(NEEDS)


def _labels(rows: object) -> list[str]:
    assert isinstance(rows, list)
    return [str(row["label"]) for row in rows]


def test_reads_every_field_that_a_line_may_have() -> None:
    row = {
        "id": 7,
        "text": "Ours never came either.",
        "title": "Re: NSS",
        "lang": "en",
        "author": "@northside@social.example",
        "channel": "mastodon",
        "parent_text": "Where is the Weekend Box?",
        "in_our_thread": False,
    }

    (answer,) = _answers(json.dumps(row))

    assert answer["id"] == 7
    assert answer["author_partner"] == "Northside Shelter"
    assert answer["partners"] == [{"partner": "Northside Shelter", "in": "title", "start": 4, "end": 7}]
    concern = answer["concern"]
    assert isinstance(concern, dict)
    assert set(concern) == {"is_concern", "confidence", "because"}


@pytest.mark.parametrize(
    ("line", "given_id", "says"),
    [
        ("nonsense", None, "not JSON"),
        ("[1, 2]", None, "not a JSON object"),
        ('{"text": "x"}', None, 'no "id"'),
        ('{"id": true, "text": "x"}', None, 'no "id"'),
        ('{"id": "a"}', "a", 'no "text"'),
        ('{"id": "a", "text": 7}', "a", '"text" is not a text'),
        ('{"id": "a", "text": "x", "title": []}', "a", '"title" is not a text'),
        ('{"id": "a", "text": "x", "in_our_thread": "yes"}', "a", '"in_our_thread"'),
        ("[" * 100_000, None, "not JSON"),
    ],
    ids=["words", "a list", "no id", "an id that is none", "no text", "text", "title", "thread", "deep"],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_go_on(
    line: str, given_id: str | None, says: str
) -> None:
    good = '{"id": "z", "text": "hello everyone"}'

    bad, after = _answers(good, "", line, good)[1:]

    assert set(bad) == {"id", "error"}
    assert bad["id"] == given_id
    assert str(bad["error"]).startswith("line 3: ")
    assert says in str(bad["error"])
    assert after["id"] == "z"


def test_a_text_without_words_keeps_the_shape_with_no_confidence() -> None:
    """faults.md 37."""
    (answer,) = _answers('{"id": "1", "text": "👍"}')

    assert answer["lang"] == "und"
    assert answer["sentiment"] == {"label": "neutral", "score": 0.0, "confidence": 0.0, "because": []}
    assert answer["concern"] == {"is_concern": False, "confidence": 0.0, "because": []}


def test_half_characters_pass_through_as_ascii() -> None:
    answers = list(
        analyze_lines(['{"id": "\\ud800", "text": "late again \\ud800\\u2028 Riverside"}'], analyser(), ())
    )

    assert answers[0].isascii()
    assert json.loads(answers[0])["id"] == "\ud800"


def test_answers_a_line_before_it_reads_the_next() -> None:
    """faults.md 95."""
    read: list[int] = []

    def endless() -> Iterator[str]:
        while True:
            read.append(1)
            yield '{"id": "1", "text": "hello everyone"}'

    answers = analyze_lines(endless(), analyser(), PARTNERS)
    next(answers)

    assert len(read) == 1


def test_the_analyser_is_told_that_a_partner_speaks() -> None:
    heard: list[Mention] = []

    class Listening:
        name = version = "listening"

        def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
            heard.extend(mentions)
            return [Analysis("en", ()) for _ in mentions]

    line = '{"id": 1, "text": "any news?", "channel": "mastodon", "author": "@northside@social.example"}'

    (answer,) = analyze_lines([line], Listening(), PARTNERS)

    assert json.loads(answer)["author_partner"] == "Northside Shelter"
    assert [mention.author_partner for mention in heard] == ["Northside Shelter"]
